//! The configuration: what may be written in the table `config` of `Kim.<stack>.toml`, and what it means.
//!
//! Invariant: what [`Config::cluster`] gives is valid by itself; nothing after it doubts a setting. Limits that only
//! AWS knows (which type a zone offers, …) are the schema's and the cloud's to check.

use std::collections::BTreeMap;

use kim::{Result, bail, ensure};

use crate::cidr::Cidr;
use crate::cluster::{Backup, Cluster, Network, Node, Sources, Subnet, Volume};

/// The table `config`. Every key has a default; an empty table is a cluster of three medium nodes over three zones.
#[kim::config]
#[derive(Default)]
#[serde(default)]
pub struct Config {
    /// One of the four presets: instance type and size of the log volume.
    pub size: Size,
    /// Another instance type than the preset's.
    pub instance_type: Option<String>,
    /// How many nodes: 1, 3, 5 or 7.
    pub nodes: Option<u8>,
    /// The zones, over which the nodes go in turn; by default the first three of the region.
    ///
    /// Add zones at the end: a node's zone follows from its number and this list.
    pub zones: Option<Vec<String>>,
    /// `spread` (each node on hardware of its own) or `cluster` (close together, in one zone).
    pub placement: Placement,
    /// Where the nodes live.
    pub network: NetworkConfig,
    /// Who may reach them.
    pub access: Access,
    /// The volume of the log.
    pub log: VolumeConfig,
    /// The volume of the projections.
    pub projections: VolumeConfig,
    /// Snapshots.
    pub backup: BackupConfig,
    /// Encryption of volumes and data with a key of the cluster's own; on by default. Decide before there is data: a volume
    /// cannot change it, so it would be replaced by an empty one.
    pub encryption: Option<bool>,
    /// The machine image, `ami-…`; by default the latest Ubuntu 22.04.
    pub image: Option<String>,
    /// The name of the EC2 key pair to log in with; none: nobody logs in.
    pub key_pair: Option<String>,
    /// Where to get Kimberlite's Debian package (`https://…`), for images that do not have it.
    pub package: Option<String>,
    /// Refuses to delete or replace volumes and key, whatever else changes. Off by default, so that a trial can be taken
    /// down; switch it on where the data matters.
    pub protect: bool,
    /// Tags on everything.
    pub tags: BTreeMap<String, String>,
}

/// The four presets.
#[kim::config]
#[derive(Copy, Default)]
pub enum Size {
    /// t3.medium, a log of 100 GB.
    Small,
    /// c6i.xlarge, a log of 500 GB.
    #[default]
    Medium,
    /// c6i.2xlarge, a log of 1,000 GB.
    Large,
    /// c6i.4xlarge, a log of 2,000 GB.
    Production,
}

impl Size {
    /// The instance type, and the GiB of the log volume.
    fn preset(self) -> (&'static str, u32) {
        match self {
            Size::Small => ("t3.medium", 100),
            Size::Medium => ("c6i.xlarge", 500),
            Size::Large => ("c6i.2xlarge", 1000),
            Size::Production => ("c6i.4xlarge", 2000),
        }
    }
}

/// How the nodes are placed on hardware.
#[kim::config]
#[derive(Copy, PartialEq, Eq, Default)]
pub enum Placement {
    /// Each on hardware of its own.
    #[default]
    Spread,
    /// Close together: the lowest latency, in a single zone.
    Cluster,
}

/// Where the nodes live.
#[kim::config]
#[derive(Default)]
#[serde(default)]
pub struct NetworkConfig {
    /// The addresses of a new VPC, /16 to /22; by default 10.0.0.0/16. Every zone gets a /24 of it.
    pub cidr: Option<String>,
    /// An existing VPC, `vpc-…`, instead of a new one.
    pub vpc: Option<String>,
    /// The existing VPC's subnets to use, one a zone, in the order of `zones`.
    pub subnets: Vec<SubnetConfig>,
}

