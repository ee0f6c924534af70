//! A run of `kim preview`, `up`, `destroy` or `refresh`: plan, show, ask, apply.

mod headline;
mod request;
mod stack;

use std::sync::Arc;

use kim_engine::event::{Diagnostic, Event, Events, RunResult, Severity, Summary};
use kim_engine::plan::Operation;
use kim_engine::{Interrupt, Prepared, Stack};
use kim_sandbox::Level;

use crate::context::Context;
use crate::error::{Error, Result};
use crate::load::CloudAccess;
use crate::screen::line::{Line, Style};
use crate::screen::{Mode, Screen};
use crate::session::{OpenStack, Session};
use crate::terminal::{ask, signals};
use headline::{ACCOUNT_TIMEOUT, headline, look_up_identity};
pub(super) use request::Request;
use stack::stack_for;

/// Runs a request on its screen. With JSON it always ends with a summary.
pub(super) async fn execute(context: &Context, request: Request) -> Result<()> {
    let mode = if request.shown.json {
        Mode::Json
    } else if context.look.redraws {
        Mode::Terminal
    } else {
        Mode::Lines
    };
    let screen = Arc::new(Screen::new(request.operation, mode, context.look, request.shown.diff));
    let watching = screen.watch();
    let result = run_on_screen(context, &request, &screen).await;
    drop(watching);
    if let Err(error) = &result {
        screen.end_without_summary(&error.message, error.hint.as_deref());
    }
    result
}

async fn run_on_screen(context: &Context, request: &Request, screen: &Arc<Screen>) -> Result<()> {
    if request.shown.json && !request.yes && !matches!(request.operation, Operation::Preview) {
        return Err(Error::usage("--json cannot ask for confirmation")
            .hint("pass --yes to proceed without confirmation"));
    }
    let interrupt = {
        let screen = screen.clone();
        signals::listen(request.deadline, move |text| {
            screen.say(Line::new().add(Style::Yellow, text))
        })?
    };
    let session = Session::open(context)?;
    let (stack, store) = stack_for(&session, request, screen, &interrupt).await?;
    let opened = session.open_stack(stack, store, request.local, &interrupt).await?;
    let result = run_stack(&session, &opened, request, screen, interrupt).await;
    opened.close().await;
    result
}

async fn run_stack(
    session: &Session<'_>,
    opened: &OpenStack<'_>,
    request: &Request,
    screen: &Arc<Screen>,
    interrupt: Interrupt,
) -> Result<()> {
    // What plugins log and wait for reaches the screen from the sandbox, beside the engine.
    let events = opened.gate.events(screen.clone());
    report_waits(&opened.access, &events);
    let loaded = async {
        // Cargo runs first and alone, because it writes to the terminal itself.
        let file = if request.runs_program() {
            Some(session.program_file(request.program.as_deref()).await?)
        } else {
            None
        };
        opened.load(file.as_deref(), &events).await
    };
    let stack = signals::unless_interrupted(&interrupt, loaded).await?;
    plan_and_apply(request, &stack, &opened.access, screen, interrupt).await
}

/// Reports waits for AWS.
fn report_waits(access: &CloudAccess, events: &Arc<dyn Events>) {
    let events = events.clone();
    access.aws.on_news(Arc::new(move |level, text| {
        let severity = if level == Level::Warn { Severity::Warning } else { Severity::Notice };
        events.emit(diagnostic(severity, text));
    }));
}

fn diagnostic(severity: Severity, text: &str) -> Event {
    Event::Diagnostic(Diagnostic::new(severity, text.to_owned()))
}

async fn plan_and_apply(
    request: &Request,
    stack: &Stack,
    access: &CloudAccess,
    screen: &Arc<Screen>,
    interrupt: Interrupt,
) -> Result<()> {
    let events: Arc<dyn Events> = screen.clone();
    let identity = look_up_identity(request, stack, access);
    screen.planning();
    let (operation, options) = (request.operation, &request.options);
    let planned = stack.plan(operation, options, events.clone(), interrupt.clone()).await;
    if let (Err(kim_engine::Error::Invalid(errors)), Mode::Json) = (&planned, screen.mode()) {
        errors.iter().for_each(|error| events.emit(Event::Diagnostic(error.clone())));
    }
    let prepared = planned?;
    let plan = prepared.plan.clone();
    let summary = prepared.summary();
    let identity = tokio::time::timeout(ACCOUNT_TIMEOUT, identity)
        .await
        .ok()
        .and_then(std::result::Result::ok)
        .unwrap_or_default();
    if let Some(why) = &identity.unknown {
        events.emit(diagnostic(Severity::Warning, why));
    }
    let shown = if request.shown.diff { Arc::new(prepared.in_full()) } else { plan.clone() };
    screen.plan(
        &headline(request, &stack.id, &identity, access, screen),
        &shown,
        &prepared.diagnostics,
    );
    let changes = !plan.is_empty();
    if request.expect_no_changes && changes {
        let message = "there are changes where none were expected; nothing was done";
        screen.end_of_preview(Summary {
            result: RunResult::Failed,
            message: Some(message.to_owned()),
            ..summary
        });
        return Err(Error::changes(message));
    }
    if request.operation == Operation::Preview {
        screen.end_of_preview(summary);
        // The process ends now. Dropping a large plan value by value would delay the exit.
        std::mem::forget(prepared);
        return Ok(());
    }
    if changes {
        let question = match request.operation {
            Operation::Destroy => format!("Delete all of this in stack '{}'?", stack.id),
            Operation::Refresh => format!("Record this in stack '{}'?", stack.id),
            _ => format!("Do this in stack '{}'?", stack.id),
        };
        ask::confirm(&question, request.yes, &interrupt).await?;
    }
    apply(request, stack, prepared, screen, interrupt).await
}

async fn apply(
    request: &Request,
    stack: &Stack,
    prepared: Prepared,
    screen: &Arc<Screen>,
    interrupt: Interrupt,
) -> Result<()> {
    screen.applying(&prepared.plan);
    let summary = stack.apply(prepared, &request.options, screen.clone(), interrupt).await?;
    match summary.result {
        RunResult::Succeeded => Ok(()),
        RunResult::Failed | RunResult::Interrupted => {
            let message = summary.message.unwrap_or_else(|| "not everything was done".to_owned());
            Err(Error::failed(message).already_shown())
        }
    }
}
