//! What is in the way of a delete. AWS says `DependencyViolation` and no more, and says it for some seconds after the last
//! dependency has gone as well.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{Filter, NetworkInterface};
use kim_plugin::prelude::*;

use super::pages;

/// How soon to try again where nothing is in the way any more.
const AGAIN_MS: u32 = 2_000;

/// A delete's answer, where a conflict is told apart: network interfaces that `filter` finds are named; where there are
/// none, AWS has only not noticed yet, and it is tried again.
pub(crate) async fn explain(
    client: &Client,
    filter: Filter,
    answer: Result<Deletion, Failure>,
) -> Result<Deletion, Failure> {
    let Err(Failure::Conflict(message)) = answer else { return answer };
    let interfaces = pages!(client.describe_network_interfaces().filters(filter), network_interfaces);
    if interfaces.is_empty() {
        return Ok(Deletion::again(AGAIN_MS, "waiting until AWS has let go of it"));
    }
    let names: Vec<String> = interfaces.iter().map(name).collect();
    Err(Failure::Conflict(format!("{message}; still in use by {}", names.join(", "))))
}

fn name(interface: &NetworkInterface) -> String {
    let id = interface.network_interface_id().unwrap_or("a network interface");
    let instance = interface.attachment().and_then(|attachment| attachment.instance_id());
    match (instance, interface.description()) {
        (Some(instance), _) => format!("{id} of {instance}"),
        (None, Some(description)) if !description.is_empty() => format!("{id} ({description})"),
        _ => id.to_owned(),
    }
}