/// An existing subnet.
#[kim::config]
pub struct SubnetConfig {
    /// `subnet-…`.
    pub id: String,
    /// Its addresses. Nodes take the tenth and following ones, so these must be free.
    pub cidr: String,
}

/// Who may reach the nodes: blocks of addresses (`10.0.0.0/16`) or security groups (`sg-…`). Where nothing is said: the
/// VPC's addresses (with an existing VPC: the subnets'). The nodes always reach each other.
#[kim::config]
#[derive(Default)]
#[serde(default)]
pub struct Access {
    /// Port 7000, for clients.
    pub clients: Option<Vec<String>>,
    /// Port 7001, between nodes: who else than the nodes.
    pub peers: Vec<String>,
    /// Port 9090, for monitoring.
    pub metrics: Option<Vec<String>>,
    /// Port 22, for administrators.
    pub ssh: Option<Vec<String>>,
}

/// A volume of every node.
#[kim::config]
#[derive(Default)]
#[serde(default)]
pub struct VolumeConfig {
    /// GiB. It can grow later, never shrink.
    pub size: Option<u32>,
    /// Operations a second, from 3,000.
    pub iops: Option<u32>,
    /// MiB/s, from 125.
    pub throughput: Option<u32>,
}

/// Daily snapshots of every volume.
#[kim::config]
#[derive(Default)]
#[serde(default)]
pub struct BackupConfig {
    /// Whether there are any; on by default.
    pub enabled: Option<bool>,
    /// When, `hh:mm` in UTC; by default 03:00.
    pub time: Option<String>,
    /// How many are kept of each volume, 1 to 1,000; by default 30.
    pub keep: Option<u32>,
}

/// Families that AWS does not let into a cluster placement group.
const BURSTABLE: [&str; 4] = ["t2", "t3", "t3a", "t4g"];

/// The node's address is the subnet's with this number and the node's index: AWS keeps the first four for itself.
const FIRST_ADDRESS: u32 = 10;

impl Config {
    /// The cluster that it describes, in a region, by a name that prefixes all names in AWS.
    ///
    /// # Errors
    /// The first setting that does not make sense, by its key, with the reason.
    pub fn cluster(&self, name: &str, region: &str) -> Result<Cluster> {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
        ensure!(
            name.len() <= 50 && name.chars().all(plain),
            "'{name}' (project and stack) cannot begin names in AWS: it may have up to 50 letters, digits and hyphens"
        );
        let (preset_type, preset_log) = self.size.preset();
        let instance_type = self.instance_type.clone().unwrap_or_else(|| preset_type.to_owned());
        let zones = self.zones(region)?;
        self.check_placement(&zones, &instance_type)?;
        let network = self.network(&zones)?;
        let around: Vec<String> = network.around().iter().map(Cidr::to_string).collect();
        Ok(Cluster {
            name: name.to_owned(),
            region: region.to_owned(),
            nodes: self.nodes(&zones, &network)?,
            network,
            placement: self.placement,
            instance_type,
            clients: sources("access.clients", self.access.clients.as_ref().unwrap_or(&around))?,
            peers: sources("access.peers", &self.access.peers)?,
            metrics: sources("access.metrics", self.access.metrics.as_ref().unwrap_or(&around))?,
            ssh: sources("access.ssh", self.access.ssh.as_ref().unwrap_or(&around))?,
            log: self.log.volume("log", Volume { size: preset_log, iops: 3000, throughput: 250 })?,
            projections: self.projections.volume("projections", Volume { size: 200, iops: 3000, throughput: 125 })?,
            backup: self.backup.backup()?,
            encryption: self.encryption.unwrap_or(true),
            image: self.image.clone(),
            key_pair: self.key_pair.clone(),
            package: self.package()?,
            protect: self.protect,
            tags: self.tags.clone(),
        })
    }

