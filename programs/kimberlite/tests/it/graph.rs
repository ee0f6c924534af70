//! The desired graph.

use std::collections::BTreeMap;

use kim::testing::{Declaration, Options, Question, Run};
use kim::{Path, Value, json, serde_json};

use super::deployed;

#[test]
fn the_default_cluster() {
    insta::assert_json_snapshot!(deployed(json!({})).graph());
}

/// What a node's resources are, after what they ignore is put aside: by kind and qualified name.
fn declarations(run: &Run) -> BTreeMap<String, (Value, String)> {
    let resolved = run.resolve(answer).expect("it resolves");
    let entry = |declaration: &Declaration| {
        let key = format!("{} {}", declaration.kind, run.qualified_name(declaration));
        let inputs = resolved.inputs[&key].clone();
        let mut properties = inputs.as_map().cloned().unwrap_or_default();
        properties.retain(|name, _| {
            !declaration.options.ignore_changes.contains(&Path::key(name.as_str()))
        });
        let name = |id| run.resource_of(id).map(|on| run.qualified_name(on));
        let waits: Vec<_> = declaration.options.depends_on.iter().map(|id| name(*id)).collect();
        let options = Options { depends_on: Vec::new(), ..declaration.options.clone() };
        (key, (Value::Map(properties), format!("{options:?} {waits:?}")))
    };
    run.declarations.resources.iter().map(entry).collect()
}

/// A cloud's answers, as far as the program looks into them.
pub(super) fn answer(question: &Question<'_>, inputs: &Value) -> Value {
    match question {
        Question::Lookup(lookup) if lookup.name == "aws:ec2:availability_zones" => {
            let names: Vec<String> =
                ["a", "b", "c"].iter().map(|zone| format!("eu-central-1{zone}")).collect();
            return json!({ "names": names });
        }
        // The stack is new: it has exported nothing yet.
        Question::Stack(_) => return Value::map(),
        _ => {}
    }
    let mut echo = question.echo(inputs).as_map().cloned().unwrap_or_default();
    if let Question::Resource { name, .. } = question {
        let arn = match question.kind() {
            "aws:iam:Role" => format!("arn:aws:iam::123456789012:role/{name}"),
            "aws:kms:Key" => {
                "arn:aws:kms:eu-central-1:123456789012:key/0b8f4d2c-1111-2222-3333-444455556666"
                    .to_owned()
            }
            _ => format!("arn:aws:test:{name}"),
        };
        echo.insert("arn".into(), Value::text(arn));
    }
    if let ("aws:ec2:Volume", Question::Resource { name, .. }) = (question.kind(), question) {
        let number = name.rsplit('-').next().unwrap_or_default();
        let family = if name.contains("log") { "0a1c0ffee" } else { "0b2c0ffee" };
        echo.insert("volume_id".into(), Value::text(format!("vol-{family}{number:0>8}")));
    }
    Value::Map(echo)
}

#[test]
fn growing_leaves_the_nodes_that_stand_untouched() {
    for (few, many) in [(1, 3), (3, 5), (5, 7)] {
        let before = declarations(&deployed(json!({ "nodes": few })));
        let after = declarations(&deployed(json!({ "nodes": many })));
        for (name, declaration) in &before {
            assert_eq!(Some(declaration), after.get(name), "{name} from {few} to {many} nodes");
        }
        assert!(after.len() > before.len());
    }
}

#[test]
fn another_size_changes_nothing_but_the_type_and_the_log_volume() {
    let before = declarations(&deployed(json!({ "size": "medium" })));
    let after = declarations(&deployed(json!({ "size": "large" })));
    assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>());
    let mut changes = Vec::new();
    for (name, (inputs, options)) in &before {
        let (new, new_options) = &after[name];
        assert_eq!(options, new_options, "{name}");
        let (inputs, new) = (inputs.as_map().expect("a map"), new.as_map().expect("a map"));
        let changed = new.iter().filter(|(property, value)| inputs.get(*property) != Some(value));
        changes.extend(changed.map(|(property, value)| format!("{name}: {property} = {value:?}")));
    }
    insta::assert_snapshot!(changes.join("\n"), @r#"
    aws:ec2:Instance main/node-1: instance_type = "c6i.2xlarge"
    aws:ec2:Instance main/node-2: instance_type = "c6i.2xlarge"
    aws:ec2:Instance main/node-3: instance_type = "c6i.2xlarge"
    aws:ec2:Volume main/log-1: size = 1000
    aws:ec2:Volume main/log-2: size = 1000
    aws:ec2:Volume main/log-3: size = 1000
    "#);
}

