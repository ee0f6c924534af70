//! `kim destroy`: deletes everything that a stack holds.

use clap::Args;
use kim_engine::plan::Operation;

use super::run::{Request, execute};
use crate::args::{Selected, Shown};
use crate::context::Context;
use crate::error::Result;

/// Delete everything that the stack holds
#[derive(Args, Debug)]
pub struct DestroyArgs {
    /// Trust the recorded state and do not read the cloud first
    #[arg(long)]
    pub offline: bool,
    /// Use the local AWS, run inside this command, instead of the cloud
    #[arg(long, conflicts_with = "offline")]
    pub local: bool,
    /// The flags for what is shown.
    #[command(flatten)]
    pub shown: Shown,
    /// The flags for what is planned.
    #[command(flatten)]
    pub selected: Selected,
    /// Proceed without confirmation
    #[arg(short, long)]
    pub yes: bool,
}

/// Shows what would be deleted, prompts for confirmation, and deletes it.
pub(super) async fn run(context: &Context, args: DestroyArgs) -> Result<()> {
    let mut request = Request::new(Operation::Destroy, args.local, args.shown, args.selected);
    request.yes = args.yes;
    request.options.offline = args.offline;
    execute(context, request).await
}
