//! The first-boot script of a node, as text.
//!
//! Invariants:
//! - The text depends on its arguments alone.
//! - What is put into the text has been checked or comes from AWS, so it needs no quoting.
//! - The text stays below AWS's limit.
//! - The files in it are those that Kimberlite 0.9.1 reads, or say that it does not read them.

mod agent;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::Ipv4Addr;

use kim::{Result, ensure};

use crate::cluster::{Cluster, Node, Release, Tls};
use crate::config::TRIED;
use crate::security;

/// The most bytes of user data that AWS takes.
const LIMIT: usize = 16 * 1024;

const BASE: &str = include_str!("base.sh");
const RELEASE: &str = include_str!("release.sh");
const SELF_SIGNED: &str = include_str!("self_signed.sh");
const PRIVATE_CA: &str = include_str!("private_ca.sh");
const LETS_ENCRYPT: &str = include_str!("lets_encrypt.sh");
const AGENT: &str = include_str!("agent.sh");

/// The address of the database's releases.
const RELEASES: &str = "https://github.com/kimberlitedb/kimberlite/releases/download";

/// The facts about a node that are known before anything exists.
#[derive(Clone, Debug)]
pub(crate) struct Boot {
    cluster: Cluster,
    node: usize,
    address: Ipv4Addr,
}

impl Boot {
    /// Returns the facts about a node.
    pub(crate) fn of(cluster: &Cluster, node: &Node) -> Boot {
        Boot { cluster: cluster.clone(), node: node.number, address: node.address }
    }
}

/// Rejects a cluster whose scripts would be too long, before anything exists.
///
/// # Errors
/// The script of a node is too long for AWS.
pub(crate) fn check(cluster: &Cluster) -> Result<()> {
    let (volume, key) = (
        "vol-0123456789abcdef0",
        "arn:aws:kms:ap-southeast-9:123456789012:key/mrk-0123456789abcdef0123456789abcdef",
    );
    for node in &cluster.nodes {
        render(&Boot::of(cluster, node), volume, volume, cluster.encryption.then_some(key))?;
    }
    Ok(())
}

/// Returns the script, with the ids of the volumes and the ARN of the key.
///
/// # Errors
/// The script is too long for AWS.
pub(crate) fn render(
    boot: &Boot,
    log: &str,
    projections: &str,
    key: Option<&str>,
) -> Result<String> {
    let cluster = &boot.cluster;
    let arguments =
        cluster.arguments.iter().fold(String::new(), |text, argument| format!("{text} {argument}"));
    let mut fields = BTreeMap::from([
        ("CLUSTER", cluster.name.clone()),
        ("REGION", cluster.region.clone()),
        ("NODE", boot.node.to_string()),
        ("ADDRESS", boot.address.to_string()),
        ("LOG_VOLUME", log.to_owned()),
        ("PROJECTIONS_VOLUME", projections.to_owned()),
        ("ARGUMENTS", arguments),
        ("ENV", environment(boot).trim_end().to_owned()),
        ("CONFIG", config(boot, key).trim_end().to_owned()),
        ("AGENT_CONFIG", agent::config(cluster).to_string()),
    ]);
    fields.extend(release(&cluster.release, cluster.image.is_some()));
    let certificate = certificate(&cluster.tls, &mut fields);
    let agent = if cluster.monitoring.agent { AGENT } else { "" };
    for (part, template) in [("RELEASE", RELEASE), ("CERTIFICATE", certificate), ("AGENT", agent)] {
        let text = filled(template, &fields).trim_end().to_owned();
        fields.insert(part, text);
    }
    let text = filled(BASE, &fields);
    ensure!(
        text.len() <= LIMIT,
        "config: the first-boot script of node {} has {} bytes; AWS takes {LIMIT}: shorten config.arguments, \
         config.environment or config.package, or switch config.monitoring.enabled off",
        boot.node,
        text.len()
    );
    Ok(text)
}

/// Returns a template with its fields, `@NAME@`, filled in.
///
/// Fields inside a filled-in value are not filled in.
fn filled(template: &str, fields: &BTreeMap<&str, String>) -> String {
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('@') {
        text.push_str(before);
        let field =
            after.split_once('@').and_then(|(name, behind)| Some((fields.get(name)?, behind)));
        rest = match field {
            Some((value, behind)) => {
                text.push_str(value);
                behind
            }
            None => {
                text.push('@');
                after
            }
        };
    }
    text.push_str(rest);
    text
}

