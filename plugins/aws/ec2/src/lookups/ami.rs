//! Machine images.

use kim_plugin::prelude::*;

/// The lookup of a machine image by owner and name.
pub struct Ami;

/// The arguments of the lookup of a machine image.
#[derive(Clone, Debug, Object)]
pub struct AmiArguments {
    /// The owner: an account, or `amazon`, `aws-marketplace`, `self`.
    ///
    /// The owner makes the image trustworthy: anybody can give an image any name. Canonical, for
    /// Ubuntu, is 099720109477.
    pub owner: String,
    /// The name. `*` stands for any text, `?` for any character.
    ///
    /// An example is `ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server-*`.
    pub name: String,
    /// The processor architecture.
    #[kim(default = "x86_64", one_of("x86_64", "arm64", "i386", "x86_64_mac", "arm64_mac"))]
    pub architecture: String,
    /// If true, the newest of several matches is taken; if false, several are an error.
    #[kim(default = true)]
    pub most_recent: bool,
}

/// The machine image.
#[derive(Clone, Debug, Object)]
pub struct AmiResults {
    /// The image's id, `ami-…`.
    pub image_id: String,
    /// The image's name.
    pub name: String,
    /// The time of its creation, `2026-01-31T12:00:00.000Z`.
    pub creation_date: String,
    /// The processor architecture.
    pub architecture: String,
    /// The id of the account that owns it.
    pub owner_id: String,
    /// The device name of its root volume, `/dev/sda1`.
    pub root_device_name: Option<String>,
}

impl Lookup for Ami {
    const NAME: &'static str = "aws:ec2:ami";
    const DOCS: &'static str =
        "Finds a machine image by owner and name, by default the newest that matches.";
    type Arguments = AmiArguments;
    type Results = AmiResults;

    async fn look_up(arguments: AmiArguments) -> Result<AmiResults, Failure> {
        crate::in_cloud::in_cloud!(cloud::look_up(arguments))
    }
}

#[cfg(target_arch = "wasm32")]
mod cloud {
    use aws_sdk_ec2::types::Image;
    use kim_plugin::prelude::*;

    use super::{AmiArguments, AmiResults};
    use crate::cloud::{client, filter, non_empty, pages};

    pub(super) async fn look_up(arguments: AmiArguments) -> Result<AmiResults, Failure> {
        let request = client()?
            .describe_images()
            .owners(&arguments.owner)
            .filters(filter("name", [arguments.name.as_str()]))
            .filters(filter("architecture", [arguments.architecture.as_str()]))
            .filters(filter("state", ["available"]));
        let mut images = pages!(request, images);
        // All dates have the same format, so their texts sort by time.
        images.sort_by(|a, b| {
            (a.creation_date(), a.image_id()).cmp(&(b.creation_date(), b.image_id()))
        });
        let AmiArguments { owner, name, architecture, most_recent } = arguments;
        if images.len() > 1 && !most_recent {
            let count = images.len();
            let message = format!(
                "{count} images of {owner} match '{name}'; narrow it down, or set most_recent"
            );
            return Err(Failure::invalid(Path::key("name"), message));
        }
        let none = || {
            Failure::NotFound(format!(
                "no {architecture} image of {owner} matches '{name}' in this region"
            ))
        };
        images.pop().map(results).ok_or_else(none)
    }

    fn results(image: Image) -> AmiResults {
        AmiResults {
            root_device_name: non_empty(image.root_device_name()),
            image_id: image.image_id.unwrap_or_default(),
            name: image.name.unwrap_or_default(),
            creation_date: image.creation_date.unwrap_or_default(),
            architecture: image
                .architecture
                .map_or_else(String::new, |kind| kind.as_str().to_owned()),
            owner_id: image.owner_id.unwrap_or_default(),
        }
    }
}
