//! What is wrong with a configuration is said by key and reason.

use insta::assert_snapshot;
use kim::{Value, json};

#[track_caller]
fn refused(config: Value) -> String {
    match super::run(config) {
        Ok(_) => panic!("it was accepted"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn the_shape() {
    assert_snapshot!(refused(json!({ "nodse": 3 })), @"config: unknown key 'nodse'; did you mean 'nodes'? (known: 'size', 'instance_type', 'nodes', 'zones', 'placement', 'network', 'access', 'log', 'projections', 'backup', 'encryption', 'image', 'key_pair', 'package', 'protect', 'tags')");
    assert_snapshot!(refused(json!({ "nodes": "three" })), @r#"config.nodes: expected a whole number from 0 to 255, found the text "three""#);
    assert_snapshot!(refused(json!({ "size": "medum" })), @"config.size: unknown value 'medum'; did you mean 'medium'? (known: 'small', 'medium', 'large', 'production')");
    assert_snapshot!(refused(json!({ "log": { "size": -1 } })), @"config.log.size: expected a whole number from 0 to 4294967295, found -1");
    let secret = Value::secret("ami-1".into());
    assert_snapshot!(refused(json!({ "image": secret })), @"config.image: the value is a secret, but the program does not take one here; its author can declare the key as kim::Secret, or set the value without --secret");
    let settings = json!({ "config": {} });
    let error = kim::testing::run(kimberlite::deploy, settings).err().expect("a region is needed");
    assert_snapshot!(error, @r#"aws.region is missing: write [aws] region = "eu-central-1" into Kim.test.toml"#);
    let long = "x".repeat(60);
    let settings = json!({ "config": {}, "aws": { "region": "eu-central-1" } });
    let error = kim::testing::run_as("kimberlite", &long, kimberlite::deploy, settings).err().expect("a long name");
    assert_snapshot!(error, @"'kimberlite-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' (project and stack) cannot begin names in AWS: it may have up to 50 letters, digits and hyphens");
}

#[test]
fn nodes_and_zones() {
    assert_snapshot!(refused(json!({ "nodes": 4 })), @"config.nodes: 4 nodes cannot vote well: an even number survives no more losses than one less; choose 1, 3, 5 or 7");
    assert_snapshot!(refused(json!({ "zones": [] })), @r#"config.zones: at least one zone is needed, like ["eu-central-1a"]"#);
    assert_snapshot!(refused(json!({ "zones": ["us-east-1a"] })), @"config.zones[0]: 'us-east-1a' is no zone of the region eu-central-1 (aws.region); zones look like eu-central-1a");
    assert_snapshot!(refused(json!({ "zones": ["eu-central-1a", "eu-central-1a"] })), @"config.zones[1]: the zone eu-central-1a is there twice");
    assert_snapshot!(refused(json!({ "instance_type": "big" })), @"config.instance_type: 'big' is no instance type; they look like c6i.xlarge");
}

#[test]
fn placement() {
    assert_snapshot!(refused(json!({ "placement": "cluster" })), @r#"config.placement: a cluster placement group lives in a single zone, but the nodes go over 3 zones (eu-central-1a, eu-central-1b, eu-central-1c); name one in config.zones, or choose placement = "spread", which survives the loss of a zone"#);
    assert_snapshot!(refused(json!({ "placement": "cluster", "zones": ["eu-central-1b"], "size": "small" })), @r#"config.placement: AWS takes no burstable type (t3.medium) into a cluster placement group; choose another size or instance_type, as c6i.xlarge, or placement = "spread""#);
}

#[test]
fn networks() {
    let network = |network: Value| refused(json!({ "network": network }));
    assert_snapshot!(network(json!({ "cidr": "10.0.0.0" })), @"config.network.cidr: '10.0.0.0' is no block of IPv4 addresses; write it like 10.0.0.0/16");
    assert_snapshot!(network(json!({ "cidr": "10.0.1.0/16" })), @"config.network.cidr: '10.0.1.0/16' has bits set behind its prefix; did you mean 10.0.0.0/16?");
    assert_snapshot!(network(json!({ "cidr": "10.0.0.0/24" })), @"config.network.cidr: 10.0.0.0/24 must be between a /16 and a /22; every zone gets a /24 of it");
    assert_snapshot!(network(json!({ "subnets": [{ "id": "subnet-1", "cidr": "10.0.0.0/24" }] })), @r#"config.network.subnets: existing subnets need their VPC; add vpc = "vpc-…", or leave them out"#);
    assert_snapshot!(network(json!({ "vpc": "vpc-1", "cidr": "10.0.0.0/16" })), @"config.network.cidr: an existing VPC has its addresses already; leave cidr out");
    assert_snapshot!(network(json!({ "vpc": "main" })), @"config.network.vpc: 'main' is no VPC's id; they look like vpc-0123456789abcdef0");
    assert_snapshot!(network(json!({ "vpc": "vpc-1" })), @"config.network.subnets: 0 for 3 zones; one subnet a zone is needed, in the order of the zones");
    let three = |id: &str, cidr: &str| {
        let subnet = json!({ "id": id, "cidr": cidr });
        network(json!({ "vpc": "vpc-1", "subnets": [subnet.clone(), subnet.clone(), subnet] }))
    };
    assert_snapshot!(three("main", "10.0.0.0/24"), @"config.network.subnets[0].id: 'main' is no subnet's id, subnet-…");
    assert_snapshot!(three("subnet-1", "10.0.0.0/28"), @"config.network.subnets[0].cidr: 10.0.0.0/28 is too small: the nodes take the addresses from the tenth on");
    assert_snapshot!(three("subnet-1", "10.0.0.7/24"), @"config.network.subnets[0].cidr: '10.0.0.7/24' has bits set behind its prefix; did you mean 10.0.0.0/24?");
}

#[test]
fn access() {
    assert_snapshot!(refused(json!({ "access": { "clients": ["10.0.0.1/16"] } })), @"config.access.clients[0]: '10.0.0.1/16' has bits set behind its prefix; did you mean 10.0.0.0/16?; or a security group, sg-…");
    assert_snapshot!(refused(json!({ "access": { "ssh": ["sg-1", "anybody"] } })), @"config.access.ssh[1]: 'anybody' is no block of IPv4 addresses; write it like 10.0.0.0/16; or a security group, sg-…");
    assert_snapshot!(refused(json!({ "package": "http://example.com/k.deb" })), @"config.package: 'http://example.com/k.deb' is no https:// address");
}

#[test]
fn volumes_and_backups() {
    assert_snapshot!(refused(json!({ "projections": { "iops": 1000 } })), @"config.projections.iops: 1000; a gp3 volume has 3000 to 80000");
    assert_snapshot!(refused(json!({ "log": { "size": 10, "iops": 6000 } })), @"config.log.iops: 6000 on 10 GiB; gp3 gives at most 500 a GiB");
    assert_snapshot!(refused(json!({ "log": { "throughput": 1000 } })), @"config.log.throughput: 1000 MiB/s needs 4000 iops; gp3 gives at most a quarter of them");
    assert_snapshot!(refused(json!({ "log": { "throughput": 100 } })), @"config.log.throughput: 100; gp3 has 125 to 2000 MiB/s");
    assert_snapshot!(refused(json!({ "log": { "size": 0 } })), @"config.log.size: 0 GiB; a gp3 volume has 1 to 65536");
    assert_snapshot!(refused(json!({ "backup": { "time": "3 am" } })), @"config.backup.time: '3 am' is no time of day; write it like 03:00 (UTC)");
    assert_snapshot!(refused(json!({ "backup": { "keep": 0 } })), @"config.backup.keep: 0; AWS keeps 1 to 1000 snapshots of a volume");
}
