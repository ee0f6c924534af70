//! `RunInstances`: launches instances.
//!
//! It checks everything that a launch refers to. Then it inserts the instances with their
//! interfaces and volumes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::ec2::actions::interface::{attach_interface, insert_interface};
use crate::ec2::actions::volume::insert_volume;
use crate::ec2::actions::volume_attachment::{attach_volume, check_device};
use crate::ec2::catalog::image::{Image, find_image};
use crate::ec2::catalog::instance_type::{InstanceType, find_instance_type};
use crate::ec2::queries::address::fresh_public_ip;
use crate::ec2::queries::instance::{add_interface, add_volume};
use crate::ec2::queries::interface::require_free;
use crate::ec2::queries::key_pair::key_pair_by_name;
use crate::ec2::queries::placement_group::{admit, placement_group_by_name};
use crate::ec2::queries::profile::{UsableProfile, find_profile};
use crate::ec2::queries::subnet::default_subnet;
use crate::ec2::queries::tags::{RequestedTags, put_tags, requested_tags};
use crate::ec2::queries::volume::requested_spec;
use crate::ec2::queries::vpc::default_vpc;
use crate::ec2::rows::instance::{Instance, MetadataOptions};
use crate::ec2::rows::interface::Interface;
use crate::ec2::rows::kind::{all, change, fresh, invalid, need, put};
use crate::ec2::rows::placement_group::PlacementGroup;
use crate::ec2::rows::security_group::SecurityGroup;
use crate::ec2::rows::subnet::Subnet;
use crate::ec2::rows::volume::Volume;
use crate::ec2::rows::volume_spec::VolumeSpec;
use crate::ec2::views::instance::show_reservation;
use crate::ec2::views::show::Show;
use crate::error::{Answer, AwsError, refuse};
use crate::params::Params;
use crate::regions::zones;
use crate::service::Call;
use crate::world::{Phase, Resource};

pub(crate) const LAUNCH_SHAPE: &str = "ImageId! InstanceType! MinCount!:i MaxCount!:i KeyName SubnetId SecurityGroupId.N \
    SecurityGroup.N PrivateIpAddress UserData ClientToken* EbsOptimized:b DisableApiTermination:b DisableApiStop:b \
    InstanceInitiatedShutdownBehavior=stop|terminate Monitoring{Enabled!:b} \
    Placement{AvailabilityZone GroupName GroupId Tenancy=default PartitionNumber:i} IamInstanceProfile{Arn Name} \
    CreditSpecification{CpuCredits!=standard|unlimited} \
    MetadataOptions{HttpTokens=optional|required HttpPutResponseHopLimit:i HttpEndpoint=enabled|disabled \
        HttpProtocolIpv6=enabled|disabled InstanceMetadataTags=enabled|disabled} \
    BlockDeviceMapping.N{DeviceName! NoDevice Ebs{VolumeSize:i VolumeType Iops:i Throughput:i Encrypted:b KmsKeyId \
        SnapshotId DeleteOnTermination:b}} \
    NetworkInterface.N{NetworkInterfaceId DeviceIndex!:i SubnetId SecurityGroupId.N PrivateIpAddress \
        PrivateIpAddresses.N{Primary:b PrivateIpAddress!} SecondaryPrivateIpAddressCount:i Description \
        DeleteOnTermination:b AssociatePublicIpAddress:b} \
    TagSpecification.N{ResourceType! Tag.N{Key! Value}} DryRun:b";

/// The most bytes of user data, before base64.
const MAX_USER_DATA: usize = 16 * 1024;

/// A launch that was checked. All instances of it are alike.
struct Launch {
    image: Image,
    instance_type: InstanceType,
    subnet: std::sync::Arc<Subnet>,
    group: Option<std::sync::Arc<PlacementGroup>>,
    disks: Vec<RequestedDisk>,
    user_data: Option<String>,
    profile: Option<UsableProfile>,
    metadata: MetadataOptions,
    tags: RequestedTags,
}

struct RequestedDisk {
    device: String,
    spec: VolumeSpec,
    delete_on_termination: bool,
}

