//! `kim up`: makes the cloud what the program declares.

use clap::Args;
use kim_engine::plan::Operation;

use super::preview::{PreviewArgs, request_for};
use super::run::{Request, execute};
use crate::context::Context;
use crate::error::Result;

/// Make the cloud what the program declares
#[derive(Args, Debug, Default)]
pub struct UpArgs {
    /// The same as for a preview.
    #[command(flatten)]
    pub preview: PreviewArgs,
    /// Proceed without confirmation
    #[arg(short, long)]
    pub yes: bool,
}

/// Shows the plan, prompts for confirmation, and carries the plan out.
pub(super) async fn run(context: &Context, args: UpArgs) -> Result<()> {
    execute(context, Request { yes: args.yes, ..request_for(Operation::Up, args.preview) }).await
}
