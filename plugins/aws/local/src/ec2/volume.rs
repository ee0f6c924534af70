//! Volumes: their sizes, types and speeds, and who has them attached.

use base64::Engine as _;
use serde::{Deserialize, Serialize};

use super::attachment::Attachment;
use super::kind::{Kind, erase, fresh, invalid, need, put};
use super::listing::{describe, describing, select};
use super::regions;
use super::snapshot::Snapshot;
use super::tags::{self, tag_specification};
use super::volume_change::Modification;
use crate::error::{Answer, AwsError, refuse};
use crate::kms;
use crate::node::Node;
use crate::params::Params;
use crate::service::{Action, Call};
use crate::world::{Phase, Resource, timestamp};

pub(super) const ACTIONS: &[Action] = &[
    Action::new(
        "CreateVolume",
        tag_specification!(
            "AvailabilityZone AvailabilityZoneId Size:i VolumeType Iops:i Throughput:i Encrypted:b KmsKeyId SnapshotId \
             MultiAttachEnabled:b ClientToken*"
        ),
        create,
    ),
    Action::new("DescribeVolumes", describing!("VolumeId.N"), describe::<Volume>),
    Action::new("DeleteVolume", "VolumeId! DryRun:b", delete),
    Action::new("DescribeVolumeStatus", describing!("VolumeId.N"), describe_status),
    Action::new(
        "DescribeVolumeAttribute",
        "VolumeId! Attribute!=autoEnableIO|productCodes DryRun:b",
        describe_attribute,
    ),
];

/// A volume.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Volume {
    volume_id: String,
    pub(super) spec: Spec,
    pub(super) zone: String,
    multi_attach: bool,
    phase: Phase,
    created: i64,
    pub(super) attachments: Vec<Attachment>,
    pub(super) modification: Option<Modification>,
}

/// What a volume is made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Spec {
    /// GiB.
    pub(super) size: i64,
    pub(super) volume_type: String,
    pub(super) iops: Option<i64>,
    /// MiB/s.
    pub(super) throughput: Option<i64>,
    pub(super) snapshot_id: Option<String>,
    pub(super) kms_key_arn: Option<String>,
}

/// What a volume type allows.
pub(super) struct Limits {
    sizes: std::ops::RangeInclusive<i64>,
    /// Range and most IOPS a GiB; `None`: they cannot be chosen.
    iops: Option<(std::ops::RangeInclusive<i64>, i64)>,
}

/// The limits of a type by name.
pub(super) fn limits(volume_type: &str) -> Result<Limits, AwsError> {
    Ok(match volume_type {
        "gp3" => Limits { sizes: 1..=65536, iops: Some((3000..=80000, 500)) },
        "gp2" => Limits { sizes: 1..=16384, iops: None },
        "io1" => Limits { sizes: 4..=16384, iops: Some((100..=64000, 50)) },
        "io2" => Limits { sizes: 4..=65536, iops: Some((100..=256_000, 1000)) },
        "st1" | "sc1" => Limits { sizes: 125..=16384, iops: None },
        "standard" => Limits { sizes: 1..=1024, iops: None },
        unknown => {
            return refuse("UnknownVolumeType", format!("Unsupported volume type '{unknown}' for volume creation."));
        }
    })
}

impl Resource for Volume {
    const KIND: &'static str = "ec2:volume";
    fn id(&self) -> &str {
        &self.volume_id
    }
}

