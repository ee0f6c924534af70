//! Changing instances; some attributes only while an instance is stopped.

use crate::ec2::actions::instance::launch::check_user_data;
use crate::ec2::catalog::instance_type::find_instance_type;
use crate::ec2::queries::instance::{primary_interface, require_state};
use crate::ec2::queries::placement_group::{admit, placement_group_by_name};
use crate::ec2::queries::security_group::chosen_groups;
use crate::ec2::rows::instance::Instance;
use crate::ec2::rows::interface::Interface;
use crate::ec2::rows::kind::{change, invalid, need, put};
use crate::ec2::rows::volume::Volume;
use crate::ec2::views::listing::{Listing, TagFilters, select_as};
use crate::ec2::views::show::Show;
use crate::error::{Answer, AwsError, refuse};
use crate::node::Node;
use crate::params::{Params, parse_flag};
use crate::service::Call;
use crate::world::Resource;

pub(crate) const ATTRIBUTE_SHAPE: &str = "InstanceId! Attribute Value InstanceType{Value!} UserData{Value} SourceDestCheck{Value!:b} \
    DisableApiTermination{Value!:b} DisableApiStop{Value!:b} EbsOptimized{Value!:b} \
    InstanceInitiatedShutdownBehavior{Value!=stop|terminate} GroupId.N \
    BlockDeviceMapping.N{DeviceName! Ebs!{DeleteOnTermination!:b VolumeId}} DryRun:b";

pub(crate) const METADATA_SHAPE: &str = "InstanceId! HttpTokens=optional|required HttpPutResponseHopLimit:i \
    HttpEndpoint=enabled|disabled HttpProtocolIpv6=enabled|disabled InstanceMetadataTags=enabled|disabled DryRun:b";

/// Returns the attribute that a request changes, and its new value.
///
/// A request has one of two notations: `Attribute` and `Value`, or a parameter with the name of the
/// attribute.
fn attribute(params: &Params) -> Result<(&str, Option<&str>), AwsError> {
    let mut given = params
        .members()
        .filter(|(name, _)| !matches!(*name, "InstanceId" | "Attribute" | "Value" | "DryRun"));
    match (params.text("Attribute"), given.next(), given.next()) {
        (Some(name), None, None) => Ok((name, params.text("Value"))),
        (None, Some((name, param)), None) => Ok((name, param.text("Value"))),
        (None, None, None) => {
            refuse("MissingParameter", "The request must contain an attribute to modify")
        }
        _ => refuse("InvalidParameterCombination", "Fields for multiple attribute types specified"),
    }
}

fn flag(name: &str, value: Option<&str>) -> Result<bool, AwsError> {
    let value = value.unwrap_or_default();
    parse_flag(value).map_or_else(|| invalid(name, value, "true or false is valid."), Ok)
}

/// Changes one attribute of an instance.
pub(crate) fn modify_attribute(call: &mut Call) -> Answer {
    let instance = need::<Instance>(call, call.text("InstanceId"))?;
    require_state(call, &instance, &["pending", "running", "stopping", "stopped"])?;
    let (name, value) = attribute(call.params())?;
    let mut changed = Instance::clone(&instance);
    match name {
        "InstanceType" | "instanceType" => {
            changed.instance_type = new_type(call, &instance, value.unwrap_or_default())?;
        }
        "UserData" | "userData" => {
            require_state(call, &instance, &["stopped"])?;
            changed.user_data = check_user_data(value)?;
        }
        "DisableApiTermination" | "disableApiTermination" => {
            changed.no_termination = flag(name, value)?
        }
        "DisableApiStop" | "disableApiStop" => changed.no_stop = flag(name, value)?,
        "EbsOptimized" | "ebsOptimized" => {
            require_state(call, &instance, &["stopped"])?;
            changed.ebs_optimized = flag(name, value)?;
        }
        "InstanceInitiatedShutdownBehavior" | "instanceInitiatedShutdownBehavior" => match value {
            Some("stop" | "terminate") => {
                changed.shutdown_behavior = value.unwrap_or_default().to_owned()
            }
            other => {
                return invalid(name, other.unwrap_or_default(), "stop or terminate is valid.");
            }
        },
        "SourceDestCheck" | "sourceDestCheck" => {
            let (interface, wanted) = (primary_interface(call, instance.id())?, flag(name, value)?);
            change::<Interface>(call, interface.id(), |interface| {
                interface.source_dest_check = wanted
            })?;
        }
        "GroupId" => {
            let interface = primary_interface(call, instance.id())?;
            let groups = chosen_groups(call, &instance.vpc_id, &call.params().texts("GroupId"))?;
            change::<Interface>(call, interface.id(), |interface| interface.groups = groups)?;
        }
        "BlockDeviceMapping" => modify_disks(call, &instance)?,
        other => return invalid("attribute", other, "It cannot be modified here."),
    }
    put(call, changed);
    Ok(node! { "return" => true })
}

/// The code for a type that does not exist, in a change; a launch has another.
const UNKNOWN_TYPE: &str = "InvalidInstanceAttributeValue";

fn new_type(call: &Call, instance: &Instance, name: &str) -> Result<String, AwsError> {
    require_state(call, instance, &["stopped"])?;
    let unknown = |error: AwsError| AwsError { code: UNKNOWN_TYPE.to_owned(), ..error };
    let wanted = find_instance_type(name).map_err(unknown)?;
    if wanted.architecture != instance.architecture {
        let message = format!(
            "The instance type {name} is {}, the instance {}.",
            wanted.architecture, instance.architecture
        );
        return refuse("InvalidParameterValue", message);
    }
    if !wanted.is_offered_in(&instance.zone) {
        let message = format!("The instance type {name} is not supported in {}.", instance.zone);
        return refuse("Unsupported", message);
    }
    if let Some(group) = &instance.placement_group {
        let group = placement_group_by_name(call, group)?;
        admit(call, &group, &wanted, &instance.zone, 0, instance.partition)?;
    }
    Ok(name.to_owned())
}

