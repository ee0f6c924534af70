//! Terminals and pipes that fail: narrow, dumb, without UTF-8, closed.

use std::collections::BTreeSet;

use insta::assert_snapshot;
use kim_aws_local::{Fault, Trouble};
use kim_tests::{Cloud, Ended, Project, Terminal, steady};
use regex::Regex;

const WIDE: (u16, u16) = (120, 40);

fn project(cloud: &Cloud) -> Project {
    let project = Project::small(&cloud.account());
    project.kim(&["stack", "init", "dev"]).succeeds();
    project
}

/// Returns what a terminal shows in the end, with the exit code.
fn shown(ended: &Ended) -> String {
    format!("exit code {:?}\n{}", ended.code, steady(&ended.screen))
}

#[test]
fn a_terminal_as_it_should_be() {
    let cloud = Cloud::start();
    let project = project(&cloud);
    let mut terminal = project.on_terminal(WIDE, &["up", "--parallel", "1"]);
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
    let terminal = project.on_terminal((20, 10), &["preview"]);
    assert_snapshot!("narrow_preview", shown(&terminal.end()));
    cloud.faults().inject(Fault::next("CreateVpc", Trouble::Hold));
    let mut terminal = project.on_terminal((20, 10), &["up", "--yes", "--parallel", "1"]);
    terminal.until("main creating 1.");
    cloud.faults().release();
    let ended = terminal.end();
    assert_eq!(ended.code, Some(0), "{}", ended.screen);
    // A row that is redrawn takes one line, or it could not be overwritten.
    assert!(ended.screen.contains("8 created"), "{}", ended.screen);
    let terminal = project.on_terminal((20, 10), &["preview", "-s", "deb"]);
    assert_snapshot!("narrow_error", shown(&terminal.end()));
}

#[test]
fn a_dumb_one() {
    let cloud = Cloud::start();
    let mut project = project(&cloud);
    project.env("TERM", "dumb");
    let terminal = project.on_terminal(WIDE, &["up", "--yes", "--parallel", "1"]);
    let ended = terminal.end();
    assert!(!ended.written.contains('\x1b'), "{:?}", ended.written);
    assert_snapshot!(shown(&ended));
}

/// Returns the control sequences in what was written to a terminal, each once; numbers are `N`.
fn steers(ended: &Ended) -> Vec<String> {
    let steering = Regex::new(r"\x1b(\[[0-9;?]*[A-Za-z])?").expect("it is a pattern");
    let all: BTreeSet<String> =
        steering.find_iter(&ended.written).map(|found| format!("{:?}", found.as_str())).collect();
    let number = Regex::new(r"\[[0-9]+([ABCD])").expect("it is a pattern");
    let all: BTreeSet<String> =
        all.iter().map(|one| number.replace(one, "[N$1").into_owned()).collect();
    all.into_iter().collect()
}

#[test]
fn one_without_colours() {
    let cloud = Cloud::start();
    let mut project = project(&cloud);
    let refused =
        |project: &Project| project.on_terminal(WIDE, &["preview", "-s", "deb"]).end().written;
    let coloured = refused(&project);
    project.env("NO_COLOR", "1");
    let ended = project.on_terminal(WIDE, &["up", "--yes", "--parallel", "1"]).end();
    // It still redraws in place.
    assert_snapshot!(format!(
        "══ kim up\n{}\nwhat steers the terminal: {}\n══ an error, in octets\n{:?}\n══ the same with colours\n{coloured:?}",
        shown(&ended),
        steers(&ended).join(" "),
        refused(&project),
    ));
    // An empty variable counts as unset: https://no-color.org.
    project.env("NO_COLOR", "");
    assert_eq!(refused(&project), coloured);
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
    let terminal = project.on_terminal((80, 24), &["preview"]);
    assert_snapshot!("wide_preview", shown(&terminal.end()));
    // An error is not shortened.
    project.set("team", &format!("{:?}\nfail = true", "x"));
    let terminal = project.on_terminal((60, 24), &["preview"]);
    assert_snapshot!("wide_error", shown(&terminal.end()));
}

/// Starts a run on a terminal, and returns once its first request is in flight.
fn hung_up_soon(cloud: &Cloud, project: &Project, trouble: Trouble, shell: &str) -> Terminal {
    cloud.faults().inject(Fault::next("CreateVpc", trouble));
    let terminal = project.on_terminal_in_shell(WIDE, shell, &["up", "--yes", "--parallel", "1"]);
    cloud.until(|| cloud.faults().waiting().is_empty());
    terminal
}

