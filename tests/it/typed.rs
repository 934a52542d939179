//! ddalert as a person types it, and what the tests of several subjects hand it.

use std::path::Path;
use std::sync::OnceLock;

use testbed::bed::Bed;
use testbed::command::Run;

/// The trust policy of a role for functions.
pub(crate) const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
const DDALERT: &str = env!("CARGO_BIN_EXE_ddalert");

/// Prepares a run of ddalert.
pub(crate) fn ddalert(bed: &Bed, args: &str) -> Run {
    bed.run(Path::new(DDALERT)).args(args.split_whitespace())
}

/// The relay that is deployed where it need not run: small, so that packing it takes no time.
pub(crate) fn small_relay() -> &'static Path {
    static RELAY: OnceLock<tempfile::TempPath> = OnceLock::new();
    RELAY.get_or_init(|| {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), elf(object::elf::EM_X86_64.0)).expect("a program");
        file.into_temp_path()
    })
}

/// Returns the least that is an ELF file for this machine: a header without sections.
pub(crate) fn elf(machine: u16) -> Vec<u8> {
    let mut header = vec![0; 64];
    header[..7].copy_from_slice(b"\x7fELF\x02\x01\x01");
    // ET_DYN, the machine, the version; and the sizes of the header and of a section's.
    header[16] = 3;
    header[18..20].copy_from_slice(&machine.to_le_bytes());
    header[20] = 1;
    header[52] = 64;
    header[58] = 64;
    header
}
