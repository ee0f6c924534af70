//! The signs and words for what a step does.

use kim_engine::state::Action;

/// Returns the words for a running action.
pub(super) fn running(action: Action) -> &'static str {
    match action {
        Action::Create => "creating",
        Action::CreateReplacement => "creating the new one",
        Action::Update => "updating",
        Action::Delete => "deleting",
        Action::DeleteReplaced => "deleting the old one",
        Action::Forget => "forgetting",
        Action::Record => "recording",
    }
}

/// Returns the words for a finished action.
pub(super) fn finished(action: Action) -> &'static str {
    match action {
        Action::Create => "created",
        Action::CreateReplacement => "created anew",
        Action::Update => "updated",
        Action::Delete => "deleted",
        Action::DeleteReplaced => "deleted, the old one",
        Action::Forget => "forgotten",
        Action::Record => "recorded",
    }
}

/// Returns the sign of an action.
pub(super) fn sign(action: Action) -> &'static str {
    match action {
        Action::Create | Action::CreateReplacement => "+",
        Action::Update | Action::Record => "~",
        Action::Delete | Action::DeleteReplaced => "-",
        Action::Forget => "×",
    }
}
