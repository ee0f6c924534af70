//! The component: what a cluster consists of, and what other resources can use of it.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use kim::prelude::*;

use crate::cidr::Cidr;
use crate::config::Placement;
use crate::nodes::DeclaredNode;
use crate::{backup, encryption, identity, network, nodes, security};

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
    /// Who may reach port 7000.
    pub clients: Vec<Sources>,
    /// Who, beside the nodes, may reach port 7001.
    pub peers: Vec<Sources>,
    /// Who may reach port 9090.
    pub metrics: Vec<Sources>,
    /// Who may reach port 22.
    pub ssh: Vec<Sources>,
    /// The volume of the log.
    pub log: Volume,
    /// The volume of the projections.
    pub projections: Volume,
    /// Snapshots; `None`: no snapshots.
    pub backup: Option<Backup>,
    /// Whether volumes and data are encrypted with a key of the cluster's own.
    pub encryption: bool,
    /// The machine image; `None`: the latest Ubuntu 22.04.
    pub image: Option<String>,
    /// The EC2 key pair to log in with.
    pub key_pair: Option<String>,
    /// Where to get Kimberlite's Debian package.
    pub package: Option<String>,
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
    /// The addresses of the subnets.
    pub fn blocks(&self) -> Vec<Cidr> {
        match self {
            Network::New { subnets, .. } => subnets.iter().map(|subnet| subnet.cidr).collect(),
            Network::Existing { subnets, .. } => subnets.iter().map(|(_, cidr)| *cidr).collect(),
        }
    }

    /// The addresses of what is around: the whole new VPC, or of an existing one the subnets.
    pub fn around(&self) -> Vec<Cidr> {
        match self {
            Network::New { cidr, .. } => vec![*cidr],
            Network::Existing { .. } => self.blocks(),
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
            Declared { network, key_arn: key.map(|key| key.arn()), nodes }
        })
    }

    /// The tags of a resource: the cluster's, and its name.
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
}

impl Declared {
    /// The nodes' addresses, in order.
    pub fn addresses(&self) -> Vec<Output<String>> {
        self.nodes.iter().map(|node| node.interface.private_ip()).collect()
    }

    /// What a client is given: `10.0.0.10:7000,10.0.1.11:7000,…`.
    pub fn client_addresses(&self) -> Output<String> {
        Output::all(self.addresses()).map(|all: Vec<String>| {
            all.iter().map(|address| format!("{address}:{}", security::CLIENTS)).collect::<Vec<_>>().join(",")
        })
    }

    /// The instances' ids, in order.
    pub fn instances(&self) -> Vec<Output<String>> {
        self.nodes.iter().map(|node| node.instance.id()).collect()
    }

    /// The volumes' ids by node and use: `node-1` → `log`, `projections`.
    pub fn volumes(&self) -> BTreeMap<String, BTreeMap<&'static str, Output<String>>> {
        let of = |node: &DeclaredNode| BTreeMap::from([("log", node.log.id()), ("projections", node.projections.id())]);
        self.nodes.iter().map(|node| (format!("node-{}", node.number), of(node))).collect()
    }

    /// The subnets' ids, in the order of the zones.
    pub fn subnets(&self) -> Vec<Output<String>> {
        self.network.subnets.clone()
    }

    /// The VPC's id.
    pub fn vpc(&self) -> Output<String> {
        self.network.vpc
    }

    /// The key's ARN; `None` without encryption.
    pub fn key_arn(&self) -> Option<Output<String>> {
        self.key_arn
    }
}
