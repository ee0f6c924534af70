//! NAT gateways: a private subnet reaches the internet by an address, a gateway and a route.

use kim_aws_local::{Fault, Trouble};
use kim_tests::{Boto, Cloud, Project};
use serde_json::json;

/// A VPC with a public and a private subnet, and an address on one of two interfaces.
const PROGRAM: &str = r#"
use kim::prelude::*;
use kim_aws::ec2;

#[kim::config]
#[derive(Default)]
#[serde(default)]
struct Config {
    /// The public subnet that the gateway stands in.
    place: usize,
    /// The interface that the other address leads to.
    interface: Option<usize>,
    team: Option<String>,
    /// If true, the VPC has no internet gateway.
    cut_off: bool,
}

#[kim::program]
fn deploy(stack: &Stack) -> Result<()> {
    let config: Config = stack.config()?;
    let team = config.team.unwrap_or_else(|| "network".to_owned());
    let vpc = ec2::Vpc::new("main").cidr_block("10.9.0.0/16").declare(stack);
    let internet = ec2::InternetGateway::new("main").vpc_id((!config.cut_off).then(|| vpc.id())).declare(stack);
    let subnet = |name: &str, cidr: &str| {
        ec2::Subnet::new(name).vpc_id(vpc.id()).cidr_block(cidr).availability_zone("eu-central-1a").declare(stack)
    };
    let public = [subnet("public-0", "10.9.0.0/24"), subnet("public-1", "10.9.1.0/24")];
    let private = subnet("private", "10.9.2.0/24");
    let address = ec2::Address::new("nat").tag("Team", team.clone()).declare(stack);
    let nat = ec2::NatGateway::new("main")
        .subnet_id(public[config.place].id())
        .allocation_id(address.id())
        .tag("Team", team)
        .options(|o| o.depends_on(&internet))
        .declare(stack);
    let table = ec2::RouteTable::new("private").vpc_id(vpc.id()).declare(stack);
    ec2::RouteTableAssociation::new("private").subnet_id(private.id()).route_table_id(table.id()).declare(stack);
    ec2::Route::new("out")
        .route_table_id(table.id())
        .destination_cidr_block("0.0.0.0/0")
        .nat_gateway_id(nat.id())
        .declare(stack);
    let interface = |name: &str| ec2::NetworkInterface::new(name).subnet_id(private.id()).declare(stack).id();
    let interfaces = [interface("a"), interface("b")];
    ec2::Address::new("other")
        .network_interface_id(config.interface.map(|index| interfaces[index].clone()))
        .options(|o| o.depends_on(&internet))
        .declare(stack);
    stack.export("public_ip", nat.public_ip());
    stack.export("interfaces", interfaces);
    Ok(())
}
"#;

fn project(name: &str, cloud: &Cloud) -> Option<(Project, Boto)> {
    let boto = cloud.boto()?;
    Some((Project::of_source(name, PROGRAM, &cloud.account()), boto))
}

/// Nothing is left to change, and the cloud has what is recorded.
#[track_caller]
fn expect_deployed(project: &Project, boto: &Boto) {
    project.expect_no_changes();
    project.matches(boto);
}

#[test]
fn a_private_subnet_has_a_way_out_that_changes_and_goes() {
    let cloud = Cloud::start();
    let Some((mut project, boto)) = project("way-out", &cloud) else { return };
    project.set("interface", "0");
    let up = project.up().succeeds();
    assert_eq!(up.resource("aws:ec2:NatGateway", "main")["micros_a_month"], 37_960_000);
    expect_deployed(&project, &boto);
    let of_nat = project.record("aws:ec2:Address", "nat")["id"].clone();
    let addresses =
        boto.list("ec2", "describe_addresses", json!({ "AllocationIds": [of_nat] }), "Addresses");
    assert_eq!(addresses[0]["PublicIp"], project.outputs()["public_ip"]);

    // Tags and the other address change in place; its association is deleted outside kim.
    project.set("interface", "1").set("team", "\"platform\"");
    assert_eq!(project.up().succeeds().changes(), [0, 3, 0, 0]);
    expect_deployed(&project, &boto);
    let other = project.record("aws:ec2:Address", "other")["id"].clone();
    let find =
        || boto.list("ec2", "describe_addresses", json!({ "AllocationIds": [other] }), "Addresses");
    assert_eq!(find()[0]["NetworkInterfaceId"], project.outputs()["interfaces"][1]);
    let association = find()[0]["AssociationId"].clone();
    boto.call("ec2", "disassociate_address", json!({ "AssociationId": association }));
    assert_eq!(project.up().succeeds().changes(), [0, 1, 0, 0]);
    assert_eq!(find()[0]["NetworkInterfaceId"], project.outputs()["interfaces"][1]);

    // An address has one gateway: the old one is deleted first, and the route is updated.
    project.set("place", "1");
    assert_eq!(project.up().succeeds().changes(), [0, 1, 1, 0]);
    expect_deployed(&project, &boto);
    project.destroy().succeeds();
    assert_eq!(boto.inventory(), Default::default(), "something is left");
}

#[test]
fn a_gateway_that_fails_says_why_and_the_next_run_makes_another() {
    let cloud = Cloud::start();
    let Some((mut project, boto)) = project("no-way-out", &cloud) else { return };
    project.set("cut_off", "true");
    project.up().exits(1).contains(&[
        "failed",
        "no Internet gateway attached",
        "let it depend on the internet gateway",
    ]);
    project.set("interface", "0");
    project.up().exits(1).contains(&["Gateway.NotAttached", "let this address depend on it"]);
    project.set("cut_off", "false");
    for action in ["AssociateAddress", "CreateNatGateway"] {
        cloud.faults().inject(Fault::next(action, Trouble::LoseAnswer));
    }
    project.up().succeeds();
    expect_deployed(&project, &boto);
    cloud.faults().inject(Fault::next("DeleteNatGateway", Trouble::LoseAnswer));
    project.destroy();
    project.destroy().succeeds();
    assert_eq!(boto.inventory(), Default::default(), "something is left");
}
