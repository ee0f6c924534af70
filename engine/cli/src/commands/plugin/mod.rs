//! `kim plugin`: creates, tests, inspects and installs plugins.

mod build;
mod component;
mod consent;
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

/// Create, test, inspect and install plugins
// The help of a command is the doc comment of its flags. A doc comment here would replace it.
#[allow(missing_docs)]
#[derive(Subcommand, Debug)]
pub enum PluginCommand {
    Ls(list::PluginListArgs),
    Schema(schema::PluginSchemaArgs),
    New(new::PluginNewArgs),
    Sdk(sdk::PluginSdkArgs),
    Build(build::PluginBuildArgs),
    Test(test::PluginTestArgs),
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