#[test]
fn nodes_go_over_the_zones_in_turn_and_wait_for_each_other() {
    let run = deployed(json!({ "nodes": 5, "zones": ["eu-central-1a", "eu-central-1b"] }));
    let graph = run.graph();
    let mut lines = Vec::new();
    for number in 1..=5 {
        let of =
            |kind: &str, name: String| graph["resources"][format!("{kind} main/{name}")].clone();
        let interface = of("aws:ec2:NetworkInterface", format!("node-{number}"));
        let volume = of("aws:ec2:Volume", format!("log-{number}"));
        let instance = of("aws:ec2:Instance", format!("node-{number}"));
        lines.push(format!(
            "{number}: {} {} {} waits for {}",
            interface["inputs"]["subnet_id"],
            interface["inputs"]["private_ip"],
            volume["inputs"]["availability_zone"],
            instance["options"]["depends_on"],
        ));
    }
    insta::assert_snapshot!(lines.join("\n"), @r#"
    1: "${aws:ec2:Subnet main/eu-central-1a.subnet_id}" "10.0.0.10" "eu-central-1a" waits for ["aws:ec2:Route main/internet.route_id"]
    2: "${aws:ec2:Subnet main/eu-central-1b.subnet_id}" "10.0.1.11" "eu-central-1b" waits for ["aws:ec2:Route main/internet.route_id","aws:ec2:VolumeAttachment main/log-1","aws:ec2:VolumeAttachment main/projections-1"]
    3: "${aws:ec2:Subnet main/eu-central-1a.subnet_id}" "10.0.0.12" "eu-central-1a" waits for ["aws:ec2:Route main/internet.route_id","aws:ec2:VolumeAttachment main/log-2","aws:ec2:VolumeAttachment main/projections-2"]
    4: "${aws:ec2:Subnet main/eu-central-1b.subnet_id}" "10.0.1.13" "eu-central-1b" waits for ["aws:ec2:Route main/internet.route_id","aws:ec2:VolumeAttachment main/log-3","aws:ec2:VolumeAttachment main/projections-3"]
    5: "${aws:ec2:Subnet main/eu-central-1a.subnet_id}" "10.0.0.14" "eu-central-1a" waits for ["aws:ec2:Route main/internet.route_id","aws:ec2:VolumeAttachment main/log-4","aws:ec2:VolumeAttachment main/projections-4"]
    "#);
}

#[test]
fn an_existing_network_is_used_and_not_declared() {
    let run = deployed(json!({
        "zones": ["eu-central-1a"],
        "nodes": 1,
        "encryption": false,
        "backup": { "enabled": false },
        "image": "ami-0123456789abcdef0",
        "network": { "vpc": "vpc-0a", "subnets": [{ "id": "subnet-0a", "cidr": "172.16.4.0/26" }] },
        "access": { "clients": ["sg-0123"], "ssh": [] },
    }));
    insta::assert_json_snapshot!(run.graph());
}

#[test]
fn a_zone_that_the_region_has_not_is_refused() {
    let config = json!({ "zones": ["eu-central-1a", "eu-central-1b", "eu-central-1z"] });
    let error = deployed(config).resolve(answer).err().expect("it is refused").to_string();
    // The place comes first, and its line moves with every edit.
    let (place, message) =
        error.lines().next().and_then(|line| line.split_once(": ")).expect("place and message");
    assert!(place.starts_with("programs/kimberlite/src/network.rs:"), "{place}");
    insta::assert_snapshot!(message, @"config.zones: the region has no zone eu-central-1z for this account; it has eu-central-1a, eu-central-1b, eu-central-1c");
}

#[test]
fn the_next_run_compares_itself_with_what_stands() {
    let stood = deployed(json!({})).resolve(answer).expect("it resolves").exports;
    let next = |config: Value| {
        let stood = stood.clone();
        deployed(config).resolve(move |question: &Question<'_>, inputs: &Value| match question {
            Question::Stack("dev") => Value::Map(stood.clone()),
            _ => answer(question, inputs),
        })
    };
    assert_eq!(next(json!({})).expect("nothing changed").exports["cluster"], stood["cluster"]);
    assert!(next(json!({ "log": { "size": 700 }, "tags": { "Team": "db" } })).is_ok());
    let error = next(json!({ "nodes": 5 })).err().expect("it is refused").to_string();
    assert!(error.contains("config.nodes: 3 nodes stand"), "{error}");
    // Deployed before there was a record: its outputs say whether there is a key.
    let outputs =
        json!({ "instances": ["i-1"], "key_arn": "arn:aws:kms:eu-central-1:123456789012:key/1" });
    let unrecorded = deployed(json!({ "encryption": false })).resolve(
        move |question: &Question<'_>, inputs: &Value| match question {
            Question::Stack("dev") => outputs.clone(),
            _ => answer(question, inputs),
        },
    );
    let error = unrecorded.err().expect("it is refused").to_string();
    assert!(error.contains("config.encryption: the cluster stands with encryption"), "{error}");
}