/// Launches `MaxCount` instances: all of them, or none.
pub(crate) fn run_instances(call: &mut Call) -> Answer {
    let count = launch_count(call)?;
    let launch = check_launch(call, count)?;
    let reservation_id = format!("r-{}", call.world.fresh_hex(17));
    let mut shown = Vec::new();
    for index in 0..count {
        let instance_id = insert_instance(call, &launch, &reservation_id, index)?;
        shown.push(need::<Instance>(call, &instance_id)?.show(call));
    }
    Ok(show_reservation(call, &reservation_id, shown))
}

fn launch_count(call: &Call) -> Result<i64, AwsError> {
    let least = call.params().number("MinCount").unwrap_or_default();
    let most = call.params().number("MaxCount").unwrap_or_default();
    if least < 1 || most < least {
        return invalid(
            "minCount/maxCount",
            format!("{least}/{most}"),
            "At least one, and not more at least than at most.",
        );
    }
    if most > 1000 {
        return refuse("InstanceLimitExceeded", "A launch makes at most 1000 instances here.");
    }
    Ok(most)
}

fn check_launch(call: &Call, count: i64) -> Result<Launch, AwsError> {
    let params = call.params();
    let image = find_image(call, call.text("ImageId"))?;
    let instance_type = find_instance_type(call.text("InstanceType"))?;
    if image.architecture != instance_type.architecture {
        let message = format!(
            "The architecture '{}' of the specified instance type does not match the architecture '{}' of the specified AMI.",
            instance_type.architecture, image.architecture
        );
        return refuse("InvalidParameterValue", message);
    }
    params.text("KeyName").map(|name| key_pair_by_name(call, name)).transpose()?;
    let subnet = check_network(call, count)?;
    check_interface_count(call, &instance_type)?;
    check_ebs_optimized(&instance_type, params.flag("EbsOptimized") == Some(true))?;
    if !instance_type.is_offered_in(&subnet.zone) {
        let message = format!(
            "Your requested instance type ({}) is not supported in your requested Availability Zone ({}).",
            instance_type.name, subnet.zone
        );
        return refuse("Unsupported", message);
    }
    if params.get("CreditSpecification").is_some() && !instance_type.burstable {
        let message = format!(
            "The creditSpecification parameter is not supported for {} instances.",
            instance_type.name
        );
        return refuse("InvalidParameterCombination", message);
    }
    Ok(Launch {
        group: check_placement(call, &instance_type, &subnet.zone, count)?,
        disks: check_disks(call, &image)?,
        user_data: check_user_data(params.text("UserData"))?,
        profile: params
            .get("IamInstanceProfile")
            .map(|named| find_profile(call, named))
            .transpose()?,
        metadata: check_metadata(params.get("MetadataOptions"))?,
        tags: requested_tags(call, &["instance", "volume", "network-interface"])?,
        image,
        instance_type,
        subnet,
    })
}

/// Checks everything that a launch says about the network.
///
/// Returns the subnet of the primary interface.
fn check_network(call: &Call, count: i64) -> Result<std::sync::Arc<Subnet>, AwsError> {
    let params = call.params();
    let interfaces = params.list("NetworkInterface");
    let zone = params.get("Placement").and_then(|placement| placement.text("AvailabilityZone"));
    let at_top = ["SubnetId", "SecurityGroupId", "SecurityGroup", "PrivateIpAddress"];
    if let Some(name) =
        at_top.iter().find(|name| !interfaces.is_empty() && params.get(name).is_some())
    {
        let message = format!(
            "Network interfaces and an instance-level {name} may not be specified on the same request"
        );
        return refuse("InvalidParameterCombination", message);
    }
    if params.get("SubnetId").is_some() && params.get("SecurityGroup").is_some() {
        let message = "The parameter groupName cannot be used with the parameter subnet";
        return refuse("InvalidParameterCombination", message);
    }
    let subnet =
        match interfaces.iter().find(|interface| interface.number("DeviceIndex") == Some(0)) {
            None if !interfaces.is_empty() => {
                return refuse(
                    "InvalidParameterCombination",
                    "A network interface must be specified for device index 0.",
                );
            }
            Some(primary) => interface_subnet(call, primary)?,
            None => chosen_subnet(call, params.text("SubnetId"), zone)?,
        };
    if let Some(zone) = zone.filter(|zone| *zone != subnet.zone) {
        let message =
            format!("The availability zone '{zone}' is not that of subnet '{}'", subnet.subnet_id);
        return refuse("InvalidParameterValue", message);
    }
    let fixed = params.get("PrivateIpAddress").is_some()
        || interfaces.iter().any(|interface| {
            interface.get("NetworkInterfaceId").is_some()
                || interface.get("PrivateIpAddress").is_some()
        });
    if fixed && count > 1 {
        return refuse(
            "InvalidParameterCombination",
            "Interfaces and addresses are for one instance, not for several.",
        );
    }
    check_interfaces(&interfaces)?;
    let mut indices: Vec<Option<i64>> =
        interfaces.iter().map(|interface| interface.number("DeviceIndex")).collect();
    indices.sort_unstable();
    indices.dedup();
    if indices.len() < interfaces.len() {
        return refuse(
            "InvalidParameterValue",
            "Each network interface needs a device index of its own.",
        );
    }
    for interface in interfaces {
        if interface_subnet(call, interface)?.zone != subnet.zone {
            let message = "The network interfaces of an instance are in one availability zone.";
            return refuse("InvalidParameterCombination", message);
        }
    }
    Ok(subnet)
}

