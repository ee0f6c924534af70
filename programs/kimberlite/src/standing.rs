//! Refuses what cannot change while a cluster stands.
//!
//! Kimberlite 0.9.1 reads its members at the start and keeps its catalogue of tables in memory. So
//! another list of members loses data and quorum. This was tried on the real server: three nodes
//! grown to five, node by node. Another address has the same effect. A volume cannot change its
//! encryption. So the stack exports a [`Record`], and the next run compares its settings with it.
//!
//! Invariant: a run that would lose data is refused before anything is planned.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use kim::prelude::*;
use kim::serde::{Deserialize, Serialize};

use crate::cluster::{Cluster, Network, Node};
use crate::nodes::is_graviton;

/// The settings of a standing cluster that a later run is compared with.
///
/// A setting that an older record does not hold is not compared.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(crate = "kim::serde", default)]
pub(crate) struct Record {
    /// The members, by replica id from 0.
    members: Option<Vec<Member>>,
    /// The id of an existing VPC, or the block of the cluster's own.
    network: Option<String>,
    encryption: Option<bool>,
    /// Settings that a node or a volume's attachment cannot change.
    ///
    /// The map's keys are those of the configuration.
    fixed: BTreeMap<String, String>,
    /// Sizes in GiB, by key of the configuration. They can grow, but never shrink.
    sizes: BTreeMap<String, u32>,
    instance_type: Option<String>,
    #[serde(skip)]
    allow_restarts: bool,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(crate = "kim::serde")]
struct Member {
    zone: String,
    /// The id of an existing subnet, or the block of the cluster's own.
    subnet: String,
    address: Ipv4Addr,
}

/// Returns the record of a cluster.
pub(crate) fn record(cluster: &Cluster) -> Record {
    let member = |node: &Node| Member {
        zone: node.zone.clone(),
        subnet: match &cluster.network {
            Network::New { subnets, .. } => subnets[node.subnet].cidr.to_string(),
            Network::Existing { subnets, .. } => subnets[node.subnet].0.clone(),
        },
        address: node.address,
    };
    let fixed = [
        ("placement", cluster.placement.strategy().to_owned()),
        ("key_pair", cluster.key_pair.clone().unwrap_or_else(|| "none".to_owned())),
        ("log.device", cluster.devices[0].clone()),
        ("projections.device", cluster.devices[1].clone()),
    ];
    let sizes = [
        ("log.size", cluster.log.size),
        ("projections.size", cluster.projections.size),
        ("root_size", cluster.root_size),
    ];
    Record {
        members: Some(cluster.nodes.iter().map(member).collect()),
        network: Some(match &cluster.network {
            Network::New { cidr, .. } => cidr.to_string(),
            Network::Existing { vpc, .. } => vpc.clone(),
        }),
        encryption: Some(cluster.encryption),
        fixed: fixed.into_iter().map(|(key, value)| (key.to_owned(), value)).collect(),
        sizes: sizes.into_iter().map(|(key, size)| (key.to_owned(), size)).collect(),
        instance_type: Some(cluster.instance_type.clone()),
        allow_restarts: cluster.allow_restarts,
    }
}

/// Returns the record once the cluster stands, that is once `last` is known.
///
/// Fails if the stack exported a record under the name `export` from which this one cannot come. A
/// cluster without a record is recognised by its outputs `instances` and `key_arn`.
pub(crate) fn check(
    stack: &Stack,
    export: &str,
    wanted: Record,
    last: Output<String>,
) -> Output<kim::Any> {
    let exports = stack.reference(&stack.name());
    let before: Output<Option<Record>> = exports.get(export);
    let instances: Output<Option<Vec<String>>> = exports.get("instances");
    let key: Output<Option<String>> = exports.get("key_arn");
    let by_outputs =
        instances.zip(key).map(|(instances, key): (Option<Vec<String>>, Option<String>)| {
            let stands = instances.is_some_and(|instances| !instances.is_empty());
            stands.then(|| Record { encryption: Some(key.is_some()), ..Record::default() })
        });
    let checked = before.zip(by_outputs).try_map(
        move |(before, by_outputs): (Option<Record>, Option<Record>)| {
            if let Some(before) = before.or(by_outputs) {
                changes(&before, &wanted)?;
            }
            Ok(wanted.clone())
        },
    );
    // Without its last instance, a cluster does not stand yet, so a wrong setting can be corrected.
    checked.zip(last).map(|(record, _): (Record, String)| record).get("")
}

/// Refuses changes that a standing cluster does not survive.
fn changes(before: &Record, wanted: &Record) -> Result<()> {
    if let (Some(before), Some(wanted)) = (before.encryption, wanted.encryption) {
        encryption(before, wanted)?;
    }
    if let (Some(before), Some(wanted)) = (&before.members, &wanted.members) {
        members(before, wanted)?;
    }
    if let (Some(old), Some(new)) = (&before.network, &wanted.network) {
        kim::ensure!(
            old == new,
            "config.network: the nodes stand in {old}, and would all be replaced to move to {new}; put the network back, or \
             make a new cluster (another stack)"
        );
    }
    for (key, old) in &before.fixed {
        let new = wanted.fixed.get(key).unwrap_or(old);
        kim::ensure!(
            old == new,
            "config.{key}: {old} → {new}: a node has it for life, and all nodes would be replaced, or lose their volumes, at \
             once; put it back, or make a new cluster (another stack)"
        );
    }
    for (key, old) in &before.sizes {
        let new = wanted.sizes.get(key).unwrap_or(old);
        kim::ensure!(
            old <= new,
            "config.{key}: {old} → {new} GiB: a volume grows, and never shrinks; write {old} or more"
        );
    }
    match (&before.instance_type, &wanted.instance_type) {
        (Some(old), Some(new)) => instance_type(old, new, wanted.allow_restarts),
        _ => Ok(()),
    }
}

