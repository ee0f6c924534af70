//! Volumes. A modification continues in the background for hours. The volume has its new shape as
//! soon as the modification is `optimizing`.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{
    self, Filter, ResourceType, VolumeAttachmentState, VolumeModification, VolumeModificationState,
    VolumeState, VolumeType,
};
use aws_smithy_types::date_time::Format;
use kim_plugin::prelude::*;
use kim_plugin_aws::Step;

use super::{
    SOON_MS, arn, by_ids, by_token, client, deleted, expect_part, failed, filter, indexed,
    no_longer_exists, non_empty, not_visible_yet, pages, retag, tagged, to_i32, visible,
};
use crate::kinds::Volume;
use crate::rules::storage::GP3_THROUGHPUT;

/// The longest pause before the next read, in milliseconds.
///
/// It holds for modifications and detachments in flight.
const CHANGING_MS: u32 = 2_000;

pub(crate) async fn create(inputs: Volume, token: &str) -> Result<State<Volume>, Failure> {
    let answer = client()?
        .create_volume()
        .availability_zone(&inputs.availability_zone)
        .set_size(to_i32(inputs.size))
        .volume_type(VolumeType::from(inputs.volume_type.as_str()))
        .set_iops(to_i32(inputs.iops))
        .set_throughput(to_i32(inputs.throughput))
        .set_encrypted(inputs.encrypted)
        .set_kms_key_id(inputs.kms_key_id.clone())
        .set_snapshot_id(inputs.snapshot_id.clone())
        .set_multi_attach_enabled(inputs.multi_attach_enabled.then_some(true))
        .client_token(token)
        .tag_specifications(tagged(ResourceType::Volume, &inputs.tags, token))
        .send()
        .await
        .map_err(failed)?;
    let id = expect_part(answer.volume_id, "CreateVolume")?;
    let properties = Volume {
        size: answer.size.map(i64::from).or(inputs.size),
        iops: answer.iops.map(i64::from).or(inputs.iops),
        throughput: answer.throughput.map(i64::from).or(inputs.throughput),
        encrypted: answer.encrypted.or(inputs.encrypted),
        volume_id: id.clone(),
        arn: arn(None, &format!("volume/{id}"))?,
        ..inputs
    };
    Ok(State { id, properties })
}

pub(crate) async fn settle(
    id: &str,
    inputs: Volume,
    _: Volume,
) -> Result<Progress<Volume>, Failure> {
    converge(id, inputs).await?.map_or_else(not_visible_yet, Ok)
}

pub(crate) async fn update(
    id: &str,
    inputs: Volume,
    _: Volume,
) -> Result<Progress<Volume>, Failure> {
    converge(id, inputs).await?.map_or_else(|| no_longer_exists("volume", id), Ok)
}

pub(crate) async fn read(asked: Vec<Live<Volume>>) -> Result<Vec<Option<State<Volume>>>, Failure> {
    let client = client()?;
    let mut volumes = Vec::new();
    for filter in by_ids("volume-id", asked.iter().map(|live| live.id.as_str())) {
        volumes.extend(described(&client, filter).await?);
    }
    let mut found = indexed(volumes, types::Volume::volume_id);
    asked
        .into_iter()
        .map(|live| {
            found.remove(&live.id).map(|volume| state(volume, live.properties.as_ref())).transpose()
        })
        .collect()
}

pub(crate) async fn delete(id: &str, _: Volume) -> Result<Deletion, Failure> {
    let client = client()?;
    let Some(volume) = described(&client, filter("volume-id", [id])).await?.pop() else {
        return Ok(Deletion::Gone);
    };
    let leaving = |attachment: &types::VolumeAttachment| {
        attachment.state() == Some(&VolumeAttachmentState::Detaching)
    };
    let attached = |attachment: &&types::VolumeAttachment| {
        !leaving(attachment) && attachment.state() != Some(&VolumeAttachmentState::Detached)
    };
    if let Some(holder) =
        volume.attachments().iter().find(attached).and_then(|attachment| attachment.instance_id())
    {
        return Err(Failure::Conflict(format!(
            "{id} is attached to {holder}; detach it first (delete its VolumeAttachment)"
        )));
    }
    if volume.attachments().iter().any(leaving) {
        return Ok(Deletion::again(CHANGING_MS, "detaching"));
    }
    deleted(client.delete_volume().volume_id(id).send().await.map_err(failed))
}

