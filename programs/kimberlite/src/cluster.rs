//! The component: the resources of a cluster, and what others can use of it.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use kim::prelude::*;

use crate::cidr::Cidr;
use crate::config::{Internet, Placement};
use crate::nodes::DeclaredNode;
use crate::{backup, costs, encryption, identity, network, nodes, security, standing};

/// A cluster to declare.
///
/// [`crate::Config::cluster`] creates a valid one from a configuration.
#[derive(Clone, Debug)]
pub struct Cluster {
    /// The prefix of all names in AWS, unique in the account.
    pub name: String,
    /// The region.
    pub region: String,
    /// The nodes, by their number.
    pub nodes: Vec<Node>,
    /// The network that the nodes are in.
    pub network: Network,
    /// The placement of the nodes on hardware.
    pub placement: Placement,
    /// The instance type of the nodes.
    pub instance_type: String,
    /// The way from the nodes of a new network to the internet.
    pub internet: Internet,
    /// The sources that may reach the nodes.
    pub access: Access,
    /// The volume of the log.
    pub log: Volume,
    /// The volume of the projections.
    pub projections: Volume,
    /// The size of each node's root volume, in GiB.
    pub root_size: u32,
    /// The device names of log and projections at EC2, `/dev/sdf`.
    pub devices: [String; 2],
    /// The snapshots that volumes are created from.
    ///
    /// A key is the volume's name: `log-2` → `snap-…`.
    pub restore: BTreeMap<String, String>,
    /// The daily snapshots, or `None` for no snapshots.
    pub backup: Option<Backup>,
    /// The value of the tag `Backup` on every data volume.
    pub backup_tag: String,
    /// If true, the volumes are encrypted with a key of the cluster's own.
    pub encryption: bool,
    /// The key's policy as JSON, or `None` for the cluster's own.
    pub key_policy: Option<String>,
    /// The machine image, or `None` for the latest Ubuntu 22.04.
    pub image: Option<String>,
    /// The name of the EC2 key pair to log in with.
    pub key_pair: Option<String>,
    /// The release that is installed.
    pub release: Release,
    /// More arguments for `kimberlite start`.
    pub arguments: Vec<String>,
    /// More variables for the server.
    pub environment: BTreeMap<String, String>,
    /// The nodes' certificates.
    pub tls: Tls,
    /// Metrics in CloudWatch.
    pub monitoring: Monitoring,
    /// The use that costs depend on.
    pub usage: Usage,
    /// If true, nodes that stand may be restarted or replaced.
    pub allow_restarts: bool,
    /// If true, volumes and key cannot be deleted or replaced.
    pub protect: bool,
    /// Tags on everything.
    pub tags: BTreeMap<String, String>,
}

/// A node of the plan.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Node {
    /// The node's number, from 1. It never changes.
    pub number: usize,
    /// The zone's name.
    pub zone: String,
    /// The index of the node's subnet.
    pub subnet: usize,
    /// The node's address in the subnet.
    pub address: Ipv4Addr,
}

/// The network that the nodes are in.
#[derive(Clone, Debug)]
pub enum Network {
    /// A VPC of the cluster's own.
    New {
        /// The block of addresses.
        cidr: Cidr,
        /// The subnets, in the order of the zones.
        subnets: Vec<Subnet>,
        /// The block of the NAT gateway's subnet, or `None` without a NAT gateway.
        public: Option<Cidr>,
    },
    /// An existing VPC, which the program does not own.
    Existing {
        /// The VPC's id.
        vpc: String,
        /// The subnets' ids and blocks of addresses.
        subnets: Vec<(String, Cidr)>,
    },
}

impl Network {
    /// Returns the addresses of the subnets.
    pub fn blocks(&self) -> Vec<Cidr> {
        match self {
            Network::New { subnets, .. } => subnets.iter().map(|subnet| subnet.cidr).collect(),
            Network::Existing { subnets, .. } => subnets.iter().map(|(_, cidr)| *cidr).collect(),
        }
    }
}

/// A subnet to create.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Subnet {
    /// The zone's name.
    pub zone: String,
    /// The block of addresses.
    pub cidr: Cidr,
}

/// A source that may reach a port.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Sources {
    /// A block of addresses.
    Block(Cidr),
    /// The members of a security group, by its id `sg-…`.
    Group(String),
}

/// The sources that may reach the nodes, beside the nodes themselves.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Access {
    /// The sources for port 7000.
    pub clients: Vec<Sources>,
    /// The sources for port 9090.
    pub metrics: Vec<Sources>,
    /// The sources for port 22.
    pub ssh: Vec<Sources>,
    /// If true, Systems Manager's Session Manager may open a shell.
    pub session_manager: bool,
}

/// The release that is installed on a node.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Release {
    /// The image's release, or else the one that was tried with this program.
    Tried,
    /// A release of Kimberlite's GitHub page.
    Version {
        /// The version, such as `0.9.1`.
        version: String,
        /// The archive's SHA-256 in lower-case digits.
        ///
        /// If `None`, the release's own list gives it.
        sha256: Option<String>,
    },
    /// An archive or a Debian package from elsewhere.
    Package {
        /// An `https://` address, or a path on the image.
        from: String,
        /// The SHA-256 in lower-case digits. An address always has one.
        sha256: Option<String>,
    },
}

impl Release {
    /// Returns true if first boot has to download the release.
    pub fn is_downloaded(&self) -> bool {
        match self {
            Release::Tried => false,
            Release::Version { .. } => true,
            Release::Package { from, .. } => from.starts_with("https://"),
        }
    }
}

impl std::fmt::Display for Release {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Release::Tried => f.write_str("Kimberlite"),
            Release::Version { version, .. } => write!(f, "Kimberlite {version}"),
            Release::Package { from, .. } => f.write_str(from),
        }
    }
}

