//! The row of a VPC's default network ACL.

use serde::{Deserialize, Serialize};

use crate::ec2::rows::kind::Kind;
use crate::world::Resource;

/// A VPC's default network ACL; there are no others here.
///
/// It allows everything, and every subnet is in it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct NetworkAcl {
    pub(crate) acl_id: String,
    pub(crate) vpc_id: String,
}

impl Resource for NetworkAcl {
    const KIND: &'static str = "ec2:network-acl";
    fn id(&self) -> &str {
        &self.acl_id
    }
}

impl Kind for NetworkAcl {
    const PREFIX: &'static str = "acl-";
    const TYPE: &'static str = "network-acl";
    const MISSING: &'static str = "InvalidNetworkAclID.NotFound";
}