#[test]
fn nobody_but_the_nodes_reaches_a_node() {
    let graph = deployed(json!({})).graph();
    let resources = graph["resources"].as_object().expect("a map");
    let rules: Vec<&serde_json::Value> = resources
        .iter()
        .filter(|(name, _)| name.starts_with("aws:ec2:SecurityGroupRule"))
        .map(|(_, resource)| &resource["inputs"])
        .collect();
    let [rule] = rules[..] else { panic!("one rule is enough: {rules:?}") };
    assert_eq!(
        (&rule["from_port"], &rule["to_port"]),
        (&serde_json::json!(7001), &serde_json::json!(7001))
    );
    assert_eq!(rule["source_security_group_id"], rule["security_group_id"]);
    let node = &resources["aws:ec2:Instance main/node-1"]["inputs"];
    assert_eq!(node["metadata_options"]["http_tokens"], "required");
    assert_eq!(node["metadata_options"]["http_put_response_hop_limit"], 1);
    assert_eq!(node["root_volume"]["encrypted"], true);
    assert!(
        node["root_volume"]["kms_key_id"].as_str().is_some_and(|key| key.contains("main/key.arn"))
    );
    assert!(!resources.keys().any(|name| name.starts_with("aws:ec2:Address main/node")));
}

#[test]
fn each_way_of_certificates_has_its_permissions_and_no_more() {
    let policy = |tls: Value| {
        let resolved =
            deployed(json!({ "tls": tls, "monitoring": { "enabled": false } })).resolve(answer);
        let inputs = resolved.expect("it resolves").inputs["aws:iam:RolePolicy main/node"].clone();
        let text =
            inputs.get("policy_document").and_then(Value::as_text).expect("a policy").to_owned();
        serde_json::from_str::<serde_json::Value>(&text).expect("JSON")
    };
    let authority = "arn:aws:acm-pca:eu-central-1:123456789012:certificate-authority/1";
    insta::assert_json_snapshot!("self_signed_policy", policy(json!({})));
    insta::assert_json_snapshot!(
        "private_ca_policy",
        policy(json!({ "certificates": "private-ca", "authority": authority }))
    );
    let domain = json!({ "certificates": "lets-encrypt", "domain": "k.example.com", "zone": "Z0123456789ABC" });
    insta::assert_json_snapshot!("lets_encrypt_policy", policy(domain));
}

