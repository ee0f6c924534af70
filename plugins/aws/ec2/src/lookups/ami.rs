//! Machine images.

use kim_plugin::prelude::*;

/// Finds a machine image by owner and name.
pub struct Ami;

/// What image is wanted.
#[derive(Clone, Debug, Object)]
pub struct AmiArguments {
    /// Whose image: an account, or `amazon`, `aws-marketplace`, `self`. Never leave this to chance: anybody can give an
    /// image any name. Ubuntu is 099720109477.
    pub owner: String,
    /// Its name; `*` and `?` stand for any text and any character:
    /// `ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server-*`.
    pub name: String,
    /// The processors that it is for.
    #[kim(default = "x86_64", one_of("x86_64", "arm64", "i386", "x86_64_mac", "arm64_mac"))]
    pub architecture: String,
    /// Takes the newest where several match; else that is an error.
    #[kim(default = true)]
    pub most_recent: bool,
}

/// The image.
#[derive(Clone, Debug, Object)]
pub struct AmiResults {
    /// Its id, `ami-…`.
    pub image_id: String,
    /// Its name.
    pub name: String,
    /// When it was made, `2026-01-31T12:00:00.000Z`.
    pub creation_date: String,
    /// The processors that it is for.
    pub architecture: String,
    /// The account that owns it.
    pub owner_id: String,
    /// The device of its root volume, `/dev/sda1`.
    pub root_device_name: Option<String>,
}

impl Lookup for Ami {
    const NAME: &'static str = "aws:ec2:ami";
    const DOCS: &'static str = "Finds a machine image by owner and name: the newest of those that match.";
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
    use crate::cloud::{client, filter, pages, some};

    pub(super) async fn look_up(arguments: AmiArguments) -> Result<AmiResults, Failure> {
        let request = client()?
            .describe_images()
            .owners(&arguments.owner)
            .filters(filter("name", [arguments.name.as_str()]))
            .filters(filter("architecture", [arguments.architecture.as_str()]))
            .filters(filter("state", ["available"]));
        let mut images = pages!(request, images);
        // Dates are of one form: their text sorts as they do.
        images.sort_by(|a, b| (a.creation_date(), a.image_id()).cmp(&(b.creation_date(), b.image_id())));
        let AmiArguments { owner, name, architecture, most_recent } = arguments;
        if images.len() > 1 && !most_recent {
            let count = images.len();
            let message = format!("{count} images of {owner} match '{name}'; narrow it down, or set most_recent");
            return Err(Failure::invalid(Path::key("name"), message));
        }
        let none = || Failure::NotFound(format!("no {architecture} image of {owner} matches '{name}' in this region"));
        images.pop().map(results).ok_or_else(none)
    }

    fn results(image: Image) -> AmiResults {
        AmiResults {
            root_device_name: some(image.root_device_name()),
            image_id: image.image_id.unwrap_or_default(),
            name: image.name.unwrap_or_default(),
            creation_date: image.creation_date.unwrap_or_default(),
            architecture: image.architecture.map_or_else(String::new, |kind| kind.as_str().to_owned()),
            owner_id: image.owner_id.unwrap_or_default(),
        }
    }
}
