//! `kim preview`, `up`, `destroy`, `refresh`: plan, show, ask, carry out.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use kim_engine::event::{Diagnostic, Event, Events, RunResult, Severity, Summary, counted};
use kim_engine::plan::Operation;
use kim_engine::ports::Store;
use kim_engine::state::StackId;
use kim_engine::{Interrupt, Options, Prepared, Stack};
use kim_sandbox::Level;
use kim_state::SqliteStore;

use crate::args::{DestroyArgs, PreviewArgs, RefreshArgs, Selected, Shown, UpArgs};
use crate::context::{Context, who};
use crate::error::{Error, Result};
use crate::load::{self, Outside, Sink};
use crate::project::Project;
use crate::project::selection;
use crate::project::settings::Settings;
use crate::screen::line::{Line, Style};
use crate::screen::value::duration;
use crate::screen::{Mode, Screen};
use crate::terminal::ask;
use crate::terminal::signals;

/// What is asked for, the same for all four.
struct Request {
    operation: Operation,
    local: bool,
    program: Option<PathBuf>,
    shown: Shown,
    yes: bool,
    expect_no_changes: bool,
    deadline: Option<Duration>,
    options: Options,
}

fn options(selected: Selected) -> Options {
    Options { targets: selected.target, parallel: usize::from(selected.parallel), ..Options::default() }
}

/// `kim preview`.
pub(super) async fn preview(context: &Context, args: PreviewArgs) -> Result<()> {
    carry(context, of_preview(Operation::Preview, args)).await
}

fn of_preview(operation: Operation, args: PreviewArgs) -> Request {
    Request {
        operation,
        local: args.against.local,
        program: args.against.program,
        shown: args.shown,
        yes: false,
        expect_no_changes: args.expect_no_changes,
        deadline: args.selected.deadline,
        options: Options { offline: args.against.offline, replace: args.replace, ..options(args.selected) },
    }
}

/// `kim up`.
pub(super) async fn up(context: &Context, args: UpArgs) -> Result<()> {
    let mut request = of_preview(Operation::Up, args.preview);
    request.yes = args.yes;
    carry(context, request).await
}

