//! `kim preview`: what `up` would do.

use clap::Args;
use kim_engine::plan::Operation;

use super::run::{Request, execute};
use crate::args::{Against, Selected, Shown};
use crate::context::Context;
use crate::error::Result;

/// Show what `up` would do
#[derive(Args, Debug, Default)]
pub struct PreviewArgs {
    /// The flags that choose the cloud and the program.
    #[command(flatten)]
    pub against: Against,
    /// The flags for what is shown.
    #[command(flatten)]
    pub shown: Shown,
    /// The flags for what is planned.
    #[command(flatten)]
    pub selected: Selected,
    /// Replace this resource although nothing differs
    #[arg(long, value_name = "RESOURCE")]
    pub replace: Vec<String>,
    /// Delete what looks renamed, and create it anew
    #[arg(long)]
    pub delete_renamed: bool,
    /// Exit with code 3 if anything would change
    #[arg(long)]
    pub expect_no_changes: bool,
}

/// Shows the plan.
pub(super) async fn run(context: &Context, args: PreviewArgs) -> Result<()> {
    execute(context, request_for(Operation::Preview, args)).await
}

/// Returns the request of a preview, or of an operation with the same flags.
pub(super) fn request_for(operation: Operation, args: PreviewArgs) -> Request {
    let mut request = Request::new(operation, args.against.local, args.shown, args.selected);
    request.program = args.against.program;
    request.expect_no_changes = args.expect_no_changes;
    request.options.offline = args.against.offline;
    request.options.replace = args.replace;
    request.options.delete_renamed = args.delete_renamed;
    request
}
