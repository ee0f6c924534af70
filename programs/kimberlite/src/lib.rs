//! A Kimberlite cluster on AWS: a program for kim, and the component that it declares.
//!
//! [`deploy`] reads the configuration ([`config`]) and declares a [`Cluster`]. Another program can
//! declare a `Cluster` beside other resources. It depends on this crate with the feature `library`.
//!
//! What follows from the order of the resources, and where to find it:
//! - Every node has a network interface, whose address follows from the node's number (`nodes`). So
//!   each node's first-boot script names all peers, and no dependency forms a circle.
//! - Volumes are created before the instance, so the script can name them. Attachments are created
//!   after it, and the script waits for them (`first_boot`).
//! - A change that a standing cluster does not survive is refused (`standing`). Any other is
//!   applied to one node at a time (`nodes`).

mod backup;
mod cidr;
mod cluster;
pub mod config;
mod costs;
mod encryption;
mod first_boot;
mod identity;
mod network;
mod nodes;
mod security;
mod standing;

use kim::prelude::*;

pub use cidr::Cidr;
pub use cluster::{
    Access, Backup, Cluster, Declared, Monitoring, Network, Node, Release, Sources, Subnet, Tls,
    Usage, Volume,
};
pub use config::Config;

/// The keys of the table `aws` that the program reads.
///
/// The plugins read the others.
#[derive(kim::serde::Deserialize)]
#[serde(crate = "kim::serde")]
struct Aws {
    region: Option<String>,
}

/// Deploys one cluster as `config` says.
#[kim::program(unless_feature = "library")]
pub fn deploy(stack: &Stack) -> Result<()> {
    let config: Config = stack.config()?;
    let Some(region) = stack.settings::<Aws>("aws")?.region else {
        kim::bail!(
            "aws.region is missing: write [aws] region = \"eu-central-1\" into Kim.{}.toml",
            stack.name()
        );
    };
    let name = format!("{}-{}", stack.project(), stack.name());

    let cluster = config.cluster(&name, &region)?.declare(stack, "main");

    // The next run compares its settings with this record.
    stack.export("cluster", cluster.standing(stack, "cluster"));
    stack.export("zones", cluster.zones());
    stack.export("addresses", cluster.addresses());
    stack.export("client_addresses", cluster.client_addresses());
    if !cluster.public_addresses().is_empty() {
        stack.export("public_addresses", cluster.public_addresses());
    }
    stack.export("instances", cluster.instances());
    stack.export("volumes", cluster.volumes());
    stack.export("subnets", cluster.subnets());
    stack.export("vpc", cluster.vpc());
    stack.export("key_arn", cluster.key_arn());
    Ok(())
}
