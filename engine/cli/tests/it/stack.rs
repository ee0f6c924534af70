//! `kim stack`: create, list, export and remove stacks.

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
