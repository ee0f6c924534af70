//! Interrupts: Ctrl-C and SIGTERM, once and twice, and a run that is stopped for a while.

use insta::assert_snapshot;
use kim_aws_local::{Fault, Trouble};
use kim_tests::{Cloud, Output, Project};

/// Runs `up` and sends a signal so many times while volumes are created, each once the run has
/// reported the one before. The creates finish after the first signal; of two signals, not before
/// the second has ended the run.
fn interrupted(cloud: &Cloud, project: &Project, signal: &str, times: usize) -> Output {
    let slow = Fault { times: 2, ..Fault::next("CreateVolume", Trouble::Hold) };
    cloud.faults().inject(slow);
    let mut run = project.start(&["up", "--yes", "--json"]);
    cloud.until_hit(&mut run);
    for heard in 1..=times {
        run.signal(signal);
        run.wait_for_interrupts(heard);
    }
    if times == 1 {
        cloud.faults().release();
    }
    let output = run.end().exits(1);
    cloud.faults().release();
    output
}

// Rule 25.
#[test]
fn the_first_interrupt_awaits_what_is_in_flight() {
    for signal in ["INT", "TERM"] {
        let cloud = Cloud::start();
        let mut project = Project::small(&cloud.account());
        project.set("volumes", "2");
        let output = interrupted(&cloud, &project, signal, 1);
        assert_eq!(output.summary()["result"], "interrupted");
        let output = output.contains(&["interrupted"]);
        // The steps in flight are done and recorded; no intent is open.
        let volumes = cloud.calls().iter().filter(|call| call.action == "CreateVolume").count();
        assert_eq!(volumes, 2, "{output}");
        assert_eq!(project.export()["intents"], serde_json::json!([]));
        project.record("aws:ec2:Volume", "data-0");
        project.record("aws:ec2:Volume", "data-1");
        // The lock is free, and the rest is done.
        project.up().succeeds();
        project.expect_no_changes();
        cloud.boto().iter().for_each(|boto| project.matches(boto));
    }
}

// Rule 25.
#[test]
fn the_second_interrupt_leaves_the_rest_to_the_next_run() {
    let cloud = Cloud::start();
    let project = Project::small(&cloud.account());
    let output = interrupted(&cloud, &project, "INT", 2);
    assert_eq!(output.summary()["result"], "interrupted");
    // The run did not await the volumes: their intents are open.
    assert_ne!(project.export()["intents"], serde_json::json!([]), "{output}");
    cloud.until(|| cloud.calls().iter().filter(|call| call.action == "CreateVolume").count() == 2);
    project.up().succeeds();
    project.expect_no_changes();
    cloud.boto().iter().for_each(|boto| project.matches(boto));
}

/// Stops a run with a call of this action in flight, lets another run take the stack over and
/// finish, and lets the stopped run go on. Returns what that one says.
fn stopped_and_taken_over(action: &str, troubles: &[Trouble]) -> Output {
    let cloud = Cloud::start();
    let project = Project::small(&cloud.account());
    let calls_of = |action| cloud.calls().iter().filter(|call| call.action == action).count();
    for trouble in troubles {
        cloud.faults().inject(Fault::next(action, trouble.clone()));
    }
    let mut stopped = project.start(&["up", "--yes", "--parallel", "1"]);
    cloud.until_hit(&mut stopped);
    stopped.signal("STOP");
    stopped.wait_until_stopped();
    cloud.faults().release();
    cloud.until(|| calls_of(action) == 1);
    // Its process is alive, so nobody takes its lock without being told to.
    project.up().exits(1).contains(&["is locked by"]);
    project.kim(&["stack", "unlock", "--yes"]).succeeds();
    project.up().succeeds();
    let (calls, state) = (cloud.calls().len(), project.export());
    stopped.signal("CONT");
    let output = stopped.end().exits(1);
    assert_eq!(cloud.actions_since(calls), Vec::<String>::new(), "{output}");
    assert_eq!(project.export(), state, "{output}");
    project.expect_no_changes();
    cloud.boto().iter().for_each(|boto| project.matches(boto));
    output
}

// Rule 52.
#[test]
fn a_run_that_was_stopped_and_taken_over_calls_nothing_more() {
    let output = stopped_and_taken_over("CreateSubnet", &[Trouble::Hold]);
    assert_snapshot!(output.snapshot());
}

/// What failed is not sent again, and what it created is not looked up.
// Rule 52.
#[test]
fn a_run_that_was_stopped_and_taken_over_retries_nothing() {
    for action in ["CreateSubnet", "CreateVolume", "DescribeVolumes"] {
        let output = stopped_and_taken_over(action, &[Trouble::Hold, Trouble::LoseAnswer]);
        output.contains(&["another run took stack 'small/dev' over"]);
    }
}

/// A create that looks for its token first creates nothing after that look.
// Rule 52.
#[test]
fn a_call_that_was_stopped_and_taken_over_sends_no_further_request() {
    let output = stopped_and_taken_over("DescribeVpcs", &[Trouble::Hold]);
    output.contains(&["another run took stack 'small/dev' over"]);
}
