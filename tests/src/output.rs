//! The output and the exit code of a command.

use std::fmt;

use serde_json::Value as Json;

/// The output and the exit code of a command.
pub struct Output {
    /// The exit code; `None` if a signal ended it.
    pub code: Option<i32>,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
}

impl Output {
    /// Panics with the whole output unless the exit code is this one.
    #[track_caller]
    pub fn exits(self, code: i32) -> Output {
        assert_eq!(self.code, Some(code), "the exit code is another one\n{self}");
        self
    }

    /// Panics with the whole output unless the command succeeded.
    #[track_caller]
    pub fn succeeds(self) -> Output {
        self.exits(0)
    }

    /// Panics unless stdout or stderr contains each of these texts.
    #[track_caller]
    pub fn contains(self, texts: &[&str]) -> Output {
        for text in texts {
            assert!(
                self.stdout.contains(text) || self.stderr.contains(text),
                "it does not say {text:?}\n{self}"
            );
        }
        self
    }

    /// Returns the events of a run with `--json`: the lines of stdout.
    ///
    /// # Panics
    /// A line is not JSON.
    #[track_caller]
    pub fn events(&self) -> Vec<Json> {
        let event = |line: &str| {
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}\n{self}"))
        };
        self.stdout.lines().map(event).collect()
    }

    /// Returns the summary: the last event.
    #[track_caller]
    pub fn summary(&self) -> Json {
        let last = self.events().pop().unwrap_or_else(|| panic!("there are no events\n{self}"));
        assert_eq!(last["type"], "summary", "the last event is no summary\n{self}");
        last
    }

    /// Returns the numbers of changes: create, update, replace, delete.
    #[track_caller]
    pub fn changes(&self) -> [u64; 4] {
        let summary = self.summary();
        ["create", "update", "replace", "delete"]
            .map(|name| summary["changes"][name].as_u64().unwrap_or(u64::MAX))
    }

    /// Returns the events of changed resources, by qualified name.
    #[track_caller]
    pub fn resource(&self, kind: &str, name: &str) -> Json {
        let matches = |event: &Json| {
            event["type"] == "resource" && event["kind"] == kind && event["name"] == name
        };
        let found = self.events().into_iter().find(matches);
        found.unwrap_or_else(|| panic!("nothing happens to {kind} {name}\n{self}"))
    }

    /// Returns stdout as one JSON document.
    #[track_caller]
    pub fn document(&self) -> Json {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}\n{self}"))
    }
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "exit code {:?}\n── stdout\n{}── stderr\n{}",
            self.code, self.stdout, self.stderr
        )
    }
}
