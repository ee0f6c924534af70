//! How a route table is shown.

use crate::ec2::rows::route_table::RouteTable;
use crate::ec2::views::show::Show;
use crate::ec2::views::tags::show_tags;
use crate::node::Node;
use crate::service::Call;

impl Show for RouteTable {
    const IDS: &'static str = "RouteTableId";
    const SET: &'static str = "routeTableSet";
    const LEAVES_OUT: &'static [&'static str] = &[];
    const PAGE_LIMIT: i64 = 100;
    const FILTERS: &'static [(&'static str, &'static str)] = &[
        ("route-table-id", "routeTableId"),
        ("vpc-id", "vpcId"),
        ("owner-id", "ownerId"),
        ("association.main", "associationSet.main"),
        ("association.subnet-id", "associationSet.subnetId"),
        ("association.route-table-id", "associationSet.routeTableId"),
        ("association.route-table-association-id", "associationSet.routeTableAssociationId"),
        ("route.destination-cidr-block", "routeSet.destinationCidrBlock"),
        ("route.destination-ipv6-cidr-block", "routeSet.destinationIpv6CidrBlock"),
        ("route.gateway-id", "routeSet.gatewayId"),
        ("route.instance-id", "routeSet.instanceId"),
        ("route.nat-gateway-id", "routeSet.natGatewayId"),
        ("route.origin", "routeSet.origin"),
        ("route.state", "routeSet.state"),
        ("association.gateway-id", "associationSet.gatewayId"),
        ("route.destination-prefix-list-id", "routeSet.destinationPrefixListId"),
        ("route.egress-only-internet-gateway-id", "routeSet.egressOnlyInternetGatewayId"),
        ("route.transit-gateway-id", "routeSet.transitGatewayId"),
        ("route.vpc-peering-connection-id", "routeSet.vpcPeeringConnectionId"),
    ];

    fn show(&self, call: &Call) -> Node {
        let associations = self.associations.iter().map(|association| {
            node! {
                "routeTableAssociationId" => &association.association_id, "routeTableId" => &self.table_id,
                "subnetId" => association.subnet_id.clone(), "main" => association.subnet_id.is_none(),
                "associationState" => node! { "state" => "associated" },
            }
        });
        let routes = self.routes.iter().map(|route| route.show(call, self));
        node! {
            "routeTableId" => &self.table_id, "vpcId" => &self.vpc_id, "ownerId" => &call.settings.account,
            "routeSet" => Node::list(routes), "associationSet" => Node::list(associations),
            "propagatingVgwSet" => Node::List(vec![]), "tagSet" => show_tags(call, &self.table_id),
        }
    }
}
