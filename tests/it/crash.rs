//! Recovery after SIGKILL: the next run recovers by itself, without a duplicate or an orphan.

use std::collections::BTreeMap;
use std::time::Duration;

use kim_aws_local::{Fault, Options, Trouble};
use kim_tests::{Boto, Cloud, Project, Running};

/// Kills a run after this many events. Returns false if it ended before.
fn kill_after(mut run: Running, events: usize) -> bool {
    for _ in 0..events {
        if run.event().is_none() {
            run.end().succeeds();
            return false;
        }
    }
    run.signal("KILL");
    run.end();
    true
}

/// Kills a run after this many finished steps. Returns false if it ended before.
fn kill_after_steps(mut run: Running, steps: usize) -> bool {
    for _ in 0..steps {
        if !run.until("step_finished") {
            run.end().succeeds();
            return false;
        }
    }
    run.signal("KILL");
    run.end();
    true
}

/// Kills a run once the cloud has seen this many calls. Returns false if it ended before.
fn kill_after_calls(cloud: &Cloud, mut run: Running, calls: usize) -> bool {
    cloud.until(|| cloud.calls().len() >= calls || run.has_ended());
    run.signal("KILL");
    run.end().code.is_none()
}

/// The next run deploys what is declared: nothing is left to change, and the cloud matches.
#[track_caller]
fn expect_convergence(project: &Project, boto: &Boto) {
    project.up().succeeds();
    project.expect_no_changes();
    project.matches(boto);
}

/// A destroy leaves nothing in the cloud.
#[track_caller]
fn expect_destroyed(project: &Project, boto: &Boto) {
    project.destroy().succeeds();
    assert_eq!(boto.inventory(), BTreeMap::new(), "something is left");
}

// Rule 26.
#[test]
fn killed_after_every_event() {
    let cloud = Cloud::start();
    let Some(boto) = cloud.boto() else { return };
    let project = Project::small(&cloud.account());
    let (mut building, mut ending) = (true, true);
    for events in 0.. {
        building = building && kill_after(project.start(&["up", "--yes", "--json"]), events);
        expect_convergence(&project, &boto);
        ending = ending && kill_after(project.start(&["destroy", "--yes", "--json"]), events);
        expect_destroyed(&project, &boto);
        if !building && !ending {
            assert!(events > 20, "there were only {events} places to kill at");
            return;
        }
    }
}

/// The next run starts at once, when the cloud does not show yet what the killed one created.
#[test]
fn killed_where_the_cloud_shows_new_resources_late() {
    let cloud = Cloud::with(Options {
        consistency_delay: Duration::from_millis(3500),
        ..Options::default()
    });
    let Some(boto) = cloud.boto() else { return };
    let project = Project::small(&cloud.account());
    for calls in [6, 10] {
        let calls = cloud.calls().len() + calls;
        assert!(
            kill_after_calls(&cloud, project.start(&["up", "--yes", "--json"]), calls),
            "it was not killed"
        );
        expect_convergence(&project, &boto);
        expect_destroyed(&project, &boto);
    }
}

// Rule 26.
#[test]
fn killed_after_any_call() {
    let cloud = Cloud::start();
    let Some(boto) = cloud.boto() else { return };
    let project = Project::small(&cloud.account());
    let mut places = 0;
    let (mut building, mut ending) = (true, true);
    while building || ending {
        places += 1;
        // `killed_after_every_event` is complete; here a sample suffices.
        let after = 3 * places;
        let calls = cloud.calls().len() + after;
        building =
            building && kill_after_calls(&cloud, project.start(&["up", "--yes", "--json"]), calls);
        expect_convergence(&project, &boto);
        let calls = cloud.calls().len() + after;
        ending = ending
            && kill_after_calls(&cloud, project.start(&["destroy", "--yes", "--json"]), calls);
        expect_destroyed(&project, &boto);
    }
    assert!(places > 8, "there were only {places} places to kill at");
}

/// Kills a run with a call of each of these actions in flight, and expects that the next one makes
/// it good.
fn killed_with_calls_in_flight(actions: &[&str], trouble: &Trouble) {
    let cloud = Cloud::start();
    let Some(boto) = cloud.boto() else { return };
    let project = Project::small(&cloud.account());
    for action in actions {
        let before = cloud.calls().len();
        let was_called = || cloud.actions_since(before).iter().any(|seen| seen == action);
        cloud.faults().inject(Fault::next(action, trouble.clone()));
        let mut run = project.start(&["up", "--yes", "--json"]);
        cloud.until_hit(&mut run);
        if *trouble == Trouble::HoldAnswer {
            cloud.until(was_called);
        }
        run.signal("KILL");
        assert_eq!(run.end().code, None, "it did not wait for the answer");
        cloud.faults().release();
        cloud.until(was_called);
        expect_convergence(&project, &boto);
        expect_destroyed(&project, &boto);
    }
}

// Rule 26.
/// The worst moment: a call is in flight, and is carried out after its caller is dead.
#[test]
fn killed_with_a_call_in_flight() {
    let actions = [
        "CreateVpc",
        "CreateSubnet",
        "CreateSecurityGroup",
        "AuthorizeSecurityGroupIngress",
        "CreateKey",
        "EnableKeyRotation",
        "CreateAlias",
        "CreateVolume",
    ];
    killed_with_calls_in_flight(&actions, &Trouble::Hold);
}

#[test]
fn killed_between_a_call_and_its_answer() {
    let actions = ["CreateSubnet", "AuthorizeSecurityGroupIngress", "CreateKey"];
    killed_with_calls_in_flight(&actions, &Trouble::HoldAnswer);
}

#[test]
fn the_cluster_is_killed_again_and_again() {
    let cloud = Cloud::start();
    let Some(boto) = cloud.boto() else { return };
    let project = Project::kimberlite(&cloud.account());
    for operation in ["up", "destroy"] {
        // Each run gets a few steps further than the one before.
        let killed = |round: &usize| {
            kill_after_steps(project.start(&[operation, "--yes", "--json"]), 1 + round % 4)
        };
        let rounds = (0..).take_while(killed).count();
        assert!(rounds > 5, "{operation} was killed only {rounds} times");
        if operation == "up" {
            expect_convergence(&project, &boto);
        }
    }
    expect_destroyed(&project, &boto);
}
