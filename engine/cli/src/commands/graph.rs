//! `kim graph`: the program's declarations, or the plan, in DOT.

use std::sync::Arc;

use clap::Args;
use kim_engine::plan::{Operation, Plan, Step};
use kim_engine::{Options, Stack};
use petgraph::dot::{Config, Dot};

use crate::args::Against;
use crate::context::{Context, user_at_host};
use crate::error::Result;
use crate::load::{self, CloudAccess, Sink};
use crate::project::settings::Settings;
use crate::screen::value::kind_and_name;
use crate::screen::{OnStderr, print};

/// `kim graph`.
#[derive(Args, Debug)]
pub struct GraphArgs {
    /// The steps that `up` would take, in their order, instead of the declarations
    #[arg(long)]
    pub plan: bool,
    /// The cloud and the program.
    #[command(flatten)]
    pub against: Against,
}

/// Prints a graph.
pub(super) async fn run(context: &Context, args: GraphArgs) -> Result<()> {
    let project = context.project()?;
    let (stack, store) = context.stack_in(&project, false).await?;
    let settings = Settings::load(&project, &stack.name)?;
    let opened = settings.decrypted(&stack, &store).await?;
    let events: Sink = Arc::new(OnStderr);
    let world = args.against.local.then(|| load::local_world_file(&project)).transpose()?;
    let access = CloudAccess::open(&settings, world).await?;
    let sandbox = load::sandbox(&events)?;
    let other = args.against.program.map(|file| context.resolve(&file));
    let file = load::program_file(&project, other.as_deref()).await?;
    let program = load::program(&sandbox, &file, project.program_limits).await?;
    let providers = load::plugins(&sandbox, &project, &opened, &access, &events).await?;
    let stack = Stack { id: stack, program: Some(program), providers, store, settings: opened, who: user_at_host() };
    // The declarations do not depend on the cloud.
    let options = Options { offline: args.against.offline || !args.plan, ..Options::default() };
    let prepared = stack.plan(Operation::Preview, &options, events).await?;
    let dot = if args.plan { plan_dot(&prepared.plan) } else { prepared.dot() };
    print(&dot);
    access.close().await;
    Ok(())
}

/// Returns the steps of a plan in DOT. An edge leads from a step to those that wait for it.
fn plan_dot(plan: &Plan) -> String {
    let label = |step: &Step| format!("{:?} {}", step.action, kind_and_name(&step.urn));
    let labels = plan.steps.map(|_, step| label(step), |_, ()| "");
    Dot::with_config(&labels, &[Config::EdgeNoLabel]).to_string()
}
