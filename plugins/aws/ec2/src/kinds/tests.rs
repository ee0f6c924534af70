//! Rules across properties: each test fails without its rule.

use kim_plugin::model::json::from_json;
use kim_plugin::prelude::*;
use kim_plugin::testing::{Host, with_host};
use serde_json::{Value as Json, json};

use super::*;

/// Returns the properties with violations. Those of warnings begin with `warning:`.
fn blamed<K: Kind>(inputs: Json) -> Vec<String> {
    let found = K::check(&Inputs::new(from_json(&inputs)));
    found
        .into_iter()
        .map(|v| format!("{}{}", if v.warning { "warning:" } else { "" }, v.path))
        .collect()
}

/// Returns the properties with violations if one property is unknown.
fn unknown<K: Kind>(inputs: Json, property: &str) -> Vec<String> {
    let Value::Map(mut map) = from_json(&inputs) else { panic!("inputs are a map") };
    map.insert(property.to_owned(), Value::Unknown);
    K::check(&Inputs::new(Value::Map(map))).into_iter().map(|v| v.path.to_string()).collect()
}

const NONE: [&str; 0] = [];

#[test]
fn addresses_of_networks_are_of_a_size() {
    assert_eq!(blamed::<Vpc>(json!({"cidr_block": "10.0.0.0/16"})), NONE);
    assert_eq!(blamed::<Vpc>(json!({"cidr_block": "10.0.0.0/8"})), ["cidr_block"]);
    assert_eq!(blamed::<Subnet>(json!({"cidr_block": "10.0.1.5/24"})), NONE);
    assert_eq!(blamed::<Subnet>(json!({"cidr_block": "10.0.1.5/29"})), ["cidr_block"]);
    assert_eq!(unknown::<Subnet>(json!({}), "cidr_block"), NONE);
}

#[test]
fn dns_names_need_resolution() {
    let vpc = |support: Json, names| json!({"enable_dns_support": support, "enable_dns_hostnames": names});
    assert_eq!(blamed::<Vpc>(vpc(json!(false), true)), ["enable_dns_hostnames"]);
    assert_eq!(blamed::<Vpc>(vpc(json!(true), true)), NONE);
    assert_eq!(blamed::<Vpc>(vpc(Json::Null, true)), NONE, "support is on by default");
}

#[test]
fn tags_of_aws_are_refused_everywhere() {
    let tagged = json!({"tags": {"aws:x": "1"}});
    let checks: [fn(Json) -> Vec<String>; 13] = [
        blamed::<Vpc>,
        blamed::<Subnet>,
        blamed::<InternetGateway>,
        blamed::<Address>,
        blamed::<NatGateway>,
        blamed::<RouteTable>,
        blamed::<SecurityGroup>,
        blamed::<SecurityGroupRule>,
        blamed::<PlacementGroup>,
        blamed::<KeyPair>,
        blamed::<NetworkInterface>,
        blamed::<Instance>,
        blamed::<Volume>,
    ];
    for check in checks {
        assert!(
            check(tagged.clone()).iter().any(|path| path.starts_with("tags")),
            "{:?}",
            check(tagged.clone())
        );
    }
}

#[test]
fn a_route_has_one_destination_and_one_target() {
    let good = json!({"destination_cidr_block": "0.0.0.0/0", "gateway_id": "igw-1"});
    assert_eq!(blamed::<Route>(good), NONE);
    assert_eq!(
        unknown::<Route>(json!({"destination_cidr_block": "0.0.0.0/0"}), "gateway_id"),
        NONE
    );
    assert_eq!(blamed::<Route>(json!({"destination_cidr_block": "0.0.0.0/0"})), [""]);
    assert_eq!(blamed::<Route>(json!({"gateway_id": "igw-1"})), [""]);
    let two =
        json!({"destination_cidr_block": "0.0.0.0/0", "gateway_id": "igw-1", "instance_id": "i-1"});
    assert_eq!(blamed::<Route>(two), ["instance_id"]);
    assert_eq!(
        blamed::<Route>(json!({"destination_cidr_block": "0.0.0.0/0", "nat_gateway_id": "nat-1"})),
        NONE
    );
    let two = json!({"destination_cidr_block": "0.0.0.0/0", "gateway_id": "igw-1", "nat_gateway_id": "nat-1"});
    assert_eq!(blamed::<Route>(two), ["nat_gateway_id"]);
    let loose = json!({"destination_cidr_block": "10.0.0.1/8", "gateway_id": "igw-1"});
    assert_eq!(blamed::<Route>(loose), NONE);
    let loose = json!({"destination_ipv6_cidr_block": "::1/0", "gateway_id": "igw-1"});
    assert_eq!(blamed::<Route>(loose), NONE);
    let address = json!({"destination_cidr_block": "10.0.0.1", "gateway_id": "igw-1"});
    assert_eq!(blamed::<Route>(address), ["destination_cidr_block"]);
}