/// `kim destroy`.
pub(super) async fn destroy(context: &Context, args: DestroyArgs) -> Result<()> {
    let deadline = args.selected.deadline;
    let options = Options { offline: args.offline, ..options(args.selected) };
    carry(
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

/// `kim refresh`.
pub(super) async fn refresh(context: &Context, args: RefreshArgs) -> Result<()> {
    carry(
        context,
        Request {
            operation: Operation::Refresh,
            local: args.local,
            program: None,
            shown: args.shown,
            yes: args.yes,
            expect_no_changes: args.expect_no_changes,
            deadline: args.selected.deadline,
            options: options(args.selected),
        },
    )
    .await
}

/// Runs a request on its screen; with JSON there is a summary whatever happens.
async fn carry(context: &Context, mut request: Request) -> Result<()> {
    request.program = request.program.map(|file| context.resolve(&file));
    let mode = match request.shown.json {
        true => Mode::Json,
        false if context.look.redraws => Mode::Terminal,
        false => Mode::Lines,
    };
    let screen = Arc::new(Screen::new(request.operation, mode, context.look, request.shown.diff));
    let watching = screen.watch();
    let result = on_screen(context, &request, &screen).await;
    drop(watching);
    if let Err(error) = &result {
        screen.end_without_summary(&error.message);
    }
    result
}

async fn on_screen(context: &Context, request: &Request, screen: &Arc<Screen>) -> Result<()> {
    if request.shown.json && !request.yes && !matches!(request.operation, Operation::Preview) {
        return Err(Error::usage("with --json nobody can be asked").hint("pass --yes to go ahead without being asked"));
    }
    let interrupt = {
        let screen = screen.clone();
        signals::listen(request.deadline, move |text| screen.say(Line::new().add(Style::Yellow, text)))?
    };
    let project = context.project()?;
    let (stack, store) = stack_for(context, request, &project, screen, &interrupt).await?;
    let settings = Settings::load(&project, &stack.name)?;
    let outside = open_outside(request, &project, &settings).await?;
    let events: Sink = screen.clone();
    tell_while_waiting(&outside, &events, &interrupt);
    let result = async {
        let loaded = load(request, &project, &settings, &stack, store, &outside, &events);
        let stack = signals::unless_interrupted(&interrupt, loaded).await?;
        plan_and_apply(request, &stack, &outside, screen, interrupt).await
    };
    let result = result.await;
    outside.close().await;
    result
}

/// What AWS makes people wait for is said; and nothing is waited for any more once the run was interrupted.
fn tell_while_waiting(outside: &Outside, events: &Sink, interrupt: &Interrupt) {
    let events = events.clone();
    outside.aws.on_news(Arc::new(move |level, text| {
        let severity = if level == Level::Warn { Severity::Warning } else { Severity::Notice };
        events.emit(told(severity, text));
    }));
    let (aws, interrupt) = (outside.aws.clone(), interrupt.clone());
    tokio::spawn(async move {
        interrupt.reached(1).await;
        aws.give_up();
    });
}

fn told(severity: Severity, text: &str) -> Event {
    Event::Diagnostic(Diagnostic { severity, message: text.to_owned(), urn: None, path: None, sources: Vec::new() })
}

async fn open_outside(request: &Request, project: &Project, settings: &Settings) -> Result<Outside> {
    let world = request.local.then(|| load::world(project)).transpose()?;
    Outside::open(settings, world).await
}

/// The stack to work on. `kim up` makes one that has a settings file but does not exist yet.
async fn stack_for(
    context: &Context,
    request: &Request,
    project: &Project,
    screen: &Screen,
    interrupt: &Interrupt,
) -> Result<(StackId, Arc<SqliteStore>)> {
    let sealed = match selection::named(project, context.stack.as_deref())? {
        Some(stack) => Settings::load(project, &stack.name)?.has_secrets(),
        None => false,
    };
    let store = context.store(project, sealed)?;
    if let (Operation::Up, Some(stack)) = (request.operation, selection::named(project, context.stack.as_deref())?) {
        let known = store.stacks(&project.name).await?.iter().any(|known| known.id == stack);
        if !known && project.stack_file(&stack.name).is_file() {
            let question = format!("Stack '{}' does not exist yet. Make it?", stack.name);
            ask::confirm(&question, request.yes, interrupt).await?;
            store.create_stack(&stack).await?;
            screen.say(Line::new().text(format!("made stack '{stack}'")));
        }
    }
    let stack = selection::existing(project, context.stack.as_deref(), &*store).await?;
    let store = context.able_to_read(project, &stack, store).await?;
    Ok((stack, store))
}

/// Whether an operation runs the program.
fn runs_program(operation: Operation) -> bool {
    matches!(operation, Operation::Preview | Operation::Up)
}

/// Loads everything that the engine needs.
async fn load(
    request: &Request,
    project: &Project,
    settings: &Settings,
    stack: &StackId,
    store: Arc<SqliteStore>,
    outside: &Outside,
    events: &Sink,
) -> Result<Stack> {
    let opened = settings.open(stack, &store).await?;
    // Cargo first and alone: it writes to the terminal itself.
    let file = match runs_program(request.operation) {
        true => Some(load::program_file(project, request.program.as_deref()).await?),
        false => None,
    };
    let sandbox = load::sandbox(events)?;
    let program = async {
        match &file {
            Some(file) => load::program(&sandbox, file, project.program_limits).await.map(Some),
            None => Ok(None),
        }
    };
    let plugins = load::plugins(&sandbox, project, &opened, outside, events);
    let (program, providers) = tokio::join!(program, plugins);
    Ok(Stack { id: stack.clone(), program: program?, providers: providers?, store, settings: opened, who: who() })
}

async fn plan_and_apply(
    request: &Request,
    stack: &Stack,
    outside: &Outside,
    screen: &Arc<Screen>,
    interrupt: Interrupt,
) -> Result<()> {
    let events: Arc<dyn Events> = screen.clone();
    let place = find_place(request, stack, outside);
    screen.planning();
    let planning = async {
        let planned = stack.plan(request.operation, &request.options, events.clone()).await;
        if let (Err(kim_engine::Error::Invalid(errors)), Mode::Json) = (&planned, screen.mode()) {
            errors.iter().for_each(|error| events.emit(Event::Diagnostic(error.clone())));
        }
        Ok(planned?)
    };
    let prepared = signals::unless_interrupted(&interrupt, planning).await?;
    let plan = prepared.plan.clone();
    let summary = prepared.summary();
    let place = tokio::time::timeout(PATIENCE, place).await.ok().and_then(std::result::Result::ok).unwrap_or_default();
    if let Some(why) = &place.unknown {
        events.emit(told(Severity::Warning, why));
    }
    let shown = if request.shown.diff { Arc::new(prepared.in_full()) } else { plan.clone() };
    screen.plan(&headline(request, &stack.id, &place, outside, screen), &shown, &prepared.diagnostics);
    let changes = !plan.is_empty();
    if request.expect_no_changes && changes {
        let message = "there are changes where none were expected; nothing was done";
        screen.end_of_preview(Summary { result: RunResult::Failed, message: Some(message.to_owned()), ..summary });
        return Err(Error::changes(message));
    }
    if request.operation == Operation::Preview {
        screen.end_of_preview(summary);
        // The process ends now: taking a large plan apart first, value by value, would keep its reader waiting.
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
        RunResult::Failed => {
            let message = summary.message.unwrap_or_else(|| "not everything was done".to_owned());
            Err(Error::failed(message).already_shown())
        }
    }
}

/// The region and the account, as far as they are known.
#[derive(Clone, PartialEq, Debug, Default)]
struct Place {
    region: Option<String>,
    account: Option<String>,
    /// Why the account is not known, where it was asked for.
    unknown: Option<String>,
}

/// How long a headline may wait for the account.
const PATIENCE: Duration = Duration::from_secs(2);

/// Asks where the plugins' AWS is, while something else is done; nobody is asked who no plugin would ask.
fn find_place(request: &Request, stack: &Stack, outside: &Outside) -> tokio::task::JoinHandle<Place> {
    let uses_aws = stack.providers.iter().any(|provider| !provider.schema().capabilities.aws.is_empty());
    let (aws, offline) = (outside.aws.clone(), request.options.offline);
    tokio::spawn(async move {
        match (uses_aws, offline) {
            (false, _) => Place::default(),
            (true, true) => Place { region: aws.region().await.ok(), ..Place::default() },
            (true, false) => {
                let (region, account) = (aws.region().await.ok(), aws.account().await);
                Place { region, unknown: account.as_ref().err().map(ToString::to_string), account: account.ok() }
            }
        }
    })
}

/// Which stack, where, and what it was compared with.
fn headline(request: &Request, stack: &StackId, place: &Place, outside: &Outside, screen: &Screen) -> Line {
    let mut parts = Vec::new();
    let cloud = if outside.is_local { "local AWS" } else { "aws" };
    match &place.region {
        Some(region) => parts.push(Line::new().text(format!("{cloud} {region}"))),
        None if outside.is_local => parts.push(Line::new().text(cloud)),
        None => {}
    }
    parts.extend(place.account.as_ref().map(|account| Line::new().text("account ").join(shortened(account))));
    match screen.live() {
        _ if request.options.offline => parts.push(Line::new().text("compared with recorded state")),
        Some((requests, millis)) => {
            let calls = counted(usize::try_from(requests).unwrap_or(usize::MAX), "call");
            parts.push(Line::new().text(format!("compared with live state: {calls}, {}", duration(millis))));
        }
        None => {}
    }
    let line = Line::new().add(Style::Bold, stack.to_string());
    parts.into_iter().fold(line, |line, part| line.draw(Style::Dim, " · ").join(part)).whole()
}

/// Enough of an account's number to know it by.
fn shortened(account: &str) -> Line {
    match (account.get(..4), account.get(account.len().saturating_sub(4)..)) {
        (Some(first), Some(last)) if account.len() >= 12 => Line::new().text(first).draw(Style::Plain, "…").text(last),
        _ => Line::new().text(account),
    }
}
