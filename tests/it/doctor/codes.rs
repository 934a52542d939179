//! The table of codes in docs/operations.md is what the checks say. `UPDATE_DOCS=1 cargo test --test doctor` writes it anew.

use std::fs;
use std::path::Path;

#[test]
fn the_table_of_codes_is_current() {
    const MARKS: [&str; 2] = ["<!-- codes -->\n", "<!-- end of codes -->"];
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/operations.md");
    let held = fs::read_to_string(&path).expect("docs/operations.md");
    let (before, rest) = held
        .split_once(MARKS[0])
        .expect("the mark before the codes");
    let (_, after) = rest
        .split_once(MARKS[1])
        .expect("the mark behind the codes");
    let wanted = [
        before,
        MARKS[0],
        &ddalert::chain::checks::table(),
        MARKS[1],
        after,
    ]
    .concat();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, wanted).expect("docs/operations.md");
        return;
    }
    assert!(
        held == wanted,
        "docs/operations.md is stale: run UPDATE_DOCS=1 cargo test --test doctor"
    );
}
