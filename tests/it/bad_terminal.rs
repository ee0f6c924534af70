//! What a person sees on terminals that are narrow, dumb, without UTF-8 or gone, and in pipes that are closed.

use insta::assert_snapshot;
use kim_aws_local::{Fault, Trouble};
use kim_tests::{Cloud, Ended, Project, steady};

const WIDE: (u16, u16) = (120, 40);

fn project(cloud: &Cloud) -> Project {
    let project = Project::small(&cloud.account());
    project.kim(&["stack", "init", "dev"]).succeeds();
    project
}

/// What a terminal shows in the end, with the exit code.
fn shown(ended: &Ended) -> String {
    format!("exit code {:?}\n{}", ended.code, steady(&ended.screen))
}

#[test]
fn a_terminal_as_it_should_be() {
    let cloud = Cloud::start();
    let project = project(&cloud);
    let Some(mut terminal) = project.on_terminal(WIDE, &["up", "--parallel", "1"]) else { return };
    terminal.until("[y/N]");
    terminal.types("y\n");
    let ended = terminal.end();
    assert_snapshot!(shown(&ended));
    assert!(ended.written.contains("\x1b[32m"), "there are no colours");
}

#[test]
fn a_narrow_one() {
    let cloud = Cloud::start();
    let project = project(&cloud);
    let Some(terminal) = project.on_terminal((20, 10), &["preview"]) else { return };
    assert_snapshot!("narrow_preview", shown(&terminal.end()));
    cloud.faults().inject(Fault::next("CreateVpc", Trouble::Delay(2500)));
    let Some(mut terminal) = project.on_terminal((20, 10), &["up", "--yes", "--parallel", "1"]) else { return };
    terminal.until("main creating 1.");
    let ended = terminal.end();
    assert_eq!(ended.code, Some(0), "{}", ended.screen);
    // What is drawn again and again takes one line each, or it could not be drawn over.
    assert!(ended.screen.contains("8 created"), "{}", ended.screen);
    let Some(terminal) = project.on_terminal((20, 10), &["preview", "-s", "deb"]) else { return };
    assert_snapshot!("narrow_error", shown(&terminal.end()));
}

#[test]
fn a_dumb_one() {
    let cloud = Cloud::start();
    let mut project = project(&cloud);
    project.env("TERM", "dumb");
    let Some(terminal) = project.on_terminal(WIDE, &["up", "--yes", "--parallel", "1"]) else { return };
    let ended = terminal.end();
    assert!(!ended.written.contains('\x1b'), "{:?}", ended.written);
    assert_snapshot!(shown(&ended));
}

#[test]
fn one_without_colours() {
    let cloud = Cloud::start();
    let mut project = project(&cloud);
    project.env("NO_COLOR", "1");
    let Some(terminal) = project.on_terminal(WIDE, &["up", "--yes", "--parallel", "1"]) else { return };
    let ended = terminal.end();
    assert_eq!(ended.code, Some(0), "{}", ended.screen);
    assert!(!ended.written.contains("\x1b[3") && !ended.written.contains("\x1b[1m"), "{:?}", ended.written);
    // It still draws in place.
    assert!(ended.written.contains("\x1b[J"), "{:?}", ended.written);
    let Some(terminal) = project.on_terminal(WIDE, &["preview", "-s", "deb"]) else { return };
    assert!(!terminal.end().written.contains('\x1b'), "an error is coloured");
}

#[test]
fn one_without_utf_8() {
    let cloud = Cloud::start();
    let mut project = Project::kimberlite(&cloud.account());
    project.kim(&["stack", "init", "dev"]).succeeds();
    for (name, value) in [("LC_ALL", "C"), ("LANG", "de_DE.ISO-8859-1")] {
        project.env(name, value);
        let preview = project.kim(&["preview"]).succeeds();
        assert!(preview.stdout.is_ascii() && preview.stderr.is_ascii(), "{preview}");
        project.without(name);
    }
    project.env("LC_ALL", "C");
    assert_snapshot!(project.kim(&["preview"]).succeeds().snapshot());
    project.env("LC_ALL", "C.UTF-8");
    assert!(project.kim(&["preview"]).succeeds().stdout.contains("├─"));
}

