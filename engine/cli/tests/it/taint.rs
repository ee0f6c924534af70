//! `kim taint` and `kim untaint`, without a cloud: what is asked wrongly, and that it is said.

use crate::binary::{kim, project, text};

#[test]
fn what_is_not_recorded_cannot_be_marked() {
    let dir = project(&[("Kim.toml", "name = \"p\"\n")]);
    let run = |args: &[&str]| kim(dir.path(), args);
    assert!(run(&["stack", "init", "dev"]).status.success());
    for command in ["taint", "untaint"] {
        let unknown = run(&[command, "main/node-1"]);
        assert_eq!(unknown.status.code(), Some(2));
        let said = text(&unknown.stderr);
        assert!(said.contains("main/node-1"), "{said}");
        assert_eq!(run(&[command]).status.code(), Some(2), "a resource has to be named");
    }
    // What was asked wrongly is no run.
    assert!(text(&run(&["history"]).stdout).contains("has no runs yet"));
}
