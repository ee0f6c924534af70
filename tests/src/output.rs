//! What a command said, and how it ended.

use std::fmt;

use serde_json::Value as Json;

/// What a command said, and how it ended.
pub struct Output {
    /// The exit code; `None`: a signal ended it.
    pub code: Option<i32>,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
}

impl Output {
    /// Panics with everything that was said unless the exit code is this one.
    #[track_caller]
    pub fn exits(self, code: i32) -> Output {
        assert_eq!(self.code, Some(code), "the exit code is another one\n{self}");
        self
    }

    /// Panics with everything that was said unless it succeeded.
    #[track_caller]
    pub fn succeeds(self) -> Output {
        self.exits(0)
    }

    /// Panics unless all these texts were said, on stdout or stderr.
    #[track_caller]
    pub fn says(self, texts: &[&str]) -> Output {
        for text in texts {
            assert!(self.stdout.contains(text) || self.stderr.contains(text), "it does not say {text:?}\n{self}");
        }
        self
    }

    /// The events of a run with `--json`: every line of stdout.
    ///
    /// # Panics
    /// A line is no JSON.
    #[track_caller]
    pub fn events(&self) -> Vec<Json> {
        let event = |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}\n{self}"));
        self.stdout.lines().map(event).collect()
    }

    /// The summary: the last event.
    #[track_caller]
    pub fn summary(&self) -> Json {
        let last = self.events().pop().unwrap_or_else(|| panic!("there are no events\n{self}"));
        assert_eq!(last["type"], "summary", "the last event is no summary\n{self}");
        last
    }

    /// How many resources changed: create, update, replace, delete.
    #[track_caller]
    pub fn changes(&self) -> [u64; 4] {
        let summary = self.summary();
        ["create", "update", "replace", "delete"].map(|name| summary["changes"][name].as_u64().unwrap_or(u64::MAX))
    }

    /// The lines of resources to which something happens, by the resource's qualified name.
    #[track_caller]
    pub fn resource(&self, kind: &str, name: &str) -> Json {
        let matches = |event: &Json| event["type"] == "resource" && event["kind"] == kind && event["name"] == name;
        let found = self.events().into_iter().find(matches);
        found.unwrap_or_else(|| panic!("nothing happens to {kind} {name}\n{self}"))
    }

    /// Stdout as one JSON document.
    #[track_caller]
    pub fn document(&self) -> Json {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}\n{self}"))
    }
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "exit code {:?}\n── stdout\n{}── stderr\n{}", self.code, self.stdout, self.stderr)
    }
}