/// Checks what the interfaces of a request say, each and together.
fn check_interfaces(interfaces: &[&Params]) -> Result<(), AwsError> {
    let index = |interface: &&&Params| interface.number("DeviceIndex").unwrap_or_default();
    if let Some(negative) = interfaces.iter().find(|interface| index(interface) < 0) {
        return invalid("deviceIndex", index(&negative), "A device index is 0 or more.");
    }
    let with_public = |interface: &&Params| interface.get("AssociatePublicIpAddress").is_some();
    if interfaces.len() > 1 && interfaces.iter().any(with_public) {
        let message = "The associatePublicIPAddress parameter cannot be specified when launching with multiple network interfaces.";
        return refuse("InvalidParameterCombination", message);
    }
    Ok(())
}

/// Rejects more interfaces than instances of a type take.
fn check_interface_count(call: &Call, instance_type: &InstanceType) -> Result<(), AwsError> {
    let (count, limit) = (call.params().list("NetworkInterface").len(), instance_type.interfaces);
    if i64::try_from(count).unwrap_or(i64::MAX) > limit {
        let message =
            format!("Interface count {count} exceeds the limit for {}", instance_type.name);
        return refuse("AttachmentLimitExceeded", message);
    }
    Ok(())
}

/// Rejects EBS optimization where the type does not have it.
pub(crate) fn check_ebs_optimized(
    instance_type: &InstanceType,
    is_wanted: bool,
) -> Result<(), AwsError> {
    if is_wanted && !instance_type.is_ebs_optimizable() {
        let message = "EBS-optimized instances are not supported for your requested configuration. Please check the documentation for supported configurations.";
        return refuse("Unsupported", message);
    }
    Ok(())
}

/// Returns the subnet of an interface in the request, existing or new.
fn interface_subnet(call: &Call, params: &Params) -> Result<std::sync::Arc<Subnet>, AwsError> {
    let Some(id) = params.text("NetworkInterfaceId") else {
        return chosen_subnet(call, params.text("SubnetId"), None);
    };
    let of_new = [
        "SubnetId",
        "SecurityGroupId",
        "PrivateIpAddress",
        "PrivateIpAddresses",
        "Description",
        "SecondaryPrivateIpAddressCount",
        "AssociatePublicIpAddress",
    ];
    if let Some(name) = of_new.iter().find(|name| params.get(name).is_some()) {
        let message =
            format!("A network interface may not specify a network interface ID and {name}");
        return refuse("InvalidParameterCombination", message);
    }
    let interface = need::<Interface>(call, id)?;
    require_free(call, &interface)?;
    need(call, &interface.subnet_id)
}

fn chosen_subnet(
    call: &Call,
    id: Option<&str>,
    zone: Option<&str>,
) -> Result<std::sync::Arc<Subnet>, AwsError> {
    if let Some(id) = id {
        return need(call, id);
    }
    if let Some(zone) =
        zone.filter(|zone| !zones(call.region()).iter().any(|known| known.name == **zone))
    {
        return invalid("availabilityZone", zone, "Invalid availability zone.");
    }
    let Some(default) = default_vpc(call) else {
        return refuse(
            "VPCIdNotSpecified",
            "No default VPC for this user. GroupName is only supported for EC2-Classic and default VPC.",
        );
    };
    let message = || {
        format!(
            "No subnets found for the default VPC '{}'. Please specify a subnet.",
            default.vpc_id
        )
    };
    default_subnet(call, zone).ok_or_else(|| AwsError::new("MissingInput", message()))
}

