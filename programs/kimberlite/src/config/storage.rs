//! Volumes, snapshots and restoring: `config.log`, `config.projections`, `config.backup` and
//! `config.restore`.

use std::collections::BTreeMap;

use kim::{Result, ensure};

use crate::cluster::{Backup, Volume};

/// A volume of every node.
#[kim::config]
#[derive(Default)]
#[serde(default)]
pub struct VolumeConfig {
    /// The size in GiB, 1 to 65,536.
    ///
    /// It can grow later, but never shrink. By default the preset's size for the log, 200 for the
    /// projections.
    pub size: Option<u32>,
    /// Operations a second, 3,000 to 80,000 and at most 500 a GiB. By default 3,000.
    pub iops: Option<u32>,
    /// The throughput in MiB/s, 125 to 2,000.
    ///
    /// It is at most a quarter of the IOPS. By default 250 for the log, 125 for the projections.
    pub throughput: Option<u32>,
    /// The device name at EC2, `/dev/sdf` to `/dev/sdp`.
    ///
    /// The node does not use it: it finds the volume by its id. By default `/dev/sdf` for the log,
    /// `/dev/sdg` for the projections.
    pub device: Option<String>,
}

/// Daily snapshots of every volume.
#[kim::config]
#[derive(Default)]
#[serde(default)]
pub struct BackupConfig {
    /// Takes daily snapshots. On by default.
    pub enabled: Option<bool>,
    /// The time of day, `hh:mm` in UTC. By default 03:00.
    pub time: Option<String>,
    /// The number of snapshots to keep of each volume, 1 to 1,000. By default 30.
    pub keep: Option<u32>,
    /// The value of the tag `Backup`, by which AWS finds the volumes.
    ///
    /// A second cluster in the same region needs another value. AWS refuses two policies for one
    /// tag, and each would take the snapshots of both. By default `kimberlite`.
    pub tag: Option<String>,
}

impl VolumeConfig {
    pub(super) fn volume(&self, key: &str, preset: Volume) -> Result<Volume> {
        let volume = Volume {
            size: self.size.unwrap_or(preset.size),
            iops: self.iops.unwrap_or(preset.iops),
            throughput: self.throughput.unwrap_or(preset.throughput),
        };
        let Volume { size, iops, throughput } = volume;
        ensure!(
            (1..=65536).contains(&size),
            "config.{key}.size: {size} GiB; a gp3 volume has 1 to 65536"
        );
        ensure!(
            (3000..=80000).contains(&iops),
            "config.{key}.iops: {iops}; a gp3 volume has 3000 to 80000"
        );
        ensure!(
            iops <= 3000 || iops <= size.saturating_mul(500),
            "config.{key}.iops: {iops} on {size} GiB; gp3 gives at most 500 a GiB"
        );
        ensure!(
            (125..=2000).contains(&throughput),
            "config.{key}.throughput: {throughput}; gp3 has 125 to 2000 MiB/s"
        );
        ensure!(
            throughput <= iops / 4,
            "config.{key}.throughput: {throughput} MiB/s needs {} iops; gp3 gives at most a quarter of them",
            throughput * 4
        );
        Ok(volume)
    }
}

/// Returns the size of a node's root volume, in GiB.
pub(super) fn root_size(size: Option<u32>) -> Result<u32> {
    let size = size.unwrap_or(20);
    ensure!(
        (8..=65536).contains(&size),
        "config.root_size: {size} GiB; the image of Ubuntu needs 8, and a gp3 volume has at most 65536"
    );
    Ok(size)
}

/// Returns the device names of log and projections.
pub(super) fn devices(log: &VolumeConfig, projections: &VolumeConfig) -> Result<[String; 2]> {
    let device = |key: &str, config: &VolumeConfig, default: &str| {
        let name = config.device.clone().unwrap_or_else(|| default.to_owned());
        ensure!(
            !name.contains("nvme"),
            "config.{key}.device: {name} moves with the order in which volumes are attached; name the attachment ({default}): \
             the node finds the volume by its id"
        );
        let letter = name.strip_prefix("/dev/sd").filter(|rest| rest.len() == 1);
        ensure!(
            letter.is_some_and(|letter| ("f"..="p").contains(&letter)),
            "config.{key}.device: '{name}' is not a device name for a data volume; EC2 recommends /dev/sdf to /dev/sdp"
        );
        Ok(name)
    };
    let both = [device("log", log, "/dev/sdf")?, device("projections", projections, "/dev/sdg")?];
    ensure!(both[0] != both[1], "config.projections.device: {} is the log's already", both[1]);
    Ok(both)
}

/// Returns the snapshots to create volumes from, by the volume's name.
pub(super) fn restore(
    snapshots: &BTreeMap<String, String>,
    nodes: usize,
) -> Result<BTreeMap<String, String>> {
    for (volume, snapshot) in snapshots {
        let known = |number: usize| {
            *volume == format!("log-{number}") || *volume == format!("projections-{number}")
        };
        ensure!(
            (1..=nodes).any(known),
            "config.restore.{volume}: there is no such volume; they are log-1 to log-{nodes} and projections-1 to \
             projections-{nodes}"
        );
        let id = snapshot.strip_prefix("snap-").unwrap_or_default();
        ensure!(
            (8..=17).contains(&id.len()) && id.chars().all(|c| c.is_ascii_hexdigit()),
            "config.restore.{volume}: '{snapshot}' is not a snapshot's id; they look like snap-0123456789abcdef0"
        );
    }
    Ok(snapshots.clone())
}

impl BackupConfig {
    /// Returns the value of the volumes' tag.
    pub(super) fn tag(&self) -> Result<String> {
        let tag = self.tag.clone().unwrap_or_else(|| "kimberlite".to_owned());
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        ensure!(
            (1..=64).contains(&tag.len()) && tag.chars().all(plain),
            "config.backup.tag: '{tag}' may have up to 64 letters, digits and -_. alone"
        );
        Ok(tag)
    }

    pub(super) fn backup(&self) -> Result<Option<Backup>> {
        if !self.enabled.unwrap_or(true) {
            return Ok(None);
        }
        let time = self.time.clone().unwrap_or_else(|| "03:00".to_owned());
        let digits = |text: &str| text.len() == 2 && text.chars().all(|c| c.is_ascii_digit());
        let valid = time
            .split_once(':')
            .is_some_and(|(h, m)| digits(h) && digits(m) && h < "24" && m < "60");
        ensure!(
            valid,
            "config.backup.time: '{time}' is not a time of day; write it like 03:00 (UTC)"
        );
        let keep = self.keep.unwrap_or(30);
        ensure!(
            (1..=1000).contains(&keep),
            "config.backup.keep: {keep}; AWS keeps 1 to 1000 snapshots of a volume"
        );
        Ok(Some(Backup { time, keep }))
    }
}