fn instance_type(old: &str, new: &str, allow_restarts: bool) -> Result<()> {
    kim::ensure!(
        is_graviton(old) == is_graviton(new),
        "config.instance_type: {old} → {new} is another kind of processor, for which the nodes' image is not; choose a type of \
         the same kind, or make a new cluster (another stack)"
    );
    kim::ensure!(
        old == new || allow_restarts,
        "config.instance_type: {old} → {new} restarts every node, one at a time, and Kimberlite 0.9.1 forgets its tables when a \
         node restarts; their rows stay on the disks, and are there again once the application has declared the tables anew. If \
         that is what you want, take a backup, and write allow_restarts = true"
    );
    Ok(())
}

fn encryption(before: bool, wanted: bool) -> Result<()> {
    let (with, what) = match before {
        true => ("with", "its key would be deleted, and with it all that the volumes hold"),
        false => ("without", "each would be replaced by an empty one"),
    };
    kim::ensure!(
        before == wanted,
        "config.encryption: the cluster stands {with} encryption, and a volume cannot change it: {what}; write encryption = \
         {before}, or make a new cluster (another stack), copy the data with a client, and take this one down"
    );
    Ok(())
}

fn members(before: &[Member], wanted: &[Member]) -> Result<()> {
    let (old, new) = (before.len(), wanted.len());
    kim::ensure!(
        old == new,
        "config.nodes: {old} nodes stand, and Kimberlite 0.9.1 cannot change its members: nodes that are started again with \
         a list of {new} lose tables and quorum; write nodes = {old}, or make a new cluster of {new} (another stack), copy the \
         data with a client, and take this one down"
    );
    for (id, (old, new)) in before.iter().zip(wanted).enumerate() {
        kim::ensure!(
            old == new,
            "config.zones, config.network: node {} stands at {} ({}, {}), and would move to {} ({}, {}): the others know it by \
             its address, and its volumes cannot leave their zone; put zones and network back, or make a new cluster \
             (another stack)",
            id + 1,
            old.address,
            old.subnet,
            old.zone,
            new.address,
            new.subnet,
            new.zone
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
        insta::assert_snapshot!(refused(
            "{}",
            r#"{ "zones": ["eu-central-1b", "eu-central-1a", "eu-central-1c"] }"#
        ));
        insta::assert_snapshot!(refused("{}", r#"{ "network": { "cidr": "10.1.0.0/16" } }"#));
        insta::assert_snapshot!(refused("{}", r#"{ "size": "large" }"#));
        insta::assert_snapshot!(refused("{}", r#"{ "key_pair": "ops" }"#));
        insta::assert_snapshot!(refused("{}", r#"{ "log": { "device": "/dev/sdh" } }"#));
        let existing = |last: &str| {
            let subnet =
                |id: &str, block: &str| format!(r#"{{ "id": "subnet-{id}", "cidr": "{block}" }}"#);
            let subnets = [
                subnet("a", "10.0.0.0/24"),
                subnet("b", "10.0.1.0/24"),
                subnet(last, "10.0.2.0/24"),
            ]
            .join(",");
            format!(r#"{{ "network": {{ "vpc": "vpc-1", "subnets": [{subnets}] }} }}"#)
        };
        insta::assert_snapshot!(refused(&existing("c"), &existing("d")));
        insta::assert_snapshot!(refused("{}", &existing("c")));
        insta::assert_snapshot!(refused("{}", r#"{ "network": { "cidr": "10.0.0.0/20" } }"#));
        insta::assert_snapshot!(refused("{}", r#"{ "log": { "size": 400 } }"#));
        let other_processor = r#"{ "instance_type": "c7g.xlarge", "allow_restarts": true }"#;
        insta::assert_snapshot!(refused("{}", other_processor));
        let one = |placement: &str| {
            format!(r#"{{ "zones": ["eu-central-1a"], "placement": "{placement}" }}"#)
        };
        insta::assert_snapshot!(refused(&one("spread"), &one("cluster")));
    }

    #[test]
    fn what_an_older_record_does_not_hold_is_not_compared() {
        let old: Record = kim::serde_json::from_str(r#"{ "encryption": true, "restarts": {} }"#)
            .expect("a record");
        assert!(changes(&old, &cluster(r#"{ "nodes": 5 }"#)).is_ok());
        assert!(changes(&old, &cluster(r#"{ "encryption": false }"#)).is_err());
    }

    #[test]
    fn what_loses_nothing_is_not() {
        let free = [
            r#"{ "log": { "size": 900 } }"#,
            r#"{ "tags": { "Team": "db" } }"#,
            r#"{ "protect": true }"#,
        ];
        for wanted in free.into_iter().chain([r#"{ "size": "large", "allow_restarts": true }"#]) {
            assert!(changes(&cluster("{}"), &cluster(wanted)).is_ok(), "{wanted}");
        }
    }
}
