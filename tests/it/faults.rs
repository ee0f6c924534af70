//! Faults of AWS: lost answers, throttling, failed calls.

use std::time::Duration;

use insta::assert_snapshot;
use kim_aws_local::{Fault, Options, Trouble};
use kim_tests::{Cloud, Project};
use serde_json::json;

/// The calls that create something for the small program.
const CREATING: [&str; 7] = [
    "CreateVpc",
    "CreateSubnet",
    "CreateSecurityGroup",
    "AuthorizeSecurityGroupIngress",
    "CreateKey",
    "CreateAlias",
    "CreateVolume",
];

#[test]
fn a_resource_is_found_although_the_answer_of_its_create_was_lost() {
    let cloud = Cloud::start();
    let Some(boto) = cloud.boto() else { return };
    let project = Project::small(&cloud.account());
    for action in CREATING {
        cloud.faults().inject(Fault::next(action, Trouble::LoseAnswer));
        project.up();
        assert!(cloud.faults().waiting().is_empty(), "{action} was never called");
        project.up().succeeds();
        project.expect_no_changes();
        project.matches(&boto);
        project.destroy().succeeds();
        assert_eq!(boto.inventory(), Default::default(), "something is left");
    }
}

#[test]
fn a_delete_whose_answer_was_lost_succeeds_in_the_next_run() {
    let cloud = Cloud::start();
    let Some(boto) = cloud.boto() else { return };
    let project = Project::small(&cloud.account());
    for action in [
        "DeleteVpc",
        "DeleteVolume",
        "RevokeSecurityGroupIngress",
        "DeleteAlias",
        "ScheduleKeyDeletion",
    ] {
        project.up().succeeds();
        cloud.faults().inject(Fault::next(action, Trouble::LoseAnswer));
        project.destroy();
        assert!(cloud.faults().waiting().is_empty(), "{action} was never called");
        project.destroy().succeeds();
        assert_eq!(boto.inventory(), Default::default(), "something is left");
    }
}

#[test]
fn temporary_faults_are_retried() {
    let cloud = Cloud::start();
    let project = Project::small(&cloud.account());
    let any = |trouble| Fault { service: None, action: None, nth: 3, times: 1, trouble };
    for action in CREATING {
        cloud.faults().inject(Fault::next(action, Trouble::Throttle));
    }
    cloud.faults().inject(Fault::next("DescribeVpcs", Trouble::HtmlError));
    cloud.faults().inject(Fault::next("DescribeVolumes", Trouble::LoseAnswer));
    cloud.faults().inject(any(Trouble::Delay(100)));
    project.up().succeeds();
    assert!(
        cloud.faults().waiting().is_empty(),
        "some trouble never came: {:?}",
        cloud.faults().waiting()
    );
    project.expect_no_changes();
}

#[test]
fn a_throttled_account_with_late_answers_gets_its_cluster() {
    let options = Options {
        throttle: Some(15.0),
        consistency_delay: Duration::from_millis(400),
        ..Options::default()
    };
    let cloud = Cloud::with(options);
    let project = Project::kimberlite(&cloud.account());
    project.up().succeeds();
    assert!(cloud.calls().iter().any(|call| call.error.is_some()), "nothing was throttled");
    project.expect_no_changes();
}

#[test]
fn a_failed_step_skips_its_dependents_and_nothing_else() {
    let cloud = Cloud::start();
    let Some(boto) = cloud.boto() else { return };
    let project = Project::small(&cloud.account());
    let denied = Trouble::Fail {
        code: "UnauthorizedOperation".to_owned(),
        message: "You are not authorized to perform this operation.".to_owned(),
        status: 403,
    };
    cloud.faults().inject(Fault::next("CreateSecurityGroup", denied));
    let failed = project.up().exits(1);
    let summary = failed.summary();
    assert_eq!(summary["result"], "failed");
    assert_eq!(
        [&summary["changes"]["failed"], &summary["changes"]["skipped"]],
        [&json!(1), &json!(1)]
    );
    failed.contains(&["UnauthorizedOperation", "not authorized"]);
    // The rest is created, and nothing is created twice.
    project.matches(&boto);
    assert_eq!(project.up().succeeds().changes(), [2, 0, 0, 0]);
    project.matches(&boto);
}

/// The host repeats a request; the plugin and the engine do not, so the attempts do not multiply.
#[test]
fn a_request_is_sent_as_often_as_the_host_may_send_it_and_no_more() {
    let cloud = Cloud::start();
    let mut project = Project::naughty(&cloud.account());
    project.env("AWS_MAX_ATTEMPTS", "3");
    let often =
        |action: &str, trouble: Trouble| Fault { times: u64::MAX, ..Fault::next(action, trouble) };
    let sent = |action: &str, trouble: Trouble, arguments: &[&str]| {
        let before = cloud.calls().len();
        cloud.faults().inject(often(action, trouble));
        let output = project.kim(arguments).exits(1);
        cloud.faults().clear();
        let calls = cloud.actions_since(before);
        assert_eq!(calls.iter().filter(|call| *call == action).count(), 3, "{action}\n{output}");
        assert_eq!(project.export()["intents"], json!([]), "{output}");
        output
    };
    let up = ["up", "--yes", "--parallel", "1"];
    project.kim(&["stack", "init", "dev"]).succeeds();
    let created = sent("CreateVpc", Trouble::Throttle, &up);
    assert_snapshot!("a_create_that_is_throttled", created.snapshot());
    project.up().succeeds();
    assert_snapshot!(
        "a_read_that_is_throttled",
        sent("DescribeVpcs", Trouble::Throttle, &up).snapshot_of_reading()
    );
    sent("DescribeVpcs", Trouble::HtmlError, &up);
    sent("DescribeVpcs", Trouble::LoseRequest, &up);
    project.expect_no_changes();
    sent("DeleteVpc", Trouble::Throttle, &["destroy", "--yes", "--parallel", "1"]);
    project.destroy().succeeds();
}
