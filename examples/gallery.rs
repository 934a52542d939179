//! Writes `docs/gallery.html`: every sample alert in every room, as each room lays it out.
// An example may print.
#![allow(clippy::print_stdout)]

use std::path::Path;

fn main() -> std::io::Result<()> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/gallery.html");
    std::fs::write(&path, ddalert::cli::preview::gallery())?;
    println!("{}", path.display());
    Ok(())
}
