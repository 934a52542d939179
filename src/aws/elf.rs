//! What a Linux program says of itself in its ELF headers: which processor it is built for, and what it needs to be loaded.
//!
//! The build script reads the relays that are built into ddalert with this file too, so it imports nothing of the crate. What the
//! dynamic loader reads is read here (program headers), not the section headers, which a program can lack.

use object::elf::{
    DT_STRSZ, DT_STRTAB, DT_VERNEED, DT_VERNEEDNUM, Dyn64, ET_DYN, ET_EXEC, FileHeader64,
    PT_INTERP, PT_LOAD, ProgramHeader64, Vernaux, Verneed,
};
use object::endian::{Endian, Endianness};
use object::pod::from_bytes;
use object::read::elf::{Dyn, FileHeader, ProgramHeader};

/// What the headers of a program say.
#[derive(Debug, PartialEq, Eq)]
pub struct Program {
    /// The processor: `e_machine` of the header.
    pub machine: u16,
    /// The loader that the kernel starts it with; none if it is linked statically.
    pub loader: Option<String>,
    /// The versions of libraries that it needs, such as `GLIBC_2.34`.
    pub versions: Vec<String>,
}

/// Reads the headers of a 64-bit program.
///
/// # Errors
/// It is no program that Linux can start, in words that continue "is not a Linux program: ".
pub fn read(binary: &[u8]) -> Result<Program, String> {
    let broken = |error: object::read::Error| error.to_string();
    let header = FileHeader64::<Endianness>::parse(binary).map_err(broken)?;
    let endian = header.endian().map_err(broken)?;
    if endian.is_big_endian() {
        return Err("it is built for a big-endian processor".to_owned());
    }
    let segments = header.program_headers(endian, binary).map_err(broken)?;
    // A library has code, and no place at which it starts.
    let is_library = !segments.is_empty() && header.e_entry(endian) == 0;
    if ![ET_EXEC, ET_DYN].contains(&header.e_type(endian)) || is_library {
        return Err("it is an object file or a library, and cannot be started".to_owned());
    }
    let size = binary.len() as u64;
    let is_whole = |segment: &ProgramHeader64<Endianness>| {
        let (start, length) = segment.file_range(endian);
        start.checked_add(length).is_some_and(|end| end <= size)
    };
    if !segments.iter().all(is_whole) {
        return Err("a part of the file is missing".to_owned());
    }
    let loader = match segments
        .iter()
        .find(|segment| segment.p_type(endian) == PT_INTERP)
    {
        Some(segment) => segment.interpreter(endian, binary).map_err(broken)?,
        None => None,
    };
    Ok(Program {
        machine: header.e_machine(endian).0,
        loader: loader.map(|loader| String::from_utf8_lossy(loader).into_owned()),
        versions: versions(endian, segments, binary)
            .map_err(broken)?
            .ok_or("its table of needed versions is damaged")?,
    })
}

/// Returns the versions that the program needs of its libraries, or nothing if the table of them is damaged.
fn versions(
    endian: Endianness,
    segments: &[ProgramHeader64<Endianness>],
    binary: &[u8],
) -> object::read::Result<Option<Vec<String>>> {
    let mut dynamic: &[Dyn64<Endianness>] = &[];
    for segment in segments {
        if let Some(found) = segment.dynamic(endian, binary)? {
            dynamic = found;
        }
    }
    let value = |tag| {
        let entry = dynamic.iter().find(|entry| entry.d_tag(endian) == tag)?;
        Some(entry.d_val(endian))
    };
    let (Some(table), Some(count)) = (value(DT_VERNEED), value(DT_VERNEEDNUM)) else {
        return Ok(Some(Vec::new()));
    };
    // The bytes of the file from an address of the loaded program on.
    let at = |address: u64| {
        segments.iter().find_map(|segment| {
            let (start, length) = segment.file_range(endian);
            let inner = address.checked_sub(segment.p_vaddr(endian))?;
            let is_inside = segment.p_type(endian) == PT_LOAD && inner < length;
            let end = usize::try_from(start.checked_add(length)?).ok()?;
            let start = usize::try_from(start.checked_add(inner)?).ok()?;
            is_inside.then(|| binary.get(start..end))?
        })
    };
    let read = || {
        let names = at(value(DT_STRTAB)?)?;
        let names = names.get(..usize::try_from(value(DT_STRSZ)?).ok()?)?;
        let mut libraries = at(table)?;
        let mut found = Vec::new();
        for _ in 0..count {
            let (library, _) = from_bytes::<Verneed<Endianness>>(libraries).ok()?;
            let mut needs = libraries.get(offset(library.vn_aux.get(endian))?..)?;
            for _ in 0..library.vn_cnt.get(endian) {
                let (need, _) = from_bytes::<Vernaux<Endianness>>(needs).ok()?;
                let name = names.get(offset(need.vna_name.get(endian))?..)?;
                let name = name.split(|byte| *byte == 0).next()?;
                found.push(String::from_utf8_lossy(name).into_owned());
                match offset(need.vna_next.get(endian))? {
                    0 => break,
                    next => needs = needs.get(next..)?,
                }
            }
            match offset(library.vn_next.get(endian))? {
                0 => break,
                next => libraries = libraries.get(next..)?,
            }
        }
        Some(found)
    };
    Ok(read())
}

fn offset(value: u32) -> Option<usize> {
    usize::try_from(value).ok()
}
