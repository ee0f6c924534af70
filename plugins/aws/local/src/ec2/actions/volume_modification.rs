//! `ModifyVolume`: size, type and speed of a volume.
//!
//! A volume can be modified four times in 24 hours. Each modification takes two phases.

use crate::ec2::queries::volume::check_multi_attach;
use crate::ec2::rows::kind::{all, change, invalid, need};
use crate::ec2::rows::volume::Volume;
use crate::ec2::rows::volume_modification::VolumeModification;
use crate::ec2::rows::volume_spec::VolumeSpec;
use crate::ec2::views::listing::{Listing, TagFilters, describing, list};
use crate::error::{Answer, AwsError, refuse};
use crate::params::Params;
use crate::service::{Action, Call};
use crate::world::{Resource, timestamp};

pub(crate) const ACTIONS: &[Action] = &[
    Action::new(
        "ModifyVolume",
        "VolumeId! Size:i VolumeType Iops:i Throughput:i MultiAttachEnabled:b DryRun:b",
        modify,
    ),
    Action::new("DescribeVolumesModifications", describing!("VolumeId.N"), describe),
];

/// The most modifications of a volume in `WINDOW`.
///
/// "You can modify a volume up to four times within a rolling 24-hour period, as long as … all
/// previous modifications for that volume are completed." (EC2 API reference, `ModifyVolume`)
const MOST: usize = 4;

/// The period in which modifications are counted, in milliseconds.
const WINDOW: i64 = 24 * 60 * 60 * 1000;

fn modify(call: &mut Call) -> Answer {
    let (params, now) = (call.params(), call.now());
    let volume = need::<Volume>(call, call.text("VolumeId"))?;
    let given = ["Size", "VolumeType", "Iops", "Throughput", "MultiAttachEnabled"];
    if !given.iter().any(|name| params.get(name).is_some()) {
        return refuse(
            "MissingParameter",
            "At least one of size, volumeType, iops and throughput must be specified.",
        );
    }
    check_modifiable(call, &volume)?;
    let target = modified_spec(params, &volume.spec)?;
    let multi_attach = params.flag("MultiAttachEnabled").unwrap_or(volume.multi_attach);
    check_multi_attach(multi_attach, &target.volume_type)?;
    let modification = VolumeModification {
        original: volume.spec.clone(),
        target: target.clone(),
        multi_attach: (volume.multi_attach, multi_attach),
        started: now,
        transition: call.settings.transition,
    };
    let answer = modification.show(call, volume.id());
    change::<Volume>(call, volume.id(), |volume| {
        volume.spec = target;
        volume.multi_attach = multi_attach;
        volume.modifications.retain(|earlier| now < earlier.started + WINDOW);
        volume.modifications.push(modification);
    })?;
    Ok(node! { "volumeModification" => answer })
}

/// Rejects a volume that cannot be modified now.
fn check_modifiable(call: &Call, volume: &Volume) -> Result<(), AwsError> {
    let (now, id) = (call.now(), volume.id());
    if !matches!(volume.state(now), "available" | "in-use") {
        let message = format!(
            "Volume {id} is {}; it can be modified when available or in use",
            volume.state(now)
        );
        return refuse("IncorrectState", message);
    }
    if let Some(state) =
        volume.modification().map(|last| last.state(now)).filter(|state| *state != "completed")
    {
        let message = format!("Volume {id} is already being modified: {state}");
        return refuse("IncorrectModificationState", message);
    }
    let recent: Vec<i64> = volume
        .modifications
        .iter()
        .map(|earlier| earlier.started + WINDOW)
        .filter(|end| now < *end)
        .collect();
    match recent[..] {
        [first, ..] if recent.len() >= MOST => refuse(
            "VolumeModificationRateExceeded",
            format!(
                "You've reached the maximum modification rate per volume limit: {MOST} in 24 hours. Volume {id} can be modified again at {}.",
                timestamp(first)
            ),
        ),
        _ => Ok(()),
    }
}

/// Returns what a volume is to become.
///
/// IOPS and throughput stay with the type. A new type has its default, which is 3,000 IOPS for io1,
/// io2 and gp3. (EC2 API reference, `ModifyVolume`)
fn modified_spec(params: &Params, old: &VolumeSpec) -> Result<VolumeSpec, AwsError> {
    let size = params.number("Size").unwrap_or(old.size);
    if size < old.size {
        let message =
            format!("New size cannot be smaller than existing size: {size} < {} GiB", old.size);
        return refuse("InvalidParameterValue", message);
    }
    let volume_type = params.text("VolumeType").unwrap_or(&old.volume_type).to_owned();
    let same_type = volume_type == old.volume_type;
    if volume_type == "standard" && !same_type {
        return invalid("volumeType", &volume_type, "No volume can become a magnetic one.");
    }
    let provisioned = matches!(volume_type.as_str(), "io1" | "io2");
    let default = if same_type { old.iops } else { provisioned.then_some(3000) };
    let spec = VolumeSpec {
        size,
        iops: params.number("Iops").or(default),
        throughput: params.number("Throughput").or(old.throughput.filter(|_| same_type)),
        volume_type,
        ..old.clone()
    };
    spec.checked()
}

const LISTING: Listing = Listing {
    filters: &[
        ("modification-state", "modificationState"),
        ("original-iops", "originalIops"),
        ("original-size", "originalSize"),
        ("original-volume-type", "originalVolumeType"),
        ("originalMultiAttachEnabled", "originalMultiAttachEnabled"),
        ("start-time", "startTime"),
        ("target-iops", "targetIops"),
        ("target-size", "targetSize"),
        ("target-volume-type", "targetVolumeType"),
        ("targetMultiAttachEnabled", "targetMultiAttachEnabled"),
        ("volume-id", "volumeId"),
    ],
    tags: TagFilters::No,
    page_sizes: Some(5..=500),
};

fn describe(call: &mut Call) -> Answer {
    let ids = call.params().texts("VolumeId");
    for id in &ids {
        if need::<Volume>(call, id)?.modification().is_none() {
            let message = format!("Modification for volume '{id}' does not exist.");
            return refuse("InvalidVolumeModification.NotFound", message);
        }
    }
    let volumes: Vec<_> = if ids.is_empty() {
        all::<Volume>(call)
    } else {
        let mut ids = ids;
        ids.sort_unstable();
        ids.dedup();
        ids.into_iter().map(|id| need::<Volume>(call, id)).collect::<Result<_, _>>()?
    };
    let modified = volumes
        .iter()
        .filter_map(|volume| Some((volume.id().to_owned(), (volume.id(), volume.modification()?))));
    let page = list(call, &LISTING, modified, |(id, modification)| modification.show(call, id));
    Ok(page?.into_answer("volumeModificationSet"))
}
