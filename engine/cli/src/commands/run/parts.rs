//! The parts of a run: its stack, the access to AWS, the program and the plugins.

use std::sync::Arc;

use kim_engine::plan::Operation;
use kim_engine::ports::Store;
use kim_engine::state::StackId;
use kim_engine::{Interrupt, Stack};
use kim_state::SqliteStore;

use super::request::Request;
use crate::context::{Context, user_at_host};
use crate::error::Result;
use crate::load::{self, CloudAccess, Sink};
use crate::project::settings::Settings;
use crate::project::{Project, selection};
use crate::screen::Screen;
use crate::screen::line::Line;
use crate::terminal::ask;

/// Opens the access to AWS, or to the project's local AWS.
pub(super) async fn open_access(request: &Request, project: &Project, settings: &Settings) -> Result<CloudAccess> {
    let world = request.local.then(|| load::local_world_file(project)).transpose()?;
    CloudAccess::open(settings, world).await
}

/// Returns the stack to work on, and its store.
///
/// After a confirmation, `kim up` creates a stack that has a settings file but does not exist yet.
pub(super) async fn stack_for(
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
    let store = context.unlock_if_sealed(project, &stack, store).await?;
    Ok((stack, store))
}

/// Returns true if an operation runs the program.
fn runs_program(operation: Operation) -> bool {
    matches!(operation, Operation::Preview | Operation::Up)
}

/// Loads everything that the engine needs.
pub(super) async fn load(
    request: &Request,
    project: &Project,
    settings: &Settings,
    stack: &StackId,
    store: Arc<SqliteStore>,
    access: &CloudAccess,
    events: &Sink,
) -> Result<Stack> {
    let opened = settings.decrypted(stack, &store).await?;
    // Cargo runs first and alone, because it writes to the terminal itself.
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
    let plugins = load::plugins(&sandbox, project, &opened, access, events);
    let (program, providers) = tokio::join!(program, plugins);
    Ok(Stack {
        id: stack.clone(),
        program: program?,
        providers: providers?,
        store,
        settings: opened,
        who: user_at_host(),
    })
}
