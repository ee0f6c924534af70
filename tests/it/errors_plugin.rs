//! Errors of plugins: what a person reads when a plugin does something wrong.
//!
//! Every resource stays recorded, no lock is left, and the next run with a working plugin
//! continues.

use std::net::TcpListener;

use insta::assert_snapshot;
use kim_tests::{Output, Project, naughty_plugin};
use serde_json::{Value as Json, json};

/// Limits of a plugin: little memory, and more time than a busy machine needs.
const AMPLE_LIMITS: &str = "limits = { memory = 256, computing = 60, waiting = 600 }";
/// Limits of a plugin that loops for ever.
const SHORT_COMPUTING: &str = "limits = { memory = 256, computing = 2, waiting = 600 }";
/// Limits of a plugin that waits for ever.
const SHORT_WAITING: &str = "limits = { memory = 256, computing = 60, waiting = 3 }";

/// Uses the plugin with this in its entry of `Kim.toml`.
fn entry<'p>(project: &'p mut Project, entry: &str) -> &'p mut Project {
    project.plugin("naughty", &format!("path = {:?}, {entry}", naughty_plugin()))
}

fn project() -> Project {
    let mut project = Project::naughty_things();
    entry(&mut project, AMPLE_LIMITS);
    project
}

/// Tells the plugin which mistake to make; with an empty text, none.
fn tell<'p>(project: &'p mut Project, wrong: &str) -> &'p mut Project {
    entry(project, if wrong.ends_with("loop") { SHORT_COMPUTING } else { AMPLE_LIMITS });
    project.table("naughty", &format!("cloud = \"127.0.0.1:1\"\ndoes = {wrong:?}"))
}

/// A stack with two things, and its state.
struct Deployed {
    project: Project,
    before: Json,
}

impl Deployed {
    fn new() -> Deployed {
        let project = project();
        project.up().succeeds();
        let before = project.export();
        Deployed { project, before }
    }

    /// Returns what `kim up` says when the plugin makes these mistakes, one after the other. The
    /// state does not change.
    #[track_caller]
    fn messages_of(&mut self, wrongs: &[&str]) -> String {
        let mut said = Vec::new();
        for wrong in wrongs {
            let output = tell(&mut self.project, wrong).kim(&["up", "--yes"]).exits(1);
            tell(&mut self.project, "");
            said.push(self.nothing_is_lost(wrong, &output));
        }
        said.join("\n")
    }

    /// The state has not changed, and the next run can use it. Returns the output for a snapshot.
    #[track_caller]
    fn nothing_is_lost(&self, wrong: &str, output: &Output) -> String {
        assert_eq!(self.project.export(), self.before, "the state is another one\n{output}");
        self.project.kim(&["preview"]).succeeds();
        format!("══ {wrong}\n{}", output.snapshot())
    }
}

#[test]
fn reads_that_take_too_much() {
    let wrongs = ["read: loop", "read: hoard", "read: recurse", "read: panic", "read: exit"];
    assert_snapshot!(Deployed::new().messages_of(&wrongs));
}

#[test]
fn reads_of_a_wrong_shape() {
    let wrongs = [
        "read: short",
        "read: empty id",
        "read: long id",
        "read: unknown property",
        "read: wrong type",
        "read: text",
        "read: deep",
        "read: cycle",
        "read: million",
        "read: bulk",
    ];
    assert_snapshot!(Deployed::new().messages_of(&wrongs));
}

#[test]
fn checks_that_go_wrong() {
    let mut stack = Deployed::new();
    stack.project.set("title", "'loud'");
    assert_snapshot!(stack.messages_of(&[
        "check: loop",
        "check: panic",
        "check: refuse",
        "check: bad path"
    ]));
}

#[test]
fn lookups_of_a_wrong_shape() {
    let mut stack = Deployed::new();
    stack.project.set("does", "'look up'");
    assert_snapshot!(stack.messages_of(&["look-up: wrong type", "look-up: panic"]));
}

/// Creates whose outcome is unknown, and creates whose answer is wrong.
#[test]
fn creates_that_go_wrong() {
    let mut said = Vec::new();
    for wrong in [
        "create: loop",
        "create: empty id",
        "create: unknown property",
        "create: million",
        "settle: panic",
    ] {
        let mut project = project();
        let output = tell(&mut project, wrong).kim(&["up", "--yes"]).exits(1);
        assert_eq!(project.export()["intents"], json!([]), "intents are open\n{output}");
        said.push(format!("══ {wrong}\n{}", output.snapshot()));
        tell(&mut project, "").up().succeeds();
        project.expect_no_changes();
    }
    assert_snapshot!(said.join("\n"));
}