    fn zones(&self, region: &str) -> Result<Vec<String>> {
        let Some(zones) = &self.zones else {
            return Ok(["a", "b", "c"].iter().map(|zone| format!("{region}{zone}")).collect());
        };
        ensure!(!zones.is_empty(), "config.zones: at least one zone is needed, like [\"{region}a\"]");
        for (index, zone) in zones.iter().enumerate() {
            ensure!(
                zone.starts_with(region) && zone.len() > region.len(),
                "config.zones[{index}]: '{zone}' is no zone of the region {region} (aws.region); zones look like {region}a"
            );
            ensure!(!zones[..index].contains(zone), "config.zones[{index}]: the zone {zone} is there twice");
        }
        Ok(zones.clone())
    }

    fn check_placement(&self, zones: &[String], instance_type: &str) -> Result<()> {
        let family = instance_type.split_once('.').map(|(family, _)| family);
        let Some(family) = family else {
            bail!("config.instance_type: '{instance_type}' is no instance type; they look like c6i.xlarge");
        };
        if self.placement == Placement::Spread {
            return Ok(());
        }
        ensure!(
            zones.len() == 1,
            "config.placement: a cluster placement group lives in a single zone, but the nodes go over {} zones ({}); name \
             one in config.zones, or choose placement = \"spread\", which survives the loss of a zone",
            zones.len(),
            zones.join(", ")
        );
        ensure!(
            !BURSTABLE.contains(&family),
            "config.placement: AWS takes no burstable type ({instance_type}) into a cluster placement group; choose another \
             size or instance_type, as c6i.xlarge, or placement = \"spread\""
        );
        Ok(())
    }

    fn network(&self, zones: &[String]) -> Result<Network> {
        let network = &self.network;
        let Some(vpc) = &network.vpc else {
            ensure!(
                network.subnets.is_empty(),
                "config.network.subnets: existing subnets need their VPC; add vpc = \"vpc-…\", or leave them out"
            );
            return new_network(network.cidr.as_deref().unwrap_or("10.0.0.0/16"), zones);
        };
        ensure!(
            network.cidr.is_none(),
            "config.network.cidr: an existing VPC has its addresses already; leave cidr out"
        );
        ensure!(
            vpc.starts_with("vpc-"),
            "config.network.vpc: '{vpc}' is no VPC's id; they look like vpc-0123456789abcdef0"
        );
        ensure!(
            network.subnets.len() == zones.len(),
            "config.network.subnets: {} for {} zones; one subnet a zone is needed, in the order of the zones",
            network.subnets.len(),
            zones.len()
        );
        let subnets = network.subnets.iter().enumerate().map(|(index, subnet)| {
            let key = format!("config.network.subnets[{index}]");
            ensure!(subnet.id.starts_with("subnet-"), "{key}.id: '{}' is no subnet's id, subnet-…", subnet.id);
            let cidr: Cidr = subnet.cidr.parse().map_err(|why| kim::Error::new(format!("{key}.cidr: {why}")))?;
            ensure!(
                cidr.prefix() <= 27,
                "{key}.cidr: {cidr} is too small: the nodes take the addresses from the tenth on"
            );
            Ok((subnet.id.clone(), cidr))
        });
        Ok(Network::Existing { vpc: vpc.clone(), subnets: subnets.collect::<Result<_>>()? })
    }

    /// The nodes, in turn over the zones. A node's zone and address follow from its number alone, so that more nodes
    /// leave those that stand as they are.
    fn nodes(&self, zones: &[String], network: &Network) -> Result<Vec<Node>> {
        let count = self.nodes.unwrap_or(3);
        ensure!(
            matches!(count, 1 | 3 | 5 | 7),
            "config.nodes: {count} nodes cannot vote well: an even number survives no more losses than one less; choose 1, 3, \
             5 or 7"
        );
        (0..usize::from(count))
            .map(|index| {
                let zone = index % zones.len();
                let address = network.blocks()[zone].address(FIRST_ADDRESS + index as u32);
                let address = address.ok_or_else(|| kim::Error::new("config.network: a subnet is too small"))?;
                Ok(Node { number: index + 1, zone: zones[zone].clone(), subnet: zone, address })
            })
            .collect()
    }

