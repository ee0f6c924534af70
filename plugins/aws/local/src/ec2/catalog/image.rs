//! Machine images: a few that every region has.
//!
//! Each has several dates, so that "the most recent" has a meaning.

use sha2::{Digest, Sha256};

use crate::error::{AwsError, refuse};
use crate::service::Call;

/// A line of images: one for each architecture and date.
///
/// `name` and `description` contain `{arch}` and `{date}`. `alias` is that of the owner. `root_gib`
/// is the size of the root device in GiB. `architectures` are the owner's names for x86_64 and
/// arm64.
pub(crate) struct ImageLine {
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
    pub(crate) owner: &'static str,
    pub(crate) alias: Option<&'static str>,
    pub(crate) root_device: &'static str,
    pub(crate) root_gib: i64,
    pub(crate) architectures: [&'static str; 2],
}

const IMAGE_LINES: &[ImageLine] = &[
    ImageLine {
        name: "ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-{arch}-server-{date}",
        description: "Canonical, Ubuntu, 22.04 LTS, {arch} jammy image build on {date}",
        owner: "099720109477",
        alias: None,
        root_device: "/dev/sda1",
        root_gib: 8,
        architectures: ["amd64", "arm64"],
    },
    ImageLine {
        name: "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-{arch}-server-{date}",
        description: "Canonical, Ubuntu, 24.04 LTS, {arch} noble image build on {date}",
        owner: "099720109477",
        alias: None,
        root_device: "/dev/sda1",
        root_gib: 8,
        architectures: ["amd64", "arm64"],
    },
    ImageLine {
        name: "al2023-ami-2023.7.{date}.0-kernel-6.1-{arch}",
        description: "Amazon Linux 2023 AMI 2023.7.{date}.0 {arch} HVM kernel-6.1",
        owner: "137112412989",
        alias: Some("amazon"),
        root_device: "/dev/xvda",
        root_gib: 8,
        architectures: ["x86_64", "arm64"],
    },
    ImageLine {
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
pub(crate) struct Image {
    pub(crate) image_id: String,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) owner: &'static str,
    pub(crate) alias: Option<&'static str>,
    pub(crate) architecture: &'static str,
    pub(crate) root_device: &'static str,
    pub(crate) root_gib: i64,
    pub(crate) date: &'static str,
}

/// Returns the images of a region.
pub(crate) fn all_images(region: &str) -> impl Iterator<Item = Image> {
    IMAGE_LINES.iter().flat_map(move |line| {
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

/// Returns seventeen hexadecimal digits, the same for the same text.
///
/// So the ids of images are the same in every world.
fn digits(text: &str) -> String {
    let digest = Sha256::digest(text);
    digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>()[..17].to_owned()
}

impl Image {
    /// Returns the id of its root volume's snapshot.
    pub(crate) fn snapshot_id(&self) -> String {
        format!("snap-{}", digits(&self.image_id))
    }
}

/// Returns the image of an id.
pub(crate) fn find_image(call: &Call, id: &str) -> Result<Image, AwsError> {
    check_image_id(id)?;
    let message = || format!("The image id '[{id}]' does not exist");
    all_images(call.region())
        .find(|image| image.image_id == id)
        .ok_or_else(|| AwsError::new("InvalidAMIID.NotFound", message()))
}

fn check_image_id(id: &str) -> Result<(), AwsError> {
    let digits = id.strip_prefix("ami-").unwrap_or_default();
    if matches!(digits.len(), 8 | 17) && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(());
    }
    refuse("InvalidAMIID.Malformed", format!("Invalid id: \"{id}\" (expecting \"ami-...\")"))
}