#[test]
fn a_composite_id_splits_into_its_parts() {
    assert_eq!(route::parse_id("rtb-1:2001:db8::/32").unwrap(), ("rtb-1", "2001:db8::/32"));
    let loose = json!({"route_table_id": "rtb-1", "destination_cidr_block": "10.0.0.1/8"});
    let loose = <Route as kim_plugin::Object>::from_value(&from_json(&loose)).unwrap();
    assert_eq!(loose.id(), "rtb-1:10.0.0.0/8", "EC2 keeps the block");
    assert!(route::parse_id("rtb-1").is_err());
    assert!(route::parse_id("vpc-1:0.0.0.0/0").is_err());
    assert_eq!(volume_attachment::parse_id("vol-1:i-2").unwrap(), ("vol-1", "i-2"));
    assert!(volume_attachment::parse_id("i-2:vol-1").is_err());
}

#[test]
fn a_group_is_not_named_like_an_id_or_the_default_one() {
    assert_eq!(blamed::<SecurityGroup>(json!({"name": "cluster"})), NONE);
    assert_eq!(blamed::<SecurityGroup>(json!({})), NONE);
    assert_eq!(blamed::<SecurityGroup>(json!({"name": "sg-cluster"})), ["name"]);
    assert_eq!(blamed::<SecurityGroup>(json!({"name": "default"})), ["name"]);
}

fn rule(protocol: &str, from: impl Into<Json>, to: impl Into<Json>) -> Vec<String> {
    let (from, to): (Json, Json) = (from.into(), to.into());
    blamed::<SecurityGroupRule>(
        json!({"cidr_ipv4": "10.0.0.0/8", "protocol": protocol, "from_port": from, "to_port": to}),
    )
}

#[test]
fn ports_fit_their_protocol() {
    assert_eq!(rule("tcp", 7000, 7001), NONE);
    assert_eq!(rule("tcp", 7001, 7000), ["to_port"]);
    assert_eq!(rule("tcp", -1, 7000), ["from_port"]);
    assert_eq!(rule("udp", 53, Json::Null), ["to_port"]);
    assert_eq!(rule("tcp", Json::Null, Json::Null), ["from_port", "to_port"]);
    assert_eq!(rule("-1", Json::Null, Json::Null), NONE);
    assert_eq!(rule("-1", -1, -1), NONE);
    assert_eq!(rule("-1", 22, 22), ["from_port", "to_port"]);
    assert_eq!(rule("50", 22, Json::Null), ["from_port"]);
    assert_eq!(rule("icmp", 8, 0), NONE);
    assert_eq!(rule("icmp", 8, 256), ["to_port"]);
    assert_eq!(rule("6", 22, 22), NONE);
    assert_eq!(rule("6", 22, 21), ["to_port"]);
    assert_eq!(rule("256", Json::Null, Json::Null), ["protocol"]);
}

#[test]
fn a_rule_is_about_one_peer() {
    let rule = |peers: Json| {
        let mut rule = json!({"protocol": "-1"});
        rule.as_object_mut().unwrap().extend(peers.as_object().unwrap().clone());
        blamed::<SecurityGroupRule>(rule)
    };
    assert_eq!(rule(json!({"source_security_group_id": "sg-1"})), NONE);
    assert_eq!(rule(json!({})), [""]);
    assert_eq!(
        rule(json!({"cidr_ipv4": "10.0.0.0/8", "prefix_list_id": "pl-1"})),
        ["prefix_list_id"]
    );
    assert_eq!(rule(json!({"cidr_ipv4": "10.1.0.0/8"})), NONE);
    assert_eq!(rule(json!({"cidr_ipv4": "10.1.0.0/33"})), ["cidr_ipv4"]);
    assert_eq!(rule(json!({"cidr_ipv6": "10.0.0.0/8"})), ["cidr_ipv6"]);
    assert_eq!(
        unknown::<SecurityGroupRule>(json!({"protocol": "-1"}), "source_security_group_id"),
        NONE
    );
}

