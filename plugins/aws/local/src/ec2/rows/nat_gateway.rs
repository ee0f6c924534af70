//! The row of a NAT gateway.

use serde::{Deserialize, Serialize};

use crate::ec2::rows::kind::Kind;
use crate::world::{Phase, Resource};

/// A NAT gateway.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct NatGateway {
    pub(crate) nat_gateway_id: String,
    pub(crate) vpc_id: String,
    pub(crate) subnet_id: String,
    pub(crate) zone: String,
    pub(crate) allocation_id: String,
    pub(crate) phase: Phase,
    pub(crate) created: i64,
    pub(crate) deleted: Option<i64>,
    /// Its interface and addresses; absent if it failed.
    pub(crate) place: Option<NatGatewayPlace>,
    /// Code and message, if it failed.
    pub(crate) failure: Option<(String, String)>,
}

/// The interface of a gateway, with its addresses and its association.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct NatGatewayPlace {
    pub(crate) interface_id: String,
    pub(crate) private_ip: String,
    pub(crate) public_ip: String,
    pub(crate) association_id: String,
    /// True once the interface and the association have ended.
    pub(crate) is_left: bool,
}

impl Resource for NatGateway {
    const KIND: &'static str = "ec2:nat-gateway";
    fn id(&self) -> &str {
        &self.nat_gateway_id
    }
}

impl Kind for NatGateway {
    const PREFIX: &'static str = "nat-";
    const TYPE: &'static str = "natgateway";
    const MISSING: &'static str = "NatGatewayNotFound";
    const MALFORMED: &'static str = "NatGatewayMalformed";
}

impl NatGateway {
    /// Returns the state at a time.
    pub(crate) fn state(&self, now: i64) -> &str {
        self.phase.at(now)
    }

    /// Returns true while it is pending or available.
    pub(crate) fn is_active(&self, now: i64) -> bool {
        matches!(self.state(now), "pending" | "available")
    }
}