    fn package(&self) -> Result<Option<String>> {
        if let Some(url) = &self.package {
            let plain = url.chars().all(|c| c.is_ascii_alphanumeric() || "-._~:/?#[]@!&()*+,;=%".contains(c));
            ensure!(url.starts_with("https://") && plain, "config.package: '{url}' is no https:// address");
        }
        Ok(self.package.clone())
    }
}

fn new_network(cidr: &str, zones: &[String]) -> Result<Network> {
    let key = "config.network.cidr";
    let cidr: Cidr = cidr.parse().map_err(|why| kim::Error::new(format!("{key}: {why}")))?;
    ensure!(
        (16..=22).contains(&cidr.prefix()),
        "{key}: {cidr} must be between a /16 and a /22; every zone gets a /24 of it"
    );
    let subnets = zones.iter().enumerate().map(|(index, zone)| {
        let part = cidr.part(24, index);
        let part = part.ok_or_else(|| kim::Error::new(format!("{key}: {cidr} has no /24 for zone {}", index + 1)))?;
        Ok(Subnet { zone: zone.clone(), cidr: part })
    });
    Ok(Network::New { cidr, subnets: subnets.collect::<Result<_>>()? })
}

impl VolumeConfig {
    fn volume(&self, key: &str, preset: Volume) -> Result<Volume> {
        let volume = Volume {
            size: self.size.unwrap_or(preset.size),
            iops: self.iops.unwrap_or(preset.iops),
            throughput: self.throughput.unwrap_or(preset.throughput),
        };
        let Volume { size, iops, throughput } = volume;
        ensure!((1..=65536).contains(&size), "config.{key}.size: {size} GiB; a gp3 volume has 1 to 65536");
        ensure!((3000..=80000).contains(&iops), "config.{key}.iops: {iops}; a gp3 volume has 3000 to 80000");
        ensure!(
            iops <= 3000 || iops <= size.saturating_mul(500),
            "config.{key}.iops: {iops} on {size} GiB; gp3 gives at most 500 a GiB"
        );
        ensure!((125..=2000).contains(&throughput), "config.{key}.throughput: {throughput}; gp3 has 125 to 2000 MiB/s");
        ensure!(
            throughput <= iops / 4,
            "config.{key}.throughput: {throughput} MiB/s needs {} iops; gp3 gives at most a quarter of them",
            throughput * 4
        );
        Ok(volume)
    }
}

impl BackupConfig {
    fn backup(&self) -> Result<Option<Backup>> {
        if !self.enabled.unwrap_or(true) {
            return Ok(None);
        }
        let time = self.time.clone().unwrap_or_else(|| "03:00".to_owned());
        let digits = |text: &str| text.len() == 2 && text.chars().all(|c| c.is_ascii_digit());
        let valid = time.split_once(':').is_some_and(|(h, m)| digits(h) && digits(m) && h < "24" && m < "60");
        ensure!(valid, "config.backup.time: '{time}' is no time of day; write it like 03:00 (UTC)");
        let keep = self.keep.unwrap_or(30);
        ensure!((1..=1000).contains(&keep), "config.backup.keep: {keep}; AWS keeps 1 to 1000 snapshots of a volume");
        Ok(Some(Backup { time, keep }))
    }
}

/// Blocks and groups of a key. A block is refused unless it is canonical, as AWS would.
fn sources(key: &str, texts: &[String]) -> Result<Vec<Sources>> {
    texts
        .iter()
        .enumerate()
        .map(|(index, text)| {
            if text.starts_with("sg-") {
                return Ok(Sources::Group(text.clone()));
            }
            text.parse()
                .map(Sources::Block)
                .map_err(|why| kim::Error::new(format!("config.{key}[{index}]: {why}; or a security group, sg-…")))
        })
        .collect()
}
