//! The stack of a run.
//!
//! `kim up` creates it if it has a settings file but does not exist yet.

use std::sync::Arc;

use kim_engine::Interrupt;
use kim_engine::plan::Operation;
use kim_engine::ports::Store;
use kim_engine::state::StackId;
use kim_state::SqliteStore;

use super::request::Request;
use crate::error::Result;
use crate::screen::Screen;
use crate::screen::line::Line;
use crate::session::Session;
use crate::terminal::ask;

/// Returns the stack to work on, and its store.
pub(super) async fn stack_for(
    session: &Session<'_>,
    request: &Request,
    screen: &Screen,
    interrupt: &Interrupt,
) -> Result<(StackId, Arc<SqliteStore>)> {
    let named = session.named_stack()?;
    let sealed = match &named {
        Some(stack) => session.settings(stack)?.has_secrets(),
        None => false,
    };
    let store = session.store(sealed).await?;
    if let (Operation::Up, Some(stack)) = (request.operation, &named)
        && !exists(&store, stack).await?
        && session.project.stack_file(&stack.name).is_file()
    {
        let question = format!("Stack '{}' does not exist yet. Create it?", stack.name);
        ask::confirm(&question, request.yes, interrupt).await?;
        store.create_stack(stack).await?;
        screen.say(Line::new().text(format!("created stack '{stack}'")));
    }
    session.stack_in(store).await
}

async fn exists(store: &SqliteStore, stack: &StackId) -> Result<bool> {
    Ok(store.stacks(&stack.project).await?.iter().any(|known| known.id == *stack))
}
