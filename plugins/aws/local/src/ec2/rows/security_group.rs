//! The row of a security group.

use serde::{Deserialize, Serialize};

use crate::ec2::rows::kind::Kind;
use crate::world::Resource;

/// A security group.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SecurityGroup {
    pub(crate) group_id: String,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) vpc_id: String,
}

impl Resource for SecurityGroup {
    const KIND: &'static str = "ec2:security-group";
    fn id(&self) -> &str {
        &self.group_id
    }
}

impl Kind for SecurityGroup {
    const PREFIX: &'static str = "sg-";
    const TYPE: &'static str = "security-group";
    const MISSING: &'static str = "InvalidGroup.NotFound";
    const MALFORMED: &'static str = "InvalidGroupId.Malformed";
}

impl SecurityGroup {
    /// Returns true for the default group of its VPC.
    pub(crate) fn is_default(&self) -> bool {
        self.name == "default"
    }
}
