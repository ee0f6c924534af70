//! Hints: what a user may do about an error.
//!
//! They are in the words of the command line: its flags, its commands, its files.
//!
//! Invariant: the engine and the sandbox report facts; this is the only file that words their
//! remedies. (What has to be done outside of kim, such as setting the clock, they say themselves.)

use kim_engine::event::{Diagnostic, Event, StepResult};
use kim_engine::ports::StoreError;
use kim_engine::{Error, LiveError, Mismatch, Unmatched};
use kim_model::{Capability, Failure, Former, FormerParent, Limit, Limited, Remedy};

/// Returns the words for a remedy: a part of a sentence, without a full stop.
pub fn of_remedy(remedy: &Remedy) -> String {
    match remedy {
        Remedy::RaiseLimit { of: Limited::Program, limit } => {
            format!("limits.{} under [program] in Kim.toml allows more", key(*limit))
        }
        Remedy::RaiseLimit { of: Limited::Plugin(plugin), limit } => {
            format!("limits.{} of the plugin '{plugin}' in Kim.toml allows more", key(*limit))
        }
        Remedy::Grant { plugin, capability, all } => {
            let key = match capability {
                Capability::Aws => "aws",
                Capability::Http => "http",
            };
            format!(
                "to grant it, write {key} = {all:?} into the entry of the plugin '{plugin}' in Kim.toml"
            )
        }
        Remedy::Configure { plugin, property } => {
            format!("`kim config set {plugin}.{property} <value>` sets it")
        }
        Remedy::Refer { project } => {
            format!("if it may, write references = [{project:?}] under [program] in Kim.toml")
        }
        Remedy::RemovePlugin => "remove one of them from [plugins] in Kim.toml".to_owned(),
        Remedy::AddPlugin => {
            "name the plugin that offers it under [plugins] in Kim.toml".to_owned()
        }
        Remedy::AddTarget { resource } => format!("add --target '{resource}'"),
        Remedy::Include { resource } => format!("leave '{resource}' out of --exclude"),
        Remedy::DeclareFormer { former } => format!(
            "if it was renamed, {} among its options keeps it; if it is another one, pass --delete-renamed",
            former_in_code(former)
        ),
        Remedy::SeeTakingRun => {
            "`kim history` shows how the run ended that took over; `kim preview` what remains after it"
                .to_owned()
        }
        Remedy::FewerSteps => "--parallel sets how many steps are in flight at a time".to_owned(),
        Remedy::BuildComponent => {
            "`cargo build --target wasm32-wasip2` makes a component".to_owned()
        }
    }
}

/// Returns the call that declares a former name in a program.
fn former_in_code(former: &Former) -> String {
    let Former { name, kind, parent, project } = former;
    let parts = [
        name.as_ref().map(|name| format!(".name({name:?})")),
        kind.as_ref().map(|kind| format!(".kind({kind:?})")),
        match parent {
            FormerParent::Same => None,
            FormerParent::Outside => Some(".outside()".to_owned()),
            FormerParent::Component(path) => Some(format!(".inside({path:?})")),
        },
        project.as_ref().map(|project| format!(".project({project:?})")),
    ];
    match (name, &parts) {
        (Some(name), [_, None, None, None]) => format!(".formerly({name:?})"),
        _ => format!(".formerly(Former::new(){})", parts.into_iter().flatten().collect::<String>()),
    }
}

/// Returns the key of a limit in the project's file.
fn key(limit: Limit) -> &'static str {
    match limit {
        Limit::Memory => "memory",
        Limit::Computing => "computing",
        Limit::Waiting => "waiting",
    }
}

/// Returns the words for several remedies; `None` if there are none.
pub fn of_remedies<'r>(remedies: impl IntoIterator<Item = &'r Remedy>) -> Option<String> {
    joined(remedies.into_iter().map(of_remedy))
}

/// Returns what may be done about an error of the engine.
///
/// Returns `None` if its message says it all.
pub fn of_error(error: &Error) -> Option<String> {
    let own = match error {
        Error::Store(error) => return of_store(error),
        Error::InvalidState(_) => {
            Some("look at it with `kim stack export`, or go back to a backup of the state file".to_owned())
        }
        Error::OtherPlace { .. } => {
            Some("use the credentials, region or --local of that cloud, or destroy the stack there first".to_owned())
        }
        Error::UnknownPlace { .. } => Some(
            "check the credentials and the network, or pass --offline to compare with the recorded state alone".to_owned(),
        ),
        Error::Unmatched(unmatched) => joined(unmatched.iter().filter_map(of_mismatch)),
        Error::Unsettled(_) => Some("run it without --offline".to_owned()),
        Error::Live(error) if matches!(**error, LiveError::NotRead { .. }) => {
            Some("pass --offline to compare with the recorded state alone".to_owned())
        }
        _ => None,
    };
    joined(error.remedy().iter().map(of_remedy).chain(own))
}

/// Returns what may be done about a name that matches no resource.
fn of_mismatch(unmatched: &Unmatched) -> Option<String> {
    match &unmatched.why {
        Mismatch::OtherStack(other) if other.project == unmatched.stack.project => {
            Some(format!("`--stack {}` works on that one", other.name))
        }
        Mismatch::Unknown(near) if near.is_empty() => Some(
            "`kim graph --offline` names what the program declares, `kim stack export` what is recorded".to_owned(),
        ),
        _ => None,
    }
}

/// Returns what may be done about an error of a store.
///
/// Returns `None` if its message says it all.
pub fn of_store(error: &StoreError) -> Option<String> {
    match error {
        StoreError::NotEmpty { .. } => {
            Some("run `kim destroy` first, or pass --force to forget them".to_owned())
        }
        StoreError::Locked { alive: false, .. } => {
            Some("if that machine is gone for good, run `kim stack unlock`".to_owned())
        }
        _ => error.remedy().as_ref().map(of_remedy),
    }
}

/// Returns what may be done about what an event reports.
///
/// Returns `None` if its message says it all.
pub fn of_event(event: &Event) -> Option<String> {
    match event {
        Event::Diagnostic(Diagnostic { remedy, .. }) => of_remedies(remedy),
        Event::StepFinished { result: StepResult::Failed { remedies, .. }, .. } => {
            of_remedies(remedies)
        }
        Event::Summary(summary) => of_remedies(&summary.remedies),
        _ => None,
    }
}

/// Returns a plugin's failure with what may be done about it, as one text.
pub fn explained(failure: &Failure) -> String {
    sentence(failure.to_string(), of_remedies(failure.remedy()))
}

/// Returns an error of the engine with what may be done about it, as one text.
pub fn explained_error(error: &Error) -> String {
    sentence(error.to_string(), of_error(error))
}

/// Returns a message and a hint as one text.
pub fn sentence(message: String, hint: Option<String>) -> String {
    match hint {
        Some(hint) => format!("{}; {hint}", message.trim_end_matches('.')),
        None => message,
    }
}

fn joined(parts: impl Iterator<Item = String>) -> Option<String> {
    parts.reduce(|before, part| format!("{before}; {part}"))
}
