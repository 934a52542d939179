//! `ddalert`: parse, run, exit code.
fn main() {}
