//! The configuration: the table `config` of `Kim.<stack>.toml`, and its meaning.
//!
//! Invariant: what [`Config::cluster`] returns is valid by itself. No later code checks a setting
//! again. The schema and the cloud check the limits that only AWS knows, such as which types a zone
//! offers.

mod access;
mod network;
mod release;
mod storage;
mod tls;

use std::collections::BTreeMap;

use kim::{Result, bail, ensure};

use crate::cluster::{Cluster, Monitoring, Usage, Volume};

pub use access::Access;
pub use network::{Internet, NetworkConfig, SubnetConfig};
pub use release::TRIED;
pub use storage::{BackupConfig, VolumeConfig};
pub use tls::{Certificates, TlsConfig};

/// The table `config`. Every key has a default.
///
/// An empty table is a cluster of three medium nodes over three zones.
#[kim::config]
#[derive(Default)]
#[serde(default)]
pub struct Config {
    /// The preset of instance type and size of the log volume. By default `medium`.
    pub size: Size,
    /// Another instance type than the preset's, such as `c7g.xlarge`.
    pub instance_type: Option<String>,
    /// The number of nodes: 1, 3, 5 or 7.
    ///
    /// It is fixed once the cluster stands. Kimberlite 0.9.1 reads its list of members at the
    /// start, and a restart with another list loses data. By default 3.
    pub nodes: Option<u8>,
    /// The zones, to which the nodes are assigned in turn.
    ///
    /// They are fixed once the cluster stands. By default the region's `a`, `b` and `c`.
    pub zones: Option<Vec<String>>,
    /// The placement of the nodes on hardware. By default `spread`.
    pub placement: Placement,
    /// The network of the nodes.
    pub network: NetworkConfig,
    /// The sources that may reach the nodes. By default only the nodes themselves.
    pub access: Access,
    /// The volume of the log.
    pub log: VolumeConfig,
    /// The volume of the projections.
    pub projections: VolumeConfig,
    /// The size of each node's root volume in GiB, 8 to 65,536.
    ///
    /// It can grow later, but never shrink. By default 20.
    pub root_size: Option<u32>,
    /// Daily snapshots.
    pub backup: BackupConfig,
    /// Volumes to create from snapshots: `log-2 = "snap-0123456789abcdef0"`.
    ///
    /// A snapshot counts only when its volume is created.
    pub restore: BTreeMap<String, String>,
    /// Encrypts all volumes with a KMS key of the cluster's own.
    ///
    /// It is fixed once the cluster stands: a volume cannot change its encryption. On by default.
    pub encryption: Option<bool>,
    /// The key's policy, as JSON, instead of the cluster's own.
    ///
    /// A policy that locks the account out is refused.
    pub key_policy: Option<String>,
    /// The machine image, `ami-…`. By default the latest Ubuntu 22.04.
    pub image: Option<String>,
    /// The name of the EC2 key pair to log in with. By default none, so no SSH login.
    pub key_pair: Option<String>,
    /// The Kimberlite release to install, such as `0.9.1`.
    ///
    /// It comes from Kimberlite's GitHub page. By default the one that was tried with this program,
    /// unless the image brings one.
    pub version: Option<String>,
    /// Another release archive (`.zip`) or Debian package (`.deb`).
    ///
    /// It is an `https://` address, or a path on the image. It excludes `version`.
    pub package: Option<String>,
    /// The SHA-256 of the archive, 64 hexadecimal digits.
    ///
    /// A `package` from an address needs it. Without it, a `version` is checked against the
    /// release's own `SHA256SUMS`.
    pub sha256: Option<String>,
    /// More arguments for `kimberlite start`, such as `["--allow-unauthenticated"]`.
    pub arguments: Vec<String>,
    /// More variables for the server, such as `{ RUST_LOG = "debug" }`.
    pub environment: BTreeMap<String, String>,
    /// The nodes' certificates.
    pub tls: TlsConfig,
    /// Metrics in CloudWatch.
    pub monitoring: MonitoringConfig,
    /// The preview's assumptions for costs that depend on use.
    pub costs: CostsConfig,
    /// Permits another instance type on a standing cluster.
    ///
    /// The change restarts every node, and Kimberlite 0.9.1 loses its catalogue of tables when it
    /// restarts. Read the deployment guide first. Off by default.
    pub allow_restarts: bool,
    /// Refuses to delete or replace volumes and key, whatever else changes.
    ///
    /// Without it, a trial can be taken down. Switch it on where the data matters. Off by default.
    pub protect: bool,
    /// Tags on every resource.
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
    /// Returns the instance type, and the log volume's size in GiB.
    fn preset(self) -> (&'static str, u32) {
        match self {
            Size::Small => ("t3.medium", 100),
            Size::Medium => ("c6i.xlarge", 500),
            Size::Large => ("c6i.2xlarge", 1000),
            Size::Production => ("c6i.4xlarge", 2000),
        }
    }
}

/// The placement of the nodes on hardware.
#[kim::config]
#[derive(Copy, PartialEq, Eq, Default)]
pub enum Placement {
    /// Each node on hardware of its own.
    #[default]
    Spread,
    /// All nodes close together: the lowest latency, in a single zone.
    Cluster,
}

impl Placement {
    /// Returns AWS's name of the strategy.
    pub fn strategy(self) -> &'static str {
        match self {
            Placement::Spread => "spread",
            Placement::Cluster => "cluster",
        }
    }
}

/// Metrics in CloudWatch, sent by its agent on every node.
#[kim::config]
#[derive(Default)]
#[serde(default)]
pub struct MonitoringConfig {
    /// Installs the agent. By default `true`, except with `network.internet = "none"`.
    pub enabled: Option<bool>,
}

