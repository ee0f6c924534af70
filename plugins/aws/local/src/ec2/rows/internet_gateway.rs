//! The row of an internet gateway.

use serde::{Deserialize, Serialize};

use crate::ec2::rows::kind::Kind;
use crate::world::Resource;

/// An internet gateway.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct InternetGateway {
    pub(crate) gateway_id: String,
    pub(crate) vpc_id: Option<String>,
}

impl Resource for InternetGateway {
    const KIND: &'static str = "ec2:internet-gateway";
    fn id(&self) -> &str {
        &self.gateway_id
    }
}

impl Kind for InternetGateway {
    const PREFIX: &'static str = "igw-";
    const TYPE: &'static str = "internet-gateway";
    const MISSING: &'static str = "InvalidInternetGatewayID.NotFound";
}