#[test]
fn texts_that_are_wider_than_any_terminal() {
    let cloud = Cloud::start();
    let mut project = project(&cloud);
    project.up().succeeds();
    project.set("team", &format!("\"{}\"", "wide and 漢字 ".repeat(20)));
    let Some(terminal) = project.on_terminal((80, 24), &["preview"]) else { return };
    assert_snapshot!("wide_preview", shown(&terminal.end()));
    // Of an error nothing is left out.
    project.set("team", &format!("{:?}\nfail = true", "x"));
    let Some(terminal) = project.on_terminal((60, 24), &["preview"]) else { return };
    assert_snapshot!("wide_error", shown(&terminal.end()));
}

#[test]
fn a_terminal_that_goes_away() {
    let cloud = Cloud::start();
    let project = project(&cloud);
    cloud.faults().inject(Fault::next("CreateVpc", Trouble::Delay(2000)));
    let Some(mut terminal) = project.on_terminal(WIDE, &["up", "--yes"]) else { return };
    terminal.until("creating");
    cloud.until(|| cloud.faults().waiting().is_empty());
    terminal.closes();
    // What was in flight is recorded, nothing else is begun, and the lock is given back.
    let ended = || project.kim(&["history", "--json"]).succeeds().document()[0]["ended_at"].is_i64();
    cloud.until(ended);
    project.record("aws:ec2:Vpc", "main");
    assert_eq!(project.export()["intents"], serde_json::json!([]));
    assert!(!cloud.calls().iter().any(|call| call.action == "CreateSubnet"), "something new was begun");
    project.up().succeeds();
    project.expect_no_changes();
    cloud.boto().iter().for_each(|boto| project.matches(boto));
}

#[test]
fn under_nohup_a_hangup_changes_nothing() {
    let cloud = Cloud::start();
    let project = project(&cloud);
    cloud.faults().inject(Fault::next("CreateVpc", Trouble::Delay(1500)));
    let mut hung_up = project.start_in_shell("trap '' HUP", &["up", "--yes", "--json"]);
    cloud.until_hit(&mut hung_up);
    hung_up.signal("HUP");
    hung_up.end().succeeds();
    let slow = Fault::next("DeleteVolume", Trouble::Delay(1500));
    cloud.faults().inject(slow);
    let mut gone = project.start(&["destroy", "--yes", "--json"]);
    cloud.until_hit(&mut gone);
    gone.signal("HUP");
    gone.end().exits(1).says(&["interrupted by a terminal that went away"]);
    project.destroy().succeeds();
}

#[test]
fn a_pipe_that_is_closed() {
    let cloud = Cloud::start();
    let project = project(&cloud);
    for arguments in
        [&["preview"][..], &["preview", "--json"], &["up", "--yes"], &["stack", "export"], &["destroy", "--yes"]]
    {
        // As `kim … | head -1`, but the exit code is kim's.
        let output = project.in_shell("{ \"$@\"; echo \"exit code $?\" >&2; } | head -1", arguments).succeeds();
        assert!(output.stderr.ends_with("exit code 0\n"), "{arguments:?}: {output}");
        assert!(
            !output.stderr.contains("panicked") && !output.stderr.contains("Broken pipe"),
            "{arguments:?}: {output}"
        );
    }
    // All of it was done.
    cloud.boto().iter().for_each(|boto| assert_eq!(boto.inventory(), Default::default()));
}

#[test]
fn nobody_to_ask() {
    let cloud = Cloud::start();
    let project = project(&cloud);
    assert_snapshot!(project.kim(&["up"]).exits(2).snapshot());
    assert!(!cloud.calls().iter().any(|call| call.action.starts_with("Create")));
}
