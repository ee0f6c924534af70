//! The launch of an instance.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{
    BlockDeviceMapping, EbsBlockDevice, HttpTokensState, InstanceMetadataEndpointState,
    InstanceMetadataOptionsRequest, InstanceMetadataTagsState,
    InstanceNetworkInterfaceSpecification, InstanceType, Placement, ResourceType,
    RunInstancesMonitoringEnabled, VolumeType,
};
use aws_smithy_types::base64;
use kim_plugin::prelude::*;

use super::{profile, state};
use crate::cloud::{client, expect_part, failed, filter, network_interface, tagged, to_i32};
use crate::kinds::{Instance, MetadataOptions, RootVolume};

pub(crate) async fn create(inputs: Instance, token: &str) -> Result<State<Instance>, Failure> {
    let client = client()?;
    let devices = match &inputs.root_volume {
        Some(root) => Some(vec![root_device(&client, &inputs.image_id, root).await?]),
        None => None,
    };
    let profile = inputs.iam_instance_profile.as_deref().map(profile);
    let interface = interface(&inputs);
    // A described interface has the subnet, address and groups.
    let plain = interface.is_none();
    let groups =
        (plain && !inputs.security_group_ids.is_empty()).then(|| inputs.security_group_ids.clone());
    let request = client
        .run_instances()
        .image_id(&inputs.image_id)
        .instance_type(InstanceType::from(inputs.instance_type.as_str()))
        .min_count(1)
        .max_count(1)
        .client_token(token)
        .tag_specifications(tagged(ResourceType::Instance, &inputs.tags, token))
        .set_network_interfaces(interface.map(|interface| vec![interface]))
        .set_subnet_id(inputs.subnet_id.clone().filter(|_| plain))
        .set_private_ip_address(inputs.private_ip.clone().filter(|_| plain))
        .set_security_group_ids(groups)
        .set_placement(placement(&inputs))
        .set_iam_instance_profile(profile)
        .set_key_name(inputs.key_name.clone())
        .set_user_data(inputs.user_data.as_ref().map(base64::encode))
        .metadata_options(metadata(&inputs.metadata_options.clone().unwrap_or_default()))
        .set_block_device_mappings(devices)
        .set_monitoring(
            inputs
                .monitoring
                .then(|| RunInstancesMonitoringEnabled::builder().enabled(true).build()),
        )
        .set_ebs_optimized(inputs.ebs_optimized)
        .set_disable_api_termination(inputs.disable_api_termination.then_some(true));
    let answer = match (request.send().await.map_err(failed), &inputs.network_interface_id) {
        (Ok(answer), _) => answer,
        // The interface's last instance is leaving it. Nothing was started, and a retry will
        // succeed soon.
        (Err(Failure::Conflict(message)), Some(own))
            if network_interface::is_leaving(&client, own).await? =>
        {
            return Err(Failure::Transient(message));
        }
        (Err(failure), _) => return Err(failure),
    };
    let instance = answer.instances.and_then(|mut instances| instances.pop());
    state(expect_part(instance, "RunInstances")?, None, Some(&inputs))
}

/// Returns the primary interface, if the inputs need it to be described.
///
/// They do if they set more than subnet, address and groups.
fn interface(inputs: &Instance) -> Option<InstanceNetworkInterfaceSpecification> {
    let primary = InstanceNetworkInterfaceSpecification::builder().device_index(0);
    if let Some(own) = &inputs.network_interface_id {
        return Some(primary.network_interface_id(own).build());
    }
    let public = inputs.associate_public_ip_address?;
    let groups = (!inputs.security_group_ids.is_empty()).then(|| inputs.security_group_ids.clone());
    let primary = primary
        .associate_public_ip_address(public)
        .delete_on_termination(true)
        .set_subnet_id(inputs.subnet_id.clone())
        .set_private_ip_address(inputs.private_ip.clone())
        .set_groups(groups);
    Some(primary.build())
}

fn placement(inputs: &Instance) -> Option<Placement> {
    if inputs.placement_group.is_none() && inputs.availability_zone.is_none() {
        return None;
    }
    let placement = Placement::builder().set_group_name(inputs.placement_group.clone());
    Some(placement.set_availability_zone(inputs.availability_zone.clone()).build())
}

fn metadata(options: &MetadataOptions) -> InstanceMetadataOptionsRequest {
    InstanceMetadataOptionsRequest::builder()
        .http_tokens(HttpTokensState::from(options.http_tokens.as_str()))
        .http_endpoint(InstanceMetadataEndpointState::from(options.http_endpoint.as_str()))
        .set_http_put_response_hop_limit(to_i32(options.http_put_response_hop_limit))
        .instance_metadata_tags(InstanceMetadataTagsState::from(
            options.instance_metadata_tags.as_str(),
        ))
        .build()
}

/// Returns the root volume, with the device name of the image.
async fn root_device(
    client: &Client,
    image: &str,
    root: &RootVolume,
) -> Result<BlockDeviceMapping, Failure> {
    let images = client
        .describe_images()
        .filters(filter("image-id", [image]))
        .send()
        .await
        .map_err(failed)?;
    let device =
        images.images().first().and_then(|image| image.root_device_name()).map(str::to_owned);
    let device = device.ok_or_else(|| {
        Failure::NotFound(format!("the image {image}; it may be of another region, or not shared"))
    })?;
    let ebs = EbsBlockDevice::builder()
        .set_volume_size(to_i32(root.size))
        .volume_type(VolumeType::from(root.volume_type.as_str()))
        .set_iops(to_i32(root.iops))
        .set_throughput(to_i32(root.throughput))
        .set_encrypted(root.encrypted)
        .set_kms_key_id(root.kms_key_id.clone())
        .delete_on_termination(root.delete_on_termination);
    Ok(BlockDeviceMapping::builder().device_name(device).ebs(ebs.build()).build())
}
