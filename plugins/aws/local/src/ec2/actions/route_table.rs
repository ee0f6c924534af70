//! The actions of route tables.
//!
//! Invariants: a VPC has one main table. A subnet is in at most one association; without one, it
//! uses the main table.

use crate::ec2::queries::tags::{put_tags, requested_tags, tag_specification};
use crate::ec2::rows::kind::{all, change, erase, fresh, in_use, need, put, quota};
use crate::ec2::rows::route::Route;
use crate::ec2::rows::route_table::{RouteTable, RouteTableAssociation};
use crate::ec2::rows::subnet::Subnet;
use crate::ec2::rows::vpc::Vpc;
use crate::ec2::views::listing::{describe, describing};
use crate::ec2::views::show::Show;
use crate::error::{Answer, AwsError, refuse};
use crate::service::{Action, Call};

pub(crate) const ACTIONS: &[Action] = &[
    Action::new("CreateRouteTable", tag_specification!("VpcId! ClientToken*"), create),
    Action::new("DescribeRouteTables", describing!("RouteTableId.N"), describe::<RouteTable>),
    Action::new("DeleteRouteTable", "RouteTableId! DryRun:b", delete),
    Action::new("AssociateRouteTable", "RouteTableId! SubnetId! DryRun:b", associate),
    Action::new("DisassociateRouteTable", "AssociationId! DryRun:b", disassociate),
    Action::new("ReplaceRouteTableAssociation", "AssociationId! RouteTableId! DryRun:b", replace),
];

/// Inserts a route table with its local route, and returns its id.
pub(crate) fn insert_route_table(call: &mut Call, vpc_id: &str, cidr: &str, main: bool) -> String {
    let table_id = fresh::<RouteTable>(call);
    let associations = main.then(|| new_association(call, None)).into_iter().collect();
    let routes = vec![Route::local(cidr)];
    put(
        call,
        RouteTable { table_id: table_id.clone(), vpc_id: vpc_id.to_owned(), routes, associations },
    );
    table_id
}

fn new_association(call: &Call, subnet_id: Option<&str>) -> RouteTableAssociation {
    let association_id = format!("rtbassoc-{}", call.world.fresh_hex(17));
    RouteTableAssociation { association_id, subnet_id: subnet_id.map(str::to_owned) }
}

/// Removes a deleted subnet's associations.
pub(crate) fn disassociate_subnet(call: &mut Call, subnet_id: &str) {
    for table in all::<RouteTable>(call) {
        let uses = |association: &RouteTableAssociation| {
            association.subnet_id.as_deref() == Some(subnet_id)
        };
        if table.associations.iter().any(uses) {
            let mut table = RouteTable::clone(&table);
            table.associations.retain(|association| !uses(association));
            put(call, table);
        }
    }
}

fn create(call: &mut Call) -> Answer {
    let vpc = need::<Vpc>(call, call.text("VpcId"))?;
    let requested = requested_tags(call, &["route-table"])?;
    let siblings =
        all::<RouteTable>(call).iter().filter(|table| table.vpc_id == vpc.vpc_id).count();
    quota(call, siblings, 200, "RouteTableLimitExceeded", "route tables in a VPC")?;
    let table_id = insert_route_table(call, &vpc.vpc_id, &vpc.cidr, false);
    put_tags::<RouteTable>(call, &table_id, &requested);
    let token = call.params().text("ClientToken").map(str::to_owned);
    Ok(
        node! { "routeTable" => need::<RouteTable>(call, &table_id)?.show(call), "clientToken" => token },
    )
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
    check_same_network(&table, &subnet)?;
    let tables = all::<RouteTable>(call);
    let mut associations = tables.iter().flat_map(|table| &table.associations);
    if associations.any(|association| association.subnet_id.as_deref() == Some(subnet_id)) {
        let message = format!(
            "the specified association for route table {table_id} conflicts with an existing association"
        );
        return refuse("Resource.AlreadyAssociated", message);
    }
    let association = new_association(call, Some(subnet_id));
    let association_id = association.association_id.clone();
    change::<RouteTable>(call, table_id, |table| table.associations.push(association))?;
    Ok(
        node! { "associationId" => association_id, "associationState" => node! { "state" => "associated" } },
    )
}

fn check_same_network(table: &RouteTable, subnet: &Subnet) -> Result<(), AwsError> {
    if table.vpc_id == subnet.vpc_id {
        return Ok(());
    }
    let message = format!(
        "Route table {} and subnet {} belong to different networks",
        table.table_id, subnet.subnet_id
    );
    refuse("InvalidParameterValue", message)
}

/// Returns the id of the table that holds an association, and the association.
fn find_association(
    call: &Call,
    association_id: &str,
) -> Result<(String, RouteTableAssociation), AwsError> {
    for table in all::<RouteTable>(call) {
        let mut associations = table.associations.iter();
        if let Some(found) =
            associations.find(|association| association.association_id == association_id)
        {
            return Ok((table.table_id.clone(), found.clone()));
        }
    }
    refuse(
        "InvalidAssociationID.NotFound",
        format!("The association ID '{association_id}' does not exist"),
    )
}

fn disassociate(call: &mut Call) -> Answer {
    let association_id = call.text("AssociationId");
    let (table_id, association) = find_association(call, association_id)?;
    if association.subnet_id.is_none() {
        let message =
            format!("cannot disassociate the main route table association {association_id}");
        return refuse("InvalidParameterValue", message);
    }
    change::<RouteTable>(call, &table_id, |table| {
        table.associations.retain(|association| association.association_id != association_id);
    })?;
    Ok(node! { "return" => true })
}

/// Moves an association to another table, under a new id.
///
/// It is the association of a subnet, or that of a VPC's main table.
fn replace(call: &mut Call) -> Answer {
    let (association_id, table_id) = (call.text("AssociationId"), call.text("RouteTableId"));
    let (old_table_id, old) = find_association(call, association_id)?;
    let table = need::<RouteTable>(call, table_id)?;
    if need::<RouteTable>(call, &old_table_id)?.vpc_id != table.vpc_id {
        let message =
            format!("Route tables {old_table_id} and {table_id} belong to different networks");
        return refuse("InvalidParameterValue", message);
    }
    let new = new_association(call, old.subnet_id.as_deref());
    let new_id = new.association_id.clone();
    change::<RouteTable>(call, &old_table_id, |table| {
        table.associations.retain(|association| association.association_id != association_id);
    })?;
    change::<RouteTable>(call, table_id, |table| table.associations.push(new))?;
    Ok(
        node! { "newAssociationId" => new_id, "associationState" => node! { "state" => "associated" } },
    )
}
