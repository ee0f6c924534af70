//! The network: a VPC with a subnet a zone and a way to the internet, or an existing one.

use kim::Options;
use kim::prelude::*;
use kim_aws::ec2::{
    Address, AvailabilityZonesLookup, InternetGateway, NatGateway, Route, RouteTable,
    RouteTableAssociation, Subnet, Vpc,
};

use crate::cidr::Cidr;
use crate::cluster::{self, Cluster, Network};
use crate::config::Internet;

/// The parts of the network that the nodes need.
pub(crate) struct DeclaredNetwork {
    pub(crate) vpc: Output<String>,
    /// The subnets' ids, in the order of the zones.
    pub(crate) subnets: Vec<Output<String>>,
    /// The way to the internet, which a node needs before it downloads anything.
    ways_out: Vec<Output<String>>,
}

impl DeclaredNetwork {
    /// Returns options that make a resource wait for the way to the internet.
    pub(crate) fn after_ways_out(&self, options: Options) -> Options {
        self.ways_out.iter().fold(options, |options, way| options.depends_on(way))
    }
}

/// Declares the network, or takes the existing one.
pub(crate) fn declare(cluster: &Cluster, scope: &Stack) -> DeclaredNetwork {
    match &cluster.network {
        Network::New { cidr, subnets, public } => new(cluster, *cidr, subnets, *public, scope),
        Network::Existing { vpc, subnets } => DeclaredNetwork {
            vpc: Output::of(vpc),
            subnets: subnets.iter().map(|(id, _)| Output::of(id)).collect(),
            ways_out: Vec::new(),
        },
    }
}

/// Returns the zones of nodes and subnets, once the region is known to have them.
pub(crate) fn zones(cluster: &Cluster, scope: &Stack) -> Output<Vec<String>> {
    let own = match &cluster.network {
        Network::New { subnets, .. } => subnets.iter().map(|subnet| subnet.zone.clone()).collect(),
        Network::Existing { .. } => Vec::new(),
    };
    let mut wanted: Vec<String> =
        cluster.nodes.iter().map(|node| node.zone.clone()).chain(own).collect();
    wanted.sort();
    wanted.dedup();
    AvailabilityZonesLookup::new().look_up(scope).names().try_map(move |names: Vec<String>| {
        for zone in &wanted {
            kim::ensure!(
                names.contains(zone),
                "config.zones: the region has no zone {zone} for this account; it has {}",
                names.join(", ")
            );
        }
        Ok(wanted.clone())
    })
}

/// Declares a VPC with one route table for all subnets of nodes.
///
/// The nodes reach the internet through a NAT gateway or with public addresses. From the internet,
/// only what the security group allows comes in.
fn new(
    cluster: &Cluster,
    cidr: Cidr,
    subnets: &[cluster::Subnet],
    public: Option<Cidr>,
    scope: &Stack,
) -> DeclaredNetwork {
    let vpc = Vpc::new("vpc")
        .cidr_block(cidr.to_string())
        .enable_dns_hostnames(true)
        .tags(cluster.tags("vpc"))
        .declare(scope);
    let table =
        RouteTable::new("routes").vpc_id(vpc.id()).tags(cluster.tags("routes")).declare(scope);
    let to_internet =
        Route::new("internet").route_table_id(table.id()).destination_cidr_block("0.0.0.0/0");
    let gateway = || {
        InternetGateway::new("gateway")
            .vpc_id(vpc.id())
            .tags(cluster.tags("gateway"))
            .declare(scope)
    };
    let ways_out = match (public, cluster.internet) {
        (Some(cidr), _) => {
            let nat = nat(cluster, cidr, &vpc, &gateway(), &subnets[0].zone, scope);
            vec![to_internet.nat_gateway_id(nat.id()).declare(scope).id()]
        }
        (None, Internet::Public) => {
            vec![to_internet.gateway_id(gateway().id()).declare(scope).id()]
        }
        (None, Internet::Nat | Internet::None) => Vec::new(),
    };
    let subnet = |subnet: &cluster::Subnet| {
        let declared = Subnet::new(&subnet.zone)
            .vpc_id(vpc.id())
            .cidr_block(subnet.cidr.to_string())
            .availability_zone(&subnet.zone)
            .tags(cluster.tags(&subnet.zone))
            .declare(scope);
        RouteTableAssociation::new(&subnet.zone)
            .subnet_id(declared.id())
            .route_table_id(table.id())
            .declare(scope);
        declared.id()
    };
    DeclaredNetwork { vpc: vpc.id(), subnets: subnets.iter().map(subnet).collect(), ways_out }
}

/// Declares a NAT gateway in a subnet of its own.
///
/// Only that subnet has a route to the internet gateway.
fn nat(
    cluster: &Cluster,
    cidr: Cidr,
    vpc: &Vpc,
    gateway: &InternetGateway,
    zone: &str,
    scope: &Stack,
) -> NatGateway {
    let table = RouteTable::new("nat").vpc_id(vpc.id()).tags(cluster.tags("nat")).declare(scope);
    let route = Route::new("nat")
        .route_table_id(table.id())
        .destination_cidr_block("0.0.0.0/0")
        .gateway_id(gateway.id())
        .declare(scope);
    let subnet = Subnet::new("nat")
        .vpc_id(vpc.id())
        .cidr_block(cidr.to_string())
        .availability_zone(zone)
        .tags(cluster.tags("nat"))
        .declare(scope);
    let association = RouteTableAssociation::new("nat")
        .subnet_id(subnet.id())
        .route_table_id(table.id())
        .declare(scope);
    let address = Address::new("nat")
        .tags(cluster.tags("nat"))
        .options(|o| o.depends_on(gateway))
        .declare(scope);
    NatGateway::new("nat")
        .subnet_id(subnet.id())
        .allocation_id(address.id())
        .tags(cluster.tags("nat"))
        .options(|o| o.depends_on(&route).depends_on(&association))
        .declare(scope)
}
