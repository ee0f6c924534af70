//! The schema, and the rules across properties.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use kim_plugin::model::json;
use kim_plugin::prelude::*;
use kim_plugin_aws_dlm::plugin;

fn check(schedules: &str) -> Vec<String> {
    let schedules = json::from_json(&serde_json::from_str(schedules).unwrap());
    let shown = |v: Violation| format!("{}: {}", v.path, v.message);
    let inputs = [("schedules", schedules)].into_iter().collect();
    plugin().check("aws:dlm:LifecyclePolicy", inputs).unwrap().into_iter().map(shown).collect()
}

fn schedule(create: &str, retain: &str) -> String {
    format!(r#"[{{"name":"daily","create_rule":{create},"retain_rule":{retain}}}]"#)
}

const DAILY: &str = r#"{"interval":24,"times":["03:00"]}"#;

#[test]
fn the_schema() {
    insta::assert_json_snapshot!(plugin().schema());
}

#[test]
fn snapshots_are_created_by_interval_or_cron() {
    let create = |create: &str| check(&schedule(create, r#"{"count":30}"#));
    assert_eq!(create(DAILY), [""; 0]);
    assert_eq!(create(r#"{"cron_expression":"cron(0 3 * * ? *)"}"#), [""; 0]);
    let at = "schedules[0].create_rule";
    assert_eq!(create("{}"), [format!("{at}: needs an interval or a cron_expression")]);
    assert_eq!(
        create(r#"{"interval":5}"#),
        [format!("{at}.interval: is 1, 2, 3, 4, 6, 8, 12 or 24 hours, not 5")]
    );
    assert_eq!(
        create(r#"{"interval":24,"cron_expression":"cron(0 3 * * ? *)"}"#),
        [format!("{at}: has either an interval or a cron_expression, not both")]
    );
    assert_eq!(
        create(r#"{"cron_expression":"cron(0 3 * * * *)"}"#),
        [format!("{at}.cron_expression: exactly one of day-of-month and day-of-week is '?'")]
    );
}

#[test]
fn snapshots_are_kept_by_count_or_age() {
    let retain = |retain: &str| check(&schedule(DAILY, retain));
    assert_eq!(retain(r#"{"interval":5200,"interval_unit":"WEEKS"}"#), [""; 0]);
    let at = "schedules[0].retain_rule";
    assert_eq!(retain("{}"), [format!("{at}: needs a count, or an interval and an interval_unit")]);
    assert_eq!(
        retain(r#"{"interval":1}"#),
        [format!("{at}.interval_unit: is required with an interval")]
    );
    assert_eq!(
        retain(r#"{"interval":101,"interval_unit":"YEARS"}"#),
        [format!("{at}.interval: is at most 100 years, 100 YEARS")]
    );
    assert_eq!(
        retain(r#"{"count":1,"interval":1,"interval_unit":"DAYS"}"#),
        [format!("{at}: has either a count or an interval, not both")]
    );
}

#[test]
fn schedules_do_not_repeat_each_other() {
    let two = |name: &str, time: &str| {
        check(&format!(
            r#"[{{"name":"a","create_rule":{DAILY},"retain_rule":{{"count":1}}}},
                {{"name":"{name}","create_rule":{{"interval":24,"times":["{time}"]}},"retain_rule":{{"count":1}}}}]"#
        ))
    };
    assert_eq!(two("b", "04:00"), [""; 0]);
    assert_eq!(two("a", "04:00"), ["schedules[1].name: is the name of an earlier schedule"]);
    assert_eq!(
        two("b", "03:00"),
        ["schedules[1].create_rule: creates snapshots at the same times as an earlier schedule"]
    );
}
