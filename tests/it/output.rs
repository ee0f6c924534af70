//! Output for tools: events, documents, exit codes. No output shows a secret.

use insta::assert_snapshot;
use kim_tests::{Cloud, Project, root, steady};
use serde_json::json;

#[test]
fn every_line_is_an_event_and_the_last_is_the_summary() {
    let cloud = Cloud::start();
    let project = Project::small(&cloud.account());
    for arguments in [
        &["up", "--yes"][..],
        &["preview"],
        &["refresh", "--yes"],
        &["up", "--yes"],
        &["destroy", "--yes"],
    ] {
        let output = project.kim(&[arguments, &["--json"]].concat()).succeeds();
        assert!(output.events().iter().all(|event| event["type"].is_string()), "{output}");
        let summary = output.summary();
        assert_eq!(
            [&summary["operation"], &summary["result"]],
            [&json!(arguments[0]), &json!("succeeded")]
        );
        assert!(output.changes().iter().all(|count| *count < 100), "{summary}");
        assert!(summary["changes"]["same"].is_u64() && summary["millis"].is_u64(), "{summary}");
    }
}

#[test]
fn a_run_that_could_not_begin_ends_with_a_summary() {
    let cloud = Cloud::start();
    let mut project = Project::small(&cloud.account());
    let output = project.set("size", "\"large\"").up().exits(1);
    assert_eq!(output.summary()["result"], "failed");
    assert!(
        output.summary()["message"].as_str().is_some_and(|why| why.contains("config.size")),
        "{output}"
    );
}

#[test]
fn exit_codes_are_as_documented() {
    let cloud = Cloud::start();
    let project = Project::small(&cloud.account());
    project.kim(&["stack", "init", "dev"]).succeeds();
    project.kim(&["preview", "--json", "--expect-no-changes"]).exits(3);
    project.kim(&["preview", "--no-such-flag"]).exits(2);
    project.kim(&["up", "--json"]).exits(2).contains(&["--yes"]);
    project.up().succeeds();
    project.kim(&["preview", "--json", "--expect-no-changes"]).succeeds();
    project.kim(&["stack", "output", "nothing"]).exits(2).contains(&["nothing", "vpc"]);
    project.kim(&["stack", "rm", "--yes"]).exits(2).contains(&["8 resources", "kim destroy"]);
}

#[test]
fn a_plan_in_full_has_the_inputs_of_what_comes_and_goes() {
    let cloud = Cloud::start();
    let project = Project::small(&cloud.account());
    project.kim(&["stack", "init", "dev"]).succeeds();
    project.kim(&["config", "set", "--secret", "password", "hunter2"]).succeeds();
    let made = project.kim(&["preview", "--diff"]).succeeds().snapshot();
    let resources = |output: kim_tests::Output| {
        output.events().into_iter().filter(|event| event["type"] == "resource")
    };
    let changes = |arguments: &[&str]| {
        let of = |resource: serde_json::Value| resource["changes"].as_array().map_or(0, Vec::len);
        resources(project.kim(arguments).succeeds()).map(of).sum::<usize>()
    };
    assert_eq!(changes(&["preview", "--json"]), 0, "it is only for those who ask for it");
    assert!(changes(&["preview", "--json", "--diff"]) > 0);
    project.up().succeeds();
    let gone = project.kim(&["destroy", "--yes", "--diff"]).succeeds();
    let gone: String = gone
        .stdout
        .lines()
        .take_while(|line| !line.contains("to delete"))
        .fold(String::new(), |all, line| all + line + "\n");
    assert_snapshot!(made + "── destroy\n" + &steady(&gone));
}

#[test]
fn what_it_costs_is_a_line() {
    let cloud = Cloud::start();
    let project = Project::small(&cloud.account());
    project.up().succeeds();
    let costs = |output: &kim_tests::Output| {
        output.events().into_iter().rfind(|event| event["type"] == "costs")
    };
    let preview = project.preview().succeeds();
    let line = costs(&preview).expect("a key and two volumes have prices");
    assert_eq!(
        (&line["rows"][0]["count"], &line["rows"][1]["count"]),
        (&json!(1), &json!(2)),
        "{line}"
    );
    assert_eq!(line["micros_a_month_from"], preview.summary()["micros_a_month"], "{line}");
    assert_eq!((&line["complete"], &line["unpriced"]), (&json!(true), &json!(0)), "{line}");
    assert_eq!(costs(&project.kim(&["destroy", "--yes", "--json"]).succeeds()), None);
    // An estimate of the program is not a price.
    let mut project = Project::naughty(&cloud.account());
    project.set("does", "'estimate'").up().succeeds();
    let preview = project.preview().succeeds();
    let line = costs(&preview).expect("the program estimates");
    let total = (&line["micros_a_month_from"], &line["micros_a_month_to"]);
    assert_eq!(total, (&json!(81_000_000), &json!(90_000_000)), "{line}");
    assert!(preview.summary()["micros_a_month"].is_null(), "{preview}");
    assert_snapshot!(project.kim(&["preview"]).succeeds().snapshot());
}

