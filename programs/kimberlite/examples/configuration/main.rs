//! Writes `docs/kimberlite/configuration.md` from the types of `src/config`: `cargo run -p
//! kimberlite --example configuration`.

mod page;

use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = here.join(page::PAGE);
    std::fs::write(&path, page::page(here)?)
        .map_err(|error| format!("{}: {error}", path.display()))?;
    println!("{} written", path.display());
    Ok(())
}
