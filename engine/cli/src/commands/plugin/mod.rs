//! `kim plugin`: make plugins, test them, look into them, and install them.

mod build;
mod component;
mod install;
mod list;
mod new;
mod offer;
mod schema;
mod sdk;
mod test;

use clap::Subcommand;

use crate::context::Context;
use crate::error::Result;

/// `kim plugin …`.
#[derive(Subcommand, Debug)]
pub enum PluginCommand {
    /// List the project's plugins
    Ls(list::PluginListArgs),
    /// Print what a plugin offers: its kinds and their properties
    Schema(schema::PluginSchemaArgs),
    /// Make a folder with a plugin for a small REST service, to begin from
    New(new::PluginNewArgs),
    /// Write typed builders for what a plugin offers, as a crate that programs depend on
    Sdk(sdk::PluginSdkArgs),
    /// Compile plugins to components
    Build(build::PluginBuildArgs),
    /// Test a plugin against its service: a resource's whole life and the lookups, and again for each request that can fail
    Test(test::PluginTestArgs),
    /// Install plugins: Kim.toml names their version, kim.lock their digest
    Install(install::PluginInstallArgs),
}

/// Runs `kim plugin …`.
pub(super) async fn run(context: &Context, command: PluginCommand) -> Result<()> {
    match command {
        PluginCommand::Ls(args) => list::run(context, args).await,
        PluginCommand::Schema(args) => schema::run(context, args).await,
        PluginCommand::Build(args) => build::run(context, args).await,
        PluginCommand::New(args) => new::run(context, args),
        PluginCommand::Sdk(args) => sdk::run(context, args).await,
        PluginCommand::Test(args) => test::run(context, args).await,
        PluginCommand::Install(args) => install::run(context, args).await,
    }
}
