//! Errors of deployment programs: what a person reads when a program does something wrong.
//!
//! Neither the state nor the cloud changes, no lock is left, and the next good run continues.

use insta::assert_snapshot;
use kim_tests::{Cloud, Project, naughty_plugin};
use serde_json::Value as Json;

/// Limits of a program: little memory, and more time than a busy machine needs.
const AMPLE_LIMITS: &str = "memory = 256, computing = 60, waiting = 600";
/// Limits of a program that loops for ever.
const SHORT_COMPUTING: &str = "memory = 256, computing = 2, waiting = 600";
/// Limits of a program that sleeps.
const SHORT_WAITING: &str = "memory = 256, waiting = 3";

/// A deployed stack, and its state.
struct Deployed {
    cloud: Cloud,
    project: Project,
    before: Json,
}

impl Deployed {
    fn new() -> Deployed {
        let cloud = Cloud::start();
        let mut project = Project::naughty(&cloud.account());
        project.limit_program(AMPLE_LIMITS).up().succeeds();
        let before = project.export();
        Deployed { cloud, project, before }
    }

    /// Returns what `kim up` says when the program makes these mistakes, one after the other.
    #[track_caller]
    fn messages_of(&mut self, wrongs: &[&str]) -> String {
        let said: Vec<String> =
            wrongs.iter().map(|wrong| format!("══ {wrong}\n{}", self.says_of(wrong))).collect();
        said.join("\n")
    }

    /// Returns what `kim up` says when the program makes a mistake. Neither the state nor the cloud
    /// changes.
    #[track_caller]
    fn says_of(&mut self, wrong: &str) -> String {
        let calls = self.cloud.calls().len();
        let limits = match wrong {
            "sleep" => SHORT_WAITING,
            "loop" | "closure loops" | "chatter" => SHORT_COMPUTING,
            _ => AMPLE_LIMITS,
        };
        let output = self
            .project
            .limit_program(limits)
            .set("does", &format!("{wrong:?}"))
            .kim(&["up", "--yes"])
            .exits(1);
        assert_eq!(self.project.export(), self.before, "the state is another one\n{output}");
        let changing = |action: &String| {
            !["Describe", "Get", "List"].iter().any(|verb| action.starts_with(verb))
        };
        let changes: Vec<String> =
            self.cloud.actions_since(calls).into_iter().filter(changing).collect();
        assert!(changes.is_empty(), "the cloud was changed: {changes:?}\n{output}");
        // The next run works: no lock is left.
        self.project.limit_program(AMPLE_LIMITS).set("does", "''");
        assert_eq!(self.project.up().succeeds().changes(), [0; 4]);
        output.snapshot()
    }
}

#[test]
fn a_program_that_takes_too_much() {
    let wrongs = ["loop", "sleep", "hoard", "recurse", "recurse with locals", "chatter"];
    assert_snapshot!(Deployed::new().messages_of(&wrongs));
}

#[test]
fn a_program_that_declares_too_much() {
    let wrongs = ["flood", "flood of outputs", "flood of bytes", "flood of estimates"];
    assert_snapshot!(Deployed::new().messages_of(&wrongs));
}

#[test]
fn a_program_that_ends_badly() {
    let wrongs = ["panic", "fail", "fail in a library", "say and fail", "exit"];
    assert_snapshot!(Deployed::new().messages_of(&wrongs));
}

#[test]
fn a_program_that_wants_out() {
    let wrongs = ["file", "file, unwrapped", "socket", "environment", "thread"];
    assert_snapshot!(Deployed::new().messages_of(&wrongs));
}

#[test]
fn declarations_that_do_not_go_together() {
    let wrongs = ["cycle", "twice", "no name", "export twice"];
    assert_snapshot!(Deployed::new().messages_of(&wrongs));
}

#[test]
fn kinds_and_properties_that_there_are_not() {
    let wrongs = [
        "unknown kind",
        "kind of no plugin",
        "unknown lookup",
        "unknown property",
        "nothing like a property",
        "missing property",
        "computed property",
        "no such output",
    ];
    assert_snapshot!(Deployed::new().messages_of(&wrongs));
}

#[test]
fn values_that_do_not_fit() {
    let wrongs = [
        "wrong type",
        "wrong type inside",
        "out of range",
        "not one of them",
        "secret of a wrong type",
        "many errors",
        "deep",
        "million",
        "large",
        "estimate backwards",
    ];
    assert_snapshot!(Deployed::new().messages_of(&wrongs));
}

#[test]
fn outputs_that_nobody_gave() {
    let wrongs = ["made-up output", "made-up export", "made-up dependency"];
    assert_snapshot!(Deployed::new().messages_of(&wrongs));
}

#[test]
fn closures_that_fail() {
    let wrongs = ["closure fails", "closure panics", "closure loops", "closure declares"];
    assert_snapshot!(Deployed::new().messages_of(&wrongs));
}

#[test]
fn closures_that_fail_when_half_is_done() {
    let cloud = Cloud::start();
    let mut project = Project::naughty(&cloud.account());
    project.limit_program(SHORT_COMPUTING).set("does", "'late closure loops'");
    let output = project.kim(&["up", "--yes"]).exits(1);
    assert_snapshot!(output.snapshot());
    // The resource that the closure refers to is recorded, no intent is open, and the next run
    // continues.
    let export = project.export();
    assert_eq!(
        (export["resources"].as_array().map(Vec::len), &export["intents"]),
        (Some(1), &Json::Array(vec![]))
    );
    assert_eq!(
        project.limit_program(AMPLE_LIMITS).set("does", "''").up().succeeds().changes(),
        [1, 0, 0, 0]
    );
    project.expect_no_changes();
}

#[test]
fn files_that_are_no_program() {
    let stack = Deployed::new();
    let plugin = std::fs::read(naughty_plugin()).expect("it is built");
    let files: [(&str, &[u8]); 4] = [
        ("a plugin", &plugin),
        ("a text", b"fn main() {}\n"),
        ("nothing", b""),
        ("a module", b"\0asm\x01\0\0\0"),
    ];
    let said = files.map(|(wrong, component)| {
        std::fs::write(stack.project.folder().join("strange.wasm"), component)
            .expect("it is written");
        let output = stack.project.kim(&["up", "--yes", "--program", "strange.wasm"]).exits(1);
        assert_eq!(stack.project.export(), stack.before, "the state is another one\n{output}");
        format!("══ {wrong}\n{}", output.snapshot())
    });
    stack.project.expect_no_changes();
    assert_snapshot!(said.join("\n"));
}

#[test]
fn tools_read_the_same_in_the_summary() {
    let mut stack = Deployed::new();
    let mut said = Vec::new();
    for wrong in ["panic", "fail", "out of range"] {
        let output = stack.project.set("does", &format!("{wrong:?}")).up().exits(1);
        said.push(format!("══ {wrong}\n{}", output.summary_snapshot()));
    }
    assert_snapshot!(said.join("\n"));
}

#[test]
fn a_secret_that_a_program_hands_on_is_shown_to_nobody() {
    let cloud = Cloud::start();
    let mut project = Project::naughty(&cloud.account());
    project.set("does", "'secret'");
    project.kim(&["stack", "init", "dev"]).succeeds();
    project
        .kim(&["config", "set", "--secret", "password", "hunter2-is-no-good-password"])
        .succeeds();
    let up = project.kim(&["up", "--yes", "--diff"]).succeeds().snapshot();
    let output = project.kim(&["stack", "output"]).succeeds().snapshot();
    assert_snapshot!(format!("══ kim up --diff\n{up}\n══ kim stack output\n{output}"));
}
