//! The network of the nodes, and their addresses: `config.network`.

use kim::{Result, ensure};

use super::tls::needs_internet;
use crate::cidr::Cidr;
use crate::cluster::{Cluster, Network, Node, Release, Subnet};

/// The network of the nodes.
#[kim::config]
#[derive(Default)]
#[serde(default)]
pub struct NetworkConfig {
    /// The addresses of a new VPC, /16 to /22.
    ///
    /// Every zone gets a /24 of them. They are fixed once the cluster stands. By default
    /// 10.0.0.0/16.
    pub cidr: Option<String>,
    /// An existing VPC, `vpc-…`, instead of a new one.
    pub vpc: Option<String>,
    /// The existing VPC's subnets to use, one a zone, in the order of `zones`.
    pub subnets: Vec<SubnetConfig>,
    /// The number of the first node's address in its subnet.
    ///
    /// Each further node adds one to it. AWS keeps 0 to 3 and the last one of each subnet. By
    /// default 10.
    pub first_address: Option<u32>,
    /// The nodes' way to the internet, from which first boot downloads.
    ///
    /// This key leaves the ways of an existing VPC as they are. By default `nat`.
    pub internet: Internet,
}

/// The nodes' way to the internet.
///
/// `access` decides what reaches the nodes from there. By default nothing does.
#[kim::config]
#[derive(Copy, PartialEq, Eq, Default)]
pub enum Internet {
    /// A NAT gateway in the first zone. The nodes have no public addresses.
    #[default]
    Nat,
    /// A public address for each node.
    Public,
    /// No way to the internet.
    None,
}

/// An existing subnet.
#[kim::config]
pub struct SubnetConfig {
    /// The subnet's id, `subnet-…`.
    pub id: String,
    /// The subnet's addresses.
    ///
    /// Those that the nodes take, from `first_address` on, must be free.
    pub cidr: String,
}

impl NetworkConfig {
    pub(super) fn network(&self, zones: &[String]) -> Result<Network> {
        let Some(vpc) = &self.vpc else {
            ensure!(
                self.subnets.is_empty(),
                "config.network.subnets: existing subnets need their VPC; add vpc = \"vpc-…\", or leave them out"
            );
            return new(self.cidr.as_deref().unwrap_or("10.0.0.0/16"), zones, self.internet);
        };
        ensure!(
            self.cidr.is_none(),
            "config.network.cidr: an existing VPC has its addresses already; leave cidr out"
        );
        ensure!(
            is_id(vpc, "vpc-"),
            "config.network.vpc: '{vpc}' is not a VPC's id; they look like vpc-0123456789abcdef0"
        );
        ensure!(
            self.subnets.len() == zones.len(),
            "config.network.subnets: {} for {} zones; one subnet a zone is needed, in the order of the zones",
            self.subnets.len(),
            zones.len()
        );
        let mut subnets: Vec<(String, Cidr)> = Vec::new();
        for (index, subnet) in self.subnets.iter().enumerate() {
            let key = format!("config.network.subnets[{index}]");
            ensure!(
                is_id(&subnet.id, "subnet-"),
                "{key}.id: '{}' is not a subnet's id, subnet-…",
                subnet.id
            );
            ensure!(
                !subnets.iter().any(|(id, _)| *id == subnet.id),
                "{key}.id: {} is there twice",
                subnet.id
            );
            let cidr: Cidr =
                subnet.cidr.parse().map_err(|why| kim::Error::new(format!("{key}.cidr: {why}")))?;
            ensure!(
                (16..=28).contains(&cidr.prefix()),
                "{key}.cidr: {cidr} is not a subnet's: they are between a /16 and a /28"
            );
            if let Some((other, block)) = subnets.iter().find(|(_, block)| block.overlaps(&cidr)) {
                kim::bail!(
                    "{key}.cidr: {cidr} overlaps {block} of {other}; no two subnets of a VPC do"
                );
            }
            subnets.push((subnet.id.clone(), cidr));
        }
        Ok(Network::Existing { vpc: vpc.clone(), subnets })
    }