/// The step in flight was recorded, no other began, and the lock was released. Returns what the
/// next run says.
fn goes_on(cloud: &Cloud, project: &Project) -> String {
    project.record("aws:ec2:Vpc", "main");
    assert_eq!(project.export()["intents"], serde_json::json!([]));
    let created = cloud.calls().iter().filter(|call| call.action.starts_with("Create")).count();
    assert_eq!(created, 1, "something new was begun");
    let history = project.kim(&["history", "--json"]).succeeds().document()[0].clone();
    let up = project.kim(&["up", "--yes", "--parallel", "1"]).succeeds().snapshot();
    project.expect_no_changes();
    cloud.boto().iter().for_each(|boto| project.matches(boto));
    format!("in the history: {}: {}\n\n══ kim up\n{up}", history["result"], history["message"])
}

#[test]
fn a_terminal_that_goes_away() {
    let cloud = Cloud::start();
    let project = project(&cloud);
    // Time to notice the hangup: there is no terminal any more to observe it on.
    let terminal = hung_up_soon(&cloud, &project, Trouble::Delay(2000), "true");
    let ended = terminal.closes();
    let next = goes_on(&cloud, &project);
    assert_snapshot!(format!("══ kim up, hung up\nexit code {:?}\n\n{next}", ended.code));
}

#[test]
fn a_terminal_that_goes_away_from_a_run_that_writes_to_a_file() {
    let cloud = Cloud::start();
    let project = project(&cloud);
    let terminal = hung_up_soon(&cloud, &project, Trouble::Hold, "exec > said.txt");
    let said = || std::fs::read_to_string(project.folder().join("said.txt")).unwrap_or_default();
    let code = std::thread::scope(|scope| {
        let ended = scope.spawn(|| terminal.closes().code);
        cloud.until(|| said().contains("terminal closed"));
        cloud.faults().release();
        ended.join().expect("it is awaited")
    });
    let next = goes_on(&cloud, &project);
    assert_snapshot!(format!(
        "══ kim up > said.txt, hung up\nexit code {code:?}\n{}\n{next}",
        steady(&said())
    ));
}

#[test]
fn under_nohup_a_hangup_changes_nothing() {
    let cloud = Cloud::start();
    let project = project(&cloud);
    cloud.faults().inject(Fault::next("CreateVpc", Trouble::Hold));
    let mut hung_up = project.start_in_shell("trap '' HUP", &["up", "--yes", "--json"]);
    cloud.until_hit(&mut hung_up);
    hung_up.signal("HUP");
    cloud.faults().release();
    hung_up.end().succeeds();
    cloud.faults().inject(Fault::next("DeleteVolume", Trouble::Hold));
    let mut gone = project.start(&["destroy", "--yes", "--json", "--parallel", "1"]);
    cloud.until_hit(&mut gone);
    gone.signal("HUP");
    gone.wait_for_interrupts(1);
    cloud.faults().release();
    let gone = gone.end().exits(1);
    assert_snapshot!(format!("{}\n{}", steady(&gone.stderr), gone.summary_snapshot()));
    project.destroy().succeeds();
}

#[test]
fn a_pipe_that_is_closed() {
    let cloud = Cloud::start();
    let project = project(&cloud);
    // Later commands have nothing to compile.
    project.preview().succeeds();
    let mut said = Vec::new();
    for arguments in [
        &["preview"][..],
        &["preview", "--json"],
        &["up", "--yes"],
        &["stack", "export"],
        &["destroy", "--yes"],
    ] {
        // As `kim … | head -1`, but the exit code is kim's. `:` reads nothing at all.
        for reader in ["head -1", ":"] {
            let line = format!("{{ \"$@\"; echo \"exit code $?\" >&2; }} | {reader}");
            let output = project.in_shell(&line, arguments).succeeds();
            let title = format!("══ kim {} | {reader}", arguments.join(" "));
            said.push(format!("{title}\n{}{}", steady(&output.stdout), steady(&output.stderr)));
        }
    }
    assert_snapshot!(said.join("\n"));
    // Every command did its work.
    cloud.boto().iter().for_each(|boto| assert_eq!(boto.inventory(), Default::default()));
}

#[test]
fn nobody_to_ask() {
    let cloud = Cloud::start();
    let project = project(&cloud);
    assert_snapshot!(project.kim(&["up"]).exits(2).snapshot());
    assert!(!cloud.calls().iter().any(|call| call.action.starts_with("Create")));
}
