//! The network: a VPC with a subnet a zone and a way to the internet, or an existing one.

use kim::prelude::*;
use kim_aws::ec2::{InternetGateway, Route, RouteTable, RouteTableAssociation, Subnet, Vpc};

use crate::cidr::Cidr;
use crate::cluster::{self, Cluster, Network};

/// What the nodes need of the network.
pub(crate) struct Declared {
    pub(crate) vpc: Output<String>,
    /// In the order of the zones.
    pub(crate) subnets: Vec<Output<String>>,
}

pub(crate) fn declare(cluster: &Cluster, scope: &Stack) -> Declared {
    match &cluster.network {
        Network::New { cidr, subnets } => new(cluster, *cidr, subnets, scope),
        Network::Existing { vpc, subnets } => {
            Declared { vpc: Output::of(vpc), subnets: subnets.iter().map(|(id, _)| Output::of(id)).collect() }
        }
    }
}

/// One route table for all subnets: they all go out through the one internet gateway. A node has no public address of its own,
/// so nothing comes in from there.
fn new(cluster: &Cluster, cidr: Cidr, subnets: &[cluster::Subnet], scope: &Stack) -> Declared {
    let vpc = Vpc::new("vpc")
        .cidr_block(cidr.to_string())
        .enable_dns_hostnames(true)
        .tags(cluster.tags("vpc"))
        .declare(scope);
    let gateway = InternetGateway::new("gateway").vpc_id(vpc.id()).tags(cluster.tags("gateway")).declare(scope);
    let table = RouteTable::new("routes").vpc_id(vpc.id()).tags(cluster.tags("routes")).declare(scope);
    Route::new("internet")
        .route_table_id(table.id())
        .destination_cidr_block("0.0.0.0/0")
        .gateway_id(gateway.id())
        .declare(scope);
    let subnet = |subnet: &cluster::Subnet| {
        let declared = Subnet::new(&subnet.zone)
            .vpc_id(vpc.id())
            .cidr_block(subnet.cidr.to_string())
            .availability_zone(&subnet.zone)
            .tags(cluster.tags(&subnet.zone))
            .declare(scope);
        RouteTableAssociation::new(&subnet.zone).subnet_id(declared.id()).route_table_id(table.id()).declare(scope);
        declared.id()
    };
    Declared { vpc: vpc.id(), subnets: subnets.iter().map(subnet).collect() }
}