#[test]
fn partitions_and_levels_need_their_strategy() {
    assert_eq!(
        blamed::<PlacementGroup>(json!({"strategy": "partition", "partition_count": 3})),
        NONE
    );
    assert_eq!(blamed::<PlacementGroup>(json!({"partition_count": 3})), ["partition_count"]);
    assert_eq!(
        blamed::<PlacementGroup>(json!({"strategy": "cluster", "spread_level": "rack"})),
        ["spread_level"]
    );
    assert_eq!(unknown::<PlacementGroup>(json!({"partition_count": 3}), "strategy"), NONE);
}

#[test]
fn a_key_is_public_and_of_a_type_that_aws_accepts() {
    let key = |text: &str| blamed::<KeyPair>(json!({"public_key": text}));
    assert_eq!(key("ssh-ed25519 AAAA me"), NONE);
    assert_eq!(key("ssh-rsa AAAA"), NONE);
    assert_eq!(key("ecdsa-sha2-nistp256 AAAA"), ["public_key"]);
    let secret = KeyPair::check(&Inputs::new(from_json(
        &json!({"public_key": "-----BEGIN OPENSSH PRIVATE KEY-----\nhunter2"}),
    )));
    assert!(secret[0].message.contains("private") && !secret[0].message.contains("hunter2"));
}

#[test]
fn an_interface_has_an_ipv4_address() {
    assert_eq!(blamed::<NetworkInterface>(json!({"private_ip": "10.0.0.4"})), NONE);
    assert_eq!(blamed::<NetworkInterface>(json!({"private_ip": "10.0.0.400"})), ["private_ip"]);
}

#[test]
fn a_gp3_volume_of_1000_iops_is_rejected() {
    let volume = |iops: Json| json!({"size": 200, "volume_type": "gp3", "iops": iops});
    assert_eq!(blamed::<Volume>(volume(json!(1000))), ["iops"]);
    assert_eq!(blamed::<Volume>(volume(json!(3000))), NONE);
    assert_eq!(
        blamed::<Volume>(json!({"size": 200, "iops": 1000})),
        ["iops"],
        "gp3 is the default"
    );
    assert_eq!(unknown::<Volume>(volume(json!(1000)), "volume_type"), NONE);
    assert_eq!(unknown::<Volume>(json!({"size": 10, "volume_type": "io2"}), "iops"), NONE);
}

#[test]
fn a_volume_has_a_size_or_a_snapshot() {
    assert_eq!(blamed::<Volume>(json!({})), ["size"]);
    assert_eq!(blamed::<Volume>(json!({"snapshot_id": "snap-1"})), NONE);
    assert_eq!(unknown::<Volume>(json!({}), "snapshot_id"), NONE);
}

#[test]
fn a_key_needs_encryption_and_sharing_needs_io_volumes() {
    assert_eq!(blamed::<Volume>(json!({"size": 10, "kms_key_id": "k"})), ["kms_key_id"]);
    assert_eq!(blamed::<Volume>(json!({"size": 10, "kms_key_id": "k", "encrypted": true})), NONE);
    assert_eq!(unknown::<Volume>(json!({"size": 10, "encrypted": true}), "kms_key_id"), NONE);
    assert_eq!(
        blamed::<Volume>(json!({"size": 10, "multi_attach_enabled": true})),
        ["multi_attach_enabled"]
    );
    let shared =
        json!({"size": 10, "volume_type": "io2", "iops": 100, "multi_attach_enabled": true});
    assert_eq!(blamed::<Volume>(shared), NONE);
}

#[test]
fn the_root_device_is_rejected() {
    assert_eq!(blamed::<VolumeAttachment>(json!({"device_name": "/dev/sdf"})), NONE);
    assert_eq!(blamed::<VolumeAttachment>(json!({"device_name": "/dev/sda1"})), ["device_name"]);
    assert_eq!(blamed::<VolumeAttachment>(json!({"device_name": "/dev/xvda"})), ["device_name"]);
}

