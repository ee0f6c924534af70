//! `docs/kimberlite/configuration.md` says what the types say.

use std::path::Path;

#[path = "../../examples/configuration/page/mod.rs"]
mod page;

#[test]
fn the_page_of_the_configuration_is_not_stale() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = page::page(here).expect("the types and their notes go together");
    let found = std::fs::read_to_string(here.join(page::PAGE)).unwrap_or_default();
    assert!(
        page == found,
        "docs/kimberlite/configuration.md is stale\nrun: cargo run -p kimberlite --example configuration"
    );
}
