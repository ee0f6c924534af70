//! Route tables and which subnets use them. Invariants: a VPC has one main table; a subnet is in at most one
//! association, and without one it uses the main table.

use serde::{Deserialize, Serialize};

use super::gateway::Gateway;
use super::interface::Interface;
use super::kind::{Kind, all, change, erase, fresh, in_use, need, put, quota};
use super::listing::{describe, describing};
use super::nat_gateway::NatGateway;
use super::route::Route;
use super::subnet::Subnet;
use super::tags::{self, tag_specification};
use super::vpc::Vpc;
use crate::error::{Answer, AwsError, refuse};
use crate::node::Node;
use crate::service::{Action, Call};
use crate::world::Resource;

pub(super) const ACTIONS: &[Action] = &[
    Action::new("CreateRouteTable", tag_specification!("VpcId! ClientToken*"), create),
    Action::new("DescribeRouteTables", describing!("RouteTableId.N"), describe::<RouteTable>),
    Action::new("DeleteRouteTable", "RouteTableId! DryRun:b", delete),
    Action::new("AssociateRouteTable", "RouteTableId! SubnetId! DryRun:b", associate),
    Action::new("DisassociateRouteTable", "AssociationId! DryRun:b", disassociate),
    Action::new("ReplaceRouteTableAssociation", "AssociationId! RouteTableId! DryRun:b", replace),
];

/// A route table with its routes and associations.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct RouteTable {
    table_id: String,
    pub(super) vpc_id: String,
    pub(super) routes: Vec<Route>,
    associations: Vec<Association>,
}

/// The use of a table by a subnet, or, without one, as the VPC's main table.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Association {
    association_id: String,
    subnet_id: Option<String>,
}

impl Resource for RouteTable {
    const KIND: &'static str = "ec2:route-table";
    fn id(&self) -> &str {
        &self.table_id
    }
}

impl Kind for RouteTable {
    const PREFIX: &'static str = "rtb-";
    const TYPE: &'static str = "route-table";
    const MISSING: &'static str = "InvalidRouteTableID.NotFound";
    const IDS: &'static str = "RouteTableId";
    const SET: &'static str = "routeTableSet";
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
            "routeTableId" => &self.table_id, "vpcId" => &self.vpc_id, "ownerId" => &call.rules.account,
            "routeSet" => Node::list(routes), "associationSet" => Node::list(associations),
            "propagatingVgwSet" => Node::List(vec![]), "tagSet" => tags::show(call, &self.table_id),
        }
    }
}

impl RouteTable {
    pub(super) fn is_main(&self) -> bool {
        self.associations.iter().any(|association| association.subnet_id.is_none())
    }

    /// Whether the gateway serves this table's VPC.
    pub(super) fn has_gateway(&self, call: &Call, gateway_id: &str) -> bool {
        let gateway = call.world.get::<Gateway>(call.region(), gateway_id);
        gateway.is_some_and(|gateway| gateway.vpc_id.as_ref() == Some(&self.vpc_id))
    }

    /// Whether the NAT gateway is in this table's VPC, and not gone.
    pub(super) fn has_nat_gateway(&self, call: &Call, nat_gateway_id: &str) -> bool {
        let gateway = call.world.get::<NatGateway>(call.region(), nat_gateway_id);
        gateway.is_some_and(|gateway| gateway.vpc_id == self.vpc_id && gateway.is_there(call.now()))
    }

    /// Whether the interface is in this table's VPC.
    pub(super) fn has_interface(&self, call: &Call, interface_id: &str) -> bool {
        let interface = call.world.get::<Interface>(call.region(), interface_id);
        interface.is_some_and(|interface| interface.vpc_id == self.vpc_id)
    }
}

pub(super) fn make(call: &mut Call, vpc_id: &str, cidr: &str, main: bool) -> String {
    let table_id = fresh::<RouteTable>(call);
    let associations = main.then(|| association(call, None)).into_iter().collect();
    let routes = vec![Route::local(cidr)];
    put(call, RouteTable { table_id: table_id.clone(), vpc_id: vpc_id.to_owned(), routes, associations });
    table_id
}

fn association(call: &Call, subnet_id: Option<&str>) -> Association {
    let association_id = format!("rtbassoc-{}", call.world.fresh_hex(17));
    Association { association_id, subnet_id: subnet_id.map(str::to_owned) }
}

