//! How an image is shown.

use crate::ec2::catalog::image::Image;
use crate::node::Node;

impl Image {
    /// Returns the image as `DescribeImages` shows it.
    pub(crate) fn show(&self) -> Node {
        let (year, month, day) = (&self.date[..4], &self.date[4..6], &self.date[6..]);
        node! {
            "imageId" => &self.image_id, "name" => &self.name, "description" => &self.description,
            "imageLocation" => format!("{}/{}", self.alias.unwrap_or(self.owner), self.name),
            "imageOwnerId" => self.owner, "imageOwnerAlias" => self.alias, "isPublic" => true,
            "imageState" => "available", "imageType" => "machine", "architecture" => self.architecture,
            "creationDate" => format!("{year}-{month}-{day}T00:00:00.000Z"),
            "rootDeviceName" => self.root_device, "rootDeviceType" => "ebs", "virtualizationType" => "hvm",
            "hypervisor" => "xen", "enaSupport" => true, "sriovNetSupport" => "simple",
            "platformDetails" => "Linux/UNIX", "usageOperation" => "RunInstances",
            "bootMode" => if self.architecture == "arm64" { "uefi" } else { "uefi-preferred" },
            "blockDeviceMapping" => Node::list([node! {
                "deviceName" => self.root_device,
                "ebs" => node! {
                    "snapshotId" => self.snapshot_id(), "volumeSize" => self.root_gib, "volumeType" => "gp3",
                    "deleteOnTermination" => true, "encrypted" => false,
                },
            }]),
        }
    }
}