/// Sets whether volumes are deleted with the instance.
fn modify_disks(call: &mut Call, instance: &Instance) -> Result<(), AwsError> {
    for mapping in call.params().list("BlockDeviceMapping") {
        let device = mapping.text("DeviceName").unwrap_or_default();
        let Some(ends) = mapping.get("Ebs").and_then(|ebs| ebs.flag("DeleteOnTermination")) else {
            continue;
        };
        let volumes = instance.volumes(call);
        let Some((volume, _)) = volumes.iter().find(|(_, attachment)| attachment.device == device)
        else {
            let message = format!("No device is currently mapped at {device}");
            return refuse("InvalidInstanceAttributeValue", message);
        };
        let now = call.now();
        change::<Volume>(call, volume.id(), |volume| {
            let mut attachments = volume.attachments.iter_mut();
            let found = attachments.find(|attachment| {
                attachment.instance_id == instance.id() && attachment.is_active(now)
            });
            if let Some(attachment) = found {
                attachment.delete_on_termination = ends;
            }
        })?;
    }
    Ok(())
}

/// Returns one attribute of an instance.
pub(crate) fn describe_instance_attribute(call: &mut Call) -> Answer {
    let instance = need::<Instance>(call, call.text("InstanceId"))?;
    let value = |value: Node| node! { "value" => value };
    let flag = |flag: bool| value(Node::Flag(flag));
    let shown = instance.show(call);
    let part = |name: &str| match &shown {
        Node::Object(members) => {
            members.iter().find(|(member, _)| member == name).map(|(_, node)| node.clone())
        }
        _ => None,
    };
    let (name, attribute) = match call.text("Attribute") {
        "instanceType" => ("instanceType", value(Node::from(&instance.instance_type))),
        "userData" => ("userData", value(Node::from(instance.user_data.clone()))),
        "disableApiTermination" => ("disableApiTermination", flag(instance.no_termination)),
        "disableApiStop" => ("disableApiStop", flag(instance.no_stop)),
        "ebsOptimized" => ("ebsOptimized", flag(instance.ebs_optimized)),
        "enaSupport" => ("enaSupport", flag(true)),
        "instanceInitiatedShutdownBehavior" => {
            ("instanceInitiatedShutdownBehavior", value(Node::from(&instance.shutdown_behavior)))
        }
        "rootDeviceName" => ("rootDeviceName", value(Node::from(&instance.root_device))),
        "sourceDestCheck" => {
            ("sourceDestCheck", value(part("sourceDestCheck").unwrap_or(Node::Nothing)))
        }
        "groupSet" => ("groupSet", part("groupSet").unwrap_or(Node::Nothing)),
        "blockDeviceMapping" => {
            ("blockDeviceMapping", part("blockDeviceMapping").unwrap_or(Node::Nothing))
        }
        "productCodes" => ("productCodes", Node::List(vec![])),
        other => return invalid("attribute", other, "Unknown attribute."),
    };
    Ok(node! { "instanceId" => instance.id(), name => attribute })
}

/// Changes how an instance reaches its metadata service.
pub(crate) fn modify_metadata(call: &mut Call) -> Answer {
    let params = call.params();
    let instance = need::<Instance>(call, call.text("InstanceId"))?;
    require_state(call, &instance, &["pending", "running", "stopping", "stopped"])?;
    let hop_limit = params.number("HttpPutResponseHopLimit").unwrap_or(instance.metadata.hop_limit);
    if !(1..=64).contains(&hop_limit) {
        return invalid("httpPutResponseHopLimit", hop_limit, "1 to 64 hops are valid.");
    }
    change::<Instance>(call, instance.id(), |instance| {
        let metadata = &mut instance.metadata;
        let set = |name: &str, field: &mut String| {
            if let Some(value) = params.text(name) {
                value.clone_into(field);
            }
        };
        metadata.hop_limit = hop_limit;
        set("HttpTokens", &mut metadata.tokens);
        set("HttpEndpoint", &mut metadata.endpoint);
        set("HttpProtocolIpv6", &mut metadata.ipv6);
        set("InstanceMetadataTags", &mut metadata.tags);
    })?;
    let shown = need::<Instance>(call, instance.id())?.metadata.show();
    Ok(node! { "instanceId" => instance.id(), "instanceMetadataOptions" => shown })
}

/// Switches detailed monitoring on or off.
pub(crate) fn set_monitoring(call: &mut Call, monitoring: bool) -> Answer {
    let mut shown = Vec::new();
    for id in call.params().texts("InstanceId") {
        change::<Instance>(call, id, |instance| instance.monitoring = monitoring)?;
        let state = if monitoring { "enabled" } else { "disabled" };
        shown.push(node! { "instanceId" => id, "monitoring" => node! { "state" => state } });
    }
    Ok(node! { "instancesSet" => Node::List(shown) })
}

const CREDITS: Listing = Listing {
    filters: &[("instance-id", "instanceId")],
    tags: TagFilters::No,
    page_sizes: Some(5..=1000),
};

/// Returns how burstable instances pay for bursts; other instances are left out.
pub(crate) fn describe_credits(call: &mut Call) -> Answer {
    let page = select_as::<Instance>(
        call,
        &CREDITS,
        |one| one.credits.is_some(),
        |instance| {
            node! { "instanceId" => instance.id(), "cpuCredits" => instance.credits.clone() }
        },
    );
    Ok(page?.into_answer("instanceCreditSpecificationSet"))
}
