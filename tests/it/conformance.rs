//! Conformance of the plugins' schemas with AWS's own.
//!
//! Every difference has a reason in `tests/conformance/differences.toml`.

use std::io::Write;
use std::process::{Command, Stdio};

use kim_tests::{Cloud, Project, python, root};

#[test]
fn schemas_differ_from_aws_s_own_only_with_a_reason() {
    let Some(python) = python("cfnlint, botocore") else { return };
    let project = Project::of_source("schemas", "", &Cloud::start().account());
    let schemas = project.kim(&["plugin", "schema", "--json"]).succeeds().stdout;
    let mut compare = Command::new(python)
        .arg("-B")
        .arg(root().join("tests/conformance/compare.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python starts");
    // It reads everything before it says anything; dropped, the pipe is closed.
    compare
        .stdin
        .take()
        .expect("asked for")
        .write_all(schemas.as_bytes())
        .expect("compare.py reads the schemas");
    let output = compare.wait_with_output().expect("it is awaited once");
    let said = String::from_utf8_lossy(&output.stdout);
    println!("{said}");
    assert!(output.status.success(), "{said}");
}
