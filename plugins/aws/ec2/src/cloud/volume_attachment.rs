//! Attachments of volumes to instances. AWS has an attachment only as a part of the volume.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{self, InstanceStateName, VolumeAttachmentState};
use kim_plugin::prelude::*;
use kim_plugin_aws::after_undo;

use super::{
    by_ids, client, deleted, failed, filter, instance, no_longer_exists, not_visible_yet,
    remove_tag, set_tag, volume,
};
use crate::kinds::{VolumeAttachment, attachment_id};

/// The longest pause before the next read, in milliseconds.
const AGAIN_MS: u32 = 1_000;

pub(crate) async fn create(
    inputs: VolumeAttachment,
    token: &str,
) -> Result<State<VolumeAttachment>, Failure> {
    let request = client()?
        .attach_volume()
        .volume_id(&inputs.volume_id)
        .instance_id(&inputs.instance_id)
        .device(&inputs.device_name);
    match request.send().await.map_err(failed) {
        Ok(_) => {
            let id = inputs.id();
            Ok(State { properties: VolumeAttachment { attachment_id: id.clone(), ..inputs }, id })
        }
        // A volume is attached once: the conflict may be with the attachment that an earlier call
        // created.
        Err(conflict @ Failure::Conflict(_)) => match find(token, inputs.clone()).await? {
            Some(found) => Ok(found),
            None => Err(transient_if_detaching(&inputs.volume_id, conflict).await?),
        },
        Err(failure) => Err(failure),
    }
}

/// Returns a conflict as transient if the volume is being detached.
///
/// The conflict is that of a create. Nothing happened, and a retry will succeed soon.
async fn transient_if_detaching(volume: &str, conflict: Failure) -> Result<Failure, Failure> {
    let found = volume::described(&client()?, filter("volume-id", [volume])).await?;
    let mut attachments = found.iter().flat_map(types::Volume::attachments);
    let leaving =
        attachments.any(|attachment| attachment.state() == Some(&VolumeAttachmentState::Detaching));
    Ok(if leaving { Failure::Transient(conflict.to_string()) } else { conflict })
}

pub(crate) async fn settle(
    id: &str,
    inputs: VolumeAttachment,
    _: VolumeAttachment,
) -> Result<Progress<VolumeAttachment>, Failure> {
    progress(id, inputs).await?.map_or_else(not_visible_yet, Ok)
}

/// Reports the progress of the attachment. Nothing of it changes in place.
pub(crate) async fn update(
    id: &str,
    inputs: VolumeAttachment,
    _: VolumeAttachment,
) -> Result<Progress<VolumeAttachment>, Failure> {
    progress(id, inputs).await?.map_or_else(|| no_longer_exists("attachment", id), Ok)
}

pub(crate) async fn read(
    asked: Vec<Live<VolumeAttachment>>,
) -> Result<Vec<Option<State<VolumeAttachment>>>, Failure> {
    let client = client()?;
    let ids = asked.iter().map(|live| attachment_id(&live.id)).collect::<Result<Vec<_>, _>>()?;
    let mut volumes = Vec::new();
    for filter in by_ids("volume-id", ids.iter().map(|(volume, _)| *volume)) {
        volumes.extend(volume::described(&client, filter).await?);
    }
    let found = ids.iter().zip(&asked).map(|((volume, instance), live)| {
        let volume = volumes.iter().find(|candidate| candidate.volume_id() == Some(volume))?;
        let attachment = attachment(volume, instance)?;
        let leaving = attachment.state() == Some(&VolumeAttachmentState::Detaching);
        (!leaving).then(|| state(attachment, live.properties.as_ref()))
    });
    Ok(found.collect())
}

pub(crate) async fn delete(id: &str, recorded: VolumeAttachment) -> Result<Deletion, Failure> {
    let client = client()?;
    let (volume, instance) = attachment_id(id)?;
    let found = volume::described(&client, filter("volume-id", [volume])).await?;
    let Some(attachment) = found.first().and_then(|volume| attachment(volume, instance)) else {
        if recorded.stop_instance_before_detaching {
            deleted(remove_tag(&client, instance, &stopped_for(volume)).await)?;
        }
        return Ok(Deletion::Gone);
    };
    match attachment.state() {
        Some(VolumeAttachmentState::Detaching) => {
            return Ok(Deletion::again(AGAIN_MS, "detaching"));
        }
        Some(VolumeAttachmentState::Busy) => {
            return Ok(Deletion::again(
                AGAIN_MS,
                format!("busy: still mounted on {instance}; unmount it there"),
            ));
        }
        _ => {}
    }
    let mut starts_again = false;
    if recorded.stop_instance_before_detaching {
        match stop(&client, instance, volume).await? {
            Stop::InFlight(status) => return Ok(Deletion::again(AGAIN_MS, status)),
            Stop::Done { by_kim } => starts_again = by_kim,
        }
    }
    let request = client
        .detach_volume()
        .volume_id(volume)
        .instance_id(instance)
        .set_device(attachment.device.clone());
    match request.send().await.map_err(failed) {
        Ok(_) => Ok(Deletion::again(AGAIN_MS, "detaching")),
        Err(Failure::NotFound(_)) => Ok(Deletion::Gone),
        Err(refusal) if starts_again && refusal.is_refusal() => {
            let undone = start(&client, instance, volume).await;
            Err(after_undo(refusal, undone, &format!("{instance} runs again as before")))
        }
        Err(failure) => Err(failure),
    }
}

