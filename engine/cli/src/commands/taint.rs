//! `kim taint` and `kim untaint`: mark resources, so that the next `kim up` replaces them.

use clap::Args;
use kim_engine::Stack;

use crate::context::Context;
use crate::error::Result;
use crate::screen::print;
use crate::session::Session;

/// Mark resources, so that the next up replaces them
#[derive(Args, Debug)]
pub struct TaintArgs {
    /// A URN, or a name such as main/node-1; * and ? are wildcards
    #[arg(required = true, value_name = "RESOURCE")]
    pub resources: Vec<String>,
}

/// Remove the marks of `kim taint`
#[derive(Args, Debug)]
pub struct UntaintArgs {
    /// A URN, or a name such as main/node-1; * and ? are wildcards
    #[arg(required = true, value_name = "RESOURCE")]
    pub resources: Vec<String>,
}

/// Marks resources in the state.
pub(super) async fn taint(context: &Context, args: TaintArgs) -> Result<()> {
    let changed = open(context).await?.taint(&args.resources).await?;
    for urn in &changed {
        print(&format!("marked {urn}: the next up replaces it\n"));
    }
    if changed.is_empty() {
        print("nothing to do: all of them are marked already\n");
    }
    Ok(())
}

/// Removes marks from the state.
pub(super) async fn untaint(context: &Context, args: UntaintArgs) -> Result<()> {
    let changed = open(context).await?.untaint(&args.resources).await?;
    for urn in &changed {
        print(&format!("removed the mark of {urn}\n"));
    }
    if changed.is_empty() {
        print("nothing to do: none of them is marked\n");
    }
    Ok(())
}

/// Opens the stack's state. No plugin and no program is needed.
async fn open(context: &Context) -> Result<Stack> {
    let (id, store) = Session::open(context)?.stack().await?;
    let stack = Stack::new(id.project, id.name).with_store(store);
    Ok(stack.with_who(context.user_at_host()))
}
