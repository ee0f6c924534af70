//! A small program without Kimberlite: a network with a key, a group and a number of volumes.

use kim::prelude::*;
use kim_aws::{ec2, kms};

#[kim::config]
#[derive(Default)]
#[serde(default)]
struct Config {
    /// The number of volumes.
    volumes: Option<u32>,
    /// The size of each volume, in GiB.
    size: Option<u32>,
    /// A tag on the VPC.
    team: Option<String>,
    /// A secret. It becomes a tag of the first volume, and an output.
    password: Option<Secret<String>>,
    /// If true, the program fails in the middle of the declarations.
    fail: bool,
    /// If true, the program panics in the middle of the declarations.
    panic: bool,
    /// If true, the program never ends.
    endless: bool,
}

#[kim::program]
fn deploy(stack: &Stack) -> Result<()> {
    let config: Config = stack.config()?;
    let vpc = ec2::Vpc::new("main")
        .cidr_block("10.7.0.0/16")
        .tag("Name", "small")
        .tag("Team", config.team.unwrap_or_else(|| "storage".to_owned()))
        .declare(stack);
    kim::ensure!(!config.fail, "this program was told to fail");
    assert!(!config.panic, "this program was told to panic");
    if config.endless {
        let mut n = 0u64;
        while std::hint::black_box(n) < u64::MAX {
            n += 1;
        }
    }
    let subnet = ec2::Subnet::new("a")
        .vpc_id(vpc.id())
        .cidr_block("10.7.1.0/24")
        .availability_zone("eu-central-1a")
        .declare(stack);
    let group =
        ec2::SecurityGroup::new("web").name("small-web").description("Web servers").vpc_id(vpc.id()).declare(stack);
    ec2::SecurityGroupRule::new("https")
        .security_group_id(group.id())
        .direction("ingress")
        .protocol("tcp")
        .from_port(443)
        .to_port(443)
        .cidr_ipv4("10.0.0.0/8")
        .declare(stack);
    let key = kms::Key::new("data").description("The volumes of small").enable_key_rotation(true).declare(stack);
    kms::Alias::new("data").alias_name("alias/small").target_key_id(key.id()).declare(stack);
    let mut volumes = Vec::new();
    for index in 0..config.volumes.unwrap_or(2) {
        let mut volume = ec2::Volume::new(format!("data-{index}"))
            .availability_zone("eu-central-1a")
            .volume_type("gp3")
            .size(config.size.unwrap_or(8))
            .tag("Name", format!("data-{index}"));
        if let (0, Some(password)) = (index, &config.password) {
            volume = volume.tag("Password", password.clone());
        }
        volumes.push(volume.declare(stack).id());
    }
    stack.export("vpc", vpc.id());
    stack.export("subnet", subnet.id());
    stack.export("group", group.id());
    stack.export("key", key.arn());
    stack.export("volumes", volumes);
    if let Some(password) = config.password {
        stack.export("password", password);
    }
    Ok(())
}