/// Returns the fields of the step that installs the release.
fn release(release: &Release, own_image: bool) -> [(&'static str, String); 5] {
    let archive = |version: &str, file: &str| format!("{RELEASES}/v{version}/{file}");
    let zip = "kimberlite-linux-$(uname -m).zip";
    let (from, url, sum, list) = match release {
        Release::Tried => (TRIED, archive(TRIED, zip), String::new(), archive(TRIED, "SHA256SUMS")),
        Release::Version { version, sha256 } => {
            let list =
                if sha256.is_some() { String::new() } else { archive(version, "SHA256SUMS") };
            (version.as_str(), archive(version, zip), sha256.clone().unwrap_or_default(), list)
        }
        Release::Package { from, sha256 } => {
            (from.as_str(), from.clone(), sha256.clone().unwrap_or_default(), String::new())
        }
    };
    // An image of the operator's own may bring the binary. Only a named release replaces it.
    let kept = matches!(release, Release::Tried) && own_image;
    let keep = if kept { "command -v kimberlite > /dev/null || " } else { "" };
    [
        ("KEEP", keep.to_owned()),
        ("FROM", from.to_owned()),
        ("URL", url),
        ("SUM", sum),
        ("LIST", list),
    ]
}

/// Returns `/etc/kimberlite/kimberlite.env`, which the database reads.
///
/// Replica ids count from zero. Each list names all members, including this node.
fn environment(boot: &Boot) -> String {
    let cluster = &boot.cluster;
    let list = |port: u16| {
        let members =
            cluster.nodes.iter().map(|node| format!("{}={}:{port}", node.number - 1, node.address));
        members.collect::<Vec<_>>().join(",")
    };
    let mut text = format!("KMB_REPLICA_ID={}\n", boot.node - 1);
    if cluster.nodes.len() == 1 {
        text.push_str("KMB_SINGLE_NODE=1\n");
    } else {
        let (peers, clients) = (list(security::PEERS), list(security::CLIENTS));
        text += &format!("KMB_CLUSTER_PEERS={peers}\nKMB_CLUSTER_CLIENT_PEERS={clients}\n");
    }
    text += &format!(
        "KMB_HTTP_PORT={}\nKMB_ENABLE_FOLLOWER_PROJECTION=1\nNO_COLOR=1\n",
        security::METRICS
    );
    for (name, value) in &cluster.environment {
        // Writing to a text does not fail.
        let _ = writeln!(text, "{name}={value}");
    }
    text
}

/// Returns `/etc/kimberlite/config.toml`.
///
/// Its dialect is that of the database's configuration guide.
fn config(boot: &Boot, key: Option<&str>) -> String {
    let encryption = match key {
        Some(arn) => {
            format!("enabled = true\nkms_provider = \"aws-kms\"\nkms_key_id = \"{arn}\"\n")
        }
        None => "enabled = false\n".to_owned(),
    };
    let Boot { cluster, node, address } = boot;
    let (clients, peers, metrics) = (security::CLIENTS, security::PEERS, security::METRICS);
    format!(
        r#"# Kimberlite {TRIED} does not read this file: kimberlite.env and the unit say what counts.
[server]
bind_address = "{address}:{clients}"
cluster_address = "{address}:{peers}"
node_id = {node}
cluster_name = "{name}"
[storage]
data_dir = "/var/lib/kimberlite/log"
[security]
tls_cert = "/etc/kimberlite/tls/server.crt"
tls_key = "/etc/kimberlite/tls/server.key"
tls_ca = "/etc/kimberlite/tls/ca.crt"
require_client_cert = true
[encryption]
{encryption}[telemetry]
metrics_address = "{address}:{metrics}"
"#,
        name = cluster.name,
    )
}

/// Returns the step that gives the node its certificate.
///
/// Adds the step's fields to `fields`.
fn certificate(tls: &Tls, fields: &mut BTreeMap<&'static str, String>) -> &'static str {
    match tls {
        Tls::SelfSigned => SELF_SIGNED,
        Tls::PrivateCa { authority } => {
            fields.insert("AUTHORITY", authority.clone());
            PRIVATE_CA
        }
        Tls::LetsEncrypt { domain, zone, email } => {
            let email = match email {
                Some(email) => format!("--email {email}"),
                None => "--register-unsafely-without-email".to_owned(),
            };
            fields.extend([("DOMAIN", domain.clone()), ("ZONE", zone.clone()), ("EMAIL", email)]);
            LETS_ENCRYPT
        }
    }
}