/// Returns the attachment of the inputs, if it has their device.
///
/// An attachment has no tags, so the token is not used.
pub(crate) async fn find(
    _: &str,
    inputs: VolumeAttachment,
) -> Result<Option<State<VolumeAttachment>>, Failure> {
    let found =
        volume::described(&client()?, filter("volume-id", [inputs.volume_id.as_str()])).await?;
    let matching = found.first().and_then(|volume| attachment(volume, &inputs.instance_id)).filter(
        |attachment| {
            attachment.device() == Some(&inputs.device_name)
                && attachment.state() != Some(&VolumeAttachmentState::Detaching)
        },
    );
    Ok(matching.map(|attachment| state(attachment, Some(&inputs))))
}

/// Returns the progress of an attachment, or `None` if it is not visible.
async fn progress(
    id: &str,
    inputs: VolumeAttachment,
) -> Result<Option<Progress<VolumeAttachment>>, Failure> {
    let (volume, instance) = attachment_id(id)?;
    let found = volume::described(&client()?, filter("volume-id", [volume])).await?;
    let Some(attachment) = found.first().and_then(|volume| attachment(volume, instance)) else {
        return Ok(None);
    };
    Ok(Some(match attachment.state() {
        None | Some(VolumeAttachmentState::Attached) => {
            Progress::Done(state(attachment, Some(&inputs)))
        }
        Some(other) => Progress::again(AGAIN_MS, other.as_str()),
    }))
}

/// The progress of the stop of an instance.
enum Stop {
    /// It still runs, or still stops: its status.
    InFlight(String),
    /// It does not run; true if kim stopped it.
    Done { by_kim: bool },
}

/// Returns the tag of an instance that kim stopped to detach a volume.
fn stopped_for(volume: &str) -> String {
    format!("kim:stopped-for-{volume}")
}

/// Makes one step of stopping an instance.
///
/// A tag records before the stop that kim stops it: what AWS refuses to detach has to run again.
async fn stop(client: &Client, id: &str, volume: &str) -> Result<Stop, Failure> {
    let Some(instance) = instance::find_by_id(client, id).await? else {
        return Ok(Stop::Done { by_kim: false });
    };
    let tag = stopped_for(volume);
    let by_kim = instance.tags().iter().any(|found| found.key() == Some(&tag));
    let stopping = |status: String| Ok(Stop::InFlight(status));
    match instance::state_name(&instance) {
        Some(InstanceStateName::Running) if !by_kim => {
            set_tag(client, id, &tag).await?;
            stopping(format!("stopping {id}"))
        }
        Some(InstanceStateName::Running) => {
            client.stop_instances().instance_ids(id).send().await.map_err(failed)?;
            stopping(format!("stopping {id}"))
        }
        Some(
            InstanceStateName::Pending
            | InstanceStateName::Stopping
            | InstanceStateName::ShuttingDown,
        ) => stopping(format!("waiting until {id} has stopped")),
        _ => Ok(Stop::Done { by_kim }),
    }
}

/// Starts an instance that kim stopped to detach a volume.
async fn start(client: &Client, id: &str, volume: &str) -> Result<(), Failure> {
    client.start_instances().instance_ids(id).send().await.map_err(failed)?;
    remove_tag(client, id, &stopped_for(volume)).await
}

/// Returns the volume's attachment to an instance, complete or in flight.
///
/// Also returns one that is being detached.
fn attachment<'a>(
    volume: &'a types::Volume,
    instance: &str,
) -> Option<&'a types::VolumeAttachment> {
    let here = |attachment: &&types::VolumeAttachment| {
        attachment.instance_id() == Some(instance)
            && attachment.state() != Some(&VolumeAttachmentState::Detached)
    };
    volume.attachments().iter().find(here)
}

fn state(
    attachment: &types::VolumeAttachment,
    recorded: Option<&VolumeAttachment>,
) -> State<VolumeAttachment> {
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let mut properties = VolumeAttachment {
        volume_id: text(attachment.volume_id()),
        instance_id: text(attachment.instance_id()),
        device_name: text(attachment.device()),
        stop_instance_before_detaching: recorded
            .is_some_and(|attachment| attachment.stop_instance_before_detaching),
        attachment_id: String::new(),
    };
    properties.attachment_id = properties.id();
    State { id: properties.attachment_id.clone(), properties }
}
