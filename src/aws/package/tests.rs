//! Which files Lambda can run, told from ELF files that are made here with what matters in them.

use super::*;

/// A program in which everything that is read can be set.
struct Elf {
    machine: u16,
    kind: u8,
    entry: u8,
    is_little_endian: bool,
    loader: Option<&'static str>,
    versions: &'static [&'static str],
}

const STATIC: Elf = Elf {
    machine: EM_X86_64.0,
    kind: 3,
    entry: 1,
    is_little_endian: true,
    loader: None,
    versions: &[],
};
const GLIBC_LOADER: &str = "/lib64/ld-linux-x86-64.so.2";

impl Elf {
    /// Writes it: header, three segments (all of the file, the loader, the dynamic table), and what they point at. Nothing is in a
    /// section.
    fn bytes(&self) -> Vec<u8> {
        const DATA: usize = 64 + 3 * 56;
        let loader: Vec<u8> = self
            .loader
            .iter()
            .flat_map(|loader| [loader.as_bytes(), b"\0"].concat())
            .collect();
        let mut names = b"\0".to_vec();
        let mut needs: Vec<u8> = Vec::new();
        // One library (Verneed), with all versions below it (Vernaux), 16 bytes each.
        needs.extend(
            [1u16, u16::try_from(self.versions.len()).expect("few")]
                .map(u16::to_le_bytes)
                .concat(),
        );
        needs.extend([0u32, 16, 0].map(u32::to_le_bytes).concat());
        for (index, version) in self.versions.iter().enumerate() {
            let next = if index + 1 == self.versions.len() {
                0
            } else {
                16
            };
            let name = u32::try_from(names.len()).expect("few");
            needs.extend([0u32, 0, name, next].map(u32::to_le_bytes).concat());
            names.extend([version.as_bytes(), b"\0"].concat());
        }
        let names_at = DATA + loader.len();
        let needs_at = names_at + names.len();
        let dynamic_at = needs_at + needs.len();
        let mut dynamic: Vec<u8> = Vec::new();
        if !self.versions.is_empty() {
            let entries = [
                (5, names_at),
                (10, names.len()),
                (0x6fff_fffe, needs_at),
                (0x6fff_ffff, 1),
                (0, 0),
            ];
            for (tag, value) in entries {
                dynamic.extend([tag as u64, value as u64].map(u64::to_le_bytes).concat());
            }
        }
        let size = dynamic_at + dynamic.len();

        let mut bytes = vec![
            0x7f,
            b'E',
            b'L',
            b'F',
            2,
            if self.is_little_endian { 1 } else { 2 },
            1,
        ];
        bytes.resize(16, 0);
        bytes.extend(u16::from(self.kind).to_le_bytes());
        bytes.extend(self.machine.to_le_bytes());
        bytes.extend(1u32.to_le_bytes());
        bytes.extend(
            [u64::from(self.entry), 64, 0]
                .map(u64::to_le_bytes)
                .concat(),
        );
        bytes.extend(0u32.to_le_bytes());
        bytes.extend([64u16, 56, 3, 64, 0, 0].map(u16::to_le_bytes).concat());
        let nothing = (4, DATA, 0);
        let segments = [
            (1, 0, size),
            if loader.is_empty() {
                nothing
            } else {
                (3, DATA, loader.len())
            },
            if dynamic.is_empty() {
                nothing
            } else {
                (2, dynamic_at, dynamic.len())
            },
        ];
        for (kind, offset, length) in segments {
            bytes.extend([kind, 4u32].map(u32::to_le_bytes).concat());
            let (offset, length) = (offset as u64, length as u64);
            bytes.extend(
                [offset, offset, offset, length, length, 8]
                    .map(u64::to_le_bytes)
                    .concat(),
            );
        }
        for part in [loader, names, needs, dynamic] {
            bytes.extend(part);
        }
        bytes
    }
}

