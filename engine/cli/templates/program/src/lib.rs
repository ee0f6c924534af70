//! What this project deploys: a network with a subnet in each zone.

use kim::prelude::*;
use kim_aws::ec2;

/// The settings of a stack: the table `[config]` of its Kim.<stack>.toml.
#[kim::config]
struct Config {
    /// The availability zones, each with a subnet of its own.
    zones: Vec<String>,
}

/// Declares everything. It runs to its end before anything is planned, so what AWS will only know later is an
/// `Output`: something that other resources can take as an input.
#[kim::program]
pub fn deploy(stack: &Stack) -> Result<()> {
    let config: Config = stack.config()?;
    let name = format!("{}-{}", stack.project(), stack.name());

    let vpc = ec2::Vpc::new("main")
        .cidr_block("10.0.0.0/16")
        .tag("Name", &name)
        .declare(stack);
    let mut subnets = Vec::new();
    for (i, zone) in config.zones.iter().enumerate() {
        let subnet = ec2::Subnet::new(zone)
            .vpc_id(vpc.id())
            .cidr_block(format!("10.0.{i}.0/24"))
            .availability_zone(zone)
            .tag("Name", format!("{name}-{zone}"))
            .declare(stack);
        subnets.push(subnet.id());
    }

    stack.export("vpc", vpc.id());
    stack.export("subnets", subnets);
    Ok(())
}
