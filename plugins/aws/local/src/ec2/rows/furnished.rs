//! The mark of a region that has had its default VPC.

use serde::{Deserialize, Serialize};

use crate::world::Resource;

/// Says that a region was given what every region begins with.
///
/// So a default VPC that is deleted later is not created again.
#[derive(Serialize, Deserialize)]
pub(crate) struct Furnished(String);

impl Furnished {
    /// The one id in a region.
    pub(crate) const ID: &'static str = "ec2";

    /// Returns the mark.
    pub(crate) fn new() -> Furnished {
        Furnished(Furnished::ID.to_owned())
    }
}

impl Resource for Furnished {
    const KIND: &'static str = "ec2:furnished";
    fn id(&self) -> &str {
        &self.0
    }
}
