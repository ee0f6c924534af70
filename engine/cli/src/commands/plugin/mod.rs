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

use crate::args::{NewArgs, PluginCommand};
use crate::context::Context;
use crate::error::Result;

/// Runs `kim plugin …`.
pub(super) async fn run(context: &Context, command: PluginCommand) -> Result<()> {
    match command {
        PluginCommand::Ls { json } => list::run(context, json).await,
        PluginCommand::Schema { plugin, json, markdown } => schema::run(context, plugin, json, markdown).await,
        PluginCommand::Build { dirs } => build::run(context, dirs).await,
        PluginCommand::New { dir, name, sdk } => new::run(context, NewArgs { dir, name, sdk }),
        PluginCommand::Sdk { plugin, out, check, sdk } => sdk::run(context, &plugin, &out, check, sdk).await,
        PluginCommand::Test(args) => test::run(context, args).await,
        PluginCommand::Install { plugins, sdk } => install::run(context, plugins, sdk).await,
    }
}