/// A deleted subnet uses no table any more.
pub(super) fn forget_subnet(call: &mut Call, subnet_id: &str) {
    for table in all::<RouteTable>(call) {
        let uses = |association: &Association| association.subnet_id.as_deref() == Some(subnet_id);
        if table.associations.iter().any(uses) {
            let mut table = RouteTable::clone(&table);
            table.associations.retain(|association| !uses(association));
            put(call, table);
        }
    }
}

fn create(call: &mut Call) -> Answer {
    let vpc = need::<Vpc>(call, call.text("VpcId"))?;
    let requested = tags::requested(call, &["route-table"])?;
    let siblings = all::<RouteTable>(call).iter().filter(|table| table.vpc_id == vpc.vpc_id).count();
    quota(call, siblings, 200, "RouteTableLimitExceeded", "route tables in a VPC")?;
    let table_id = make(call, &vpc.vpc_id, &vpc.cidr, false);
    tags::put::<RouteTable>(call, &table_id, &requested);
    let token = call.params().text("ClientToken").map(str::to_owned);
    Ok(node! { "routeTable" => need::<RouteTable>(call, &table_id)?.show(call), "clientToken" => token })
}

fn delete(call: &mut Call) -> Answer {
    let table_id = call.text("RouteTableId");
    if !need::<RouteTable>(call, table_id)?.associations.is_empty() {
        return in_use("routeTable", table_id);
    }
    erase::<RouteTable>(call, table_id);
    Ok(node! { "return" => true })
}

fn associate(call: &mut Call) -> Answer {
    let (table_id, subnet_id) = (call.text("RouteTableId"), call.text("SubnetId"));
    let table = need::<RouteTable>(call, table_id)?;
    let subnet = need::<Subnet>(call, subnet_id)?;
    same_network(&table, &subnet)?;
    let tables = all::<RouteTable>(call);
    let mut associations = tables.iter().flat_map(|table| &table.associations);
    if associations.any(|association| association.subnet_id.as_deref() == Some(subnet_id)) {
        let message =
            format!("the specified association for route table {table_id} conflicts with an existing association");
        return refuse("Resource.AlreadyAssociated", message);
    }
    let association = association(call, Some(subnet_id));
    let association_id = association.association_id.clone();
    change::<RouteTable>(call, table_id, |table| table.associations.push(association))?;
    Ok(node! { "associationId" => association_id, "associationState" => node! { "state" => "associated" } })
}

fn same_network(table: &RouteTable, subnet: &Subnet) -> Result<(), AwsError> {
    if table.vpc_id == subnet.vpc_id {
        return Ok(());
    }
    let message =
        format!("Route table {} and subnet {} belong to different networks", table.table_id, subnet.subnet_id);
    refuse("InvalidParameterValue", message)
}

/// The table that holds an association, and the association.
fn find(call: &Call, association_id: &str) -> Result<(String, Association), AwsError> {
    for table in all::<RouteTable>(call) {
        let mut associations = table.associations.iter();
        if let Some(found) = associations.find(|association| association.association_id == association_id) {
            return Ok((table.table_id.clone(), found.clone()));
        }
    }
    refuse("InvalidAssociationID.NotFound", format!("The association ID '{association_id}' does not exist"))
}

fn disassociate(call: &mut Call) -> Answer {
    let association_id = call.text("AssociationId");
    let (table_id, association) = find(call, association_id)?;
    if association.subnet_id.is_none() {
        let message = format!("cannot disassociate the main route table association {association_id}");
        return refuse("InvalidParameterValue", message);
    }
    change::<RouteTable>(call, &table_id, |table| {
        table.associations.retain(|association| association.association_id != association_id);
    })?;
    Ok(node! { "return" => true })
}

/// Moves a subnet, or the role of main table, to another table, under a new association id.
fn replace(call: &mut Call) -> Answer {
    let (association_id, table_id) = (call.text("AssociationId"), call.text("RouteTableId"));
    let (old_table_id, old) = find(call, association_id)?;
    let table = need::<RouteTable>(call, table_id)?;
    if need::<RouteTable>(call, &old_table_id)?.vpc_id != table.vpc_id {
        let message = format!("Route tables {old_table_id} and {table_id} belong to different networks");
        return refuse("InvalidParameterValue", message);
    }
    let new = association(call, old.subnet_id.as_deref());
    let new_id = new.association_id.clone();
    change::<RouteTable>(call, &old_table_id, |table| {
        table.associations.retain(|association| association.association_id != association_id);
    })?;
    change::<RouteTable>(call, table_id, |table| table.associations.push(new))?;
    Ok(node! { "newAssociationId" => new_id, "associationState" => node! { "state" => "associated" } })
}
