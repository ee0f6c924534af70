//! The component: what a cluster consists of, and what other resources can use of it.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use kim::prelude::*;

use crate::cidr::Cidr;
use crate::config::{Internet, Placement};
use crate::nodes::DeclaredNode;
use crate::{backup, costs, encryption, identity, network, nodes, security, standing};

/// A cluster to declare. [`crate::Config::cluster`] makes a valid one of a configuration.
#[derive(Clone, Debug)]
pub struct Cluster {
    /// Prefixes all names in AWS; unique in the account.
    pub name: String,
    /// The region.
    pub region: String,
    /// The nodes, by their number.
    pub nodes: Vec<Node>,
    /// Where they live.
    pub network: Network,
    /// How they are placed on hardware.
    pub placement: Placement,
    /// What they run on.
    pub instance_type: String,
    /// How the nodes of a new network reach the internet.
    pub internet: Internet,
    /// Who may reach the nodes.
    pub access: Access,
    /// The volume of the log.
    pub log: Volume,
    /// The volume of the projections.
    pub projections: Volume,
    /// GiB of the volume that each node starts from.
    pub root_size: u32,
    /// The device names of log and projections at EC2, `/dev/sdf`.
    pub devices: [String; 2],
    /// Snapshots that volumes start from, by the volume's name: `log-2` → `snap-…`.
    pub restore: BTreeMap<String, String>,
    /// Snapshots; `None`: no snapshots.
    pub backup: Option<Backup>,
    /// The value of the tag `Backup` on every data volume.
    pub backup_tag: String,
    /// Whether the volumes are encrypted with a key of the cluster's own.
    pub encryption: bool,
    /// The key's policy as JSON; `None`: the cluster's own.
    pub key_policy: Option<String>,
    /// The machine image; `None`: the latest Ubuntu 22.04.
    pub image: Option<String>,
    /// The EC2 key pair to log in with.
    pub key_pair: Option<String>,
    /// What is installed.
    pub release: Release,
    /// More arguments for `kimberlite start`.
    pub arguments: Vec<String>,
    /// More variables for the server.
    pub environment: BTreeMap<String, String>,
    /// The nodes' certificates.
    pub tls: Tls,
    /// Metrics in CloudWatch.
    pub monitoring: Monitoring,
    /// What costs depend on.
    pub usage: Usage,
    /// Whether nodes that stand may be restarted or replaced.
    pub allow_restarts: bool,
    /// Whether volumes and key are protected from being deleted or replaced.
    pub protect: bool,
    /// Tags on everything.
    pub tags: BTreeMap<String, String>,
}

/// A node of the plan.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Node {
    /// From 1; it never changes.
    pub number: usize,
    /// Its zone.
    pub zone: String,
    /// The index of its subnet.
    pub subnet: usize,
    /// Its address in the subnet.
    pub address: Ipv4Addr,
}

/// Where the nodes live.
#[derive(Clone, Debug)]
pub enum Network {
    /// A VPC of the cluster's own.
    New {
        /// Its addresses.
        cidr: Cidr,
        /// Its subnets.
        subnets: Vec<Subnet>,
        /// The addresses of one more subnet for a NAT gateway; `None`: there is no NAT gateway.
        public: Option<Cidr>,
    },
    /// A VPC that somebody else owns.
    Existing {
        /// Its id.
        vpc: String,
        /// The subnets' ids and addresses.
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

/// A subnet to make.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Subnet {
    /// Its zone.
    pub zone: String,
    /// Its addresses.
    pub cidr: Cidr,
}

/// Who may reach a port.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Sources {
    /// A block of addresses.
    Block(Cidr),
    /// What is in a security group, `sg-…`.
    Group(String),
}

/// Who may reach the nodes, beside the nodes themselves.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Access {
    /// Port 7000.
    pub clients: Vec<Sources>,
    /// Port 9090.
    pub metrics: Vec<Sources>,
    /// Port 22.
    pub ssh: Vec<Sources>,
    /// Whether Systems Manager's Session Manager may open a shell.
    pub session_manager: bool,
}

/// What is installed on a node.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Release {
    /// What the image brings; where it brings nothing, the release that was tried with this program.
    Tried,
    /// A release of Kimberlite's GitHub page.
    Version {
        /// `0.9.1`.
        version: String,
        /// The archive's SHA-256 in lower-case digits; `None`: the release's own list says it.
        sha256: Option<String>,
    },
    /// An archive or a Debian package from elsewhere.
    Package {
        /// An `https://` address, or a path on the image.
        from: String,
        /// Its SHA-256 in lower-case digits; always there for an address.
        sha256: Option<String>,
    },
}

