//! Prints the AWS plugins' schemas as `kim plugin schema --json` does, without building a
//! component: `cargo run -p kim-aws --example schemas | python3 tests/conformance/compare.py`.

#[path = "../generate/schemas.rs"]
mod schemas;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("{}", serde_json::to_string_pretty(&schemas::all())?);
    Ok(())
}
