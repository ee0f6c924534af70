//! Plans as text for people, and as JSON lines for tools.

use std::collections::BTreeMap;

use kim_cli::screen::line::Line;
use kim_cli::screen::{json, plan};
use kim_engine::plan::{Fate, Operation, Plan, PropertyChange, ResourceChange};
use kim_model::{Difference, Path, Source, Urn, Value};

pub(crate) fn urn(kind: &str, components: &[&str], name: &str) -> Urn {
    Urn::new("kimberlite", "dev", kind, components, name)
}

pub(crate) fn resource(kind: &str, name: &str, fate: Fate) -> ResourceChange {
    ResourceChange {
        urn: urn(kind, &["main"], name),
        parent: Some(urn("kimberlite:Cluster", &[], "main")),
        component: false,
        fate,
        changes: Vec::new(),
        source: None,
        reason: None,
        micros_a_month: None,
        price_basis: None,
    }
}

pub(crate) fn component() -> ResourceChange {
    ResourceChange {
        urn: urn("kimberlite:Cluster", &[], "main"),
        parent: None,
        component: true,
        ..resource("kimberlite:Cluster", "main", Fate::Same)
    }
}

fn change(path: &str, old: Option<Value>, new: Option<Value>) -> PropertyChange {
    PropertyChange {
        path: path.parse().unwrap_or_else(|_| Path::root()),
        old,
        new,
        replaces: false,
        drift: false,
        inside: Vec::new(),
    }
}

pub(crate) fn plan_of(operation: Operation, resources: Vec<ResourceChange>) -> Plan {
    let (steps, exports, estimates) = (Default::default(), BTreeMap::new(), Vec::new());
    Plan { operation, resources, steps, exports, estimates, unpriced: 0 }
}

fn text(lines: &[Line], width: Option<usize>) -> String {
    lines.iter().map(|line| line.render(false, width) + "\n").collect()
}

/// Returns a plan with changes of many kinds.
fn mixed() -> Plan {
    let source = Some(Source { file: "src/lib.rs".to_owned(), line: 120 });
    let secret = |text: &str| Value::secret(Value::text(text));
    plan_of(
        Operation::Preview,
        vec![
            component(),
            ResourceChange {
                changes: vec![change("tags.Team", Some("db".into()), Some("platform".into()))],
                ..resource("aws:ec2:SecurityGroup", "cluster", Fate::Update)
            },
            ResourceChange {
                changes: vec![
                    PropertyChange {
                        replaces: true,
                        ..change(
                            "instance_type",
                            Some("c6i.xlarge".into()),
                            Some("c6i.2xlarge".into()),
                        )
                    },
                    change("user_data", Some(secret("old")), Some(secret("new"))),
                    change("private_ip", Some("10.0.0.4".into()), Some(Value::Unknown)),
                ],
                source: source.clone(),
                micros_a_month: Some(248_200_000),
                ..resource("aws:ec2:Instance", "node-1", Fate::ReplaceCreateFirst)
            },
            ResourceChange {
                changes: vec![PropertyChange {
                    drift: true,
                    ..change("iops", Some(4000i64.into()), Some(3000i64.into()))
                }],
                ..resource("aws:ec2:Volume", "log-2", Fate::Update)
            },
            ResourceChange {
                micros_a_month: Some(1_240_000_000),
                ..resource("aws:ec2:Volume", "log-1", Fate::Same)
            },
            ResourceChange {
                changes: vec![
                    change("description", None, Some("backups".into())),
                    change(
                        "tags",
                        None,
                        Some(Value::from_iter([("Team", Value::text("db")), ("Key", secret("x"))])),
                    ),
                ],
                parent: None,
                source,
                ..resource("aws:dlm:LifecyclePolicy", "backup", Fate::Create)
            },
            ResourceChange {
                reason: Some("no longer declared".to_owned()),
                ..resource("aws:ec2:PlacementGroup", "old", Fate::Delete)
            },
        ],
    )
}