fn check_placement(
    call: &Call,
    instance_type: &InstanceType,
    zone: &str,
    count: i64,
) -> Result<Option<std::sync::Arc<PlacementGroup>>, AwsError> {
    let placement = call.params().get("Placement");
    let partition = placement.and_then(|placement| placement.number("PartitionNumber"));
    let text = |name: &str| {
        placement.and_then(|placement| placement.text(name)).filter(|text| !text.is_empty())
    };
    let group = match (text("GroupName"), text("GroupId")) {
        (Some(_), Some(_)) => {
            let message = "A placement group is named by its name or its id, not by both.";
            return refuse("InvalidParameterCombination", message);
        }
        (Some(name), None) => Some(placement_group_by_name(call, name)?),
        (None, Some(id)) => Some(need::<PlacementGroup>(call, id)?),
        (None, None) => None,
    };
    let Some(group) = group else {
        return match partition {
            Some(_) => {
                refuse("InvalidParameterCombination", "A partition number needs a placement group.")
            }
            None => Ok(None),
        };
    };
    admit(
        call,
        &group,
        instance_type,
        zone,
        usize::try_from(count).unwrap_or(usize::MAX),
        partition,
    )?;
    Ok(Some(group))
}

/// Refuses a mapping of a launch.
fn bad_mapping<T>(message: impl Into<String>) -> Result<T, AwsError> {
    refuse("InvalidBlockDeviceMapping", message)
}

/// Checks the requested volumes, and returns those of each instance.
///
/// The root volume is the first.
fn check_disks(call: &Call, image: &Image) -> Result<Vec<RequestedDisk>, AwsError> {
    let nothing = Params::default();
    let mappings = call.params().list("BlockDeviceMapping");
    let is_root = |mapping: &&Params| mapping.text("DeviceName") == Some(image.root_device);
    let root = mappings.iter().copied().find(is_root);
    let mut disks = vec![check_root_disk(call, image, root.unwrap_or(&nothing))?];
    let mut seen = Vec::new();
    for mapping in mappings {
        let device = mapping.text("DeviceName").unwrap_or_default();
        if seen.contains(&device) {
            return bad_mapping(format!(
                "The device '{device}' is used in more than one block-device mapping"
            ));
        }
        seen.push(device);
        if !is_root(&mapping) && mapping.get("NoDevice").is_none() {
            disks.push(check_disk(call, device, mapping.get("Ebs").unwrap_or(&nothing))?);
        }
    }
    Ok(disks)
}

/// Checks what a request says of the root volume; the rest comes from the image.
fn check_root_disk(
    call: &Call,
    image: &Image,
    mapping: &Params,
) -> Result<RequestedDisk, AwsError> {
    let nothing = Params::default();
    if mapping.get("NoDevice").is_some() {
        return bad_mapping(format!("The root device {} cannot be left out", image.root_device));
    }
    let root = mapping.get("Ebs").unwrap_or(&nothing);
    if root.text("SnapshotId").is_some_and(|id| id != image.snapshot_id()) {
        return bad_mapping("snapshotId cannot be modified on root device");
    }
    if let Some(volume_type @ ("st1" | "sc1")) = root.text("VolumeType") {
        return invalid("volumeType", volume_type, "It may not be the root volume.");
    }
    if let Some(size) = root.number("VolumeSize").filter(|size| *size < image.root_gib) {
        return bad_mapping(format!(
            "Volume of size {size}GB is smaller than snapshot '{}', expect size >= {}GB",
            image.snapshot_id(),
            image.root_gib
        ));
    }
    let mut typed = root.clone();
    if typed.get("VolumeType").is_none() {
        // The image's own root volume is gp3; a leaf that is absent can be put.
        let put = typed.put("VolumeType", "gp3".to_owned());
        put.map_err(|message| AwsError::new("InvalidParameterValue", message))?;
    }
    let base = Some((image.root_gib, image.snapshot_id()));
    Ok(RequestedDisk {
        device: image.root_device.to_owned(),
        spec: requested_spec(call, &typed, "VolumeSize", base)?,
        delete_on_termination: root.flag("DeleteOnTermination").unwrap_or(true),
    })
}

