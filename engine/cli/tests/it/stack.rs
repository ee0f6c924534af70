//! `kim stack`: create, list, export and remove stacks.

use kim_engine::ports::{RunStart, Store};
use kim_engine::state::StackId;
use kim_state::{SqliteStore, Vault};

use crate::binary::{kim, project, text};

#[test]
fn stacks_are_created_chosen_listed_and_removed() {
    let dir = project(&[("Kim.toml", "name = \"p\"\n")]);
    let run = |args: &[&str]| kim(dir.path(), args);
    let none = run(&["stack", "output"]);
    assert_eq!(none.status.code(), Some(2));
    assert!(text(&none.stderr).contains("kim stack init"), "{}", text(&none.stderr));
    for name in ["dev", "live"] {
        let created = run(&["stack", "init", name]);
        assert!(created.status.success(), "{}", text(&created.stderr));
    }
    let again = run(&["stack", "init", "dev"]);
    assert_eq!(again.status.code(), Some(2));
    assert!(text(&again.stderr).contains("already"), "{}", text(&again.stderr));
    let listed = run(&["stack", "ls", "--json"]);
    let rows: serde_json::Value = serde_json::from_slice(&listed.stdout).expect("JSON");
    assert_eq!(rows[1]["name"], "live");
    assert_eq!(rows[1]["chosen"], true);
    let unknown = run(&["stack", "output", "-s", "prod"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(text(&unknown.stderr).contains("there are: dev, live"), "{}", text(&unknown.stderr));
    assert!(run(&["stack", "rm", "live", "--yes"]).status.success());
    // Without a chosen stack, the only one is used.
    let output = run(&["stack", "output", "--json"]);
    assert_eq!(text(&output.stdout), "{}\n");
    let exported: serde_json::Value =
        serde_json::from_slice(&run(&["stack", "export"]).stdout).expect("JSON");
    assert!(exported.is_object());
}

#[test]
fn the_history_tells_a_run_that_runs_from_one_that_did_not_end() {
    let dir = project(&[("Kim.toml", "name = \"p\"\n")]);
    assert!(kim(dir.path(), &["stack", "init", "dev"]).status.success());
    let history = || text(&kim(dir.path(), &["history"]).stdout);
    let begin = || {
        let store = SqliteStore::open(&dir.path().join(".kim/state.db"), Vault::none());
        let store = store.expect("the store opens");
        let stack = StackId { project: "p".to_owned(), name: "dev".to_owned() };
        let run = RunStart {
            operation: "up".to_owned(),
            who: "ann@mill".to_owned(),
            program: String::new(),
            plugins: Vec::new(),
        };
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(store.begin(&stack, run)).expect("the run begins");
        store
    };
    let store = begin();
    let running = history();
    assert!(running.contains("is running") && !running.contains("did not end"), "{running}");
    drop(store);
    let dead = history();
    assert!(dead.contains("did not end") && !dead.contains("is running"), "{dead}");
    // Of two runs without an end, only the newest can be running.
    let _store = begin();
    let both = history();
    let lines: Vec<&str> = both.lines().collect();
    assert!(lines[0].contains("is running") && lines[1].contains("did not end"), "{both}");
}