impl Kind for Volume {
    const PREFIX: &'static str = "vol-";
    const TYPE: &'static str = "volume";
    const MISSING: &'static str = "InvalidVolume.NotFound";
    const IDS: &'static str = "VolumeId";
    const SET: &'static str = "volumeSet";
    const PAGES_WITH_IDS: bool = false;
    const FILTERS: &'static [(&'static str, &'static str)] = &[
        ("volume-id", "volumeId"),
        ("volume-type", "volumeType"),
        ("availability-zone", "availabilityZone"),
        ("availability-zone-id", "availabilityZoneId"),
        ("create-time", "createTime"),
        ("encrypted", "encrypted"),
        ("multi-attach-enabled", "multiAttachEnabled"),
        ("size", "size"),
        ("snapshot-id", "snapshotId"),
        ("status", "status"),
        ("attachment.instance-id", "attachmentSet.instanceId"),
        ("attachment.device", "attachmentSet.device"),
        ("attachment.status", "attachmentSet.status"),
        ("attachment.attach-time", "attachmentSet.attachTime"),
        ("attachment.delete-on-termination", "attachmentSet.deleteOnTermination"),
    ];

    fn show(&self, call: &Call) -> Node {
        let spec = self.spec_at(call.now());
        let attachments = self.attachments(call.now()).map(|attachment| attachment.show(call, &self.volume_id));
        node! {
            "volumeId" => &self.volume_id, "size" => spec.size, "snapshotId" => spec.snapshot_id.as_deref().unwrap_or(""),
            "availabilityZone" => &self.zone, "availabilityZoneId" => regions::zone_id(call, &self.zone),
            "status" => self.state(call.now()), "createTime" => timestamp(self.created),
            "volumeType" => &spec.volume_type, "iops" => spec.shown_iops(), "throughput" => spec.throughput,
            "encrypted" => spec.kms_key_arn.is_some(), "kmsKeyId" => spec.kms_key_arn.clone(),
            "multiAttachEnabled" => self.multi_attach,
            "attachmentSet" => Node::list(attachments), "tagSet" => tags::show(call, &self.volume_id),
        }
    }
}

impl Volume {
    /// Attachments that have not ended.
    pub(super) fn attachments(&self, now: i64) -> impl Iterator<Item = &Attachment> {
        self.attachments.iter().filter(move |attachment| attachment.is_there(now))
    }

    pub(super) fn state(&self, now: i64) -> &str {
        if self.attachments(now).next().is_some() { "in-use" } else { self.phase.at(now) }
    }

    pub(super) fn takes_several(&self) -> bool {
        self.multi_attach
    }

    /// While a modification is in its first phase, the volume is as it was.
    pub(super) fn spec_at(&self, now: i64) -> &Spec {
        match &self.modification {
            Some(modification) if modification.state(now) == "modifying" => &modification.original,
            _ => &self.spec,
        }
    }
}

impl Spec {
    /// gp2 has IOPS by its size, magnetic volumes and hard disks show none.
    fn shown_iops(&self) -> Option<i64> {
        match self.volume_type.as_str() {
            "gp2" => Some((self.size * 3).clamp(100, 16000)),
            _ => self.iops,
        }
    }

    /// Checks sizes and speeds against the type, and fills in what the type has by default.
    pub(super) fn checked(mut self) -> Result<Spec, AwsError> {
        let limits = limits(&self.volume_type)?;
        let kind = self.volume_type.as_str();
        if !limits.sizes.contains(&self.size) {
            let (least, most) = limits.sizes.into_inner();
            let message = format!("Volume of {}GiB is invalid; a {kind} volume has {least} to {most} GiB.", self.size);
            return refuse("InvalidParameterValue", message);
        }
        match (&limits.iops, self.iops) {
            (None, Some(_)) => {
                let message = format!("The parameter iops is not supported for {kind} volumes.");
                return refuse("InvalidParameterCombination", message);
            }
            (Some((range, ratio)), Some(iops)) => check_iops(kind, iops, self.size, range, *ratio)?,
            (Some(_), None) if kind == "gp3" => self.iops = Some(3000),
            (Some(_), None) => {
                return refuse("MissingParameter", format!("The parameter iops must be specified for {kind} volumes."));
            }
            (None, None) => {}
        }
        self.check_throughput()
    }

