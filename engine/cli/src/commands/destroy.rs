//! `kim destroy`: deletes everything that a stack holds.

use clap::Args;
use kim_engine::Options;
use kim_engine::plan::Operation;

use super::run::{Request, execute, options};
use crate::args::{Selected, Shown};
use crate::context::Context;
use crate::error::Result;

/// `kim destroy`.
#[derive(Args, Debug)]
pub struct DestroyArgs {
    /// Trust recorded state, do not read the cloud first
    #[arg(long)]
    pub offline: bool,
    /// Use the local AWS, run inside this command, instead of the cloud
    #[arg(long, conflicts_with = "offline")]
    pub local: bool,
    /// What is shown.
    #[command(flatten)]
    pub shown: Shown,
    /// What is planned.
    #[command(flatten)]
    pub selected: Selected,
    /// Do it without asking
    #[arg(short, long)]
    pub yes: bool,
}

/// Shows what would be deleted, asks, and deletes it.
pub(super) async fn run(context: &Context, args: DestroyArgs) -> Result<()> {
    let deadline = args.selected.deadline;
    let options = Options { offline: args.offline, ..options(args.selected) };
    execute(
        context,
        Request {
            operation: Operation::Destroy,
            local: args.local,
            program: None,
            shown: args.shown,
            yes: args.yes,
            expect_no_changes: false,
            deadline,
            options,
        },
    )
    .await
}