impl Release {
    /// Returns whether first boot has to download it.
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

/// Who signs the nodes' certificates.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Tls {
    /// Each node for itself.
    SelfSigned,
    /// An authority of ACM Private CA.
    PrivateCa {
        /// Its ARN.
        authority: String,
    },
    /// Let's Encrypt, with proof by DNS.
    LetsEncrypt {
        /// The cluster's name, `kimberlite.example.com`.
        domain: String,
        /// The id of the hosted zone at Route 53.
        zone: String,
        /// Where notices go.
        email: Option<String>,
    },
}

/// Metrics in CloudWatch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Monitoring {
    /// Whether CloudWatch's agent is installed on the nodes.
    pub agent: bool,
}

/// What costs depend on that no resource says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Usage {
    /// GB a month to the internet.
    pub transfer: u32,
    /// How much of each volume changes a day, in percent.
    pub daily_change: u8,
}

/// A gp3 volume.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Volume {
    /// GiB.
    pub size: u32,
    /// Operations a second.
    pub iops: u32,
    /// MiB/s.
    pub throughput: u32,
}

/// Daily snapshots.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Backup {
    /// `hh:mm`, UTC.
    pub time: String,
    /// How many are kept of each volume.
    pub keep: u32,
}

impl Cluster {
    /// Declares it as a component of that name.
    #[track_caller]
    pub fn declare(&self, stack: &Stack, name: &str) -> Declared {
        costs::estimate(self, stack);
        stack.component("kimberlite:Cluster", name, |scope| {
            let network = network::declare(self, scope);
            let group = security::declare(self, &network, scope);
            let role = identity::role(self, scope);
            let key = self.encryption.then(|| encryption::declare(self, &role, scope));
            let profile = identity::profile(self, &role, key.as_ref(), scope);
            let around = nodes::Around { network: &network, group: &group, key: key.as_ref(), profile: &profile };
            let nodes = nodes::declare(self, &around, scope);
            if let Some(backup) = &self.backup {
                backup::declare(self, backup, scope);
            }
            let zones = network::zones(self, scope);
            Declared { network, key_arn: key.map(|key| key.arn()), nodes, zones, record: standing::record(self) }
        })
    }

    /// Returns whether the nodes have no way to the internet. An existing network has ways of its own.
    pub(crate) fn is_cut_off(&self) -> bool {
        self.internet == Internet::None && matches!(self.network, Network::New { .. })
    }

    /// Returns the tags of a resource: the cluster's, and its name.
    pub(crate) fn tags(&self, name: &str) -> BTreeMap<String, String> {
        let mut tags = self.tags.clone();
        tags.insert("Name".to_owned(), format!("{}-{name}", self.name));
        tags
    }
}

/// A declared cluster.
pub struct Declared {
    network: network::Declared,
    key_arn: Option<Output<String>>,
    nodes: Vec<DeclaredNode>,
    zones: Output<Vec<String>>,
    record: standing::Record,
}

impl Declared {
    /// Returns what cannot change while the cluster stands, checked against what the stack exported before by this name:
    /// export it again under it.
    pub fn standing(&self, stack: &Stack, export: &str) -> Output<kim::Any> {
        // A cluster has a node at least.
        let last = self.nodes.last().map_or_else(|| Output::of(""), |node| node.instance.id());
        standing::check(stack, export, self.record.clone(), last)
    }

    /// Returns the zones of the nodes, once the region is known to have them.
    pub fn zones(&self) -> Output<Vec<String>> {
        self.zones
    }

    /// Returns the nodes' public addresses, in order; empty where they have none.
    pub fn public_addresses(&self) -> Vec<Output<String>> {
        self.nodes.iter().filter_map(|node| node.public.map(|address| address.public_ip())).collect()
    }

    /// Returns the nodes' addresses, in order.
    pub fn addresses(&self) -> Vec<Output<String>> {
        self.nodes.iter().map(|node| node.interface.private_ip()).collect()
    }

    /// Returns what a client is given: `10.0.0.10:7000,10.0.1.11:7000,…`.
    pub fn client_addresses(&self) -> Output<String> {
        Output::all(self.addresses()).map(|all: Vec<String>| {
            all.iter().map(|address| format!("{address}:{}", security::CLIENTS)).collect::<Vec<_>>().join(",")
        })
    }

    /// Returns the instances' ids, in order.
    pub fn instances(&self) -> Vec<Output<String>> {
        self.nodes.iter().map(|node| node.instance.id()).collect()
    }

    /// Returns the volumes' ids by node and use: `node-1` → `log`, `projections`.
    pub fn volumes(&self) -> BTreeMap<String, BTreeMap<&'static str, Output<String>>> {
        let of = |node: &DeclaredNode| BTreeMap::from([("log", node.log.id()), ("projections", node.projections.id())]);
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
