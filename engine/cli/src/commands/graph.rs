//! `kim graph`: the program's declarations, or the plan, in DOT.

use std::sync::Arc;

use clap::Args;
use kim_engine::event::Events;
use kim_engine::plan::{Operation, Plan};
use kim_engine::{Interrupt, Options};

use crate::args::Against;
use crate::context::Context;
use crate::error::Result;
use crate::screen::value::kind_and_name;
use crate::screen::{OnStderr, notice, print};
use crate::session::{OpenStack, Session};
use crate::terminal::signals;

/// Print what the program declares, or the plan, as a graph in DOT
#[derive(Args, Debug)]
pub struct GraphArgs {
    /// The steps that `up` would take, in their order, instead of the declarations
    #[arg(long)]
    pub plan: bool,
    /// The flags that choose the cloud and the program.
    #[command(flatten)]
    pub against: Against,
}

/// Prints a graph.
pub(super) async fn run(context: &Context, args: GraphArgs) -> Result<()> {
    let interrupt = signals::listen(None, notice)?;
    let session = Session::open(context)?;
    let (stack, store) = session.stack().await?;
    let opened = session.open_stack(stack, store, args.against.local, &interrupt).await?;
    let dot =
        signals::unless_interrupted(&interrupt, dot(&session, &opened, &args, &interrupt)).await;
    opened.close().await;
    print(&dot?);
    Ok(())
}

/// Returns the graph that the flags select, in DOT.
async fn dot(
    session: &Session<'_>,
    opened: &OpenStack<'_>,
    args: &GraphArgs,
    interrupt: &Interrupt,
) -> Result<String> {
    let events: Arc<dyn Events> = opened.gate.events(Arc::new(OnStderr));
    let file = session.program_file(args.against.program.as_deref()).await?;
    let stack = opened.load(Some(&file), &events).await?;
    // The declarations do not depend on the cloud.
    let options = Options { offline: args.against.offline || !args.plan, ..Options::default() };
    let prepared = stack.plan(Operation::Preview, &options, events, interrupt.clone()).await?;
    Ok(if args.plan { plan_dot(&prepared.plan) } else { prepared.dot() })
}

/// Returns the steps of a plan in DOT.
fn plan_dot(plan: &Plan) -> String {
    plan.dot(|step| format!("{:?} {}", step.action, kind_and_name(&step.urn)))
}
