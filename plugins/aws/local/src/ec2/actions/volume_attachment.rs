//! Attaching volumes to instances, and detaching them.

use crate::ec2::queries::instance::add_volume;
use crate::ec2::rows::instance::Instance;
use crate::ec2::rows::kind::{change, invalid, need};
use crate::ec2::rows::volume::Volume;
use crate::ec2::rows::volume_attachment::VolumeAttachment;
use crate::error::{Answer, AwsError, refuse};
use crate::service::{Action, Call};
use crate::world::{Phase, Resource};

pub(crate) const ACTIONS: &[Action] = &[
    Action::new("AttachVolume", "VolumeId! InstanceId! Device! DryRun:b", attach),
    Action::new("DetachVolume", "VolumeId! InstanceId Device Force:b DryRun:b", detach),
];

/// The most volumes that an instance takes, its root volume included.
const MAX_ATTACHED_VOLUMES: usize = 28;

/// Attaches a volume; the caller has checked that this is allowed.
pub(crate) fn attach_volume(
    call: &mut Call,
    volume_id: &str,
    instance_id: &str,
    device: &str,
    delete_on_termination: bool,
) -> Result<(), AwsError> {
    let attachment = VolumeAttachment {
        instance_id: instance_id.to_owned(),
        device: device.to_owned(),
        delete_on_termination,
        at: call.now(),
        phase: Phase::moving("attaching", "attached", call.due()),
    };
    let now = call.now();
    change::<Volume>(call, volume_id, |volume| {
        volume.attachments.retain(|attachment| attachment.is_active(now));
        volume.attachments.push(attachment);
    })
}

/// Rejects all but `/dev/sd[a-z][1-15]`, `/dev/xvd[a-z]` and `/dev/xvd[b-d][a-z]`.
pub(crate) fn check_device(device: &str) -> Result<(), AwsError> {
    let lower = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase());
    let is_valid = match (device.strip_prefix("/dev/sd"), device.strip_prefix("/dev/xvd")) {
        (Some(rest), _) => {
            let (letter, partition) = rest.split_at(rest.len().min(1));
            let number = !partition.starts_with('0')
                && partition.parse::<u8>().is_ok_and(|number| (1..=15).contains(&number));
            lower(letter) && (partition.is_empty() || number)
        }
        (_, Some(rest)) => {
            lower(rest) && (rest.len() == 1 || rest.len() == 2 && ("ba"..="dz").contains(&rest))
        }
        _ => false,
    };
    if is_valid {
        Ok(())
    } else {
        invalid("unixDevice", device, &format!("{device} is not a valid EBS device name."))
    }
}

fn attach(call: &mut Call) -> Answer {
    let now = call.now();
    let volume = need::<Volume>(call, call.text("VolumeId"))?;
    let instance = need::<Instance>(call, call.text("InstanceId"))?;
    let device = call.text("Device");
    let (volume_id, instance_id) = (volume.id(), instance.id());
    if !matches!(instance.state(now), "running" | "stopped") {
        return refuse("IncorrectState", format!("Instance '{instance_id}' is not 'running'."));
    }
    if volume.zone != instance.zone {
        let message = format!(
            "The volume '{volume_id}' is not in the same availability zone as instance '{instance_id}'"
        );
        return refuse("InvalidVolume.ZoneMismatch", message);
    }
    let taken_by = volume.attachments(now).any(|attachment| attachment.instance_id == instance_id);
    match volume.state(now) {
        "available" => {}
        "in-use" if volume.takes_several() && !taken_by => {}
        "in-use" => {
            return refuse(
                "VolumeInUse",
                format!("{volume_id} is already attached to an instance"),
            );
        }
        other => {
            let message = format!(
                "Volume '{volume_id}' is in the '{other}' state, it must be available to be attached."
            );
            return refuse("IncorrectState", message);
        }
    }
    check_device(device)?;
    let attached = instance.volumes(call);
    if attached.iter().any(|(_, attachment)| attachment.device == device) {
        return invalid(
            "unixDevice",
            device,
            &format!("Attachment point {device} is already in use"),
        );
    }
    if attached.len() >= MAX_ATTACHED_VOLUMES {
        return refuse(
            "AttachmentLimitExceeded",
            format!("An instance takes at most {MAX_ATTACHED_VOLUMES} volumes"),
        );
    }
    attach_volume(call, volume_id, instance_id, device, false)?;
    add_volume(call, instance_id, volume_id)?;
    let volume = need::<Volume>(call, volume_id)?;
    let attachment =
        volume.attachments(now).find(|attachment| attachment.instance_id == instance_id);
    Ok(attachment.map_or(node! {}, |attachment| attachment.show(call, volume_id)))
}

fn detach(call: &mut Call) -> Answer {
    let (now, params) = (call.now(), call.params());
    let volume = need::<Volume>(call, call.text("VolumeId"))?;
    let volume_id = volume.id();
    let instance_id =
        params.text("InstanceId").map(|id| need::<Instance>(call, id).map(|_| id)).transpose()?;
    if volume.attachments(now).next().is_none() {
        return refuse(
            "IncorrectState",
            format!("Volume '{volume_id}' is in the '{}' state.", volume.state(now)),
        );
    }
    let mut matching = volume.attachments(now).filter(|attachment| {
        instance_id.is_none_or(|id| id == attachment.instance_id)
            && params.text("Device").is_none_or(|device| device == attachment.device)
    });
    let (Some(attachment), None) = (matching.next(), matching.next()) else {
        let message = format!("The volume '{volume_id}' has no such attachment, or more than one");
        return refuse("InvalidAttachment.NotFound", message);
    };
    let instance = need::<Instance>(call, &attachment.instance_id)?;
    if instance.root_device == attachment.device && instance.state(now) != "stopped" {
        let message =
            format!("Unable to detach root volume '{volume_id}' from instance '{}'", instance.id());
        return refuse("OperationNotPermitted", message);
    }
    let due = call.due();
    let phase = Phase::moving("detaching", "detached", due);
    let answer =
        VolumeAttachment { phase: phase.clone(), ..attachment.clone() }.show(call, volume_id);
    change::<Volume>(call, volume_id, |changed| {
        let mut attachments = changed.attachments.iter_mut();
        let found = attachments
            .find(|other| other.instance_id == attachment.instance_id && other.is_active(now));
        if let Some(found) = found {
            found.phase = phase;
        }
    })?;
    Ok(answer)
}
