//! The engine's side in a native build: it records all calls of the program in [`Declarations`].
//!
//! Invariant: a thread has at most one recording. A call outside of one is a mistake of the test,
//! and panics.

use std::cell::RefCell;

use kim_model::{
    Declaration, Declarations, Estimate, Expr, Log, LookupCall, OutputId, Path, Transform, Value,
};

use crate::Level;

/// A run in progress.
pub(crate) struct Recording {
    pub(crate) project: String,
    pub(crate) stack: String,
    pub(crate) settings: Value,
    pub(crate) declarations: Declarations,
}

thread_local! {
    static RECORDING: RefCell<Option<Recording>> = const { RefCell::new(None) };
}

/// Begins a recording, or ends it with `None`. Returns the recording before it.
pub(crate) fn swap(recording: Option<Recording>) -> Option<Recording> {
    RECORDING.replace(recording)
}

fn with<R>(act: impl FnOnce(&mut Recording) -> R) -> R {
    RECORDING.with_borrow_mut(|recording| match recording {
        Some(recording) => act(recording),
        None => {
            panic!("no program is running: declare and use outputs inside of kim::testing::run")
        }
    })
}

pub(crate) fn project() -> String {
    with(|r| r.project.clone())
}

pub(crate) fn stack() -> String {
    with(|r| r.stack.clone())
}

pub(crate) fn settings() -> Value {
    with(|r| r.settings.clone())
}

pub(crate) fn register(declaration: Declaration) -> OutputId {
    with(|r| r.declarations.register(declaration))
}

pub(crate) fn look_up(lookup: LookupCall) -> OutputId {
    with(|r| r.declarations.look_up(lookup))
}

pub(crate) fn stack_reference(stack: &str) -> OutputId {
    with(|r| r.declarations.express(Expr::StackReference(stack.to_owned())))
}

pub(crate) fn get(of: OutputId, path: &Path) -> OutputId {
    with(|r| r.declarations.express(Expr::Get(of, path.clone())))
}

pub(crate) fn concat(parts: Vec<Value>) -> OutputId {
    with(|r| r.declarations.express(Expr::Concat(parts)))
}

pub(crate) fn transform(callback: u32, arguments: Vec<Value>) -> OutputId {
    with(|r| r.declarations.express(Expr::Transform(Transform { callback, arguments })))
}

pub(crate) fn wrap(value: Value) -> OutputId {
    with(|r| r.declarations.express(Expr::Value(value)))
}

pub(crate) fn export(name: &str, value: Value) {
    with(|r| r.declarations.exports.insert(name.to_owned(), value));
}

pub(crate) fn declare_estimate(estimate: Estimate) {
    with(|r| r.declarations.estimates.push(estimate));
}

pub(crate) fn log(level: Level, message: &str) {
    let level = match level {
        Level::Debug => "debug",
        Level::Info => "info",
        Level::Warn => "warn",
        Level::Error => "error",
    };
    with(|r| {
        r.declarations.logs.push(Log { level: level.to_owned(), message: message.to_owned() })
    });
}
