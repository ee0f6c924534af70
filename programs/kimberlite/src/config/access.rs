//! Access to the nodes: `config.access`.

use kim::{Result, bail, ensure};

use crate::cluster::{self, Sources};

/// The sources that may reach the nodes.
///
/// A source is a block of addresses (`10.0.0.0/16`) or a security group (`sg-…`). A port without
/// sources is closed. The nodes always reach each other.
#[kim::config]
#[derive(Default)]
#[serde(default)]
pub struct Access {
    /// Port 7000, for clients.
    pub clients: Vec<String>,
    /// Port 7001, between nodes: always empty.
    ///
    /// A host that reaches it is a member of the cluster.
    pub peers: Vec<String>,
    /// Port 9090, for monitoring: metrics and health.
    pub metrics: Vec<String>,
    /// Port 22, for administrators.
    pub ssh: Vec<String>,
    /// Access by AWS Systems Manager's Session Manager instead of SSH.
    ///
    /// No port is open for it. Off by default.
    pub session_manager: bool,
}

impl Access {
    /// Returns the sources that may reach each port.
    ///
    /// # Errors
    /// A source is neither a block nor a group, covers most of the internet, or is for the port
    /// between nodes.
    pub(super) fn check(&self) -> Result<cluster::Access> {
        ensure!(
            self.peers.is_empty(),
            "config.access.peers: port 7001 is for the nodes alone: Kimberlite 0.9.1 asks nobody there who they are, so \
             whoever reaches it can write; leave peers out, and give applications config.access.clients"
        );
        Ok(cluster::Access {
            clients: sources("clients", &self.clients)?,
            metrics: sources("metrics", &self.metrics)?,
            ssh: sources("ssh", &self.ssh)?,
            session_manager: self.session_manager,
        })
    }
}

/// Returns the blocks and groups of a key.
///
/// Rejects a block that is not canonical, as AWS does.
fn sources(key: &str, texts: &[String]) -> Result<Vec<Sources>> {
    let one = |(index, text): (usize, &String)| {
        let at = format!("config.access.{key}[{index}]");
        if texts[..index].contains(text) {
            bail!("{at}: {text} is there twice");
        }
        if let Some(id) = text.strip_prefix("sg-") {
            let valid = (1..=17).contains(&id.len()) && id.chars().all(|c| c.is_ascii_hexdigit());
            ensure!(
                valid,
                "{at}: '{text}' is not a security group's id; they look like sg-0123456789abcdef0"
            );
            return Ok(Sources::Group(text.clone()));
        }
        let block: crate::Cidr = text
            .parse()
            .map_err(|why| kim::Error::new(format!("{at}: {why}; or a security group, sg-…")))?;
        let why = match key {
            "ssh" => "whoever finds the port may try keys on it",
            _ => "Kimberlite 0.9.1 asks nobody who they are",
        };
        ensure!(
            block.prefix() >= 8,
            "{at}: {block} is most of the internet, and {why}; name the blocks or groups of those who need it"
        );
        Ok(Sources::Block(block))
    };
    texts.iter().enumerate().map(one).collect()
}