/// The preview's assumptions for costs that depend on use.
#[kim::config]
#[derive(Default)]
#[serde(default)]
pub struct CostsConfig {
    /// The traffic to the internet, in GB a month. By default 1,000.
    pub transfer: Option<u32>,
    /// The part of each volume that changes a day, in percent, 0 to 100.
    ///
    /// Snapshots hold what changed. By default 5.
    pub daily_change: Option<u8>,
}

/// The families that AWS refuses in a cluster placement group.
const BURSTABLE: [&str; 4] = ["t2", "t3", "t3a", "t4g"];

/// The families on the Xen hypervisor, by AWS's user guide.
///
/// Their volumes are not NVMe devices, and a node finds its volumes by the ids of NVMe devices.
const XEN: [&str; 26] = [
    "t1", "t2", "m1", "m2", "m3", "m4", "c1", "c3", "c4", "cc2", "r3", "r4", "x1", "x1e", "d2",
    "h1", "hs1", "i2", "i3", "f1", "g2", "g3", "g3s", "p2", "p3", "cr1",
];

impl Config {
    /// Returns the cluster that the configuration describes.
    ///
    /// `name` is the prefix of all names in AWS.
    ///
    /// # Errors
    /// The first setting that is not valid, by its key, with the reason.
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
        let network = self.network.network(&zones)?;
        let nodes = self.network.nodes(self.nodes.unwrap_or(3), &zones, &network)?;
        let log =
            self.log.volume("log", Volume { size: preset_log, iops: 3000, throughput: 250 })?;
        let projections = self
            .projections
            .volume("projections", Volume { size: 200, iops: 3000, throughput: 125 })?;
        let encryption = self.encryption.unwrap_or(true);
        ensure!(
            encryption || self.key_policy.is_none(),
            "config.key_policy: with encryption = false there is no key; leave one of them out"
        );
        ensure!(
            self.key_pair.as_ref().is_none_or(|name| !name.trim().is_empty()),
            "config.key_pair: the name is empty; name the key pair, or leave it out"
        );
        let cluster = Cluster {
            name: name.to_owned(),
            region: region.to_owned(),
            devices: storage::devices(&self.log, &self.projections)?,
            restore: storage::restore(&self.restore, nodes.len())?,
            nodes,
            internet: self.network.internet,
            network,
            placement: self.placement,
            instance_type,
            access: self.access.check()?,
            log,
            projections,
            root_size: storage::root_size(self.root_size)?,
            backup: self.backup.backup()?,
            backup_tag: self.backup.tag()?,
            encryption,
            key_policy: self.key_policy.clone(),
            image: self.image.clone(),
            key_pair: self.key_pair.clone(),
            release: self.release()?,
            arguments: self.arguments()?,
            environment: self.environment()?,
            tls: self.tls.check(region)?,
            monitoring: Monitoring {
                agent: self.monitoring.enabled.unwrap_or(self.network.internet != Internet::None),
            },
            usage: self.costs.usage()?,
            allow_restarts: self.allow_restarts,
            protect: self.protect,
            tags: self.tags()?,
        };
        network::check_way_out(&cluster)?;
        crate::first_boot::check(&cluster)?;
        Ok(cluster)
    }

    fn zones(&self, region: &str) -> Result<Vec<String>> {
        let Some(zones) = &self.zones else {
            return Ok(["a", "b", "c"].iter().map(|zone| format!("{region}{zone}")).collect());
        };
        ensure!(
            !zones.is_empty(),
            "config.zones: at least one zone is needed, like [\"{region}a\"]"
        );
        for (index, zone) in zones.iter().enumerate() {
            ensure!(
                zone.starts_with(region) && zone.len() > region.len(),
                "config.zones[{index}]: '{zone}' is not a zone of the region {region} (aws.region); zones look like {region}a"
            );
            ensure!(
                !zones[..index].contains(zone),
                "config.zones[{index}]: the zone {zone} is there twice"
            );
        }
        Ok(zones.clone())
    }

    fn check_placement(&self, zones: &[String], instance_type: &str) -> Result<()> {
        let family = instance_type.split_once('.').map(|(family, _)| family);
        let Some(family) = family else {
            bail!(
                "config.instance_type: '{instance_type}' is not an instance type; they look like c6i.xlarge"
            );
        };
        ensure!(
            !XEN.contains(&family),
            "config.instance_type: {instance_type} is of an old generation, in which a node cannot find its volumes by their ids; \
             choose a newer one, such as c6i.xlarge"
        );
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
            !BURSTABLE.contains(&family) && !family.ends_with("-flex"),
            "config.placement: AWS takes no burstable or flex type ({instance_type}) into a cluster placement group; choose another \
             size or instance_type, as c6i.xlarge, or placement = \"spread\""
        );
        Ok(())
    }

    /// Returns the tags of every resource.
    ///
    /// Rejects another value for the tag by which the snapshot policy finds the volumes.
    fn tags(&self) -> Result<BTreeMap<String, String>> {
        let (key, value) = (crate::backup::TAG, self.backup.tag()?);
        if let Some(other) = self.tags.get(key).filter(|other| **other != value) {
            bail!(
                "config.tags.{key}: the snapshot policy finds the volumes by the tag {key} = \"{value}\"; with \"{other}\" it \
                 would back up nothing; leave {key} out, the volumes carry it, or set config.backup.tag"
            );
        }
        Ok(self.tags.clone())
    }
}

impl CostsConfig {
    fn usage(&self) -> Result<Usage> {
        let daily_change = self.daily_change.unwrap_or(5);
        ensure!(
            daily_change <= 100,
            "config.costs.daily_change: {daily_change} percent; it is 0 to 100"
        );
        Ok(Usage { transfer: self.transfer.unwrap_or(1000), daily_change })
    }
}
