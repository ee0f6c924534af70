//! How a route is shown.

use crate::ec2::rows::interface::Interface;
use crate::ec2::rows::route::{Route, RouteTarget};
use crate::ec2::rows::route_table::RouteTable;
use crate::node::Node;
use crate::service::Call;

impl Route {
    /// Returns the route as its table shows it.
    ///
    /// A route is a black hole if its target was deleted or has left the VPC.
    pub(crate) fn show(&self, call: &Call, table: &RouteTable) -> Node {
        let (gateway, nat_gateway, interface, active) = match &self.target {
            RouteTarget::Local => (Some("local"), None, None, true),
            RouteTarget::Gateway(id) => {
                (Some(id.as_str()), None, None, table.has_gateway(call, id))
            }
            RouteTarget::NatGateway(id) => {
                (None, Some(id.as_str()), None, table.has_nat_gateway(call, id))
            }
            RouteTarget::Interface(id) => {
                (None, None, Some(id.as_str()), table.has_interface(call, id))
            }
        };
        let attachment = interface.and_then(|id| call.world.get::<Interface>(call.region(), id));
        let instance =
            attachment.and_then(|interface| interface.instance_id(call.now()).map(str::to_owned));
        let owner = instance.as_ref().map(|_| call.settings.account.clone());
        let is_v6 = self.destination.contains(':');
        node! {
            "destinationCidrBlock" => Some(&self.destination).filter(|_| !is_v6),
            "destinationIpv6CidrBlock" => Some(&self.destination).filter(|_| is_v6),
            "gatewayId" => gateway, "natGatewayId" => nat_gateway, "instanceId" => instance, "instanceOwnerId" => owner,
            "networkInterfaceId" => interface,
            "origin" => &self.origin, "state" => if active { "active" } else { "blackhole" },
        }
    }
}
