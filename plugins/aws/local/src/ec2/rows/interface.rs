//! The row of a network interface, which is attached to at most one instance.

use serde::{Deserialize, Serialize};

use crate::ec2::rows::kind::Kind;
use crate::world::{Phase, Resource};

/// The prefix of the ids of AWS's own attachments.
pub(crate) const MANAGED_ATTACHMENT: &str = "ela-attach-";

/// A network interface.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Interface {
    pub(crate) interface_id: String,
    pub(crate) subnet_id: String,
    pub(crate) vpc_id: String,
    pub(crate) zone: String,
    /// Private addresses, the primary one first.
    pub(crate) addresses: Vec<String>,
    /// The public address that was given at launch.
    ///
    /// It is valid as long as the instance runs.
    pub(crate) public_ip: Option<String>,
    pub(crate) groups: Vec<String>,
    pub(crate) description: String,
    pub(crate) source_dest_check: bool,
    pub(crate) mac: String,
    pub(crate) phase: Phase,
    pub(crate) attachment: Option<InterfaceAttachment>,
    /// The NAT gateway that AWS created the interface for.
    ///
    /// Nothing else may use the interface.
    #[serde(default)]
    pub(crate) nat_gateway_id: Option<String>,
}

/// The attachment of an interface to an instance.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct InterfaceAttachment {
    pub(crate) attachment_id: String,
    pub(crate) instance_id: String,
    pub(crate) device_index: i64,
    pub(crate) delete_on_termination: bool,
    pub(crate) at: i64,
    /// `detached` means that the interface is free again.
    pub(crate) phase: Phase,
}

impl Resource for Interface {
    const KIND: &'static str = "ec2:network-interface";
    fn id(&self) -> &str {
        &self.interface_id
    }
    fn owner(&self) -> Option<&str> {
        Some(&self.subnet_id)
    }
}

impl Kind for Interface {
    const PREFIX: &'static str = "eni-";
    const TYPE: &'static str = "network-interface";
    const MISSING: &'static str = "InvalidNetworkInterfaceID.NotFound";
    const MALFORMED: &'static str = "InvalidNetworkInterfaceId.Malformed";
}

impl Interface {
    /// Returns true if AWS manages it, for a NAT gateway.
    pub(crate) fn is_managed(&self) -> bool {
        self.nat_gateway_id.is_some()
    }

    /// Returns the primary private address.
    pub(crate) fn primary_address(&self) -> &str {
        self.addresses.first().map_or("", String::as_str)
    }

    /// Returns the attachment, unless it has ended.
    pub(crate) fn attachment(&self, now: i64) -> Option<&InterfaceAttachment> {
        self.attachment.as_ref().filter(|attachment| attachment.phase.at(now) != "detached")
    }

    /// Returns the instance that it is attached to.
    pub(crate) fn instance_id(&self, now: i64) -> Option<&str> {
        self.attachment(now).map(|attachment| attachment.instance_id.as_str())
    }
}