#[test]
fn outputs_and_state_are_documents() {
    let cloud = Cloud::start();
    let project = Project::small(&cloud.account());
    project.up().succeeds();
    let outputs = project.outputs();
    let vpc = project.kim(&["stack", "output", "vpc"]).succeeds();
    assert_eq!(Some(vpc.stdout.trim()), outputs["vpc"].as_str());
    let export = project.export();
    assert_eq!(export["exports"], outputs);
    assert_eq!(project.record("aws:ec2:Vpc", "main")["id"], outputs["vpc"]);
    let stacks = project.kim(&["stack", "ls", "--json"]).succeeds().document();
    assert!(stacks.to_string().contains("dev"), "{stacks}");
    let history = project.kim(&["history", "--json"]).succeeds().document();
    assert!(history.to_string().contains("succeeded"), "{history}");
    project.kim(&["graph"]).succeeds().contains(&["digraph", "aws:ec2:Subnet"]);
}

#[test]
fn a_plugin_prints_its_reference() {
    let project = Project::small(&Cloud::start().account());
    let page = project.kim(&["plugin", "schema", "aws-ec2", "--markdown"]).succeeds().stdout;
    let kept =
        std::fs::read_to_string(root().join("docs/reference/aws-ec2.md")).expect("it is there");
    assert_eq!(page, kept, "the component says something else than docs/reference/aws-ec2.md");
}

// Rule 15.
#[test]
fn a_secret_reaches_the_cloud_and_nobody_else() {
    const SECRET: &str = "hunter2-is-no-good-password";
    let cloud = Cloud::start();
    let project = Project::small(&cloud.account());
    project.kim(&["stack", "init", "dev"]).succeeds();
    project.kim(&["config", "set", "--secret", "password", SECRET]).succeeds();
    let settings =
        std::fs::read_to_string(project.folder().join("Kim.dev.toml")).expect("it is there");
    assert!(!settings.contains(SECRET), "{settings}");
    let everything = [
        &["config", "ls"][..],
        &["config", "get", "password"],
        &["preview", "--diff"],
        &["preview", "--json"],
        &["up", "--yes", "--diff"],
        &["preview", "--diff", "--json"],
        &["stack", "output"],
        &["stack", "output", "--json"],
        &["stack", "export"],
        &["history", "--json"],
        &["graph", "--plan"],
    ];
    for arguments in everything {
        let output = project.kim(arguments);
        // A value that is requested by name may be shown; no other output may show it.
        let asked = arguments == ["config", "get", "password"];
        assert!(asked || output.code == Some(0), "{arguments:?}: {output}");
        assert!(
            asked || !(output.stdout + &output.stderr).contains(SECRET),
            "{arguments:?} shows the secret"
        );
    }
    assert_eq!(
        project.kim(&["stack", "output", "password", "--show-secrets"]).succeeds().stdout.trim(),
        SECRET
    );
    if let Some(boto) = cloud.boto() {
        let volumes = boto.call("ec2", "describe_volumes", json!({}));
        assert!(volumes.to_string().contains(SECRET), "the secret did not arrive");
    }
    // No file of the state holds it, as a row or as bytes.
    let state = rusqlite::Connection::open(project.state()).expect("the state is SQLite");
    state
        .query_row("PRAGMA integrity_check", [], |row| row.get::<_, String>(0))
        .expect("it is whole");
    for entry in std::fs::read_dir(project.folder().join(".kim")).expect("it is there") {
        let file = entry.expect("it is listed").path();
        let bytes = std::fs::read(&file).unwrap_or_default();
        assert!(
            !bytes.windows(SECRET.len()).any(|part| part == SECRET.as_bytes()),
            "{} holds it",
            file.display()
        );
    }
    // Without the passphrase no secret is decrypted, and the error says what is missing.
    let mut locked = project;
    locked.without("KIM_PASSPHRASE");
    locked.preview().exits(1).contains(&["KIM_PASSPHRASE"]);
}
