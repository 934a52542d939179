//! The codes in docs/doctor.md are those of the checks. `.ci/regenerate` writes them.

use std::fs;
use std::path::Path;

#[test]
fn the_page_of_codes_is_current() {
    const MARKS: [&str; 2] = ["<!-- codes -->\n", "<!-- end of codes -->"];
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/doctor.md");
    let page = fs::read_to_string(&path).expect("docs/doctor.md");
    let (before, rest) = page
        .split_once(MARKS[0])
        .expect("the mark before the codes");
    let (_, after) = rest.split_once(MARKS[1]).expect("the mark after the codes");
    let expected = [
        before,
        MARKS[0],
        &ddalert::chain::checks::reference(),
        MARKS[1],
        after,
    ]
    .concat();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, expected).expect("docs/doctor.md");
        return;
    }
    assert!(
        page == expected,
        "docs/doctor.md is stale: run .ci/regenerate"
    );
}