#[test]
fn user_data_has_16_kib_before_base64() {
    assert_eq!(blamed::<Instance>(json!({"user_data": "x".repeat(16_384)})), NONE);
    assert_eq!(blamed::<Instance>(json!({"user_data": "x".repeat(16_385)})), ["user_data"]);
    assert_eq!(
        blamed::<Instance>(json!({"user_data": "ü".repeat(8_193)})),
        ["user_data"],
        "bytes count, not characters"
    );
}

#[test]
fn an_interface_excludes_other_network_properties() {
    assert_eq!(blamed::<Instance>(json!({"network_interface_id": "eni-1"})), NONE);
    assert_eq!(
        blamed::<Instance>(json!({"network_interface_id": "eni-1", "security_group_ids": []})),
        NONE
    );
    let both = json!({"network_interface_id": "eni-1", "subnet_id": "subnet-1", "private_ip": "10.0.0.4",
        "associate_public_ip_address": true, "security_group_ids": ["sg-1"]});
    assert_eq!(
        blamed::<Instance>(both),
        ["subnet_id", "private_ip", "associate_public_ip_address", "security_group_ids"]
    );
}

#[test]
fn a_burstable_type_in_a_placement_group_is_a_warning() {
    let placed =
        |kind: &str| blamed::<Instance>(json!({"instance_type": kind, "placement_group": "g"}));
    assert_eq!(placed("t3.medium"), ["warning:placement_group"]);
    assert_eq!(placed("c6i.xlarge"), NONE);
    assert_eq!(blamed::<Instance>(json!({"instance_type": "t3.medium"})), NONE);
}

#[test]
fn a_root_volume_follows_the_rules_of_volumes() {
    let root = |root: Json| blamed::<Instance>(json!({"root_volume": root}));
    assert_eq!(root(json!({"size": 30})), NONE);
    assert_eq!(root(json!({"size": 30, "iops": 1000})), ["root_volume.iops"]);
    assert_eq!(root(json!({"kms_key_id": "k"})), ["root_volume.kms_key_id"]);
}

struct Frankfurt;

impl Host for Frankfurt {
    fn region(&mut self) -> Result<String, kim_plugin::aws::Failure> {
        Ok("eu-central-1".to_owned())
    }
}

fn price<K: Kind>(inputs: Json) -> Option<Price> {
    with_host(Frankfurt, move || K::price(&Inputs::new(from_json(&inputs))))
}

#[test]
fn known_prices_are_returned() {
    let log = price::<Volume>(json!({"size": 500, "iops": 3000, "throughput": 250})).unwrap();
    assert_eq!(log.micros_a_month, 500 * 95_200 + 125 * 47_600);
    let bare = price::<Instance>(json!({"instance_type": "c6i.xlarge"})).unwrap();
    assert_eq!(bare.micros_a_month, 194_000 * 730);
    assert!(bare.basis.ends_with("without its root volume"));
    let whole =
        price::<Instance>(json!({"instance_type": "c6i.xlarge", "root_volume": {"size": 30}}))
            .unwrap();
    assert_eq!(whole.micros_a_month, 194_000 * 730 + 30 * 95_200);
    assert_eq!(price::<Instance>(json!({"instance_type": "p5.48xlarge"})), None);
    assert_eq!(
        price::<Volume>(json!({"snapshot_id": "snap-1"})),
        None,
        "its size is that of the snapshot"
    );
    let gateway =
        price::<NatGateway>(json!({"subnet_id": "subnet-1", "allocation_id": "eipalloc-1"}))
            .unwrap();
    assert_eq!(gateway.micros_a_month, 52_000 * 730);
    assert_eq!(price::<Vpc>(json!({"cidr_block": "10.0.0.0/16"})), None);
}

#[test]
fn a_native_build_names_the_target_to_build_for() {
    let inputs = from_json(&json!({"cidr_block": "10.0.0.0/16"}));
    let failure = crate::plugin().create("aws:ec2:Vpc", &inputs, "t").unwrap_err();
    assert!(failure.to_string().contains("only as a component"), "{failure}");
}