/// The authority that signs the nodes' certificates.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Tls {
    /// Each node signs for itself.
    SelfSigned,
    /// An authority of ACM Private CA.
    PrivateCa {
        /// The authority's ARN.
        authority: String,
    },
    /// Let's Encrypt, with proof by DNS.
    LetsEncrypt {
        /// The cluster's name, `kimberlite.example.com`.
        domain: String,
        /// The id of the hosted zone at Route 53.
        zone: String,
        /// The address for Let's Encrypt's notices.
        email: Option<String>,
    },
}

/// Metrics in CloudWatch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Monitoring {
    /// If true, CloudWatch's agent is installed on the nodes.
    pub agent: bool,
}

/// The use that costs depend on and that no resource gives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Usage {
    /// The traffic to the internet, in GB a month.
    pub transfer: u32,
    /// The part of each volume that changes a day, in percent.
    pub daily_change: u8,
}

/// A gp3 volume.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Volume {
    /// The size, in GiB.
    pub size: u32,
    /// The operations a second.
    pub iops: u32,
    /// The throughput, in MiB/s.
    pub throughput: u32,
}

/// Daily snapshots.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Backup {
    /// The time of day, `hh:mm` in UTC.
    pub time: String,
    /// The number of snapshots that are kept of each volume.
    pub keep: u32,
}

impl Cluster {
    /// Declares the cluster as a component of that name.
    #[track_caller]
    pub fn declare(&self, stack: &Stack, name: &str) -> Declared {
        costs::estimate(self, stack);
        stack.component("kimberlite:Cluster", name, |scope| {
            let network = network::declare(self, scope);
            let group = security::declare(self, &network, scope);
            let role = identity::role(self, scope);
            let key = self.encryption.then(|| encryption::declare(self, &role, scope));
            let profile = identity::profile(self, &role, key.as_ref(), scope);
            let around = nodes::Around {
                network: &network,
                group: &group,
                key: key.as_ref(),
                profile: &profile,
            };
            let nodes = nodes::declare(self, &around, scope);
            if let Some(backup) = &self.backup {
                backup::declare(self, backup, scope);
            }
            let zones = network::zones(self, scope);
            Declared {
                network,
                key_arn: key.map(|key| key.arn()),
                nodes,
                zones,
                record: standing::record(self),
            }
        })
    }

    /// Returns true if the nodes have no way to the internet.
    ///
    /// An existing network has ways of its own, so it is never cut off.
    pub(crate) fn is_cut_off(&self) -> bool {
        self.internet == Internet::None && matches!(self.network, Network::New { .. })
    }

    /// Returns the tags of a resource: the cluster's tags and the resource's name.
    pub(crate) fn tags(&self, name: &str) -> BTreeMap<String, String> {
        let mut tags = self.tags.clone();
        tags.insert("Name".to_owned(), format!("{}-{name}", self.name));
        tags
    }
}

/// A declared cluster.
pub struct Declared {
    network: network::DeclaredNetwork,
    key_arn: Option<Output<String>>,
    nodes: Vec<DeclaredNode>,
    zones: Output<Vec<String>>,
    record: standing::Record,
}

impl Declared {
    /// Returns the record of what cannot change while the cluster stands.
    ///
    /// It is checked against the record that the stack exported before under the name `export`.
    /// Export it again under the same name.
    pub fn standing(&self, stack: &Stack, export: &str) -> Output<kim::Any> {
        // A cluster has at least one node.
        let last = self.nodes.last().map_or_else(|| Output::of(""), |node| node.instance.id());
        standing::check(stack, export, self.record.clone(), last)
    }

    /// Returns the zones of the nodes, once the region is known to have them.
    pub fn zones(&self) -> Output<Vec<String>> {
        self.zones
    }

    /// Returns the nodes' public addresses, in order; empty if they have none.
    pub fn public_addresses(&self) -> Vec<Output<String>> {
        self.nodes
            .iter()
            .filter_map(|node| node.public.map(|address| address.public_ip()))
            .collect()
    }

    /// Returns the nodes' addresses, in order.
    pub fn addresses(&self) -> Vec<Output<String>> {
        self.nodes.iter().map(|node| node.interface.private_ip()).collect()
    }

    /// Returns the addresses for a client: `10.0.0.10:7000,10.0.1.11:7000,…`.
    pub fn client_addresses(&self) -> Output<String> {
        Output::all(self.addresses()).map(|all: Vec<String>| {
            all.iter()
                .map(|address| format!("{address}:{}", security::CLIENTS))
                .collect::<Vec<_>>()
                .join(",")
        })
    }

    /// Returns the instances' ids, in order.
    pub fn instances(&self) -> Vec<Output<String>> {
        self.nodes.iter().map(|node| node.instance.id()).collect()
    }

    /// Returns the volumes' ids by node and use: `node-1` → `log`, `projections`.
    pub fn volumes(&self) -> BTreeMap<String, BTreeMap<&'static str, Output<String>>> {
        let of = |node: &DeclaredNode| {
            BTreeMap::from([("log", node.log.id()), ("projections", node.projections.id())])
        };
        self.nodes.iter().map(|node| (format!("node-{}", node.number), of(node))).collect()
    }

    /// Returns the subnets' ids, in the order of the zones.
    pub fn subnets(&self) -> Vec<Output<String>> {
        self.network.subnets.clone()
    }

    /// Returns the VPC's id.
    pub fn vpc(&self) -> Output<String> {
        self.network.vpc
    }

    /// Returns the key's ARN; `None` without encryption.
    pub fn key_arn(&self) -> Option<Output<String>> {
        self.key_arn
    }
}