    fn check_throughput(mut self) -> Result<Spec, AwsError> {
        if self.volume_type != "gp3" {
            let message = format!("The parameter throughput is not supported for {} volumes.", self.volume_type);
            return if self.throughput.is_some() { refuse("InvalidParameterCombination", message) } else { Ok(self) };
        }
        let throughput = *self.throughput.get_or_insert(125);
        if !(125..=2000).contains(&throughput) {
            let message = format!("Throughput value of {throughput} is not valid; a gp3 volume has 125 to 2000 MiB/s.");
            return refuse("InvalidParameterValue", message);
        }
        let iops = self.iops.unwrap_or(3000);
        if throughput * 4 > iops {
            let message = format!(
                "Throughput (MiBps) to iops ratio of {throughput}/{iops} is too high; maximum is 0.250 MiBps per iops."
            );
            return refuse("InvalidParameterValue", message);
        }
        Ok(self)
    }
}

fn check_iops(
    kind: &str,
    iops: i64,
    size: i64,
    range: &std::ops::RangeInclusive<i64>,
    ratio: i64,
) -> Result<(), AwsError> {
    if iops < *range.start() {
        let message = format!("Volume iops of {iops} is too low; minimum is {} for {kind}.", range.start());
        return refuse("InvalidParameterValue", message);
    }
    if iops > *range.end() {
        let message = format!("Volume iops of {iops} is too high; maximum is {} for {kind}.", range.end());
        return refuse("InvalidParameterValue", message);
    }
    // What every gp3 volume has for nothing is fine for the smallest one too.
    if iops > size * ratio && !(kind == "gp3" && iops == 3000) {
        let message =
            format!("Iops to volume size ratio of {iops}/{size} is too high; maximum is {ratio} a GiB for {kind}.");
        return refuse("InvalidParameterValue", message);
    }
    Ok(())
}

/// The spec in a request, whose size is called `size_name`; `base` is what the size must not be smaller than, from
/// an image.
pub(super) fn requested_spec(
    call: &Call,
    params: &Params,
    size_name: &str,
    base: Option<(i64, String)>,
) -> Result<Spec, AwsError> {
    let snapshot = params.text("SnapshotId").map(|id| need::<Snapshot>(call, id)).transpose();
    let (least, snapshot_id, inherited_key) = match (base, snapshot) {
        (Some((least, id)), _) => (Some(least), Some(id), None),
        (None, Ok(Some(snapshot))) => {
            (Some(snapshot.size), Some(snapshot.id().to_owned()), snapshot.kms_key_arn.clone())
        }
        (None, Ok(None)) => (None, None, None),
        (None, Err(error)) => return Err(error),
    };
    let Some(size) = params.number(size_name).or(least) else {
        return refuse("MissingParameter", "The request must contain the parameter size/snapshot");
    };
    if let Some(least) = least.filter(|least| size < *least) {
        let message = format!(
            "Volume of {size}GB is smaller than snapshot '{}', expect size >= {least}GB",
            snapshot_id.unwrap_or_default()
        );
        return refuse("InvalidParameterValue", message);
    }
    let spec = Spec {
        size,
        volume_type: params.text("VolumeType").unwrap_or("gp2").to_owned(),
        iops: params.number("Iops"),
        throughput: params.number("Throughput"),
        snapshot_id,
        kms_key_arn: requested_key(call, params, inherited_key)?,
    };
    spec.checked()
}

/// The ARN of the key that a volume is to be encrypted with.
fn requested_key(call: &Call, params: &Params, inherited: Option<String>) -> Result<Option<String>, AwsError> {
    let encrypted = params.flag("Encrypted");
    match params.text("KmsKeyId") {
        Some(_) if encrypted != Some(true) => {
            refuse("InvalidParameterDependency", "The parameter KmsKeyId requires the parameter Encrypted to be set.")
        }
        Some(reference) => {
            let found = kms::find_key(call.world, call.region(), reference);
            let message = || format!("The KMS key '{reference}' does not exist");
            let key = found.ok_or_else(|| AwsError::new("InvalidKMSKey.NotFound", message()))?;
            if key.state != "Enabled" {
                let message = format!("The KMS key '{reference}' is {}, not Enabled", key.state);
                return refuse("InvalidKMSKey.InvalidState", message);
            }
            Ok(Some(key.arn.clone()))
        }
        None if inherited.is_some() => Ok(inherited),
        None => Ok(encrypted.filter(|encrypted| *encrypted).map(|_| default_key_arn(call))),
    }
}

