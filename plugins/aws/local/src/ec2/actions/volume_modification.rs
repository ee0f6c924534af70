//! `ModifyVolume`: size, type and speed of a volume.
//!
//! A volume can be modified once in six hours. Each modification takes two phases.

use crate::ec2::rows::kind::{all, change, need};
use crate::ec2::rows::volume::Volume;
use crate::ec2::rows::volume_modification::VolumeModification;
use crate::ec2::rows::volume_spec::VolumeSpec;
use crate::ec2::views::listing::{Listing, TagFilters, describing, list};
use crate::error::{Answer, refuse};
use crate::service::{Action, Call};
use crate::world::Resource;

pub(crate) const ACTIONS: &[Action] = &[
    Action::new("ModifyVolume", "VolumeId! Size:i VolumeType Iops:i Throughput:i DryRun:b", modify),
    Action::new("DescribeVolumesModifications", describing!("VolumeId.N"), describe),
];

/// How long after a modification the next one is refused, in milliseconds.
const MODIFICATION_INTERVAL: i64 = 6 * 60 * 60 * 1000;

fn modify(call: &mut Call) -> Answer {
    let (params, now) = (call.params(), call.now());
    let volume = need::<Volume>(call, call.text("VolumeId"))?;
    let given = ["Size", "VolumeType", "Iops", "Throughput"];
    if !given.iter().any(|name| params.get(name).is_some()) {
        return refuse(
            "MissingParameter",
            "At least one of size, volumeType, iops and throughput must be specified.",
        );
    }
    if !matches!(volume.state(now), "available" | "in-use") {
        let message = format!(
            "Volume {} is {}; it can be modified when available or in use",
            volume.id(),
            volume.state(now)
        );
        return refuse("IncorrectState", message);
    }
    if let Some(last) = &volume.modification {
        if last.state(now) != "completed" {
            let message =
                format!("Volume {} is already being modified: {}", volume.id(), last.state(now));
            return refuse("IncorrectModificationState", message);
        }
        if now < last.started + MODIFICATION_INTERVAL {
            let message = format!(
                "You've reached the maximum modification rate per volume limit. Wait at least 6 hours between modifications of {}.",
                volume.id()
            );
            return refuse("VolumeModificationRateExceeded", message);
        }
    }
    let old = volume.spec.clone();
    let size = params.number("Size").unwrap_or(old.size);
    if size < old.size {
        let message =
            format!("New size cannot be smaller than existing size: {size} < {} GiB", old.size);
        return refuse("InvalidParameterValue", message);
    }
    let volume_type = params.text("VolumeType").unwrap_or(&old.volume_type).to_owned();
    let same_type = volume_type == old.volume_type;
    let spec = VolumeSpec {
        size,
        iops: params.number("Iops").or(old.iops.filter(|_| same_type)),
        throughput: params.number("Throughput").or(old.throughput.filter(|_| same_type)),
        volume_type,
        ..old.clone()
    };
    let target = spec.checked()?;
    let modification = VolumeModification {
        original: old,
        target: target.clone(),
        started: now,
        transition: call.settings.transition,
    };
    let answer = modification.show(call, volume.id());
    change::<Volume>(call, volume.id(), |volume| {
        volume.spec = target;
        volume.modification = Some(modification);
    })?;
    Ok(node! { "volumeModification" => answer })
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
    page_limit: Some(500),
};

fn describe(call: &mut Call) -> Answer {
    let ids = call.params().texts("VolumeId");
    for id in &ids {
        if need::<Volume>(call, id)?.modification.is_none() {
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
    let modified = volumes.iter().filter_map(|volume| {
        Some((volume.id().to_owned(), (volume.id(), volume.modification.as_ref()?)))
    });
    let page = list(call, &LISTING, modified, |(id, modification)| modification.show(call, id));
    Ok(page?.into_answer("volumeModificationSet"))
}
