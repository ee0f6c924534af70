//! The line above a plan.
//!
//! It names the stack, the cloud, and what it was compared with.

use std::time::Duration;

use kim_engine::Stack;
use kim_engine::event::counted;
use kim_engine::state::StackId;

use super::request::Request;
use crate::load::CloudAccess;
use crate::screen::Screen;
use crate::screen::line::{Line, Style};
use crate::screen::value::duration;

/// The region and the account, as far as they are known.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct CloudIdentity {
    region: Option<String>,
    account: Option<String>,
    /// The reason why the lookup of the account failed.
    pub(super) unknown: Option<String>,
}

/// How long the headline waits for the account after planning.
pub(super) const ACCOUNT_TIMEOUT: Duration = Duration::from_secs(2);

/// Looks up the region and the account in the background.
///
/// Sends nothing to AWS if no plugin uses it.
pub(super) fn look_up_identity(
    request: &Request,
    stack: &Stack,
    access: &CloudAccess,
) -> tokio::task::JoinHandle<CloudIdentity> {
    let uses_aws =
        stack.providers.iter().any(|provider| !provider.schema().capabilities.aws.is_empty());
    let (aws, offline) = (access.aws.clone(), request.options.offline);
    tokio::spawn(async move {
        match (uses_aws, offline) {
            (false, _) => CloudIdentity::default(),
            (true, true) => {
                CloudIdentity { region: aws.region().await.ok(), ..CloudIdentity::default() }
            }
            (true, false) => {
                let (region, account) = (aws.region().await.ok(), aws.account().await);
                CloudIdentity {
                    region,
                    unknown: account.as_ref().err().map(ToString::to_string),
                    account: account.ok(),
                }
            }
        }
    })
}

/// Returns the headline: the stack, the cloud, and what it was compared with.
pub(super) fn headline(
    request: &Request,
    stack: &StackId,
    identity: &CloudIdentity,
    access: &CloudAccess,
    screen: &Screen,
) -> Line {
    let mut parts = Vec::new();
    let cloud = if access.is_local { "local AWS" } else { "aws" };
    match &identity.region {
        Some(region) => parts.push(Line::new().text(format!("{cloud} {region}"))),
        None if access.is_local => parts.push(Line::new().text(cloud)),
        None => {}
    }
    parts.extend(
        identity
            .account
            .as_ref()
            .map(|account| Line::new().text("account ").join(shortened_account(account))),
    );
    match screen.live() {
        _ if request.options.offline => {
            parts.push(Line::new().text("compared with the recorded state"))
        }
        Some((requests, millis)) => {
            let calls = counted(usize::try_from(requests).unwrap_or(usize::MAX), "call");
            parts.push(
                Line::new()
                    .text(format!("compared with live state: {calls}, {}", duration(millis))),
            );
        }
        None => {}
    }
    let line = Line::new().add(Style::Bold, stack.to_string());
    parts.into_iter().fold(line, |line, part| line.draw(Style::Dim, " · ").join(part)).whole()
}

/// Shortens an account's number to its first and last four digits.
fn shortened_account(account: &str) -> Line {
    match (account.get(..4), account.get(account.len().saturating_sub(4)..)) {
        (Some(first), Some(last)) if account.len() >= 12 => {
            Line::new().text(first).draw(Style::Plain, "…").text(last)
        }
        _ => Line::new().text(account),
    }
}
