//! The first-boot script of a node, as text.
//!
//! Invariants: the text depends on its arguments alone; whatever is put into it has been checked or comes from AWS, so it
//! needs no quoting; it stays below AWS's limit.

use std::net::Ipv4Addr;

use kim::serde_json::{self, json};
use kim::{Result, ensure};

use crate::cluster::{Cluster, Node};
use crate::{identity, security};

/// The most octets that AWS takes.
const LIMIT: usize = 16 * 1024;

const TEMPLATE: &str = include_str!("user_data.sh");

/// What is known of a node before anything exists.
#[derive(Clone, Debug)]
pub(crate) struct FirstBoot {
    cluster: String,
    region: String,
    log_group: String,
    package: Option<String>,
    node: usize,
    address: Ipv4Addr,
    peers: Vec<Ipv4Addr>,
}

impl FirstBoot {
    pub(crate) fn of(cluster: &Cluster, node: &Node) -> FirstBoot {
        let others = cluster.nodes.iter().filter(|other| other.number != node.number);
        FirstBoot {
            cluster: cluster.name.clone(),
            region: cluster.region.clone(),
            log_group: identity::log_group(cluster),
            package: cluster.package.clone(),
            node: node.number,
            address: node.address,
            peers: others.map(|other| other.address).collect(),
        }
    }
}

/// The script, with the ids of the volumes and the ARN of the key.
///
/// # Errors
/// If it is too long for AWS.
pub(crate) fn render(boot: &FirstBoot, log: &str, projections: &str, key: Option<&str>) -> Result<String> {
    let fields = [
        ("@CLUSTER@", boot.cluster.clone()),
        ("@REGION@", boot.region.clone()),
        ("@NODE@", boot.node.to_string()),
        ("@ADDRESS@", boot.address.to_string()),
        ("@LOG_VOLUME@", log.to_owned()),
        ("@PROJECTIONS_VOLUME@", projections.to_owned()),
        ("@PACKAGE@", boot.package.clone().unwrap_or_default()),
        ("@CONFIG@", config(boot, key).trim_end().to_owned()),
        ("@AGENT@", format!("{:#}", agent(boot))),
    ];
    let text = fields.iter().fold(TEMPLATE.to_owned(), |text, (field, value)| text.replace(field, value));
    ensure!(
        text.len() <= LIMIT,
        "the first-boot script of node {} has {} octets; AWS takes {LIMIT}",
        boot.node,
        text.len()
    );
    Ok(text)
}

/// `/etc/kimberlite/config.toml`.
fn config(boot: &FirstBoot, key: Option<&str>) -> String {
    let peers: Vec<String> = boot.peers.iter().map(|peer| format!("\"{peer}:{}\"", security::PEERS)).collect();
    let encryption = match key {
        Some(arn) => format!("enabled = true\nkms_provider = \"aws-kms\"\nkms_key_id = \"{arn}\"\n"),
        None => "enabled = false\n".to_owned(),
    };
    format!(
        r#"[node]
id = {node}
client_address = "{address}:{clients}"
cluster_address = "{address}:{peers_port}"
metrics_address = "{address}:{metrics}"

[cluster]
name = "{cluster}"
peers = [{peers}]

[storage]
log = "/var/lib/kimberlite/log"
projections = "/var/lib/kimberlite/projections"

[encryption]
{encryption}
[tls]
certificate = "/etc/kimberlite/tls/server.crt"
key = "/etc/kimberlite/tls/server.key"
authority = "/etc/kimberlite/tls/ca.crt"
"#,
        node = boot.node,
        address = boot.address,
        clients = security::CLIENTS,
        peers_port = security::PEERS,
        metrics = security::METRICS,
        cluster = boot.cluster,
        peers = peers.join(", "),
    )
}

/// The CloudWatch agent's configuration: two metrics, by node. (The agent reads Prometheus below `logs`: it sends metrics as
/// log events.)
fn agent(boot: &FirstBoot) -> serde_json::Value {
    json!({
        "agent": { "region": boot.region },
        "logs": {
            "metrics_collected": {
                "prometheus": {
                    "log_group_name": boot.log_group,
                    "prometheus_config_path": "/opt/aws/amazon-cloudwatch-agent/etc/prometheus.yml",
                    "emf_processor": {
                        "metric_namespace": identity::NAMESPACE,
                        "metric_declaration": [{
                            "source_labels": ["job"],
                            "label_matcher": "kimberlite",
                            "dimensions": [["node_id"]],
                            "metric_selectors": ["^kmb_log_entries_total$", "^kmb_write_duration_seconds$"],
                        }],
                    },
                },
            },
        },
    })
}
