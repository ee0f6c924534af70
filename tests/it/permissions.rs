//! Who may do what: what a plugin is granted, which plugin is loaded, and what a project that
//! somebody else wrote may choose.

use std::net::TcpListener;
use std::path::PathBuf;

use insta::assert_snapshot;
use kim_tests::{Cloud, Ended, Project, naughty_plugin, steady};

/// Returns the plugin `naughty` under another name, which asks for something else.
///
/// `asks` is JSON of at most the length that it replaces.
fn plugin(project: &Project, file: &str, name: &str, asks: &str) -> PathBuf {
    let mut bytes = std::fs::read(naughty_plugin()).expect("it is built");
    let own = "{ \"http\": [\"config:cloud\"] }";
    for (from, to) in
        [("naughty", name.to_owned()), (own, format!("{asks:width$}", width = own.len()))]
    {
        assert_eq!(from.len(), to.len(), "nothing in a component may move");
        let at: Vec<usize> =
            (0..bytes.len()).filter(|at| bytes[*at..].starts_with(from.as_bytes())).collect();
        assert!(!at.is_empty(), "there is no {from} in the component");
        at.iter().for_each(|at| bytes[*at..at + to.len()].copy_from_slice(to.as_bytes()));
    }
    let file = project.folder().join(file);
    std::fs::write(&file, bytes).expect("it is written");
    file
}

/// What credentials are worth to a plugin, and a port of this machine.
const GREEDY: &str = "{\"aws\":[\"sts\",\"iam\"]}";
const NEAR: &str = "{\"http\":[\"localhost:2375\"]}";

fn project() -> Project {
    let mut project = Project::naughty_things();
    project.env("KIM_PLUGIN_DIR", &project.folder().join("plugins").display().to_string());
    project
}

fn read(project: &Project, file: &str) -> String {
    std::fs::read_to_string(project.folder().join(file)).unwrap_or_else(|_| "(none)\n".to_owned())
}

fn grants_and_lock(project: &Project) -> String {
    steady(&format!(
        "── Kim.toml\n{}── kim.lock\n{}",
        read(project, "Kim.toml"),
        read(project, "kim.lock")
    ))
}

fn shown(ended: &Ended) -> String {
    steady(&format!("exit code {:?}\n{}", ended.code, ended.screen))
}

#[test]
fn a_plugin_that_nobody_granted_anything() {
    let mut project = project();
    let said = [GREEDY, NEAR].map(|asks| {
        plugin(&project, "greedy.wasm", "naughty", asks);
        project.plugin("naughty", "path = \"greedy.wasm\", http = [], aws = [\"ec2\"]");
        project.forget_lock();
        let output = project.kim(&["up", "--yes"]).exits(1);
        assert_eq!(read(&project, "kim.lock"), "(none)\n", "nothing is locked");
        output.snapshot()
    });
    assert_snapshot!(said.join("\n"));
}

#[test]
fn an_installed_plugin_is_granted_what_a_person_agrees_to() {
    let project = project();
    project.write("Kim.toml", "name = \"x\"\n");
    plugin(&project, "greedy.wasm", "naughty", GREEDY);
    plugin(&project, "near.wasm", "naughty", NEAR);
    let install = &["plugin", "install", "greedy.wasm"];
    let mut said = vec![format!("── a pipe\n{}", project.kim(install).exits(2).snapshot())];
    for answer in ["n", "y"] {
        let mut terminal = project.on_terminal((100, 40), install);
        terminal.until("[y/N]");
        terminal.types(&format!("{answer}\n"));
        said.push(format!(
            "── {answer}\n{}\n{}",
            shown(&terminal.end()),
            grants_and_lock(&project)
        ));
    }
    // Again: nothing is missing, so nothing is asked.
    project.kim(install).succeeds();
    // Another component from elsewhere: the grants of the first are not its own.
    let near = ["plugin", "install", "near.wasm"];
    said.push(format!("── another\n{}", project.kim(&near).exits(2).snapshot()));
    let accepted = project.kim(&["plugin", "install", "near.wasm", "--yes"]).succeeds();
    said.push(format!("── --yes\n{}\n{}", accepted.snapshot(), grants_and_lock(&project)));
    assert_snapshot!(said.join("\n"));
}

#[test]
fn a_stranger_that_calls_itself_like_a_plugin_of_kim() {
    let project = project();
    let kim_toml =
        "name = \"x\"\n[plugins]\naws-ec2 = { version = \"0.1.0\", aws = [\"ec2\", \"iam\"] }\n";
    plugin(&project, "helper.wasm", "aws-ec2", NEAR);
    let install = ["plugin", "install", "helper.wasm"];
    project.write("Kim.toml", kim_toml);
    let mut said = vec![project.kim(&install).exits(2).snapshot()];
    assert_eq!(
        (read(&project, "Kim.toml"), read(&project, "kim.lock")),
        (kim_toml.to_owned(), "(none)\n".to_owned())
    );
    project.write("Kim.toml", "name = \"x\"\n");
    said.push(project.kim(&install).exits(2).snapshot());
    assert_snapshot!(said.join("\n"));
}

#[test]
fn two_plugins_that_offer_one_kind() {
    let mut project = project();
    project.up().succeeds();
    let before = project.export();
    std::fs::copy(naughty_plugin(), project.folder().join("helper.wasm")).expect("it is copied");
    project.plugin("a-helper", "path = \"helper.wasm\", http = [\"config:cloud\"]");
    project.table("a-helper", "cloud = \"127.0.0.1:1\"");
    let output = project.kim(&["up", "--yes"]).exits(1);
    assert_eq!(project.export(), before);
    assert_snapshot!(output.snapshot());
}

