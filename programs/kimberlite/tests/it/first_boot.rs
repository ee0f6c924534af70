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

#[test]
fn bash_reads_it_and_aws_takes_it() {
    let all = [
        json!({}),
        json!({ "nodes": 7, "encryption": false }),
        json!({ "nodes": 7, "package": "https://example.com/kimberlite.deb?a=b&c=(d)" }),
    ];
    for config in all {
        let script = script(config, 1);
        assert!(script.starts_with("#!/bin/bash\n") && script.len() <= 16 * 1024, "{} octets", script.len());
        assert!(!script.contains("@NODE") && !script.contains("_VOLUME@"), "a field was left open");
        let mut bash =
            Command::new("bash").arg("-n").stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("bash is there");
        bash.stdin.take().expect("piped").write_all(script.as_bytes()).expect("bash reads");
        let output = bash.wait_with_output().expect("bash ends");
        assert!(output.status.success() && output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn the_configuration_names_every_peer_and_the_key() {
    let config: toml::Table = file(&script(json!({ "nodes": 5 }), 2), "KIMBERLITE_CONFIG").parse().expect("TOML");
    let peers: Vec<&str> =
        config["cluster"]["peers"].as_array().expect("a list").iter().filter_map(|p| p.as_str()).collect();
    assert_eq!(peers, ["10.0.0.10:7001", "10.0.2.12:7001", "10.0.0.13:7001", "10.0.1.14:7001"]);
    assert_eq!(config["node"]["id"].as_integer(), Some(2));
    assert_eq!(config["encryption"]["enabled"].as_bool(), Some(true));
    assert!(
        config["encryption"]["kms_key_id"].as_str().is_some_and(|arn| arn.starts_with("arn:aws:kms:eu-central-1:"))
    );
    for key in ["certificate", "key", "authority"] {
        assert!(config["tls"][key].as_str().is_some_and(|path| path.starts_with("/etc/kimberlite/tls/")));
    }

    let config: toml::Table =
        file(&script(json!({ "encryption": false }), 1), "KIMBERLITE_CONFIG").parse().expect("TOML");
    assert_eq!(config["encryption"].as_table().map(toml::Table::len), Some(1));
}

#[test]
fn the_agent_ships_the_two_metrics() {
    let agent: serde_json::Value =
        serde_json::from_str(&file(&script(json!({}), 1), "KIMBERLITE_AGENT")).expect("JSON");
    let prometheus = &agent["logs"]["metrics_collected"]["prometheus"];
    let declaration = &prometheus["emf_processor"]["metric_declaration"][0];
    assert_eq!(
        declaration["metric_selectors"],
        serde_json::json!(["^kmb_log_entries_total$", "^kmb_write_duration_seconds$"])
    );
    assert_eq!(prometheus["emf_processor"]["metric_namespace"], "Kimberlite");
}

/// Runs the script's `mount_volume` twice, where the disk's tools are stand-ins: `blkid` answers with that code. Gives what
/// was run, and the table of mounts.
fn mount(probe: u8) -> (bool, String, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().display().to_string();
    let script = script(json!({}), 1);
    let (functions, _) = script.split_once("\nmount_volume vol-").expect("the functions come first");
    let (_, functions) = functions.split_once("2>&1\n").expect("after the log");
    let functions = functions.replace("/etc/fstab", &format!("{path}/fstab"));
    let stand_ins = format!(
        r#"
set -euo pipefail
touch {path}/fstab {path}/ran
device_of() {{ echo /dev/nvme9n1; }}
blkid() {{ case "$*" in *UUID*) echo 1234-abcd ;; *) return {probe} ;; esac; }}
mkfs.ext4() {{ echo "mkfs $*" >> {path}/ran; }}
systemctl() {{ :; }}
mountpoint() {{ false; }}
mount() {{ echo "mount $*" >> {path}/ran; }}
mount_volume vol-1 {path}/log
mount_volume vol-1 {path}/log
"#
    );
    let output = Command::new("bash").arg("-c").arg(format!("{functions}{stand_ins}")).output().expect("bash is there");
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).expect("written").replace(&path, "");
    (output.status.success(), read("ran"), read("fstab"))
}

#[test]
fn only_what_is_empty_is_formatted() {
    let line = "UUID=1234-abcd /log ext4 defaults,nofail,x-systemd.growfs 0 2\n".to_owned();
    assert_eq!(mount(0), (true, "mount /log\nmount /log\n".to_owned(), line.clone()));
    let formats = "mkfs -q /dev/nvme9n1\nmount /log\n".repeat(2);
    assert_eq!(mount(2), (true, formats, line));
    assert_eq!(mount(8), (false, String::new(), String::new()));
}

#[test]
fn it_finds_volumes_by_id() {
    let script = script(json!({}), 1);
    let resolved = deployed(json!({})).resolve(answer).expect("it resolves");
    assert!(script.contains("\nmount_volume vol-0"), "{:?}", resolved.exports);
    assert!(script.contains("/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_${1//-/}"));
}