/// Checks a further volume of a launch.
fn check_disk(call: &Call, device: &str, ebs: &Params) -> Result<RequestedDisk, AwsError> {
    if check_device(device).is_err() {
        return bad_mapping(format!("Invalid device name {device}"));
    }
    if ebs.get("VolumeSize").is_none() && ebs.get("SnapshotId").is_none() {
        return bad_mapping(format!("The volume at {device} needs a volume size or a snapshot id"));
    }
    Ok(RequestedDisk {
        device: device.to_owned(),
        spec: requested_spec(call, ebs, "VolumeSize", None)?,
        delete_on_termination: ebs.flag("DeleteOnTermination").unwrap_or(true),
    })
}

/// Returns user data in base64; rejects more than 16 KB, counted before base64.
pub(crate) fn check_user_data(encoded: Option<&str>) -> Result<Option<String>, AwsError> {
    let Some(encoded) = encoded.filter(|encoded| !encoded.is_empty()) else { return Ok(None) };
    let text: String = encoded.split_whitespace().collect();
    let Ok(decoded) = STANDARD.decode(&text) else {
        return refuse("InvalidParameterValue", "Invalid BASE64 encoding of user data");
    };
    if decoded.len() > MAX_USER_DATA {
        return refuse(
            "InvalidParameterValue",
            format!("User data is limited to {MAX_USER_DATA} bytes; this has {}", decoded.len()),
        );
    }
    Ok(Some(text))
}

fn check_metadata(params: Option<&Params>) -> Result<MetadataOptions, AwsError> {
    let text = |name: &str, default: &str| {
        params.and_then(|params| params.text(name)).unwrap_or(default).to_owned()
    };
    let hop_limit = params.and_then(|params| params.number("HttpPutResponseHopLimit")).unwrap_or(1);
    if !(1..=64).contains(&hop_limit) {
        return invalid("httpPutResponseHopLimit", hop_limit, "1 to 64 hops are valid.");
    }
    Ok(MetadataOptions {
        tokens: text("HttpTokens", "optional"),
        hop_limit,
        endpoint: text("HttpEndpoint", "enabled"),
        ipv6: text("HttpProtocolIpv6", "disabled"),
        tags: text("InstanceMetadataTags", "disabled"),
    })
}

fn insert_instance(
    call: &mut Call,
    launch: &Launch,
    reservation_id: &str,
    index: i64,
) -> Result<String, AwsError> {
    let params = call.params();
    let instance_id = fresh::<Instance>(call);
    let partition = match &launch.group {
        Some(group) => {
            let wanted =
                params.get("Placement").and_then(|placement| placement.number("PartitionNumber"));
            admit(call, group, &launch.instance_type, &launch.subnet.zone, 1, wanted)?
        }
        None => None,
    };
    let flag = |name: &str| params.flag(name) == Some(true);
    let credits = params.get("CreditSpecification").and_then(|credits| credits.text("CpuCredits"));
    let instance = Instance {
        instance_id: instance_id.clone(),
        reservation_id: reservation_id.to_owned(),
        launch_index: index,
        image_id: launch.image.image_id.clone(),
        instance_type: launch.instance_type.name.clone(),
        architecture: launch.image.architecture.to_owned(),
        key_name: params.text("KeyName").map(str::to_owned),
        zone: launch.subnet.zone.clone(),
        vpc_id: launch.subnet.vpc_id.clone(),
        subnet_id: launch.subnet.subnet_id.clone(),
        client_token: params.text("ClientToken").map(str::to_owned),
        phase: Phase::moving("pending", "running", call.due()),
        reason: None,
        transition_reason: String::new(),
        user_data: launch.user_data.clone(),
        profile: launch.profile.as_ref().map(|found| found.new_association(call)),
        metadata: launch.metadata.clone(),
        placement_group: launch.group.as_ref().map(|group| group.name.clone()),
        partition,
        tenancy: "default".to_owned(),
        monitoring: params.get("Monitoring").and_then(|monitoring| monitoring.flag("Enabled"))
            == Some(true),
        ebs_optimized: flag("EbsOptimized"),
        no_termination: flag("DisableApiTermination"),
        no_stop: flag("DisableApiStop"),
        shutdown_behavior: params
            .text("InstanceInitiatedShutdownBehavior")
            .unwrap_or("stop")
            .to_owned(),
        credits: credits
            .map(str::to_owned)
            .or(launch.instance_type.burstable.then(|| "unlimited".to_owned())),
        root_device: launch.image.root_device.to_owned(),
        launched: call.now(),
        interface_ids: Vec::new(),
        volume_ids: Vec::new(),
    };
    put(call, instance);
    put_tags::<Instance>(call, &instance_id, &launch.tags);
    insert_interfaces(call, launch, &instance_id)?;
    for disk in &launch.disks {
        let volume_id = insert_volume(call, disk.spec.clone(), &launch.subnet.zone, false);
        put_tags::<Volume>(call, &volume_id, &launch.tags);
        attach_volume(call, &volume_id, &instance_id, &disk.device, disk.delete_on_termination)?;
        add_volume(call, &instance_id, &volume_id)?;
    }
    Ok(instance_id)
}