#[test]
fn the_estimates() {
    let estimates = |region: &str| {
        let settings = json!({ "aws": { "region": region }, "config": {} });
        let run = kim::testing::run_as("kimberlite", "dev", kimberlite::deploy, settings)
            .expect("it is fine");
        let line = |one: &kim_model::Estimate| {
            let what = if one.saving { "saves" } else { "costs" };
            format!(
                "{} {what} {:?}: {} [{}]",
                one.label, one.micros_a_month, one.detail, one.source
            )
        };
        run.declarations.estimates.iter().map(line).collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(estimates("us-east-1"), @r#"
    snapshots costs Some((257250000, 257250000)): 30 a volume, full disks of which 5 % change a day [infracost's test data, July 2024]
    snapshots saves Some((120750000, 120750000)): 7 instead of 30 kept (backup.keep) [infracost's test data, July 2024]
    public IPv4 costs None: 1 address []
    data transfer costs Some((81000000, 81000000)): 1000 GB to the internet, 100 GB of them free [infracost's test data, July 2024]
    compute saves Some((126144000, 142549290)): instances reserved for one year, from nothing to everything paid at once (Savings Plans: not known) [LeanerCloud ec2-instances-info, April 2025; without payment at once by Vantage's ratio, July 2026]
    "#);
    insta::assert_snapshot!(estimates("eu-central-1"), @r#"
    snapshots costs None: 30 a volume, full disks of which 5 % change a day []
    public IPv4 costs None: 1 address []
    data transfer costs Some((81000000, 81000000)): 1000 GB to the internet, 100 GB of them free [infracost's test data, July 2024]
    "#);
    insta::assert_snapshot!(estimates("ap-south-1"), @r#"
    snapshots costs None: 30 a volume, full disks of which 5 % change a day []
    public IPv4 costs None: 1 address []
    data transfer costs None: 1000 GB to the internet, 100 GB of them free []
    "#);
}

#[test]
fn what_is_known_later_is_the_same_every_time() {
    let text = || {
        let resolved = deployed(json!({})).resolve(answer).expect("it resolves");
        format!("{:?} {:?}", resolved.inputs, resolved.exports)
    };
    assert_eq!(text(), text());
}

#[test]
fn the_outputs() {
    let resolved = deployed(json!({})).resolve(answer).expect("it resolves");
    let exports: serde_json::Map<String, serde_json::Value> = resolved
        .exports
        .iter()
        .map(|(name, value)| (name.clone(), kim::testing::json(value)))
        .collect();
    insta::assert_json_snapshot!(exports);
}

#[test]
fn the_key_does_not_lock_its_account_out() {
    let resolved = deployed(json!({})).resolve(answer).expect("it resolves");
    let policy = resolved.inputs["aws:kms:Key main/key"]
        .get("policy")
        .and_then(Value::as_text)
        .expect("a policy");
    let policy: serde_json::Value = serde_json::from_str(policy).expect("JSON");
    insta::assert_json_snapshot!("key_policy", policy);
    let role = &resolved.inputs["aws:iam:RolePolicy main/node"];
    let policy: serde_json::Value = serde_json::from_str(
        role.get("policy_document").and_then(Value::as_text).expect("a policy"),
    )
    .expect("JSON");
    insta::assert_json_snapshot!("role_policy", policy);
}

#[test]
fn the_plugins_find_nothing_wrong() {
    let plugins = [
        kim_plugin_aws_dlm::plugin(),
        kim_plugin_aws_ec2::plugin(),
        kim_plugin_aws_iam::plugin(),
        kim_plugin_aws_kms::plugin(),
    ];
    let one_zone =
        json!({ "placement": "cluster", "zones": ["eu-central-1b"], "encryption": false });
    let open = json!({
        "network": { "internet": "public" },
        "access": { "session_manager": true, "clients": ["10.0.0.0/16"], "ssh": ["sg-0123456789abcdef0"] },
        "restore": { "log-1": "snap-0123456789abcdef0" },
    });
    for config in [
        open,
        json!({}),
        json!({ "size": "small" }),
        json!({ "size": "production", "nodes": 7 }),
        one_zone,
    ] {
        let resolved = deployed(config).resolve(answer).expect("it resolves");
        for (key, inputs) in &resolved.inputs {
            let (kind, name) = key.split_once(' ').expect("kind and name");
            let Some(plugin) = plugins.iter().find(|plugin| plugin.schema().kind(kind).is_some())
            else {
                assert!(kind.starts_with("kimberlite:"), "{kind} is no plugin's");
                continue;
            };
            let mut found = plugin.check(kind, inputs.clone()).expect("the kind is there");
            found.retain(|violation| !violation.warning);
            assert!(found.is_empty(), "{kind} {name}: {found:?}");
        }
    }
}
