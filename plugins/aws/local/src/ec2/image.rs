//! Machine images: a few that every region has, several dates of each, so that "the most recent" means something.

use sha2::{Digest, Sha256};

use super::kind::invalid;
use super::listing::{Item, describing, filter, page};
use crate::error::{Answer, AwsError, refuse};
use crate::node::Node;
use crate::service::{Action, Call};

pub(super) const ACTIONS: &[Action] = &[Action::new(
    "DescribeImages",
    describing!("ImageId.N Owner.N ExecutableBy.N IncludeDeprecated:b IncludeDisabled:b"),
    describe,
)];

/// What images are built from: name with `{arch}` and `{date}`, description, owner and its alias, root device,
/// GiB, and the names that the owner uses for x86_64 and arm64.
struct Line {
    name: &'static str,
    description: &'static str,
    owner: &'static str,
    alias: Option<&'static str>,
    root_device: &'static str,
    root_gib: i64,
    architectures: [&'static str; 2],
}

const LINES: &[Line] = &[
    Line {
        name: "ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-{arch}-server-{date}",
        description: "Canonical, Ubuntu, 22.04 LTS, {arch} jammy image build on {date}",
        owner: "099720109477",
        alias: None,
        root_device: "/dev/sda1",
        root_gib: 8,
        architectures: ["amd64", "arm64"],
    },
    Line {
        name: "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-{arch}-server-{date}",
        description: "Canonical, Ubuntu, 24.04 LTS, {arch} noble image build on {date}",
        owner: "099720109477",
        alias: None,
        root_device: "/dev/sda1",
        root_gib: 8,
        architectures: ["amd64", "arm64"],
    },
    Line {
        name: "al2023-ami-2023.7.{date}.0-kernel-6.1-{arch}",
        description: "Amazon Linux 2023 AMI 2023.7.{date}.0 {arch} HVM kernel-6.1",
        owner: "137112412989",
        alias: Some("amazon"),
        root_device: "/dev/xvda",
        root_gib: 8,
        architectures: ["x86_64", "arm64"],
    },
    Line {
        name: "debian-12-{arch}-{date}-2100",
        description: "Debian 12 ({date}-2100)",
        owner: "136693071363",
        alias: None,
        root_device: "/dev/xvda",
        root_gib: 8,
        architectures: ["amd64", "arm64"],
    },
];

/// The days of the builds.
const DATES: &[&str] = &["20251104", "20260113", "20260301"];

/// An image.
#[derive(Debug, Clone)]
pub(super) struct Image {
    pub(super) image_id: String,
    name: String,
    description: String,
    owner: &'static str,
    alias: Option<&'static str>,
    pub(super) architecture: &'static str,
    pub(super) root_device: &'static str,
    pub(super) root_gib: i64,
    date: &'static str,
}

fn all(region: &str) -> impl Iterator<Item = Image> {
    LINES.iter().flat_map(move |line| {
        let variants = line.architectures.into_iter().zip(["x86_64", "arm64"]);
        variants.flat_map(move |(arch, architecture)| {
            DATES.iter().map(move |date| {
                let fill = |text: &str| text.replace("{arch}", arch).replace("{date}", date);
                let name = fill(line.name);
                Image {
                    image_id: format!("ami-{}", digits(&format!("{region} {name}"))),
                    name,
                    description: fill(line.description),
                    owner: line.owner,
                    alias: line.alias,
                    architecture,
                    root_device: line.root_device,
                    root_gib: line.root_gib,
                    date,
                }
            })
        })
    })
}

/// Seventeen hexadecimal digits, the same for the same text: image ids outlive every world.
fn digits(text: &str) -> String {
    let digest = Sha256::digest(text);
    digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>()[..17].to_owned()
}

impl Image {
    /// The snapshot of its root volume.
    pub(super) fn snapshot_id(&self) -> String {
        format!("snap-{}", digits(&self.image_id))
    }

    fn show(&self) -> Node {
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
            "tagSet" => Node::List(vec![]),
        }
    }
}

/// The image of an id.
pub(super) fn find(call: &Call, id: &str) -> Result<Image, AwsError> {
    well_formed(id)?;
    let message = || format!("The image id '[{id}]' does not exist");
    all(call.region())
        .find(|image| image.image_id == id)
        .ok_or_else(|| AwsError::new("InvalidAMIID.NotFound", message()))
}

fn well_formed(id: &str) -> Result<(), AwsError> {
    let digits = id.strip_prefix("ami-").unwrap_or_default();
    if matches!(digits.len(), 8 | 17) && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(());
    }
    refuse("InvalidAMIID.Malformed", format!("Invalid id: \"{id}\" (expecting \"ami-...\")"))
}

fn describe(call: &mut Call) -> Answer {
    let params = call.params();
    let (ids, owners) = (params.texts("ImageId"), params.texts("Owner"));
    ids.iter().try_for_each(|id| find(call, id).map(|_| ()))?;
    let is_owner = |owner: &str| {
        matches!(owner, "self" | "amazon" | "aws-marketplace" | "aws-backup-vault")
            || owner.len() == 12 && owner.bytes().all(|byte| byte.is_ascii_digit())
    };
    if let Some(owner) = owners.iter().find(|owner| !is_owner(owner)) {
        return invalid("owner", owner, "An account id, self, amazon or aws-marketplace is valid.");
    }
    let by_owner = |image: &Image| {
        owners.is_empty() || owners.iter().any(|owner| image.owner == *owner || image.alias == Some(owner))
    };
    // All images are public, and shared with no account in particular.
    let visible = params.texts("ExecutableBy").iter().all(|who| *who == "all");
    let images = all(call.region()).filter(|image| visible && by_owner(image));
    let images = images.filter(|image| ids.is_empty() || ids.contains(&image.image_id.as_str()));
    let mut items: Vec<Item> = images.map(|image| Item { node: image.show(), key: image.image_id }).collect();
    items.sort_by(|left, right| left.key.cmp(&right.key));
    let filters = [
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
        ("block-device-mapping.delete-on-termination", "blockDeviceMapping.ebs.deleteOnTermination"),
        ("block-device-mapping.encrypted", "blockDeviceMapping.ebs.encrypted"),
    ];
    Ok(page(call, filter(params, items, &filters)?, 1000)?.into_answer("imagesSet"))
}
