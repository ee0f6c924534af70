//! The actions of volumes.

use crate::ec2::queries::tags::{put_tags, requested_tags, tag_specification};
use crate::ec2::queries::volume::{check_multi_attach, requested_spec};
use crate::ec2::queries::zone::{requested_zone, zone_id};
use crate::ec2::rows::kind::{erase, fresh, need, put};
use crate::ec2::rows::volume::Volume;
use crate::ec2::rows::volume_spec::VolumeSpec;
use crate::ec2::views::listing::{Listing, TagFilters, describe, describing, select_as};
use crate::ec2::views::show::Show;
use crate::error::{Answer, refuse};
use crate::kms;
use crate::node::Node;
use crate::service::{Action, Call};
use crate::world::{Phase, Resource};

pub(crate) const ACTIONS: &[Action] = &[
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

/// The parameters that name a zone.
const ZONE: (&str, &str) = ("AvailabilityZone", "AvailabilityZoneId");

/// Inserts a volume, and returns its id.
pub(crate) fn insert_volume(
    call: &mut Call,
    spec: VolumeSpec,
    zone: &str,
    multi_attach: bool,
) -> String {
    let volume = Volume {
        volume_id: fresh::<Volume>(call),
        spec,
        zone: zone.to_owned(),
        multi_attach,
        phase: Phase::moving("creating", "available", call.due()),
        created: call.now(),
        attachments: Vec::new(),
        modifications: Vec::new(),
    };
    let volume_id = volume.volume_id.clone();
    if volume.spec.kms_key_arn.as_deref() == Some(&kms::ebs_key_arn(call)) {
        kms::use_ebs_key(call);
    }
    put(call, volume);
    volume_id
}

fn create(call: &mut Call) -> Answer {
    let params = call.params();
    let zone = requested_zone(call, ZONE, "InvalidZone.NotFound")?;
    let Some(zone) = zone else {
        return refuse(
            "MissingParameter",
            "The request must contain the parameter AvailabilityZone",
        );
    };
    let spec = requested_spec(call, params, "Size", None)?;
    let multi_attach = params.flag("MultiAttachEnabled") == Some(true);
    check_multi_attach(multi_attach, &spec.volume_type)?;
    let requested = requested_tags(call, &["volume"])?;
    let volume_id = insert_volume(call, spec, &zone.name, multi_attach);
    put_tags::<Volume>(call, &volume_id, &requested);
    Ok(need::<Volume>(call, &volume_id)?.show(call))
}

fn delete(call: &mut Call) -> Answer {
    let volume = need::<Volume>(call, call.text("VolumeId"))?;
    if let Some(attachment) = volume.attachments(call.now()).next() {
        let message = format!(
            "Volume {} is currently attached to {}",
            volume.volume_id, attachment.instance_id
        );
        return refuse("VolumeInUse", message);
    }
    if volume.state(call.now()) == "creating" {
        let message = format!(
            "Volume '{}' is in the 'creating' state; it can be deleted when available",
            volume.volume_id
        );
        return refuse("IncorrectState", message);
    }
    erase::<Volume>(call, &volume.volume_id);
    Ok(node! { "return" => true })
}

/// The status of volumes.
///
/// No volume is ever impaired, so there are no events or actions.
const STATUS: Listing = Listing {
    filters: &[
        ("action.code", "actionsSet.code"),
        ("action.description", "actionsSet.description"),
        ("action.event-id", "actionsSet.eventId"),
        ("availability-zone", "availabilityZone"),
        ("availability-zone-id", "availabilityZoneId"),
        ("event.description", "eventsSet.description"),
        ("event.event-id", "eventsSet.eventId"),
        ("event.event-type", "eventsSet.eventType"),
        ("event.not-after", "eventsSet.notAfter"),
        ("event.not-before", "eventsSet.notBefore"),
        ("volume-status.details-name", "volumeStatus.details.name"),
        ("volume-status.details-status", "volumeStatus.details.status"),
        ("volume-status.status", "volumeStatus.status"),
    ],
    tags: TagFilters::No,
    page_sizes: Some(5..=1000),
};

fn describe_status(call: &mut Call) -> Answer {
    let page = select_as::<Volume>(
        call,
        &STATUS,
        |_| true,
        |volume| {
            node! {
                "volumeId" => volume.id(), "availabilityZone" => &volume.zone,
                "availabilityZoneId" => zone_id(call, &volume.zone),
                "volumeStatus" => node! {
                    "status" => "ok",
                    "details" => Node::list([
                        node! { "name" => "io-enabled", "status" => "passed" },
                        node! { "name" => "io-performance", "status" => "not-applicable" },
                    ]),
                },
                "eventsSet" => Node::List(vec![]), "actionsSet" => Node::List(vec![]),
            }
        },
    );
    Ok(page?.into_answer("volumeStatusSet"))
}

fn describe_attribute(call: &mut Call) -> Answer {
    let volume = need::<Volume>(call, call.text("VolumeId"))?;
    let answer = node! { "volumeId" => volume.id() };
    Ok(match call.text("Attribute") {
        "autoEnableIO" => answer.with("autoEnableIO", node! { "value" => false }),
        _ => answer.with("productCodes", Node::List(vec![])),
    })
}