/// The key that AWS itself keeps for EBS in each region, the same in every world.
fn default_key_arn(call: &Call) -> String {
    let digits = base64::engine::general_purpose::STANDARD_NO_PAD.encode(call.region());
    let hex: String = digits.bytes().cycle().take(6).map(|byte| format!("{byte:02x}")).collect();
    format!("arn:aws:kms:{}:{}:key/00000000-0000-0000-0000-{hex}", call.region(), call.rules.account)
}

pub(super) fn make(call: &mut Call, spec: Spec, zone: &str, multi_attach: bool) -> String {
    let volume = Volume {
        volume_id: fresh::<Volume>(call),
        spec,
        zone: zone.to_owned(),
        multi_attach,
        phase: Phase::moving("creating", "available", call.due()),
        created: call.now(),
        attachments: Vec::new(),
        modification: None,
    };
    let volume_id = volume.volume_id.clone();
    put(call, volume);
    volume_id
}

fn create(call: &mut Call) -> Answer {
    let params = call.params();
    let zone = regions::requested_zone(call, "AvailabilityZone", "AvailabilityZoneId")?;
    let Some(zone) = zone else {
        return refuse("MissingParameter", "The request must contain the parameter AvailabilityZone");
    };
    let spec = requested_spec(call, params, "Size", None)?;
    let multi_attach = params.flag("MultiAttachEnabled") == Some(true);
    if multi_attach && !matches!(spec.volume_type.as_str(), "io1" | "io2") {
        return refuse("InvalidParameterCombination", "Multi-Attach is supported for io1 and io2 volumes only.");
    }
    let requested = tags::requested(call, &["volume"])?;
    let volume_id = make(call, spec, &zone.name, multi_attach);
    tags::put::<Volume>(call, &volume_id, &requested);
    Ok(need::<Volume>(call, &volume_id)?.show(call))
}

fn delete(call: &mut Call) -> Answer {
    let volume = need::<Volume>(call, call.text("VolumeId"))?;
    if let Some(attachment) = volume.attachments(call.now()).next() {
        let message = format!("Volume {} is currently attached to {}", volume.volume_id, attachment.instance_id);
        return refuse("VolumeInUse", message);
    }
    if volume.state(call.now()) == "creating" {
        let message =
            format!("Volume '{}' is in the 'creating' state; it can be deleted when available", volume.volume_id);
        return refuse("IncorrectState", message);
    }
    erase::<Volume>(call, &volume.volume_id);
    Ok(node! { "return" => true })
}

fn describe_status(call: &mut Call) -> Answer {
    if let Some(filter) = call.params().list("Filter").first() {
        return invalid("Filter", filter.text("Name").unwrap_or_default(), "Volume status has no filters here.");
    }
    let mut page = select::<Volume>(call)?;
    for item in &mut page.items {
        let zone = item.node.leaves("availabilityZone").pop();
        item.node = node! {
            "volumeId" => &item.key, "availabilityZone" => zone,
            "volumeStatus" => node! {
                "status" => "ok",
                "details" => Node::list([
                    node! { "name" => "io-enabled", "status" => "passed" },
                    node! { "name" => "io-performance", "status" => "not-applicable" },
                ]),
            },
            "eventsSet" => Node::List(vec![]), "actionsSet" => Node::List(vec![]),
        };
    }
    Ok(page.into_answer("volumeStatusSet"))
}

fn describe_attribute(call: &mut Call) -> Answer {
    let volume = need::<Volume>(call, call.text("VolumeId"))?;
    let answer = node! { "volumeId" => volume.id() };
    Ok(match call.text("Attribute") {
        "autoEnableIO" => answer.with("autoEnableIO", node! { "value" => false }),
        _ => answer.with("productCodes", Node::List(vec![])),
    })
}
