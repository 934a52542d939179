//! `docs/gallery.html` is generated from the samples and the rooms; `.ci/regenerate` writes it again.

use std::path::Path;

use ddalert::cli::preview::gallery;

#[test]
fn the_gallery_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/gallery.html");
    let page = gallery();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &page).expect("to write the gallery");
    }
    let held = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        held == page,
        "docs/gallery.html is stale: run .ci/regenerate"
    );
}

#[test]
fn the_gallery_needs_nothing_but_itself() {
    let page = gallery();
    for outside in ["<script", "<img", "<link", "@import", "url(", "src="] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert!(page.contains("prefers-color-scheme: dark"));
    assert!(page.contains("default-src 'none'"));
}
