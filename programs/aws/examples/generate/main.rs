//! Writes `programs/aws/src` and `docs/reference/aws-*.md` from the schemas of the AWS plugins:
//! `cargo run -p kim-aws --example generate`.

mod schemas;

use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (sources, pages) = (kim_generate::generate(&schemas::all())?, schemas::reference());
    kim_generate::write(&sources, &here.join("src"))?;
    kim_generate::write(&pages, &here.join(schemas::REFERENCE))?;
    println!("{} files written", sources.len() + pages.len());
    Ok(())
}
