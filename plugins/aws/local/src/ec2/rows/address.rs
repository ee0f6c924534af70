//! The row of an elastic address.

use serde::{Deserialize, Serialize};

use crate::ec2::rows::kind::Kind;
use crate::world::Resource;

/// An elastic address.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Address {
    pub(crate) allocation_id: String,
    pub(crate) public_ip: String,
    pub(crate) association: Option<AddressAssociation>,
}

/// The interface and the private address that an address is associated with.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct AddressAssociation {
    pub(crate) association_id: String,
    pub(crate) interface_id: String,
    pub(crate) private_ip: String,
}

impl Resource for Address {
    const KIND: &'static str = "ec2:elastic-ip";
    fn id(&self) -> &str {
        &self.allocation_id
    }
}

impl Kind for Address {
    const PREFIX: &'static str = "eipalloc-";
    const TYPE: &'static str = "elastic-ip";
    const MISSING: &'static str = "InvalidAllocationID.NotFound";
}
