//! The configuration of CloudWatch's agent.
//!
//! Invariant: the metrics are those of Kimberlite 0.9.1, and the two that its guide for AWS names.

use kim::serde_json::{self, json};

use crate::cluster::Cluster;
use crate::identity;

/// The database's metrics that the agent can send.
///
/// The agent drops histograms, so `kimberlite_request_duration_seconds` is not among them.
const METRICS: [&str; 15] = [
    "is_leader",
    "view_number",
    "replication_lag_seconds",
    "committed_offset",
    "connections_total",
    "connections_active",
    "connections_by_state",
    "requests_total",
    "requests_in_flight",
    "errors_total",
    "rate_limited_total",
    "storage_bytes_written_total",
    "storage_records_total",
    "storage_checkpoints_total",
    "auth_attempts_total",
];

/// The metrics that the database's guide for AWS names.
///
/// No release has them. The second would be a histogram.
const OF_THE_GUIDE: [&str; 2] = ["^kmb_log_entries_total$", "^kmb_write_duration_seconds$"];

/// Returns the agent's configuration.
///
/// It covers the database's metrics by node, and how full the disks are. The metrics of Prometheus
/// stand below `logs`, because the agent sends them as log events.
pub(super) fn config(cluster: &Cluster) -> serde_json::Value {
    let own = format!("^kimberlite_({})$", METRICS.join("|"));
    let selectors: Vec<&str> = std::iter::once(own.as_str()).chain(OF_THE_GUIDE).collect();
    let disks = ["/var/lib/kimberlite/log", "/var/lib/kimberlite/projections", "/"];
    json!({
        "agent": { "region": cluster.region },
        "metrics": {
            "namespace": identity::NAMESPACE,
            "append_dimensions": { "InstanceId": "${aws:InstanceId}" },
            "metrics_collected": { "disk": { "resources": disks, "measurement": ["used_percent"] } },
        },
        "logs": {
            "metrics_collected": {
                "prometheus": {
                    "log_group_name": identity::log_group(cluster),
                    "prometheus_config_path": "/opt/aws/amazon-cloudwatch-agent/etc/prometheus.yml",
                    "emf_processor": {
                        "metric_namespace": identity::NAMESPACE,
                        "metric_declaration": [{
                            "source_labels": ["job"],
                            "label_matcher": "kimberlite",
                            // The first is the guide's. The second distinguishes two clusters of an
                            // account.
                            "dimensions": [["node_id"], ["cluster", "node_id"]],
                            "metric_selectors": selectors,
                        }],
                    },
                },
            },
        },
    })
}
