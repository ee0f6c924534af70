//! The caller.
//!
//! There are no users here: every access key is the account's root user.

use crate::error::Answer;
use crate::iam::rules::no_such;
use crate::service::{Action, Call};
use crate::world::timestamp;

pub(crate) const ACTIONS: &[Action] = &[Action::new("GetUser", "UserName", get)];

fn get(call: &mut Call) -> Answer {
    if let Some(name) = call.params().text("UserName") {
        return Err(no_such("user", name));
    }
    let account = &call.settings.account;
    // As AWS shows a root user: without a name and path of its own, as old as the account.
    Ok(node! { "User" => node! {
        "UserId" => account, "Arn" => format!("arn:aws:iam::{account}:root"), "CreateDate" => timestamp(0),
    } })
}
