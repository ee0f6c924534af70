//! The actions of volumes.

use crate::ec2::queries::tags::{put_tags, requested_tags, tag_specification};
use crate::ec2::queries::volume::requested_spec;
use crate::ec2::queries::zone::requested_zone;
use crate::ec2::rows::kind::{erase, fresh, invalid, need, put};
use crate::ec2::rows::volume::Volume;
use crate::ec2::rows::volume_spec::VolumeSpec;
use crate::ec2::views::listing::{describe, describing, select};
use crate::ec2::views::show::Show;
use crate::error::{Answer, refuse};
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
        modification: None,
    };
    let volume_id = volume.volume_id.clone();
    put(call, volume);
    volume_id
}

fn create(call: &mut Call) -> Answer {
    let params = call.params();
    let zone = requested_zone(call, "AvailabilityZone", "AvailabilityZoneId")?;
    let Some(zone) = zone else {
        return refuse(
            "MissingParameter",
            "The request must contain the parameter AvailabilityZone",
        );
    };
    let spec = requested_spec(call, params, "Size", None)?;
    let multi_attach = params.flag("MultiAttachEnabled") == Some(true);
    if multi_attach && !matches!(spec.volume_type.as_str(), "io1" | "io2") {
        return refuse(
            "InvalidParameterCombination",
            "Multi-Attach is supported for io1 and io2 volumes only.",
        );
    }
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

fn describe_status(call: &mut Call) -> Answer {
    if let Some(filter) = call.params().list("Filter").first() {
        return invalid(
            "Filter",
            filter.text("Name").unwrap_or_default(),
            "Volume status has no filters here.",
        );
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
