//! A Kimberlite cluster on AWS: a program for kim, and the component that it is made of.
//!
//! [`deploy`] reads the configuration ([`config`]), and declares a [`Cluster`]. Another program can declare a `Cluster` of its
//! own beside other things: it depends on this crate with the feature `library`.
//!
//! What follows from the order of things, and where to find it:
//! - Every node has a network interface with an address that follows from its number (`nodes`), so each node's first-boot
//!   script names all peers and nothing depends in a circle.
//! - Volumes come before the instance, so that the script can name them; attachments come after it, and the script waits
//!   for them (`first_boot`).
//! - What a standing cluster does not survive is refused (`standing`); what it survives goes over the nodes one at a time
//!   (`nodes`).

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
    Access, Backup, Cluster, Declared, Monitoring, Network, Node, Release, Sources, Subnet, Tls, Usage, Volume,
};
pub use config::Config;

/// What the program reads of the table `aws`, whose other keys are the plugins'.
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
        kim::bail!("aws.region is missing: write [aws] region = \"eu-central-1\" into Kim.{}.toml", stack.name());
    };
    let name = format!("{}-{}", stack.project(), stack.name());

    let cluster = config.cluster(&name, &region)?.declare(stack, "main");

    // The next run compares itself with it.
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
