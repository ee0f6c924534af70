//! `kim plugin sdk`: writes typed builders for what a plugin offers.
//!
//! They are a crate that programs depend on.

use std::path::PathBuf;

use clap::Args;

use super::offer::offer_named;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::load::sdk::Sdk;
use crate::project::toml_text;
use crate::screen::print;

/// Write typed builders for what a plugin offers, as a crate for programs
#[derive(Args, Debug)]
pub struct PluginSdkArgs {
    /// The plugin's name in Kim.toml, a folder or a file
    pub plugin: String,
    /// The crate's folder
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Only check whether the crate is stale (exit code 1)
    #[arg(long)]
    pub check: bool,
    /// Where kim's sources are
    #[arg(long, value_name = "DIR")]
    pub sdk: Option<PathBuf>,
}

/// Writes the crate, or with `check` fails if it is stale.
pub(super) async fn run(context: &Context, args: PluginSdkArgs) -> Result<()> {
    let PluginSdkArgs { plugin, out, check, sdk } = args;
    let offer = offer_named(context, &plugin).await?;
    let schema = offer.schema;
    let dir = context.resolve(&out);
    let files = kim_generate::generate(std::slice::from_ref(&schema))
        .map_err(|error| Error::failed(error.to_string()))?;
    let source = dir.join("src");
    if check {
        let stale = kim_generate::stale(&files, &source);
        if stale.is_empty() {
            return Ok(());
        }
        return Err(Error::failed(format!(
            "the builders of '{}' are stale:\n{}",
            schema.name,
            stale.join("\n")
        ))
        .hint(format!("kim plugin sdk {plugin} --out {}", out.display())));
    }
    let sdk = Sdk::find(sdk.map(|dir| context.resolve(&dir)).as_deref(), &context.environment)?;
    kim_generate::write(&files, &source).map_err(|error| Error::file("write", &source, &error))?;
    let manifest = dir.join("Cargo.toml");
    if manifest.symlink_metadata().is_err() {
        let text = manifest_of(&schema.name, &schema.version, &sdk);
        kim_files::write::replace(&manifest, text.as_bytes())
            .map_err(|error| Error::file("write", &manifest, &error))?;
    }
    let package = package(&schema.name);
    print(&format!("wrote {package} {} to {}\n", schema.version, out.display()));
    print(&format!("a program uses it with `cargo add --path {}`\n", out.display()));
    Ok(())
}

fn package(plugin: &str) -> String {
    format!("{plugin}-sdk")
}

/// Returns the crate's manifest.
///
/// It is written once, so that the crate's owner may change it.
fn manifest_of(plugin: &str, version: &str, sdk: &Sdk) -> String {
    let (package, kim) = (package(plugin), toml_text(&sdk.program().to_string_lossy()));
    format!(
        "# Typed builders for the plugin '{plugin}', for programs. `kim plugin sdk` writes the folder src.\n\
         [package]\n\
         name = {package:?}\n\
         version = {version:?}\n\
         edition = \"2024\"\n\
         publish = false\n\
         \n\
         [dependencies]\n\
         # kim's own crate for programs, where it is on this machine.\n\
         kim = {{ path = {kim} }}\n"
    )
}
