//! How a NAT gateway is shown.

use crate::ec2::rows::nat_gateway::NatGateway;
use crate::ec2::views::show::Show;
use crate::ec2::views::tags::show_tags;
use crate::node::Node;
use crate::service::Call;
use crate::world::timestamp;

impl Show for NatGateway {
    const IDS: &'static str = "NatGatewayId";
    const SET: &'static str = "natGatewaySet";
    const FILTERS: &'static [(&'static str, &'static str)] = &[
        ("nat-gateway-id", "natGatewayId"),
        ("state", "state"),
        ("subnet-id", "subnetId"),
        ("vpc-id", "vpcId"),
    ];

    /// Shows only the allocation of its address while it is pending, as AWS does.
    fn show(&self, call: &Call) -> Node {
        let state = self.state(call.now());
        let place = self.place.as_ref().filter(|_| state != "pending");
        let address = node! {
            "allocationId" => &self.allocation_id, "networkInterfaceId" => place.map(|place| &place.interface_id),
            "privateIp" => place.map(|place| &place.private_ip), "publicIp" => place.map(|place| &place.public_ip),
            "associationId" => place.map(|place| &place.association_id), "isPrimary" => place.map(|_| true),
            "status" => place.map(|_| "succeeded"),
        };
        let failure = self.failure.as_ref().filter(|_| state != "pending");
        node! {
            "natGatewayId" => &self.nat_gateway_id, "vpcId" => &self.vpc_id, "subnetId" => &self.subnet_id,
            "state" => state, "createTime" => timestamp(self.created), "deleteTime" => self.deleted.map(timestamp),
            "connectivityType" => "public", "availabilityMode" => "zonal",
            "natGatewayAddressSet" => Node::list([address]),
            "failureCode" => failure.map(|(code, _)| code), "failureMessage" => failure.map(|(_, message)| message),
            "tagSet" => show_tags(call, &self.nat_gateway_id),
        }
    }
}
