//! The actions of images.

use crate::ec2::catalog::image::{Image, all_images, find_image};
use crate::ec2::rows::kind::invalid;
use crate::ec2::views::listing::{Listing, TagFilters, describing, list};
use crate::error::Answer;
use crate::service::{Action, Call};

pub(crate) const ACTIONS: &[Action] = &[Action::new(
    "DescribeImages",
    describing!("ImageId.N Owner.N ExecutableBy.N IncludeDeprecated:b IncludeDisabled:b"),
    describe,
)];

const LISTING: Listing = Listing {
    filters: &[
        ("image-id", "imageId"),
        ("name", "name"),
        ("description", "description"),
        ("owner-id", "imageOwnerId"),
        ("owner-alias", "imageOwnerAlias"),
        ("architecture", "architecture"),
        ("state", "imageState"),
        ("creation-date", "creationDate"),
        ("root-device-type", "rootDeviceType"),
        ("root-device-name", "rootDeviceName"),
        ("virtualization-type", "virtualizationType"),
        ("hypervisor", "hypervisor"),
        ("ena-support", "enaSupport"),
        ("is-public", "isPublic"),
        ("image-type", "imageType"),
        ("platform", "platform"),
        ("block-device-mapping.device-name", "blockDeviceMapping.deviceName"),
        ("block-device-mapping.volume-type", "blockDeviceMapping.ebs.volumeType"),
        ("block-device-mapping.volume-size", "blockDeviceMapping.ebs.volumeSize"),
        ("block-device-mapping.snapshot-id", "blockDeviceMapping.ebs.snapshotId"),
        (
            "block-device-mapping.delete-on-termination",
            "blockDeviceMapping.ebs.deleteOnTermination",
        ),
        ("block-device-mapping.encrypted", "blockDeviceMapping.ebs.encrypted"),
        ("free-tier-eligible", "freeTierEligible"),
        ("image-allowed", "imageAllowed"),
        ("kernel-id", "kernelId"),
        ("manifest-location", "imageLocation"),
        ("product-code", "productCodes.productCode"),
        ("product-code.type", "productCodes.type"),
        ("ramdisk-id", "ramdiskId"),
        ("source-image-id", "sourceImageId"),
        ("source-image-region", "sourceImageRegion"),
        ("source-instance-id", "sourceInstanceId"),
        ("state-reason-code", "stateReason.code"),
        ("state-reason-message", "stateReason.message"),
        ("sriov-net-support", "sriovNetSupport"),
    ],
    tags: TagFilters::Set,
    page_sizes: Some(5..=1000),
};

fn describe(call: &mut Call) -> Answer {
    let params = call.params();
    let (ids, owners) = (params.texts("ImageId"), params.texts("Owner"));
    ids.iter().try_for_each(|id| find_image(call, id).map(|_| ()))?;
    let is_owner = |owner: &str| {
        matches!(owner, "self" | "amazon" | "aws-marketplace" | "aws-backup-vault")
            || owner.len() == 12 && owner.bytes().all(|byte| byte.is_ascii_digit())
    };
    if let Some(owner) = owners.iter().find(|owner| !is_owner(owner)) {
        return invalid("owner", owner, "An account id, self, amazon or aws-marketplace is valid.");
    }
    let by_owner = |image: &Image| {
        owners.is_empty()
            || owners.iter().any(|owner| image.owner == *owner || image.alias == Some(owner))
    };
    // All images are public, and shared with no account in particular.
    let visible = params.texts("ExecutableBy").iter().all(|who| *who == "all");
    let images = all_images(call.region()).filter(|image| visible && by_owner(image));
    let images = images.filter(|image| ids.is_empty() || ids.contains(&image.image_id.as_str()));
    let mut images: Vec<(String, Image)> =
        images.map(|image| (image.image_id.clone(), image)).collect();
    images.sort_by(|(left, _), (right, _)| left.cmp(right));
    Ok(list(call, &LISTING, images, Image::show)?.into_answer("imagesSet"))
}
