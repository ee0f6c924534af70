//! boto3, as a process that answers one request a line.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value as Json, json};

use crate::account::Account;
use crate::left_out::left_out;

/// Returns a Python that can import a module: `KIM_PYTHON`, or `python3`.
///
/// Returns `None` (and reports it) if `KIM_PYTHON` is not set and `python3` cannot.
///
/// # Panics
/// `KIM_PYTHON` is set, and cannot.
pub fn python(module: &str) -> Option<PathBuf> {
    let given = std::env::var_os("KIM_PYTHON").map(PathBuf::from);
    let python = given.clone().unwrap_or_else(|| "python3".into());
    let output = Command::new(&python).args(["-c", &format!("import {module}")]).output();
    let works = output.is_ok_and(|output| output.status.success());
    assert!(
        works || given.is_none(),
        "KIM_PYTHON is {}, which cannot import {module}",
        python.display()
    );
    if !works {
        left_out(&format!("python3 cannot import {module}; set KIM_PYTHON to one that can"));
    }
    works.then_some(python)
}

/// Returns the output of the `aws` command line, as JSON.
///
/// Returns `None` (and reports it) on a machine without it.
///
/// # Panics
/// It fails.
#[track_caller]
pub fn aws_cli(account: &Account, arguments: &[&str]) -> Option<Json> {
    let mut aws = Command::new(python("awscli")?);
    aws.args(["-m", "awscli", "--output", "json"]).args(arguments).envs(account.variables());
    let output = aws.output().expect("python starts");
    assert!(
        output.status.success(),
        "aws {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Some(serde_json::from_slice(&output.stdout).expect("it was asked for JSON"))
}

/// A running Python with boto3.
pub struct Boto {
    process: Child,
    pipes: RefCell<(ChildStdin, BufReader<ChildStdout>)>,
}

impl Boto {
    /// Starts a Python with boto3 that reads a cloud.
    ///
    /// Returns `None` (and reports it) on a machine without boto3.
    pub fn open(account: &Account) -> Option<Boto> {
        let mut command = Command::new(python("boto3")?);
        command
            .args(["-B", "-c", include_str!("boto.py")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        command.envs(account.variables());
        let mut process = command.spawn().expect("python starts");
        let (stdin, stdout) = (process.stdin.take(), process.stdout.take());
        let pipes = (stdin.expect("asked for"), BufReader::new(stdout.expect("asked for")));
        Some(Boto { process, pipes: RefCell::new(pipes) })
    }

    /// Calls an operation and returns all its pages as one answer.
    ///
    /// # Panics
    /// It is refused.
    #[track_caller]
    pub fn call(&self, service: &str, operation: &str, params: Json) -> Json {
        let mut answer =
            self.ask(&json!({ "service": service, "operation": operation, "params": params }));
        assert!(
            answer.get("error").is_none(),
            "{service} {operation} {params}: {}",
            answer["error"]
        );
        answer["answer"].take()
    }

    /// Returns the items of a list in an answer.
    #[track_caller]
    pub fn list(&self, service: &str, operation: &str, params: Json, member: &str) -> Vec<Json> {
        match self.call(service, operation, params)[member].take() {
            Json::Array(elements) => elements,
            other => panic!("{operation} has no list {member}: {other}"),
        }
    }

    /// Returns all instances that are not terminated.
    #[track_caller]
    pub fn instances(&self) -> Vec<Json> {
        let reservations = self.list("ec2", "describe_instances", json!({}), "Reservations");
        let instances = reservations.iter().flat_map(|reservation| {
            reservation["Instances"].as_array().into_iter().flatten().cloned()
        });
        instances.filter(|instance| instance["State"]["Name"] != "terminated").collect()
    }

    /// Returns the ids of all resources that AWS did not create, by kind.
    ///
    /// Leaves out the default network, what AWS manages, keys pending deletion, deleted NAT
    /// gateways that are still visible, and volumes that are deleted with their instance.
    #[track_caller]
    pub fn inventory(&self) -> BTreeMap<String, Vec<String>> {
        let answer = self.ask(&json!({ "inventory": true }));
        let found = serde_json::from_value(answer["answer"].clone());
        found.unwrap_or_else(|error| panic!("{error}: {answer}"))
    }

    fn ask(&self, request: &Json) -> Json {
        let (stdin, stdout) = &mut *self.pipes.borrow_mut();
        writeln!(stdin, "{request}")
            .and_then(|()| stdin.flush())
            .expect("boto.py reads its requests");
        let mut line = String::new();
        stdout.read_line(&mut line).expect("boto.py answers");
        serde_json::from_str(&line)
            .unwrap_or_else(|error| panic!("boto.py answered {line:?}: {error}"))
    }
}

impl Drop for Boto {
    fn drop(&mut self) {
        // This process started it. It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