pub(crate) async fn find(token: &str, inputs: Volume) -> Result<Option<State<Volume>>, Failure> {
    described(&client()?, by_token(token))
        .await?
        .pop()
        .map(|volume| state(volume, Some(&inputs)))
        .transpose()
}

/// Makes one step towards the inputs.
///
/// Returns `None` if the resource is not visible.
async fn converge(id: &str, inputs: Volume) -> Result<Option<Progress<Volume>>, Failure> {
    let client = client()?;
    let Some(volume) = described(&client, filter("volume-id", [id])).await?.pop() else {
        return Ok(None);
    };
    match volume.state() {
        Some(VolumeState::Creating) => return Ok(Some(Progress::again(SOON_MS, "creating"))),
        // AWS checks the key only after its answer to the create.
        Some(VolumeState::Error) => return Err(broken(state(volume, Some(&inputs))?)),
        _ => {}
    }
    let mut step = Step::default();
    retag(&client, &mut step, id, volume.tags(), &inputs.tags).await?;
    let wanted = VolumeSettings {
        volume_type: &inputs.volume_type,
        size: inputs.size,
        iops: inputs.iops,
        throughput: inputs.throughput,
    };
    if let Some(status) = reshape(&client, &mut step, &volume, wanted, Path::root()).await? {
        return Ok(Some(Progress::again(CHANGING_MS, status)));
    }
    let mut state = state(volume, Some(&inputs))?;
    state.properties.tags = inputs.tags;
    Ok(Some(step.progress(state)))
}

fn broken(state: State<Volume>) -> Failure {
    let id = state.id.clone();
    state.partial(format!(
        "{id} could not be created (state error): most often its KMS key is disabled or may not be used"
    ))
}

/// The wanted shape of a volume. `None` leaves a value as it is.
#[derive(Clone, Copy)]
pub(super) struct VolumeSettings<'a> {
    pub(super) volume_type: &'a str,
    pub(super) size: Option<i64>,
    pub(super) iops: Option<i64>,
    pub(super) throughput: Option<i64>,
}

/// Makes one step towards a volume's wanted shape.
///
/// Returns the status of a change in flight, or `None` if the volume has the shape or another
/// change took this call. `path` is the path of its properties, for errors.
///
/// # Errors
/// - [`Failure::Invalid`] if the volume would have to shrink.
/// - [`Failure::Refused`] within six hours of the last change.
pub(super) async fn reshape(
    client: &Client,
    step: &mut Step,
    live: &types::Volume,
    wanted: VolumeSettings<'_>,
    path: Path,
) -> Result<Option<String>, Failure> {
    let id = live.volume_id().unwrap_or_default();
    let number = |number: Option<i32>| number.map(i64::from);
    if let (Some(current), Some(size)) = (number(live.size()), wanted.size)
        && size < current
    {
        let message = format!(
            "{id} has {current} GiB and cannot shrink to {size}: create another volume and copy the data"
        );
        return Err(Failure::invalid(path.join("size"), message));
    }
    let differs = |live: Option<i64>, wanted: Option<i64>| wanted.is_some() && live != wanted;
    let has_shape = live.volume_type().is_some_and(|kind| kind.as_str() == wanted.volume_type)
        && !differs(number(live.size()), wanted.size)
        && !differs(number(live.iops()), wanted.iops)
        && !differs(throughput(live), wanted.throughput);
    if has_shape {
        return Ok(None);
    }
    if let Some(status) = modification_in_flight(client, id, wanted).await? {
        return Ok(Some(status));
    }
    if !step.begins() {
        return Ok(None);
    }
    let request = client
        .modify_volume()
        .volume_id(id)
        .volume_type(VolumeType::from(wanted.volume_type))
        .set_size(to_i32(wanted.size))
        .set_iops(to_i32(wanted.iops))
        .set_throughput(to_i32(wanted.throughput));
    match request.send().await.map_err(failed) {
        Ok(_) => Ok(Some("modifying".to_owned())),
        Err(Failure::Refused(message)) => {
            let last = modifications(client, id).await?;
            let last = last.iter().filter_map(|change| change.start_time()).max();
            let began = last.and_then(|time| time.fmt(Format::DateTime).ok());
            let began = began.map_or(String::new(), |time| format!("; the last one began {time}"));
            Err(Failure::Refused(format!("{message}{began}")))
        }
        Err(failure) => Err(failure),
    }
}

