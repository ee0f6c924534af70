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
    assert_snapshot!(refused(json!({ "nodse": 3 })), @"config: unknown key 'nodse'; did you mean 'nodes'? (known: 'size', 'instance_type', 'nodes', 'zones', 'placement', 'network', 'access', 'log', 'projections', 'root_size', 'backup', 'restore', 'encryption', 'key_policy', 'image', 'key_pair', 'version', 'package', 'sha256', 'arguments', 'environment', 'tls', 'monitoring', 'costs', 'allow_restarts', 'protect', 'tags')");
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
    let error = kim::testing::run_as("kimberlite", &long, kimberlite::deploy, settings)
        .err()
        .expect("a long name");
    assert_snapshot!(error, @"'kimberlite-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' (project and stack) cannot begin names in AWS: it may have up to 50 letters, digits and hyphens");
}

#[test]
fn nodes_and_zones() {
    assert_snapshot!(refused(json!({ "nodes": 4 })), @"config.nodes: 4 nodes cannot vote well: an even number survives no more losses than one less; choose 1, 3, 5 or 7");
    assert_snapshot!(refused(json!({ "zones": [] })), @r#"config.zones: at least one zone is needed, like ["eu-central-1a"]"#);
    assert_snapshot!(refused(json!({ "zones": ["us-east-1a"] })), @"config.zones[0]: 'us-east-1a' is not a zone of the region eu-central-1 (aws.region); zones look like eu-central-1a");
    assert_snapshot!(refused(json!({ "zones": ["eu-central-1a", "eu-central-1a"] })), @"config.zones[1]: the zone eu-central-1a is there twice");
    assert_snapshot!(refused(json!({ "instance_type": "big" })), @"config.instance_type: 'big' is not an instance type; they look like c6i.xlarge");
}

#[test]
fn placement() {
    assert_snapshot!(refused(json!({ "placement": "cluster" })), @r#"config.placement: a cluster placement group lives in a single zone, but the nodes go over 3 zones (eu-central-1a, eu-central-1b, eu-central-1c); name one in config.zones, or choose placement = "spread", which survives the loss of a zone"#);
    assert_snapshot!(refused(json!({ "placement": "cluster", "zones": ["eu-central-1b"], "size": "small" })), @r#"config.placement: AWS takes no burstable or flex type (t3.medium) into a cluster placement group; choose another size or instance_type, as c6i.xlarge, or placement = "spread""#);
}

#[test]
fn networks() {
    let network = |network: Value| refused(json!({ "network": network }));
    assert_snapshot!(network(json!({ "cidr": "10.0.0.0" })), @"config.network.cidr: '10.0.0.0' is not a block of IPv4 addresses; write it like 10.0.0.0/16");
    assert_snapshot!(network(json!({ "cidr": "10.0.1.0/16" })), @"config.network.cidr: '10.0.1.0/16' has bits set behind its prefix; did you mean 10.0.0.0/16?");
    assert_snapshot!(network(json!({ "cidr": "10.0.0.0/24" })), @"config.network.cidr: 10.0.0.0/24 must be between a /16 and a /22; every zone gets a /24 of it");
    assert_snapshot!(network(json!({ "subnets": [{ "id": "subnet-1", "cidr": "10.0.0.0/24" }] })), @r#"config.network.subnets: existing subnets need their VPC; add vpc = "vpc-…", or leave them out"#);
    assert_snapshot!(network(json!({ "vpc": "vpc-1", "cidr": "10.0.0.0/16" })), @"config.network.cidr: an existing VPC has its addresses already; leave cidr out");
    assert_snapshot!(network(json!({ "cidr": "127.0.0.0/16" })), @"config.network.cidr: 127.0.0.0/16 is for hosts, links or groups of them, and no network's; private ones are 10.0.0.0/8, 172.16.0.0/12 and 192.168.0.0/16");
    assert_snapshot!(network(json!({ "vpc": "main" })), @"config.network.vpc: 'main' is not a VPC's id; they look like vpc-0123456789abcdef0");
    assert_snapshot!(network(json!({ "vpc": "vpc-1" })), @"config.network.subnets: 0 for 3 zones; one subnet a zone is needed, in the order of the zones");
    let three = |id: &str, cidr: &str| {
        let subnet = json!({ "id": id, "cidr": cidr });
        network(json!({ "vpc": "vpc-1", "subnets": [subnet.clone(), subnet.clone(), subnet] }))
    };
    assert_snapshot!(three("main", "10.0.0.0/24"), @"config.network.subnets[0].id: 'main' is not a subnet's id, subnet-…");
    assert_snapshot!(three("subnet-1", "10.0.0.0/28"), @"config.network.subnets[1].id: subnet-1 is there twice");
    assert_snapshot!(three("subnet-1", "10.0.0.7/24"), @"config.network.subnets[0].cidr: '10.0.0.7/24' has bits set behind its prefix; did you mean 10.0.0.0/24?");
}

#[test]
fn addresses() {
    let network = |network: Value, nodes: u8| {
        refused(json!({ "network": network, "nodes": i64::from(nodes) }))
    };
    assert_snapshot!(network(json!({ "first_address": 3 }), 3), @"config.network.first_address: 3; AWS keeps the addresses 0 to 3 of every subnet; choose 4 or more");
    assert_snapshot!(network(json!({ "first_address": 253 }), 7), @"config.network: the subnet 10.0.2.0/24 has no address 255 for node 3: it is too small, or AWS keeps that address; choose a larger subnet or a smaller first_address");
    let subnets = |blocks: [&str; 3]| {
        let subnets: Vec<Value> = blocks
            .iter()
            .zip(["subnet-a", "subnet-b", "subnet-c"])
            .map(|(cidr, id)| json!({ "id": id, "cidr": *cidr }))
            .collect();
        json!({ "vpc": "vpc-1", "subnets": subnets })
    };
    assert_snapshot!(network(subnets(["10.0.0.0/24", "10.0.1.0/24", "10.0.0.128/25"]), 3), @"config.network.subnets[2].cidr: 10.0.0.128/25 overlaps 10.0.0.0/24 of subnet-a; no two subnets of a VPC do");
    assert_snapshot!(network(subnets(["10.0.0.0/28", "10.0.1.0/28", "10.0.2.0/28"]), 7), @"config.network: the subnet 10.0.2.0/28 has no address 15 for node 6: it is too small, or AWS keeps that address; choose a larger subnet or a smaller first_address");
    assert_snapshot!(network(subnets(["10.0.0.0/8", "11.0.1.0/28", "11.0.2.0/28"]), 3), @"config.network.subnets[0].cidr: 10.0.0.0/8 is not a subnet's: they are between a /16 and a /28");
    let four = ["a", "b", "c", "d"].map(|zone| format!("eu-central-1{zone}"));
    assert_snapshot!(refused(json!({ "zones": four.to_vec(), "network": { "cidr": "10.0.0.0/22" } })), @"config.network.cidr: 10.0.0.0/22 has no /24 left for the NAT gateway; choose a larger block");
}

#[test]
fn ways_out() {
    let none = |rest: Value| {
        let mut config = json!({ "network": { "internet": "none" } });
        let Value::Map(map) = &mut config else { unreachable!("it is a map") };
        map.extend(rest.as_map().cloned().unwrap_or_default());
        config
    };
    assert_snapshot!(refused(none(json!({}))), @r#"config.network.internet: with "none" first boot cannot download Kimberlite; choose internet = "nat" or "public" in config.network, or an image that has it (config.image), or a file on the image (config.package = "/…")"#);
    assert_snapshot!(refused(none(json!({ "version": "0.9.1", "image": "ami-0123456789abcdef0" }))), @r#"config.network.internet: with "none" first boot cannot download Kimberlite 0.9.1; choose internet = "nat" or "public" in config.network, or a file on the image (config.package = "/…")"#);
    assert_snapshot!(refused(none(json!({ "package": "/opt/k.zip", "monitoring": { "enabled": true } }))), @r#"config.monitoring.enabled: with internet = "none" the agent cannot be installed and reaches no CloudWatch; choose internet = "nat" or "public" in config.network, or leave it out"#);
    assert_snapshot!(refused(none(json!({ "package": "/opt/k.zip", "access": { "session_manager": true } }))), @r#"config.access.session_manager: with internet = "none" a node does not reach Systems Manager; choose internet = "nat" or "public" in config.network"#);
    let authority = "arn:aws:acm-pca:eu-central-1:123456789012:certificate-authority/1";
    let tls = json!({ "certificates": "private-ca", "authority": authority });
    assert_snapshot!(refused(none(json!({ "package": "/opt/k.zip", "tls": tls }))), @r#"config.tls.certificates: with internet = "none" a node reaches no authority; choose internet = "nat" or "public" in config.network, or certificates = "self-signed""#);
    assert!(super::run(none(json!({ "package": "/opt/kimberlite.zip" }))).is_ok());
    assert!(super::run(none(json!({ "image": "ami-0123456789abcdef0" }))).is_ok());
}

#[test]
fn access() {
    assert_snapshot!(refused(json!({ "access": { "clients": ["10.0.0.1/16"] } })), @"config.access.clients[0]: '10.0.0.1/16' has bits set behind its prefix; did you mean 10.0.0.0/16?; or a security group, sg-…");
    assert_snapshot!(refused(json!({ "access": { "ssh": ["sg-1", "anybody"] } })), @"config.access.ssh[1]: 'anybody' is not a block of IPv4 addresses; write it like 10.0.0.0/16; or a security group, sg-…");
    assert_snapshot!(refused(json!({ "access": { "metrics": ["sg-app"] } })), @"config.access.metrics[0]: 'sg-app' is not a security group's id; they look like sg-0123456789abcdef0");
    assert_snapshot!(refused(json!({ "access": { "clients": ["0.0.0.0/0"] } })), @"config.access.clients[0]: 0.0.0.0/0 is most of the internet, and Kimberlite 0.9.1 asks nobody who they are; name the blocks or groups of those who need it");
    assert_snapshot!(refused(json!({ "access": { "ssh": ["128.0.0.0/1"] } })), @"config.access.ssh[0]: 128.0.0.0/1 is most of the internet, and whoever finds the port may try keys on it; name the blocks or groups of those who need it");
    assert_snapshot!(refused(json!({ "access": { "clients": ["10.0.0.0/16", "10.0.0.0/16"] } })), @"config.access.clients[1]: 10.0.0.0/16 is there twice");
    assert_snapshot!(refused(json!({ "access": { "peers": ["10.0.0.0/16"] } })), @"config.access.peers: port 7001 is for the nodes alone: Kimberlite 0.9.1 asks nobody there who they are, so whoever reaches it can write; leave peers out, and give applications config.access.clients");
}

#[test]
fn releases() {
    assert_snapshot!(refused(json!({ "package": "http://example.com/k.deb" })), @"config.package: 'http://example.com/k.deb' is neither an https:// address nor a path on the image (/…)");
    assert_snapshot!(refused(json!({ "package": "https://example.com/k.tar.gz" })), @"config.package: 'https://example.com/k.tar.gz' is neither a release archive (.zip) nor a Debian package (.deb)");
    assert_snapshot!(refused(json!({ "package": "https://example.com/k.zip" })), @"config.sha256 is missing: what comes from an address is checked before it runs; add the SHA-256 of https://example.com/k.zip");
    assert_snapshot!(refused(json!({ "package": "https://example.com/k.zip", "sha256": "abc" })), @"config.sha256: 'abc' is not a SHA-256: it has 64 hexadecimal digits; the release's page has it in SHA256SUMS");
    assert_snapshot!(refused(json!({ "sha256": "0".repeat(64) })), @"config.sha256: a sum of what? Add the version or the package that it is for");
    assert_snapshot!(refused(json!({ "version": "0.9.1", "package": "/opt/k.zip" })), @"config.package: version and package name two releases; leave one of them out");
    assert_snapshot!(refused(json!({ "version": "latest" })), @"config.version: 'latest' is not a release; write it like 0.9.1");
    assert_snapshot!(refused(json!({ "arguments": ["--cluster"] })), @"config.arguments[0]: --cluster is the program's own; leave it out");
    assert_snapshot!(refused(json!({ "arguments": ["-a10.0.0.1:7000"] })), @"config.arguments[0]: -a10.0.0.1:7000 is the program's own; leave it out");
    assert_snapshot!(refused(json!({ "arguments": ["/data"] })), @"config.arguments[0]: '/data' is not an option; write an option with its value as --name=value");
    assert_snapshot!(refused(json!({ "package": "https://.zip" })), @"config.package: 'https://.zip' is neither a release archive (.zip) nor a Debian package (.deb)");
    assert_snapshot!(refused(json!({ "arguments": ["a b"] })), @"config.arguments[0]: 'a b' may have letters, digits and -._:/=, alone");
    assert_snapshot!(refused(json!({ "environment": { "KMB_REPLICA_ID": "7" } })), @"config.environment.KMB_REPLICA_ID: it follows from the node's number; leave it out");
    assert_snapshot!(refused(json!({ "environment": { "KMB_ENABLE_CHAOS_ENDPOINTS": "1" } })), @"config.environment.KMB_ENABLE_CHAOS_ENDPOINTS: it lets anybody break the cluster on purpose; leave it out");
    assert_snapshot!(refused(json!({ "environment": { "RUST_LOG": "a b" } })), @"config.environment.RUST_LOG: the value may have no space, quote, backslash or $");
}

#[test]
fn certificates() {
    let tls = |tls: Value| refused(json!({ "tls": tls }));
    assert_snapshot!(tls(json!({ "certificates": "private-ca" })), @r#"config.tls.authority is missing: certificates = "private-ca" needs the ARN of an authority, arn:aws:acm-pca:eu-central-1:<account>:certificate-authority/<id>"#);
    assert_snapshot!(tls(json!({ "certificates": "private-ca", "authority": "my-ca" })), @"config.tls.authority: 'my-ca' is not the ARN of an authority; they look like arn:aws:acm-pca:eu-central-1:123456789012:certificate-authority/<id>");
    let elsewhere = "arn:aws:acm-pca:us-east-1:123456789012:certificate-authority/1";
    assert_snapshot!(tls(json!({ "certificates": "private-ca", "authority": elsewhere })), @"config.tls.authority: it is in us-east-1, the cluster in eu-central-1 (aws.region); an authority serves its own region");
    assert_snapshot!(tls(json!({ "certificates": "lets-encrypt", "zone": "Z1" })), @r#"config.tls.domain is missing: certificates = "lets-encrypt" needs the domain and its hosted zone at Route 53; add domain = "kimberlite.example.com""#);
    assert_snapshot!(tls(json!({ "certificates": "lets-encrypt", "domain": "k.example.com" })), @r#"config.tls.zone is missing: certificates = "lets-encrypt" needs the domain and its hosted zone at Route 53; add zone = "Z0123456789ABCDEFGHIJ""#);
    assert_snapshot!(tls(json!({ "certificates": "lets-encrypt", "domain": "k", "zone": "Z1" })), @"config.tls.domain: 'k' is not a domain; they look like kimberlite.example.com");
    assert_snapshot!(tls(json!({ "certificates": "lets-encrypt", "domain": "k.example.com", "zone": "k" })), @"config.tls.zone: 'k' is not a hosted zone's id; they look like Z0123456789ABCDEFGHIJ");
    assert_snapshot!(tls(json!({ "authority": elsewhere })), @r#"config.tls.authority: it is for certificates = "private-ca" alone; choose that, or leave authority out"#);
    assert_snapshot!(tls(json!({ "zone": "Z1" })), @r#"config.tls.zone: it is for certificates = "lets-encrypt" alone; choose that, or leave zone out"#);
}

#[test]
fn instance_types() {
    assert_snapshot!(refused(json!({ "instance_type": "t2.medium" })), @"config.instance_type: t2.medium is of an old generation, in which a node cannot find its volumes by their ids; choose a newer one, such as c6i.xlarge");
    let flex = json!({ "instance_type": "m7i-flex.large", "placement": "cluster", "zones": ["eu-central-1a"] });
    assert_snapshot!(refused(flex), @r#"config.placement: AWS takes no burstable or flex type (m7i-flex.large) into a cluster placement group; choose another size or instance_type, as c6i.xlarge, or placement = "spread""#);
    assert_snapshot!(refused(json!({ "key_pair": "" })), @"config.key_pair: the name is empty; name the key pair, or leave it out");
    let long = json!({ "environment": { "RUST_LOG": "x".repeat(9_000) } });
    assert_snapshot!(refused(long), @"config: the first-boot script of node 1 has 22049 bytes; AWS takes 16384: shorten config.arguments, config.environment or config.package, or switch config.monitoring.enabled off");
}

#[test]
fn keys_tags_and_restoring() {
    assert_snapshot!(refused(json!({ "restore": { "log-01": "snap-0123456789abcdef0" } })), @"config.restore.log-01: there is no such volume; they are log-1 to log-3 and projections-1 to projections-3");
    assert_snapshot!(refused(json!({ "backup": { "tag": "a b" } })), @"config.backup.tag: 'a b' may have up to 64 letters, digits and -_. alone");
    assert_snapshot!(refused(json!({ "encryption": false, "key_policy": "{}" })), @"config.key_policy: with encryption = false there is no key; leave one of them out");
    assert_snapshot!(refused(json!({ "tags": { "Backup": "other" } })), @r#"config.tags.Backup: the snapshot policy finds the volumes by the tag Backup = "kimberlite"; with "other" it would back up nothing; leave Backup out, the volumes carry it, or set config.backup.tag"#);
    assert_snapshot!(refused(json!({ "restore": { "log-4": "snap-0123456789abcdef0" } })), @"config.restore.log-4: there is no such volume; they are log-1 to log-3 and projections-1 to projections-3");
    assert_snapshot!(refused(json!({ "restore": { "log-1": "vol-0123456789abcdef0" } })), @"config.restore.log-1: 'vol-0123456789abcdef0' is not a snapshot's id; they look like snap-0123456789abcdef0");
    assert_snapshot!(refused(json!({ "costs": { "daily_change": 101 } })), @"config.costs.daily_change: 101 percent; it is 0 to 100");
}

#[test]
fn volumes_and_backups() {
    assert_snapshot!(refused(json!({ "projections": { "iops": 1000 } })), @"config.projections.iops: 1000; a gp3 volume has 3000 to 80000");
    assert_snapshot!(refused(json!({ "log": { "size": 10, "iops": 6000 } })), @"config.log.iops: 6000 on 10 GiB; gp3 gives at most 500 a GiB");
    assert_snapshot!(refused(json!({ "log": { "throughput": 1000 } })), @"config.log.throughput: 1000 MiB/s needs 4000 iops; gp3 gives at most a quarter of them");
    assert_snapshot!(refused(json!({ "log": { "throughput": 100 } })), @"config.log.throughput: 100; gp3 has 125 to 2000 MiB/s");
    assert_snapshot!(refused(json!({ "log": { "size": 0 } })), @"config.log.size: 0 GiB; a gp3 volume has 1 to 65536");
    assert_snapshot!(refused(json!({ "root_size": 4 })), @"config.root_size: 4 GiB; the image of Ubuntu needs 8, and a gp3 volume has at most 65536");
    assert_snapshot!(refused(json!({ "log": { "device": "/dev/nvme1n1" } })), @"config.log.device: /dev/nvme1n1 moves with the order in which volumes are attached; name the attachment (/dev/sdf): the node finds the volume by its id");
    assert_snapshot!(refused(json!({ "log": { "device": "/dev/sda1" } })), @"config.log.device: '/dev/sda1' is not a device name for a data volume; EC2 recommends /dev/sdf to /dev/sdp");
    assert_snapshot!(refused(json!({ "projections": { "device": "/dev/sdf" } })), @"config.projections.device: /dev/sdf is the log's already");
    assert_snapshot!(refused(json!({ "backup": { "time": "3 am" } })), @"config.backup.time: '3 am' is not a time of day; write it like 03:00 (UTC)");
    assert_snapshot!(refused(json!({ "backup": { "keep": 0 } })), @"config.backup.keep: 0; AWS keeps 1 to 1000 snapshots of a volume");
}