#[test]
fn updates_and_deletes_that_go_wrong() {
    let mut stack = Deployed::new();
    let id = stack.project.record("naughty:Thing", "first")["id"].clone();
    let project = &mut stack.project;
    let mut said = Vec::new();
    for wrong in ["update: wrong type", "update: loop"] {
        let output = tell(project.set("title", "'loud'"), wrong).kim(&["up", "--yes"]).exits(1);
        said.push(format!("══ {wrong}\n{}", output.snapshot()));
        assert_eq!(project.record("naughty:Thing", "first")["id"], id);
        tell(project, "").up().succeeds();
        project.expect_no_changes();
        project.set("title", "'quiet'").up().succeeds();
    }
    let output = tell(project, "delete: panic").kim(&["destroy", "--yes"]).exits(1);
    said.push(format!("══ delete: panic\n{}", output.snapshot()));
    assert_eq!(project.record("naughty:Thing", "first")["id"], id);
    tell(project, "").destroy().succeeds();
    assert_eq!(project.export()["resources"], json!([]));
    assert_snapshot!(said.join("\n"));
}

/// A host accepts connections and never answers.
#[test]
fn a_network_that_never_answers() {
    let mut stack = Deployed::new();
    let silent = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let cloud = format!("cloud = \"{}\"\n", silent.local_addr().expect("it is bound"));
    let project = entry(&mut stack.project, SHORT_WAITING)
        .table("naughty", &format!("{cloud}does = \"read: talk\""));
    let output = project.kim(&["up", "--yes"]).exits(1);
    silent.set_nonblocking(true).and_then(|()| silent.accept()).expect("it was connected to");
    tell(&mut stack.project, "");
    assert_snapshot!(stack.nothing_is_lost("read: talk", &output));
}

/// A create is ended while it waits: its outcome is unknown, so the resource is looked up by its
/// token.
#[test]
fn a_create_that_never_ends() {
    let silent = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let cloud = format!("cloud = \"{}\"\n", silent.local_addr().expect("it is bound"));
    let mut project = project();
    entry(&mut project, SHORT_WAITING).table("naughty", &format!("{cloud}does = \"create: talk\""));
    let output = project.kim(&["up", "--yes"]).exits(1);
    silent.set_nonblocking(true).and_then(|()| silent.accept()).expect("it was connected to");
    assert_eq!(project.export()["intents"], json!([]), "intents are open\n{output}");
    tell(&mut project, "").up().succeeds();
    project.expect_no_changes();
    assert_snapshot!(output.snapshot());
}

/// The same, but the lookup does not end either: the next run finds out.
#[test]
fn a_find_that_never_ends_after_a_create_that_never_ends() {
    let silent = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let cloud = format!("cloud = \"{}\"\n", silent.local_addr().expect("it is bound"));
    let mut project = project();
    entry(&mut project, SHORT_WAITING)
        .table("naughty", &format!("{cloud}does = \"create: talk, find: talk\""));
    let output = project.kim(&["up", "--yes"]).exits(1);
    let mut said = vec![format!("══ kim up\n{}", output.snapshot())];
    // The intent stays open as long as no run finds out.
    let open = project.export()["intents"].clone();
    assert_eq!(open.as_array().map(Vec::len), Some(1), "{output}");
    for arguments in
        [&["preview"][..], &["up", "--yes"], &["destroy", "--yes"], &["preview", "--offline"]]
    {
        let output = project.kim(arguments);
        assert_eq!(project.export()["intents"], open, "{output}");
        said.push(format!("══ kim {}\n{}", arguments.join(" "), output.snapshot()));
    }
    said.push(format!(
        "══ kim up, and the plugin answers\n{}",
        tell(&mut project, "").kim(&["up", "--yes"]).snapshot()
    ));
    assert_eq!(project.export()["intents"], json!([]), "intents are open");
    project.expect_no_changes();
    assert_snapshot!(said.join("\n"));
}

