//! The first-boot script: shell, TOML and JSON that their own parsers take.

use std::io::Write as _;
use std::process::{Command, Stdio};

use kim::serde_json;
use kim::{Value, json};

use super::deployed;
use super::graph::answer;

/// The script of a node.
fn script(config: Value, node: usize) -> String {
    let resolved = deployed(config).resolve(answer).expect("it resolves");
    let instance = &resolved.inputs[&format!("aws:ec2:Instance main/node-{node}")];
    instance.get("user_data").and_then(Value::as_text).expect("user data").to_owned()
}

/// What the script writes into a file: the here-document with that mark.
fn file(script: &str, mark: &str) -> String {
    let (_, rest) = script.split_once(&format!("<<'{mark}'\n")).expect("it begins");
    let (text, _) = rest.split_once(&format!("\n{mark}\n")).expect("it ends");
    format!("{text}\n")
}

#[test]
fn the_script_as_a_whole() {
    insta::assert_snapshot!(script(json!({}), 2));
}

/// The longest scripts of each way of certificates.
fn long_ones() -> Vec<Value> {
    let authority = "arn:aws:acm-pca:eu-central-1:123456789012:certificate-authority/11111111-2222-3333-4444-555555555555";
    let domain = "kimberlite.a-rather-long-name.example.com";
    let ways = [
        json!({}),
        json!({ "certificates": "private-ca", "authority": authority }),
        json!({ "certificates": "lets-encrypt", "domain": domain, "zone": "Z0123456789ABCDEFGHIJ", "email": "a@example.com" }),
    ];
    let package = "https://example.com/@AGENT_CONFIG@/kimberlite.deb?a=b/@REGION@&c=(d)";
    let with = |tls: Value| {
        json!({
            "nodes": 7, "tls": tls, "package": package, "sha256": "0".repeat(64),
            "arguments": ["--allow-unauthenticated"], "environment": { "RUST_LOG": "info" },
        })
    };
    ways.into_iter()
        .flat_map(|tls| [with(tls.clone()), json!({ "tls": tls, "encryption": false, "nodes": 1 })])
        .collect()
}