/// Returns the modifications of a volume, of the last hours.
async fn modifications(client: &Client, id: &str) -> Result<Vec<VolumeModification>, Failure> {
    let request = client.describe_volumes_modifications().filters(filter("volume-id", [id]));
    Ok(pages!(request, volumes_modifications))
}

/// Returns the status of a modification in flight, or `None`.
///
/// EC2 modifies a volume once at a time: an earlier modification has to be `completed`. It may have
/// progressed since the volume was read. So a modification to the wanted shape counts even if it is
/// past `modifying`.
async fn modification_in_flight(
    client: &Client,
    id: &str,
    wanted: VolumeSettings<'_>,
) -> Result<Option<String>, Failure> {
    let begun = modifications(client, id).await?;
    let is = |target: Option<i32>, wanted: Option<i64>| {
        wanted.is_none() || target.map(i64::from) == wanted
    };
    let in_flight = begun.iter().find(|change| match change.modification_state() {
        Some(VolumeModificationState::Modifying | VolumeModificationState::Optimizing) => true,
        Some(VolumeModificationState::Failed) => false,
        _ => {
            change.target_volume_type().is_some_and(|kind| kind.as_str() == wanted.volume_type)
                && is(change.target_size(), wanted.size)
                && is(change.target_iops(), wanted.iops)
                && is(change.target_throughput(), wanted.throughput)
        }
    });
    Ok(in_flight.map(|change| {
        let state = change.modification_state().map_or("modifying", |state| state.as_str());
        change.progress().map_or(state.to_owned(), |done| format!("{state}, {done} % done"))
    }))
}

/// Returns the volumes that match a filter and are not deleted.
pub(super) async fn described(
    client: &Client,
    filter: Filter,
) -> Result<Vec<types::Volume>, Failure> {
    let mut volumes = pages!(client.describe_volumes().filters(filter), volumes);
    volumes.retain(|volume| {
        !matches!(volume.state(), Some(VolumeState::Deleting | VolumeState::Deleted))
    });
    Ok(volumes)
}

/// Returns a volume's throughput, in MiB/s.
///
/// Every gp3 volume has a throughput, also if AWS's answer omits it.
pub(super) fn throughput(volume: &types::Volume) -> Option<i64> {
    let own = (volume.volume_type() == Some(&VolumeType::Gp3)).then_some(GP3_THROUGHPUT);
    volume.throughput().map(i64::from).or(own)
}

/// Returns the ARN of a key, or its recorded alias.
///
/// Nothing here tells the key of an alias.
pub(super) fn key(recorded: Option<&str>, live: Option<&str>) -> Option<String> {
    recorded.filter(|recorded| recorded.contains("alias/")).map(str::to_owned).or(non_empty(live))
}

fn state(volume: types::Volume, recorded: Option<&Volume>) -> Result<State<Volume>, Failure> {
    let (tags, throughput) = (visible(volume.tags()), throughput(&volume));
    let kms_key_id =
        key(recorded.and_then(|volume| volume.kms_key_id.as_deref()), volume.kms_key_id());
    let id = expect_part(volume.volume_id, "DescribeVolumes")?;
    let properties = Volume {
        availability_zone: volume.availability_zone.unwrap_or_default(),
        size: volume.size.map(i64::from),
        volume_type: volume.volume_type.map_or_else(String::new, |kind| kind.as_str().to_owned()),
        iops: volume.iops.map(i64::from),
        throughput,
        encrypted: volume.encrypted,
        kms_key_id,
        snapshot_id: non_empty(volume.snapshot_id.as_deref()),
        multi_attach_enabled: volume.multi_attach_enabled.unwrap_or_default(),
        tags,
        arn: arn(volume.owner_id.as_deref(), &format!("volume/{id}"))?,
        volume_id: id.clone(),
    };
    Ok(State { id, properties })
}