#[test]
fn hosts_and_services_that_are_not_granted() {
    let mut stack = Deployed::new();
    let mut said = vec![stack.messages_of(&["read: talk to a stranger", "read: talk to aws"])];
    let refused = tell(&mut stack.project, "read: talk");
    let output =
        entry(refused, &format!("http = [], {AMPLE_LIMITS}")).kim(&["up", "--yes"]).exits(1);
    tell(&mut stack.project, "");
    said.push(stack.nothing_is_lost("read: talk, which is not granted", &output));
    let output = stack.project.table("naughty", "").kim(&["up", "--yes"]).exits(1);
    tell(&mut stack.project, "");
    said.push(stack.nothing_is_lost("no host is configured", &output));
    assert_snapshot!(said.join("\n"));
}

#[test]
fn floods_of_words_are_cut() {
    let mut stack = Deployed::new();
    let output = tell(&mut stack.project, "read: chatter").kim(&["preview"]).succeeds();
    assert_snapshot!(output.snapshot());
    let output = tell(&mut stack.project, "read: shout").kim(&["preview"]).succeeds();
    let lines = |output: &Output| {
        (output.stdout.clone() + &output.stderr).lines().map(str::len).collect::<Vec<_>>()
    };
    let longest = |output: &Output| lines(output).into_iter().max();
    assert!(
        longest(&output).is_some_and(|length| (16_000..17_000).contains(&length)),
        "{:?}",
        lines(&output)
    );
    let output = tell(&mut stack.project, "read: fail at length").kim(&["up", "--yes"]).exits(1);
    assert!(
        longest(&output).is_some_and(|length| (16_000..17_000).contains(&length)),
        "{:?}",
        lines(&output)
    );
    tell(&mut stack.project, "");
    stack.nothing_is_lost("", &output);
}

#[test]
fn tools_read_the_same_in_the_summary() {
    let mut stack = Deployed::new();
    let output = tell(&mut stack.project, "read: wrong type").up().exits(1);
    assert_snapshot!(output.summary_snapshot());
}

/// Returns the component with texts replaced by others of the same length.
fn patched(patches: &[(&str, &str)]) -> Vec<u8> {
    let mut bytes = std::fs::read(naughty_plugin()).expect("it is built");
    for (from, to) in patches {
        assert_eq!(from.len(), to.len(), "nothing in a component may move");
        let places: Vec<usize> =
            (0..bytes.len()).filter(|at| bytes[*at..].starts_with(from.as_bytes())).collect();
        assert!(!places.is_empty(), "there is no {from} in the component");
        places.iter().for_each(|at| bytes[*at..at + to.len()].copy_from_slice(to.as_bytes()));
    }
    bytes
}

impl Deployed {
    /// Returns what `kim up` says with another file as the plugin.
    #[track_caller]
    fn says_with(&mut self, wrong: &str, component: &[u8]) -> String {
        std::fs::write(self.project.folder().join("strange.wasm"), component)
            .expect("it is written");
        let limits = if wrong.ends_with("loop") { SHORT_COMPUTING } else { AMPLE_LIMITS };
        let project = self.project.plugin("naughty", &format!("path = \"strange.wasm\", {limits}"));
        let output = project.kim(&["up", "--yes"]).exits(1);
        entry(&mut self.project, AMPLE_LIMITS);
        self.nothing_is_lost(wrong, &output)
    }
}

#[test]
fn schemas_that_nobody_can_work_with() {
    let mut stack = Deployed::new();
    let schemas = ["loop", "trap", "huge", "html", "list", "bare", "noid", "bent", "type"];
    let said = schemas.map(|schema| {
        let component = patched(&[("schema is well", &format!("schema is {schema}"))]);
        stack.says_with(&format!("schema: {schema}"), &component)
    });
    assert_snapshot!(said.join("\n"));
}

#[test]
fn files_that_are_no_plugin_of_this_kim() {
    let mut stack = Deployed::new();
    let newer = patched(&[("kim:plugin/provider@0.1.0", "kim:plugin/provider@9.9.9")]);
    let newer_host = patched(&[("kim:plugin/host@0.1.0", "kim:plugin/host@9.9.9")]);
    let greedy = patched(&[("wasi:cli/environment@", "wasi:gpu/environment@")]);
    let program =
        std::fs::read(naughty_plugin().with_file_name("naughty.wasm")).expect("it is built");
    let files: [(&str, &[u8]); 8] = [
        ("another version", &newer),
        ("another version of the host", &newer_host),
        ("wants what nobody gets", &greedy),
        ("a program", &program),
        ("a text", b"#!/bin/sh\necho hello\n"),
        ("nothing", b""),
        ("a module", b"\0asm\x01\0\0\0"),
        ("the beginning of a component", b"\0asm\x0d\0\x01\0\x01\xff"),
    ];
    let said = files.map(|(wrong, component)| stack.says_with(wrong, component));
    assert_snapshot!(said.join("\n"));
}