fn refusal(binary: &[u8]) -> String {
    match check(Path::new("relay"), binary) {
        Ok(architecture) => format!("{architecture} is accepted"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_program_without_a_loader_runs_everywhere() {
    assert_eq!(
        check(Path::new("relay"), &STATIC.bytes()).expect("an architecture"),
        X86_64
    );
    let arm = Elf {
        machine: EM_AARCH64.0,
        ..STATIC
    };
    assert_eq!(
        check(Path::new("relay"), &arm.bytes()).expect("an architecture"),
        ARM64
    );
}

#[test]
fn a_program_for_glibc_runs_up_to_the_version_of_amazon_linux() {
    let with = |versions| {
        Elf {
            loader: Some(GLIBC_LOADER),
            versions,
            ..STATIC
        }
        .bytes()
    };
    let needs = |glibc: &str| format!("relay needs GLIBC {glibc}, and Amazon Linux 2023 has 2.34");
    for fits in [
        &["GLIBC_2.2.5", "GLIBC_2.34", "GLIBC_PRIVATE"][..],
        &["GCC_3.0"],
        &["GLIBC_2.9"],
    ] {
        assert_eq!(refusal(&with(fits)), "x86_64 is accepted", "{fits:?}");
    }
    assert_eq!(
        refusal(&with(&["GLIBC_2.2.5", "GLIBC_2.35", "GLIBC_2.3"])),
        needs("2.35")
    );
    assert_eq!(refusal(&with(&["GLIBC_3.0"])), needs("3.0"));
    // A program with packed relocations asks for a feature and not for a number.
    assert_eq!(
        refusal(&with(&["GLIBC_2.4", "GLIBC_ABI_DT_RELR"])),
        needs("2.36")
    );
}

#[test]
fn a_program_whose_loader_is_not_there_is_refused() {
    for (machine, loader) in [
        (EM_X86_64.0, "/lib/ld-musl-x86_64.so.1"),
        (EM_AARCH64.0, GLIBC_LOADER),
        (EM_X86_64.0, "/nix/store/x/lib/ld-linux-x86-64.so.2"),
    ] {
        let elf = Elf {
            machine,
            loader: Some(loader),
            ..STATIC
        };
        let expected =
            format!("relay is started by {loader}, which Amazon Linux 2023 does not have");
        assert_eq!(refusal(&elf.bytes()), expected);
    }
}

#[test]
fn what_linux_cannot_start_is_refused() {
    for (elf, why) in [
        (Elf { kind: 1, ..STATIC }, "cannot be started"),
        (Elf { entry: 0, ..STATIC }, "cannot be started"),
        (
            Elf {
                is_little_endian: false,
                ..STATIC
            },
            "big-endian",
        ),
        (
            Elf {
                machine: 243,
                ..STATIC
            },
            "ELF machine 243",
        ),
    ] {
        let said = refusal(&elf.bytes());
        assert!(said.contains(why), "{said}");
    }
}

#[test]
fn a_file_that_is_cut_or_damaged_is_refused_and_never_panics() {
    let elf = Elf {
        loader: Some(GLIBC_LOADER),
        versions: &["GLIBC_2.34", "GLIBC_2.99"],
        ..STATIC
    };
    let whole = elf.bytes();
    for length in 0..whole.len() {
        let said = refusal(&whole[..length]);
        assert!(
            said.starts_with("relay is not a Linux program"),
            "{length}: {said}"
        );
    }
    for at in 0..whole.len() {
        for value in [0, 0x7f, 0xff] {
            let mut damaged = whole.clone();
            damaged[at] = value;
            let _ = refusal(&damaged);
        }
    }
}

#[test]
fn the_same_binary_gives_the_same_zip() {
    let path = Path::new("relay");
    let [one, two] = [(); 2].map(|()| package_binary(path, &STATIC.bytes()).expect("a package"));
    assert_eq!(one.to_string(), "x86_64 (relay)");
    assert_eq!((one.zip, one.sha256), (two.zip, two.sha256));
}

#[test]
fn every_refusal_says_how_to_build_one_that_fits() {
    let elf = Elf {
        machine: EM_AARCH64.0,
        loader: Some("/lib/ld-musl-aarch64.so.1"),
        ..STATIC
    };
    let error = check(Path::new("relay"), &elf.bytes()).expect_err("a refusal");
    assert!(error.hint().contains("cargo zigbuild"), "{}", error.hint());
    assert!(
        error.hint().contains("--target aarch64-unknown-linux-musl"),
        "{}",
        error.hint()
    );
}

#[test]
fn what_is_no_linux_program_is_named_for_what_it_is() {
    for (file, what) in [
        (&b""[..], "it is empty"),
        (b"\xcf\xfa\xed\xfe\x0c\0\0\x01", "it is a macOS program"),
        (b"\xca\xfe\xba\xbe\0\0\0\x02", "it is a macOS program"),
        (b"MZ\x90\0", "it is a Windows program"),
        (b"PK\x03\x04rest", "it is a zip archive"),
        (b"\x1f\x8b\x08", "it is a gzip archive"),
        (b"#!/bin/sh\n", "it is a script"),
        (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS"),
        (b"<html>", "it is a text file"),
    ] {
        let said = refusal(file);
        assert!(said.contains(what), "{said}");
    }
    // A Java class begins as a macOS program for several processors does.
    let class = refusal(b"\xca\xfe\xba\xbe\0\0\0\x34");
    assert!(!class.contains("macOS"), "{class}");
}
