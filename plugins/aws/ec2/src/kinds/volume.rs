//! An EBS volume.

use std::collections::BTreeMap;

use kim_plugin::prelude::*;

use super::rules::{Found, text_or};
use crate::prices::{self, Storage};

/// An EBS volume: block storage for an instance in its zone.
#[derive(Clone, Debug, Resource)]
#[kim(kind = "aws:ec2:Volume", id = "volume_id", read_batch = 200, priced)]
pub struct Volume {
    /// The zone, such as `eu-central-1a`. Only instances of this zone can use it.
    #[kim(immutable)]
    pub availability_zone: String,
    /// The size in GiB. Required without a snapshot.
    // "You can't decrease the size of an EBS volume" (EBS user guide, Elastic Volumes).
    #[kim(computed, input, range = 1..=65536, grows)]
    pub size: Option<i64>,
    /// The volume type.
    #[kim(default = "gp3", one_of("gp3", "gp2", "io1", "io2", "st1", "sc1", "standard"))]
    pub volume_type: String,
    /// Operations a second. Required for io1 and io2, optional for gp3.
    ///
    /// gp3: 3,000 to 80,000, at most 500 for each GiB. io1: 100 to 64,000, at most 50 for each GiB.
    /// io2: 100 to 256,000, at most 1,000 for each GiB. For other types it cannot be set.
    #[kim(computed, input, volatile, range = 100..=256000)]
    pub iops: Option<i64>,
    /// The throughput in MiB/s, gp3 only: 125 to 2,000.
    ///
    /// It is at most a quarter of the IOPS.
    #[kim(computed, input, volatile, range = 125..=2000)]
    pub throughput: Option<i64>,
    /// If true, it is encrypted. By default the account's default decides.
    #[kim(computed, input, immutable)]
    pub encrypted: Option<bool>,
    /// The KMS key of the encryption: id, ARN or `alias/…`.
    ///
    /// Needs `encrypted = true`.
    // `CreateVolume` takes an id, an ARN or an alias; `Volume` has the ARN (botocore's model of
    // EC2).
    #[kim(computed, input, immutable, form = "arn")]
    pub kms_key_id: Option<String>,
    /// The snapshot that it is created from, `snap-…`.
    #[kim(immutable)]
    pub snapshot_id: Option<String>,
    /// If true, several instances may use it at once (io1 and io2).
    #[kim(immutable, default = false)]
    pub multi_attach_enabled: bool,
    /// The tags, at most 49.
    pub tags: BTreeMap<String, String>,
    /// The volume's id, `vol-…`.
    #[kim(computed)]
    pub volume_id: String,
    /// The ARN.
    #[kim(computed)]
    pub arn: String,
}

impl Kind for Volume {
    super::operations!(volume);

    fn check(inputs: &Inputs) -> Vec<Violation> {
        let mut found = Found::new();
        found.storage(inputs, "");
        found.tags(inputs);
        if inputs.get::<i64>("size").is_absent() && inputs.get::<String>("snapshot_id").is_absent()
        {
            found.error("size", "a volume needs a size in GiB, or a snapshot");
        }
        let shared = inputs.get::<bool>("multi_attach_enabled") == Known(true);
        if shared
            && text_or(inputs, "volume_type", "gp3").is_some_and(|kind| !kind.starts_with("io"))
        {
            found.error(
                "multi_attach_enabled",
                "only io1 and io2 volumes can be attached to several instances",
            );
        }
        found.into_violations()
    }

    fn price(inputs: &Inputs) -> Option<Price> {
        storage_price(inputs, "")
    }
}

/// Returns the price of the volume whose properties have the `prefix`.
pub(super) fn storage_price(inputs: &Inputs, prefix: &str) -> Option<Price> {
    let number = |name: &str| match inputs.get::<i64>(&format!("{prefix}{name}")) {
        Known(n) => Some(Some(n)),
        Absent => Some(None),
        Unknown => None,
    };
    let volume_type = text_or(inputs, &format!("{prefix}volume_type"), "gp3")?;
    let storage = Storage {
        volume_type: &volume_type,
        gib: number("size")??,
        iops: number("iops")?,
        throughput: number("throughput")?,
    };
    prices::volume(&kim_plugin::aws::region().ok()?, storage)
}