/// Returns another component that does the same: it has an empty section more.
fn another() -> Vec<u8> {
    [&patched(&[])[..], b"\0\x01\0"].concat()
}

#[test]
fn a_component_that_is_not_the_one_that_is_locked() {
    let mut stack = Deployed::new();
    let file = stack.project.folder().join("naughty.wasm");
    std::fs::write(&file, patched(&[])).expect("it is written");
    stack.project.plugin("naughty", &format!("path = \"naughty.wasm\", {AMPLE_LIMITS}"));
    stack.project.expect_no_changes();
    let lock =
        || std::fs::read_to_string(stack.project.folder().join("kim.lock")).expect("it is there");
    let locked = lock();
    std::fs::write(&file, another()).expect("it is written");
    let mut said: Vec<String> = [&["preview"][..], &["up", "--yes"], &["destroy", "--yes"]]
        .iter()
        .map(|arguments| {
            let output = stack.project.kim(arguments).exits(1);
            assert_eq!(
                (stack.project.export(), lock()),
                (stack.before.clone(), locked.clone()),
                "{output}"
            );
            format!("══ kim {}\n{}", arguments.join(" "), output.snapshot())
        })
        .collect();
    // The error says what to do: accept it.
    let accepted = stack.project.kim(&["plugin", "install", "naughty"]).succeeds();
    said.push(format!("══ kim plugin install naughty\n{}", accepted.snapshot()));
    stack.project.expect_no_changes();
    assert_ne!(lock(), locked);
    assert_snapshot!(said.join("\n"));
}

#[test]
fn installed_components_that_are_not_what_they_were() {
    let mut stack = Deployed::new();
    let plugins = stack.project.folder().join("plugins");
    let file = stack.project.folder().join("naughty.wasm");
    std::fs::write(&file, patched(&[])).expect("it is written");
    stack.project.env("KIM_PLUGIN_DIR", &plugins.display().to_string());
    stack.project.plugin("naughty", &format!("version = \"0.1.0\", {AMPLE_LIMITS}"));
    // Nothing says yet where the plugin that Kim.toml names comes from.
    stack.project.kim(&["plugin", "install", "naughty.wasm", "--yes"]).succeeds();
    stack.project.expect_no_changes();
    let versions = plugins.join("naughty/0.1.0");
    let installed = versions
        .read_dir()
        .expect("it is there")
        .next()
        .expect("there is one")
        .expect("it reads")
        .path();
    let mut said = Vec::new();
    let mut told = |wrong: &str| {
        let output = stack.project.kim(&["up", "--yes"]).exits(1);
        assert_eq!(stack.project.export(), stack.before, "the state is another one\n{output}");
        said.push(format!("══ {wrong}\n{}", output.snapshot()));
    };
    std::fs::write(&installed, another()).expect("it is written");
    told("its octets are others");
    std::fs::rename(&installed, versions.join(format!("{}.wasm", "0".repeat(64))))
        .expect("it is there");
    told("another one is installed");
    std::fs::remove_dir_all(&versions).expect("it is there");
    told("none is installed");
    stack.project.kim(&["plugin", "install", "naughty.wasm"]).succeeds();
    stack.project.expect_no_changes();
    assert_snapshot!(said.join("\n"));
}

#[test]
fn a_lock_file_that_is_wrong() {
    let mut stack = Deployed::new();
    let lock = stack.project.folder().join("kim.lock");
    let before = std::fs::read_to_string(&lock).expect("it is there");
    let said = [
        ("version = 1", "version = 2"),
        ("digest =", "digset ="),
        ("[[plugin]]", "[[plugin"),
        ("sha256:", "md5:"),
    ]
    .map(|(from, to)| {
        assert!(before.contains(from), "{before}");
        std::fs::write(&lock, before.replace(from, to)).expect("it is written");
        let output = stack.project.kim(&["up", "--yes"]).exits(2);
        std::fs::write(&lock, &before).expect("it is written");
        stack.nothing_is_lost(to, &output)
    });
    assert_snapshot!(said.join("\n"));
    tell(&mut stack.project, "").expect_no_changes();
}