    /// Returns the nodes, assigned to the zones in turn.
    ///
    /// A node's zone and address follow from its number alone.
    pub(super) fn nodes(
        &self,
        count: u8,
        zones: &[String],
        network: &Network,
    ) -> Result<Vec<Node>> {
        ensure!(
            matches!(count, 1 | 3 | 5 | 7),
            "config.nodes: {count} nodes cannot vote well: an even number survives no more losses than one less; choose 1, 3, \
             5 or 7"
        );
        let first = self.first_address.unwrap_or(10);
        ensure!(
            first >= 4,
            "config.network.first_address: {first}; AWS keeps the addresses 0 to 3 of every subnet; choose 4 or more"
        );
        let node = |index: usize| {
            let subnet = index % zones.len();
            let block = network.blocks()[subnet];
            let number = u32::try_from(index).ok().and_then(|index| first.checked_add(index));
            let address = number
                .filter(|number| !block.is_last(*number))
                .and_then(|number| block.address(number));
            let Some(address) = address else {
                kim::bail!(
                    "config.network: the subnet {block} has no address {} for node {}: it is too small, or AWS keeps that \
                     address; choose a larger subnet or a smaller first_address",
                    u64::from(first) + index as u64,
                    index + 1
                );
            };
            Ok(Node { number: index + 1, zone: zones[subnet].clone(), subnet, address })
        };
        (0..usize::from(count)).map(node).collect()
    }
}

/// Returns true if a text is an id of AWS's with that prefix.
fn is_id(text: &str, prefix: &str) -> bool {
    let digits = text.strip_prefix(prefix).unwrap_or_default();
    (1..=17).contains(&digits.len()) && digits.chars().all(|c| c.is_ascii_hexdigit())
}

fn new(cidr: &str, zones: &[String], internet: Internet) -> Result<Network> {
    let key = "config.network.cidr";
    let cidr: Cidr = cidr.parse().map_err(|why| kim::Error::new(format!("{key}: {why}")))?;
    ensure!(
        (16..=22).contains(&cidr.prefix()),
        "{key}: {cidr} must be between a /16 and a /22; every zone gets a /24 of it"
    );
    let special =
        ["0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3"].map(str::parse::<Cidr>);
    ensure!(
        !special.into_iter().flatten().any(|block| block.overlaps(&cidr)),
        "{key}: {cidr} is for hosts, links or groups of them, and no network's; private ones are 10.0.0.0/8, 172.16.0.0/12 and \
         192.168.0.0/16"
    );
    let part = |index: usize, what: &str| {
        let part = cidr.part(24, index);
        part.ok_or_else(|| {
            kim::Error::new(format!(
                "{key}: {cidr} has no /24 left for {what}; choose a larger block"
            ))
        })
    };
    let subnet = |(index, zone): (usize, &String)| {
        Ok(Subnet { zone: zone.clone(), cidr: part(index, &format!("zone {}", index + 1))? })
    };
    let subnets = zones.iter().enumerate().map(subnet).collect::<Result<_>>()?;
    let public = match internet {
        Internet::Nat => {
            part(zones.len(), "the NAT gateway")?;
            // The last sixteen addresses: more zones never run into it before they run out.
            cidr.part(28, (1 << (28 - cidr.prefix())) - 1)
        }
        Internet::Public | Internet::None => None,
    };
    Ok(Network::New { cidr, subnets, public })
}

/// Refuses what needs the internet where nodes of a new network have no way there.
pub(super) fn check_way_out(cluster: &Cluster) -> Result<()> {
    if !cluster.is_cut_off() {
        return Ok(());
    }
    let ways = "choose internet = \"nat\" or \"public\" in config.network";
    ensure!(
        !matches!(cluster.release, Release::Tried) || cluster.image.is_some(),
        "config.network.internet: with \"none\" first boot cannot download Kimberlite; {ways}, or an image that has it \
         (config.image), or a file on the image (config.package = \"/…\")"
    );
    ensure!(
        !cluster.release.is_downloaded(),
        "config.network.internet: with \"none\" first boot cannot download {}; {ways}, or a file on the image \
         (config.package = \"/…\")",
        cluster.release
    );
    ensure!(
        !cluster.monitoring.agent,
        "config.monitoring.enabled: with internet = \"none\" the agent cannot be installed and reaches no CloudWatch; {ways}, or \
         leave it out"
    );
    ensure!(
        !cluster.access.session_manager,
        "config.access.session_manager: with internet = \"none\" a node does not reach Systems Manager; {ways}"
    );
    ensure!(
        !needs_internet(&cluster.tls),
        "config.tls.certificates: with internet = \"none\" a node reaches no authority; {ways}, or \
         certificates = \"self-signed\""
    );
    Ok(())
}