#[test]
fn a_lock_that_is_gone_or_does_not_fit() {
    let mut project = project();
    let preview = |project: &Project, flags: &[&str]| project.kim(&[&["preview"], flags].concat());
    project.kim(&["stack", "init", "dev"]).succeeds();
    let mut said =
        vec![("no lock, --locked", preview(&project, &["--locked"]).exits(2).snapshot())];
    let first = preview(&project, &[]).succeeds();
    first.contains(&["kim.lock is new"]);
    let lock = read(&project, "kim.lock");
    preview(&project, &["--locked"]).succeeds();
    project.env("KIM_LOCKED", "1");
    preview(&project, &[]).succeeds();
    project.without("KIM_LOCKED");
    std::fs::remove_file(project.folder().join("kim.lock")).expect("it is there");
    said.push(("it was removed", preview(&project, &[]).exits(1).snapshot()));
    project.write("kim.lock", &(lock.clone() + "\n[[plugin]]\nname = \"other\"\ncrate = \"x\"\n"));
    said.push(("an unknown entry", preview(&project, &[]).exits(1).snapshot()));
    project.write("kim.lock", "version = 1\n");
    said.push(("no entry", preview(&project, &[]).exits(1).snapshot()));
    project.write("kim.lock", &lock.replace("config:cloud", "config:other"));
    said.push(("it asked for less", preview(&project, &[]).exits(1).snapshot()));
    preview(&project, &["--update"]).succeeds();
    assert_eq!(read(&project, "kim.lock"), lock);
    assert_snapshot!(titled(&said));
}

/// Returns what was said as one text.
fn titled(said: &[(&str, String)]) -> String {
    said.iter().map(|(what, said)| format!("══ {what}\n{said}")).collect()
}

#[test]
fn an_endpoint_and_a_profile_that_the_project_chose() {
    let cloud = Cloud::start();
    let mut project = Project::small(&cloud.account());
    project.up().succeeds();
    // Somebody who listens elsewhere.
    let thief = TcpListener::bind("127.0.0.1:0").expect("a port");
    thief.set_nonblocking(true).expect("it is set");
    let place = format!("http://{}", thief.local_addr().expect("it has one"));
    let kim_toml = read(&project, "Kim.toml");
    let chosen = |project: &Project, setting: &str| {
        project.write("Kim.toml", &format!("{kim_toml}[aws]\n{setting}\n"));
    };
    chosen(&project, &format!("endpoint = {place:?}"));
    let mut said = Vec::new();
    for arguments in
        [&["preview"][..], &["up", "--yes"], &["destroy", "--yes"], &["refresh", "--yes"]]
    {
        said.push(("", project.kim(arguments).exits(1).snapshot()));
    }
    said.dedup();
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(thief.accept().is_err(), "nothing was sent");
    chosen(&project, "profile = \"prod\"");
    said.push(("a profile", project.kim(&["preview"]).exits(1).snapshot()));
    // The local AWS needs neither, and the person's own variable says the same.
    project.kim(&["preview", "--local"]);
    let own = cloud.account().endpoint;
    chosen(&project, &format!("endpoint = {own:?}"));
    project.kim(&["preview"]).succeeds();
    // By a variable, by a flag, and by a person, once.
    project.without("AWS_ENDPOINT_URL");
    project.kim(&["preview"]).exits(1);
    project.kim(&["preview", "--trust-project"]).succeeds();
    project.env("KIM_TRUST_PROJECT", "1").kim(&["preview"]).succeeds();
    project.without("KIM_TRUST_PROJECT");
    let mut terminal = project.on_terminal((100, 40), &["preview"]);
    terminal.until("[y/N]");
    terminal.types("n\n");
    said.push(("a person says no", shown(&terminal.end())));
    let mut terminal = project.on_terminal((100, 40), &["preview"]);
    terminal.until("[y/N]");
    terminal.types("y\n");
    assert_eq!(terminal.end().code, Some(0));
    project.kim(&["preview"]).succeeds();
    assert_snapshot!(titled(&said));
}

#[test]
fn a_state_of_another_project() {
    let victim = Project::naughty_things();
    victim.up().succeeds();
    let before = victim.export();
    let mut project = Project::naughty_things();
    let kim_toml = read(&project, "Kim.toml");
    let state = victim.state();
    project.write("Kim.toml", &format!("{kim_toml}[state]\npath = {state:?}\n"));
    let mut said = Vec::new();
    for arguments in [&["up", "--yes"][..], &["stack", "output"], &["history"], &["local"]] {
        let said_now = project.kim(arguments).exits(1).snapshot();
        said.push(("Kim.toml", said_now));
    }
    said.dedup();
    assert_eq!(said.len(), 1, "{said:?}");
    // Its own folder may hold it anywhere, but no link out of it, and no project below.
    for (path, code) in [("other/state.db", 0), ("inner/.kim/state.db", 1), ("link/state.db", 1)] {
        std::fs::create_dir_all(project.folder().join("inner")).expect("it is made");
        project.write("inner/Kim.toml", "name = \"inner\"\n");
        let link = project.folder().join("link");
        let _ = std::os::unix::fs::symlink(state.parent().expect("a folder"), link);
        project.write("Kim.toml", &format!("{kim_toml}[state]\npath = {path:?}\n"));
        let output = project.kim(&["stack", "init", "dev"]);
        assert_eq!(output.code, Some(code), "{path}\n{output}");
    }
    project.write("Kim.toml", &format!("{kim_toml}[state]\npath = {state:?}\n"));
    assert_eq!(victim.export(), before);
    project.env("KIM_STATE", &state.display().to_string()).kim(&["stack", "ls"]).succeeds();
    assert_snapshot!(titled(&said));
}