fn insert_interfaces(call: &mut Call, launch: &Launch, instance_id: &str) -> Result<(), AwsError> {
    let params = call.params();
    let wanted = params.list("NetworkInterface");
    if wanted.is_empty() {
        let mut groups: Vec<String> =
            params.texts("SecurityGroupId").into_iter().map(str::to_owned).collect();
        for name in params.texts("SecurityGroup") {
            groups.push(group_by_name(call, name, &launch.subnet.vpc_id)?);
        }
        let groups: Vec<&str> = groups.iter().map(String::as_str).collect();
        let nothing = Params::default();
        let only = if params.get("PrivateIpAddress").is_some() { params } else { &nothing };
        return insert_instance_interface(
            call,
            launch,
            instance_id,
            (only, &launch.subnet, &groups, 0),
        );
    }
    for given in wanted {
        let index = given.number("DeviceIndex").unwrap_or_default();
        if let Some(id) = given.text("NetworkInterfaceId") {
            attach_interface(
                call,
                id,
                instance_id,
                index,
                given.flag("DeleteOnTermination") == Some(true),
            )?;
            add_interface(call, instance_id, id)?;
            continue;
        }
        let subnet = interface_subnet(call, given)?;
        insert_instance_interface(
            call,
            launch,
            instance_id,
            (given, &subnet, &given.texts("SecurityGroupId"), index),
        )?;
    }
    Ok(())
}

/// Inserts an interface of an instance.
///
/// It has a public address if the request says so. If the request says nothing, the interface at
/// device index 0 has one if the subnet says so.
fn insert_instance_interface(
    call: &mut Call,
    launch: &Launch,
    instance_id: &str,
    (params, subnet, groups, index): (&Params, &Subnet, &[&str], i64),
) -> Result<(), AwsError> {
    let interface_id = insert_interface(call, params, subnet, groups)?;
    put_tags::<Interface>(call, &interface_id, &launch.tags);
    let with_public =
        params.flag("AssociatePublicIpAddress").unwrap_or(subnet.map_public_ip && index == 0);
    if with_public {
        let public_ip = fresh_public_ip(call);
        change::<Interface>(call, &interface_id, |interface| {
            interface.public_ip = Some(public_ip)
        })?;
    }
    attach_interface(
        call,
        &interface_id,
        instance_id,
        index,
        params.flag("DeleteOnTermination").unwrap_or(true),
    )?;
    add_interface(call, instance_id, &interface_id)
}

fn group_by_name(call: &Call, name: &str, vpc_id: &str) -> Result<String, AwsError> {
    let found = all::<SecurityGroup>(call)
        .into_iter()
        .find(|group| group.name == name && group.vpc_id == vpc_id);
    let message = || format!("The security group '{name}' does not exist in VPC '{vpc_id}'");
    found
        .map(|group| group.id().to_owned())
        .ok_or_else(|| AwsError::new("InvalidGroup.NotFound", message()))
}