#[test]
fn a_preview() {
    insta::assert_snapshot!(text(&plan::render(&mixed(), false), None));
}

#[test]
fn every_property() {
    insta::assert_snapshot!(text(&plan::render(&mixed(), true), None));
}

#[test]
fn a_narrow_terminal_cuts_lines() {
    let shown = text(&plan::render(&mixed(), false), Some(40));
    assert!(shown.lines().all(|line| line.chars().count() <= 40), "{shown}");
    assert!(shown.contains('…'), "{shown}");
    let whole = text(&plan::render(&mixed(), true), Some(40));
    assert!(
        whole.lines().take_while(|line| !line.is_empty()).all(|line| !line.contains('…')),
        "{whole}"
    );
}

#[test]
fn nothing_changes() {
    let plan = plan_of(
        Operation::Preview,
        vec![component(), resource("aws:ec2:Volume", "log-1", Fate::Same)],
    );
    assert_eq!(text(&plan::render(&plan, false), None), "nothing changes · 1 unchanged\n");
}

#[test]
fn a_refresh_tells_what_happened() {
    let plan = plan_of(
        Operation::Refresh,
        vec![
            component(),
            ResourceChange {
                changes: vec![PropertyChange {
                    drift: true,
                    ..change("iops", Some(3000i64.into()), Some(4000i64.into()))
                }],
                ..resource("aws:ec2:Volume", "log-2", Fate::Record)
            },
            ResourceChange {
                reason: Some("it is gone from the cloud".to_owned()),
                ..resource("aws:ec2:Volume", "log-3", Fate::Forget)
            },
        ],
    );
    insta::assert_snapshot!(text(&plan::render(&plan, false), None));
}

#[test]
fn texts_of_many_lines_are_compared_line_by_line() {
    let old: String = (1..=12).map(|n| format!("line {n}\n")).collect();
    let new = old.replace("line 6\n", "line six\n") + "line 13\n";
    let plan = plan_of(
        Operation::Preview,
        vec![ResourceChange {
            parent: None,
            changes: vec![change("user_data", Some(old.into()), Some(new.into()))],
            ..resource("aws:ec2:Instance", "node-1", Fate::Update)
        }],
    );
    insta::assert_snapshot!(text(&plan::render(&plan, true), None));
}

#[test]
fn a_text_of_many_lines_that_is_new_is_shown_line_by_line() {
    let plan = plan_of(
        Operation::Preview,
        vec![
            ResourceChange {
                parent: None,
                changes: vec![
                    change("instance_type", None, Some("c6i.xlarge".into())),
                    change("user_data", None, Some("#!/bin/sh\necho one\n".into())),
                ],
                ..resource("aws:ec2:Instance", "node-1", Fate::Create)
            },
            ResourceChange {
                parent: None,
                changes: vec![change("user_data", Some("#!/bin/sh\necho two\n".into()), None)],
                ..resource("aws:ec2:Instance", "node-2", Fate::Delete)
            },
        ],
    );
    insta::assert_snapshot!(text(&plan::render(&plan, true), None));
}