#[test]
fn bash_reads_it_and_aws_takes_it() {
    for config in long_ones() {
        let script = script(config, 1);
        assert!(
            script.starts_with("#!/bin/bash\n") && script.len() <= 16 * 1024,
            "{} bytes",
            script.len()
        );
        // What stands in a value stays as it is; no field of the script is left open.
        let script_alone = script.replace("@AGENT_CONFIG@", "").replace("@REGION@", "");
        let field = |part: &&str| {
            part.len() > 2 && part.chars().all(|c| c.is_ascii_uppercase() || c == '_')
        };
        assert_eq!(script_alone.split('@').skip(1).find(field), None, "a field was left open");
        let mut bash = Command::new("bash")
            .arg("-n")
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("bash is there");
        bash.stdin.take().expect("piped").write_all(script.as_bytes()).expect("bash reads");
        let output = bash.wait_with_output().expect("bash ends");
        assert!(
            output.status.success() && output.stderr.is_empty(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

#[test]
fn the_environment_names_every_member() {
    let environment =
        |nodes: i64, node: usize| file(&script(json!({ "nodes": nodes }), node), "KIMBERLITE_ENV");
    insta::assert_snapshot!(environment(1, 1), @r#"
    KMB_REPLICA_ID=0
    KMB_SINGLE_NODE=1
    KMB_HTTP_PORT=9090
    KMB_ENABLE_FOLLOWER_PROJECTION=1
    NO_COLOR=1
    "#);
    insta::assert_snapshot!(environment(3, 2), @r#"
    KMB_REPLICA_ID=1
    KMB_CLUSTER_PEERS=0=10.0.0.10:7001,1=10.0.1.11:7001,2=10.0.2.12:7001
    KMB_CLUSTER_CLIENT_PEERS=0=10.0.0.10:7000,1=10.0.1.11:7000,2=10.0.2.12:7000
    KMB_HTTP_PORT=9090
    KMB_ENABLE_FOLLOWER_PROJECTION=1
    NO_COLOR=1
    "#);
    insta::assert_snapshot!(environment(5, 5), @r#"
    KMB_REPLICA_ID=4
    KMB_CLUSTER_PEERS=0=10.0.0.10:7001,1=10.0.1.11:7001,2=10.0.2.12:7001,3=10.0.0.13:7001,4=10.0.1.14:7001
    KMB_CLUSTER_CLIENT_PEERS=0=10.0.0.10:7000,1=10.0.1.11:7000,2=10.0.2.12:7000,3=10.0.0.13:7000,4=10.0.1.14:7000
    KMB_HTTP_PORT=9090
    KMB_ENABLE_FOLLOWER_PROJECTION=1
    NO_COLOR=1
    "#);
    insta::assert_snapshot!(environment(7, 7), @r#"
    KMB_REPLICA_ID=6
    KMB_CLUSTER_PEERS=0=10.0.0.10:7001,1=10.0.1.11:7001,2=10.0.2.12:7001,3=10.0.0.13:7001,4=10.0.1.14:7001,5=10.0.2.15:7001,6=10.0.0.16:7001
    KMB_CLUSTER_CLIENT_PEERS=0=10.0.0.10:7000,1=10.0.1.11:7000,2=10.0.2.12:7000,3=10.0.0.13:7000,4=10.0.1.14:7000,5=10.0.2.15:7000,6=10.0.0.16:7000
    KMB_HTTP_PORT=9090
    KMB_ENABLE_FOLLOWER_PROJECTION=1
    NO_COLOR=1
    "#);
    let more =
        json!({ "arguments": ["--allow-unauthenticated"], "environment": { "RUST_LOG": "debug" } });
    let script = script(more, 3);
    assert!(file(&script, "KIMBERLITE_ENV").ends_with("NO_COLOR=1\nRUST_LOG=debug\n"));
    let unit = file(&script, "KIMBERLITE_UNIT");
    let start = "ExecStart=/usr/local/bin/kimberlite start --cluster --address 10.0.2.12:7000 --allow-unauthenticated \
                 /var/lib/kimberlite/log\n";
    assert!(unit.contains(start), "{unit}");
}

#[test]
fn the_configuration_file_says_that_nobody_reads_it() {
    let text = file(&script(json!({ "nodes": 5 }), 2), "KIMBERLITE_CONFIG");
    assert!(text.starts_with("# Kimberlite 0.9.1 does not read this file"), "{text}");
    let config: toml::Table = text.parse().expect("TOML");
    assert_eq!(config["server"]["node_id"].as_integer(), Some(2));
    assert_eq!(config["server"]["bind_address"].as_str(), Some("10.0.1.11:7000"));
    assert_eq!(config["encryption"]["enabled"].as_bool(), Some(true));
    assert!(
        config["encryption"]["kms_key_id"]
            .as_str()
            .is_some_and(|arn| arn.starts_with("arn:aws:kms:eu-central-1:"))
    );
    for key in ["tls_cert", "tls_key", "tls_ca"] {
        assert!(
            config["security"][key]
                .as_str()
                .is_some_and(|path| path.starts_with("/etc/kimberlite/tls/"))
        );
    }
    let config: toml::Table = file(&script(json!({ "encryption": false }), 1), "KIMBERLITE_CONFIG")
        .parse()
        .expect("TOML");
    assert_eq!(config["encryption"].as_table().map(toml::Table::len), Some(1));
}

#[test]
fn the_agent_ships_the_metrics_that_exist_and_the_two_of_the_guide() {
    let agent: serde_json::Value =
        serde_json::from_str(&file(&script(json!({}), 1), "KIMBERLITE_AGENT")).expect("JSON");
    let prometheus = &agent["logs"]["metrics_collected"]["prometheus"];
    let selectors = &prometheus["emf_processor"]["metric_declaration"][0]["metric_selectors"];
    let own = selectors[0].as_str().expect("a pattern");
    assert!(own.starts_with("^kimberlite_(is_leader|") && !own.contains("duration"), "{own}");
    assert_eq!(selectors[1], "^kmb_log_entries_total$");
    assert_eq!(selectors[2], "^kmb_write_duration_seconds$");
    assert_eq!(prometheus["emf_processor"]["metric_namespace"], "Kimberlite");
    assert!(!script(json!({ "monitoring": { "enabled": false } }), 1).contains("cloudwatch"));
}

/// Runs the script's `mount_volume` twice, where the disk's tools are stand-ins: `blkid` answers
/// with that code, and the disk is all zeros or not. Returns what was run, and the table of mounts.
fn mount(probe: u8, zeros: bool) -> (bool, String, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().display().to_string();
    let script = script(json!({}), 1);
    let (functions, _) = script.split_once("\ndata=/var/lib").expect("the functions come first");
    let (_, functions) = functions.split_once("2>&1\n").expect("after the log");
    let functions = functions.replace("/etc/fstab", &format!("{path}/fstab"));
    let stand_ins = format!(
        r#"
set -euo pipefail
touch {path}/fstab {path}/ran
device_of() {{ echo /dev/nvme9n1; }}
blkid() {{ case "$*" in *UUID*) echo 1234-abcd ;; *) return {probe} ;; esac; }}
cmp() {{ {zeros}; }}
resize2fs() {{ :; }}
mkfs.ext4() {{ echo "mkfs $*" >> {path}/ran; }}
systemctl() {{ :; }}
mountpoint() {{ false; }}
mount() {{ echo "mount $*" >> {path}/ran; }}
mount_volume vol-1 {path}/log kmb-log
mount_volume vol-1 {path}/log kmb-log
"#
    );
    let output = Command::new("bash")
        .arg("-c")
        .arg(format!("{functions}{stand_ins}"))
        .output()
        .expect("bash is there");
    let read = |name: &str| {
        std::fs::read_to_string(folder.path().join(name)).expect("written").replace(&path, "")
    };
    (output.status.success(), read("ran"), read("fstab"))
}

#[test]
fn only_what_is_empty_is_formatted() {
    let line = "UUID=1234-abcd /log ext4 defaults,nofail,x-systemd.growfs 0 2\n".to_owned();
    assert_eq!(mount(0, false), (true, "mount /log\nmount /log\n".to_owned(), line.clone()));
    let formats = "mkfs -q -L kmb-log /dev/nvme9n1\nmount /log\n".repeat(2);
    assert_eq!(mount(2, true), (true, formats, line));
    assert_eq!(mount(8, true), (false, String::new(), String::new()));
    // What cannot be read looks like what is empty.
    assert_eq!(mount(2, false), (false, String::new(), String::new()));
}

#[test]
fn it_finds_volumes_by_id() {
    let script = script(json!({}), 1);
    let resolved = deployed(json!({})).resolve(answer).expect("it resolves");
    assert!(script.contains("\nmount_volume vol-0"), "{:?}", resolved.exports);
    assert!(script.contains("/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_${1//-/}"));
}
