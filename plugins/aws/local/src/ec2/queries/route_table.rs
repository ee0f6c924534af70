//! What the routes of a table may lead to.

use crate::ec2::rows::interface::Interface;
use crate::ec2::rows::internet_gateway::InternetGateway;
use crate::ec2::rows::nat_gateway::NatGateway;
use crate::ec2::rows::route_table::RouteTable;
use crate::service::Call;

impl RouteTable {
    /// Returns true if the gateway serves this table's VPC.
    pub(crate) fn has_gateway(&self, call: &Call, gateway_id: &str) -> bool {
        let gateway = call.world.get::<InternetGateway>(call.region(), gateway_id);
        gateway.is_some_and(|gateway| gateway.vpc_id.as_ref() == Some(&self.vpc_id))
    }

    /// Returns true if the NAT gateway is in this table's VPC, and not deleted.
    pub(crate) fn has_nat_gateway(&self, call: &Call, nat_gateway_id: &str) -> bool {
        let gateway = call.world.get::<NatGateway>(call.region(), nat_gateway_id);
        gateway
            .is_some_and(|gateway| gateway.vpc_id == self.vpc_id && gateway.is_active(call.now()))
    }

    /// Returns true if the interface is in this table's VPC.
    pub(crate) fn has_interface(&self, call: &Call, interface_id: &str) -> bool {
        let interface = call.world.get::<Interface>(call.region(), interface_id);
        interface.is_some_and(|interface| interface.vpc_id == self.vpc_id)
    }
}