// Rule 15.
#[test]
fn json_lines_hold_no_secret() {
    let lines: Vec<String> =
        json::resources(&mixed()).iter().map(|line| line.to_string()).collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn data_cannot_steer_the_terminal() {
    let plan = plan_of(
        Operation::Preview,
        vec![ResourceChange {
            parent: None,
            reason: Some("\x1b[2Jgone".to_owned()),
            changes: vec![change("name", Some("a".into()), Some("b\x1b]0;x\x07".into()))],
            ..resource("aws:ec2:Instance", "node\x1b[31m", Fate::Update)
        }],
    );
    let shown = text(&plan::render(&plan, true), None);
    assert!(!shown.contains('\x1b') && !shown.contains('\x07'), "{shown:?}");
}

#[test]
fn in_ascii_names_and_values_stay_as_they_are() {
    let source = Some(Source { file: "src/lib.rs".to_owned(), line: 120 });
    let long = "…".repeat(100);
    let plan = plan_of(
        Operation::Preview,
        vec![
            component(),
            ResourceChange {
                reason: Some("it follows a·b".to_owned()),
                changes: vec![
                    change("tags[\"a→b\"]", Some("on → off".into()), Some("✓ × ± │ …".into())),
                    PropertyChange {
                        drift: true,
                        ..change("description", Some(long.into()), Some("a\u{7}b".into()))
                    },
                ],
                source,
                ..resource("aws:ec2:Instance", "one→two…", Fate::ReplaceCreateFirst)
            },
            resource("aws:ec2:Instance", "○", Fate::Forget),
        ],
    );
    let lines: Vec<Line> = plan::render(&plan, false).into_iter().map(Line::in_ascii).collect();
    insta::assert_snapshot!(text(&lines, None));
    let cut = text(&lines, Some(30));
    assert!(cut.contains("tags[\"a→b\"]  \"on → ~"), "{cut}");
}

#[test]
fn each_order_of_a_replacement_has_its_own_sign() {
    let plan = plan_of(
        Operation::Preview,
        vec![
            resource("aws:ec2:Instance", "new-first", Fate::ReplaceCreateFirst),
            resource("aws:ec2:Instance", "old-first", Fate::ReplaceDeleteFirst),
        ],
    );
    let lines = plan::render(&plan, false);
    let in_ascii: Vec<Line> = lines.iter().cloned().map(Line::in_ascii).collect();
    insta::assert_snapshot!(text(&lines, None) + "\n" + &text(&in_ascii, None));
}

#[test]
fn colours_end_where_they_began() {
    let line = Line::new().text("a ").add(kim_cli::screen::line::Style::Red, "red").text(" b");
    assert_eq!(line.render(true, None), "a \x1b[31mred\x1b[0m b");
    assert_eq!(line.render(true, Some(4)), "a \x1b[31mr\x1b[0m…");
}

// Rule 50.
#[test]
fn characters_that_are_not_seen_show_in_a_line() {
    use kim_cli::screen::line::Line;
    let line = Line::new().text("safe\u{202e}txt.exe\u{200b}\u{2066}\x1b");
    assert_eq!(line.render(false, None), "safe\u{fffd}txt.exe\u{fffd}\u{fffd}\u{fffd}");
}

#[test]
fn a_change_of_a_document_shows_where_the_documents_differ() {
    let policy = |account: &str| {
        Value::text(format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{{"AWS":"{account}"}}}}]}}"#
        ))
    };
    let principal = |account: &str| Value::from_iter([("AWS", Value::text(account))]);
    let part = |path: &str, old: Option<Value>, new: Option<Value>| Difference {
        path: path.parse().unwrap(),
        old,
        new,
    };
    let inside = vec![
        part("Statement[0].Principal", Some(principal("1")), Some(principal("2"))),
        part("Statement[0].Action", None, Some("sts:TagSession".into())),
        part("Id", Some("old".into()), None),
    ];
    let changed = |drift| PropertyChange {
        inside: inside.clone(),
        drift,
        ..change("assume_role_policy_document", Some(policy("1")), Some(policy("2")))
    };
    let role = |drift| ResourceChange {
        changes: vec![
            changed(drift),
            change("max_session_duration", Some(1.into()), Some(2.into())),
        ],
        ..resource("aws:iam:Role", if drift { "drifted" } else { "changed" }, Fate::Update)
    };
    let plan = plan_of(Operation::Preview, vec![role(false), role(true)]);
    insta::assert_snapshot!(text(&plan::render(&plan, false), None));
    let line = json::resources(&plan)[0].to_string();
    assert!(line.contains(r#""inside":[{"new":"#), "{line}");
}
