//! What plugins ask for, what the project grants them, and when that is too little. Pure.
//!
//! Invariant: nothing is granted that `Kim.toml` does not have.

use kim_engine::gate;
use kim_model::Value;
use kim_model::schema::Capabilities;
use kim_sandbox::Grants;

use super::lock::{Lock, LockMode};
use crate::error::{Error, Result};
use crate::project::Plugin;

/// Returns what the project grants a plugin.
pub(super) fn granted(plugin: &Plugin) -> Grants {
    Grants::Only { aws: plugin.aws.clone(), http: plugin.http.clone() }
}

/// Rejects a plugin that asks for more than somebody was asked about.
///
/// That is what `kim.lock` has, or without an entry there what `Kim.toml` grants. A plugin may be
/// granted less than it asks for: then its requests for the rest are denied.
///
/// # Errors
/// It says what the plugin asks for, and what of that is new.
pub(super) fn expect_granted(
    plugin: &Plugin,
    asks: &Capabilities,
    not_granted: &Capabilities,
    lock: &Lock,
    mode: LockMode,
) -> Result<()> {
    let locked = lock.entry(plugin).map(|locked| &locked.asks);
    let (more, than) = match locked {
        Some(locked) if mode != LockMode::Update => (beyond(asks, locked), "kim.lock has"),
        Some(locked) => {
            (beyond(&beyond(asks, locked), &granted_of(asks, not_granted)), "Kim.toml grants")
        }
        None => (not_granted.clone(), "Kim.toml grants"),
    };
    if is_empty(&more) {
        return Ok(());
    }
    let name = &plugin.name;
    let message = format!(
        "the plugin '{name}' asks for more than {than}, so it was not loaded\n{}",
        listed(&more, &Value::map()).join("\n")
    );
    let grant = format!("write {} into its entry in Kim.toml", as_toml(asks));
    Err(Error::failed(message).hint(match (plugin.crate_folder(), locked) {
        (Some(_), Some(_)) => format!("if it may, {grant}, and pass --update"),
        (Some(_), None) => format!("if it may, {grant}"),
        (None, _) => {
            format!("`kim plugin install {name}` shows all that it asks for, and asks you")
        }
    }))
}

/// Rejects a moved plugin that asks for something.
///
/// It comes from elsewhere than `kim.lock` says. What `Kim.toml` grants its name was granted to the
/// one that is locked.
///
/// # Errors
/// It says what the plugin asks for, and how somebody grants it.
pub(super) fn expect_not_moved(
    plugin: &Plugin,
    asks: &Capabilities,
    digest: &str,
    lock: &Lock,
) -> Result<()> {
    if is_empty(asks) || !lock.is_moved(plugin, digest) {
        return Ok(());
    }
    let name = &plugin.name;
    Err(Error::failed(format!(
        "the plugin '{name}' comes from elsewhere than kim.lock says, so what Kim.toml grants is not granted to it, and it \
         was not loaded. It asks for\n{}",
        listed(asks, &Value::map()).join("\n")
    ))
    .hint(match plugin.crate_folder() {
        Some(_) => {
            format!("if it may, remove the entry of '{name}' from kim.lock, and pass --update")
        }
        None => format!("`kim plugin install {name}` shows all that it asks for, and asks you"),
    }))
}

/// Returns true if nothing is asked for.
pub fn is_empty(asks: &Capabilities) -> bool {
    asks.aws.is_empty() && asks.http.is_empty()
}

/// Returns what is in `asks` and not in `known`.
pub fn beyond(asks: &Capabilities, known: &Capabilities) -> Capabilities {
    let more = |asks: &[String], known: &[String]| {
        asks.iter().filter(|one| !known.contains(one)).cloned().collect()
    };
    Capabilities { aws: more(&asks.aws, &known.aws), http: more(&asks.http, &known.http) }
}

/// Returns what of `asks` is granted.
fn granted_of(asks: &Capabilities, not_granted: &Capabilities) -> Capabilities {
    beyond(asks, not_granted)
}

/// Returns the keys of an entry in `Kim.toml` that grant something.
fn as_toml(asks: &Capabilities) -> String {
    let keys = [("aws", &asks.aws), ("http", &asks.http)];
    let keys = keys.into_iter().filter(|(_, names)| !names.is_empty());
    keys.map(|(key, names)| format!("{key} = {names:?}")).collect::<Vec<_>>().join(", ")
}

/// Returns a line for each thing that is asked for, with its warning.
///
/// `settings` are those of the plugin: they may name a host. They may be empty.
pub fn listed(asks: &Capabilities, settings: &Value) -> Vec<String> {
    let services = asks
        .aws
        .iter()
        .map(|service| (format!("AWS {}", service.escape_debug()), warning_of_service(service)));
    let hosts = asks.http.iter().map(|host| match host.strip_prefix("config:") {
        Some(property) => {
            let named = settings.get(property).and_then(Value::as_text);
            let now =
                named.map_or_else(String::new, |host| format!(", now {}", gate::inline(host)));
            let what = format!(
                "HTTP to the host in its setting '{0}' (config:{0}{now})",
                property.escape_debug()
            );
            (what, named.and_then(warning_of_host))
        }
        None => (format!("HTTP to {}", host.escape_debug()), warning_of_host(host)),
    });
    let line = |(what, warning): (String, Option<&str>)| match warning {
        Some(warning) => format!("  {what}   CAUTION: {warning}"),
        None => format!("  {what}"),
    };
    services.chain(hosts).map(line).collect()
}

/// Returns why a service is more than others, if it is.
fn warning_of_service(service: &str) -> Option<&'static str> {
    match service {
        "sts" | "sso" | "cognito-identity" | "rolesanywhere" => Some(
            "it hands out credentials, and with them the plugin could act as you from anywhere",
        ),
        "iam" | "organizations" => Some("it decides who may do what in the account"),
        "secretsmanager" | "ssm" => Some("it hands out the secrets that the account keeps"),
        _ => None,
    }
}

/// Returns the warning of a host that is this machine, or one beside it.
fn warning_of_host(host: &str) -> Option<&'static str> {
    let name = host.strip_prefix('[').and_then(|rest| rest.split(']').next());
    let name = name.unwrap_or_else(|| host.split(':').next().unwrap_or_default());
    // An IPv4 address may be written as one of IPv6, and a name in any case.
    let name = &name.trim_end_matches('.').to_ascii_lowercase();
    let address = name.parse::<std::net::IpAddr>().ok().map(|address| address.to_canonical());
    let is_this = address.is_some_and(|address| address.is_loopback() || address.is_unspecified());
    let is_near = match address {
        Some(std::net::IpAddr::V4(address)) => address.is_private() || address.is_link_local(),
        Some(std::net::IpAddr::V6(address)) => {
            address.is_unique_local() || address.is_unicast_link_local()
        }
        None => false,
    };
    if is_this || name == "localhost" || name.ends_with(".localhost") {
        return Some("that is this machine, and what listens there may trust whoever calls");
    }
    is_near.then_some("that is in a network of this machine's own, not on the internet")
}
