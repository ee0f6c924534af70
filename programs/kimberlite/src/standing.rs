//! What cannot change while a cluster stands.
//!
//! Kimberlite 0.9.1 reads its members at the start and keeps its catalogue of tables in memory: another list of members
//! loses data and quorum (three grown to five, node by node, was tried on the real server), and so does another address. A
//! volume cannot change its encryption. So the stack exports a [`Record`], and the next run compares itself with it.
//!
//! Invariant: a run that would lose data is refused before anything is planned.

use std::net::Ipv4Addr;

use kim::prelude::*;
use kim::serde::{Deserialize, Serialize};

use crate::cluster::Cluster;

/// What a standing cluster is.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(crate = "kim::serde")]
pub(crate) struct Record {
    /// By replica id, from 0.
    members: Vec<Member>,
    encryption: bool,
    instance_type: String,
    placement: String,
    #[serde(skip)]
    allow_restarts: bool,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(crate = "kim::serde")]
struct Member {
    zone: String,
    address: Ipv4Addr,
}

/// Returns the record of a cluster.
pub(crate) fn record(cluster: &Cluster) -> Record {
    Record {
        members: cluster.nodes.iter().map(|node| Member { zone: node.zone.clone(), address: node.address }).collect(),
        encryption: cluster.encryption,
        instance_type: cluster.instance_type.clone(),
        placement: cluster.placement.strategy().to_owned(),
        allow_restarts: cluster.allow_restarts,
    }
}

/// Returns the record, unless the stack exported one under that name from which it cannot come.
pub(crate) fn check(stack: &Stack, export: &str, wanted: Record) -> Output<kim::Any> {
    let before: Output<Option<Record>> = stack.reference(&stack.name()).get(export);
    let checked = before.try_map(move |before: Option<Record>| {
        if let Some(before) = before {
            changes(&before, &wanted)?;
        }
        Ok(wanted.clone())
    });
    checked.get("")
}

/// Refuses what a standing cluster does not survive.
fn changes(before: &Record, wanted: &Record) -> Result<()> {
    kim::ensure!(
        before.encryption == wanted.encryption,
        "config.encryption: the cluster stands {} encryption, and a volume cannot change it: {}; write encryption = {}, or \
         make a new cluster (another stack), copy the data with a client, and take this one down",
        if before.encryption { "with" } else { "without" },
        if before.encryption {
            "its key would be deleted, and with it all that the volumes hold"
        } else {
            "each would be replaced by an empty one"
        },
        before.encryption
    );
    let (old, new) = (before.members.len(), wanted.members.len());
    kim::ensure!(
        old == new,
        "config.nodes: {old} nodes stand, and Kimberlite 0.9.1 cannot change its members: nodes that are started again with \
         a list of {new} lose tables and quorum; write nodes = {old}, or make a new cluster of {new} (another stack), copy the \
         data with a client, and take this one down"
    );
    for (id, (old, new)) in before.members.iter().zip(&wanted.members).enumerate() {
        kim::ensure!(
            old == new,
            "config.zones, config.network: node {} stands at {} in {}, and would move to {} in {}: the others know it by its address, and its \
             volumes cannot leave their zone; put zones and network back, or make a new cluster (another stack)",
            id + 1,
            old.address,
            old.zone,
            new.address,
            new.zone
        );
    }
    let restarts = [
        ("instance_type", &before.instance_type, &wanted.instance_type, "stops and starts"),
        ("placement", &before.placement, &wanted.placement, "replaces"),
    ];
    for (key, old, new, does) in restarts {
        kim::ensure!(
            old == new || wanted.allow_restarts,
            "config.{key}: {old} → {new} {does} every node, one at a time, and Kimberlite 0.9.1 forgets its tables when a \
             node restarts; their rows stay on the disks, and are there again once the application has declared the tables \
             anew. If that is what you want, take a backup, and write allow_restarts = true"
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cluster(config: &str) -> Record {
        let config: crate::Config = kim::serde_json::from_str(config).expect("a configuration");
        record(&config.cluster("k-dev", "eu-central-1").expect("it is valid"))
    }

    fn refused(before: &str, wanted: &str) -> String {
        changes(&cluster(before), &cluster(wanted)).expect_err("it is refused").to_string()
    }

    #[test]
    fn what_loses_data_is_refused() {
        insta::assert_snapshot!(refused("{}", r#"{ "nodes": 5 }"#));
        insta::assert_snapshot!(refused(r#"{ "nodes": 5 }"#, "{}"));
        insta::assert_snapshot!(refused("{}", r#"{ "encryption": false }"#));
        insta::assert_snapshot!(refused(r#"{ "encryption": false }"#, "{}"));
        insta::assert_snapshot!(refused("{}", r#"{ "zones": ["eu-central-1b", "eu-central-1a", "eu-central-1c"] }"#));
        insta::assert_snapshot!(refused("{}", r#"{ "network": { "cidr": "10.1.0.0/16" } }"#));
        insta::assert_snapshot!(refused("{}", r#"{ "size": "large" }"#));
    }

    #[test]
    fn what_loses_nothing_is_not() {
        let free = [r#"{ "log": { "size": 900 } }"#, r#"{ "tags": { "Team": "db" } }"#, r#"{ "protect": true }"#];
        for wanted in free.into_iter().chain([r#"{ "size": "large", "allow_restarts": true }"#]) {
            assert!(changes(&cluster("{}"), &cluster(wanted)).is_ok(), "{wanted}");
        }
    }
}
