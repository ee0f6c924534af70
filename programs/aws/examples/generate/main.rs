//! Writes `programs/aws/src` from the schemas of the AWS plugins: `cargo run -p kim-aws --example generate`.

mod schemas;

use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let files = kim_generate::generate(&schemas::all())?;
    kim_generate::write(&files, &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"))?;
    println!("{} files written", files.len());
    Ok(())
}
