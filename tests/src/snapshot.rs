//! The output of a command as a text that is the same in every run and on every machine.
//! Placeholders replace what differs: paths, times, process ids, ports, ids of a cloud, digests.
//!
//! Invariant: nothing else is replaced. A limit in whole seconds (`10 s`) stays, so a test that
//! shows a limit sets it in whole seconds.

use std::sync::LazyLock;

use regex::Regex;

use crate::guests::root;
use crate::output::Output;

/// The patterns and their placeholders, in the order of replacement.
static PLACEHOLDERS: LazyLock<Vec<(Regex, &'static str)>> = LazyLock::new(|| {
    let scratch = regex::escape(std::env::temp_dir().to_string_lossy().trim_end_matches('/'));
    let project = format!(r"(/private)?{scratch}/kim-[A-Za-z0-9]{{6}}\b");
    let other = format!(r"(/private)?{scratch}/\.tmp[A-Za-z0-9]{{6}}\b");
    let patterns = [
        // Earlier runs on this machine decide whether a component is compiled.
        (r"(?m)^(compiling|compiled|building) .*\n", ""),
        (r#"(?m)^\{"type":"phase","message":"(compiling|compiled|building) .*\n"#, ""),
        // Earlier runs of a project decide whether its first lock is written.
        (r"(?m)^.*\bkim\.lock is new: .*\n", ""),
        (
            r"(?m)^ *(Compiling|Blocking|Locking|Downloading|Downloaded|Finished|Fresh|Updating|Adding) .*\n",
            "",
        ),
        // Paths: a project's folder, any other scratch folder.
        (project.as_str(), "[folder]"),
        (other.as_str(), "[folder]"),
        (r"\b(127\.0\.0\.1|localhost):[0-9]{4,5}\b", "$1:[port]"),
        // Users, processes and times.
        (r"\bprocess [0-9]+\b", "process [pid]"),
        (r"\bpid [0-9]+\b", "pid [pid]"),
        (r"\b[\w.-]+@[\w.-]+, process", "[who], process"),
        (r"\b20[0-9]{2}-[0-9]{2}-[0-9]{2}([T ][0-9:.]+( ?UTC|Z|[+-][0-9:]+)?)?", "[date]"),
        (r"\b20[0-9]{6}T[0-9]{6}Z", "[date]"),
        (r"\b[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} 20[0-9]{2} [0-9:]{8} GMT\b", "[date]"),
        // The resolver's message about an unknown name.
        (r"the name does not resolve \([^)]*\)", "the name does not resolve ([why])"),
        // Durations: those that kim measures have a fraction, or are in milliseconds, minutes or
        // hours.
        (r"\b[0-9]+ h [0-9]+ min\b", "[time]"),
        (r"\b[0-9]+ min [0-9]+ s\b", "[time]"),
        (r"\b[0-9]+\.[0-9]+ ?s\b", "[time]"),
        (r#""(millis|started_at|ended_at)":( ?)[0-9]+"#, r#""$1":$2"[time]""#),
        // Line numbers of the standard library, which differ between versions of Rust.
        (r"/rustc/[0-9a-f]+/(\S+?):[0-9]+:[0-9]+", "/rustc/$1:[line]"),
        // Line numbers of the demo's program, which change with every edit.
        (r"\b(programs/kimberlite/src/[a-z_/]+\.rs):[0-9]+", "$1:[line]"),
        // Ids of a cloud, and digests.
        (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "[uuid]"),
        (r"\b([a-z]{1,10})-[0-9a-f]{17}\b", "$1-[id]"),
        (r"\b[0-9a-f]{64}\b", "[digest]"),
        (r"\b[0-9a-f]{40}\b", "[token]"),
        (r"\b[0-9a-f]{32}\b", "[digest]"),
    ];
    let compile =
        |(pattern, by): (&str, _)| (Regex::new(pattern).expect("a pattern of this file"), by);
    patterns.into_iter().map(compile).collect()
});

/// Returns a text with placeholders for what differs between runs.
pub fn steady(text: &str) -> String {
    let text = text.replace(&root().display().to_string(), "[kim]");
    PLACEHOLDERS
        .iter()
        .fold(text, |text, (pattern, by)| pattern.replace_all(&text, *by).into_owned())
}

impl Output {
    /// Returns exit code, stdout and stderr as one text, for a snapshot.
    pub fn snapshot(&self) -> String {
        let code = self.code.map_or("a signal".to_owned(), |code| code.to_string());
        let mut text = format!("exit code {code}\n");
        for (name, stream) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            let shown = steady(stream);
            let shown = shown.trim_end();
            if !shown.is_empty() {
                text += &format!("── {name}\n{shown}\n");
            }
        }
        text
    }

    /// Returns the same for a read that fails on one of many resources by chance.
    pub fn snapshot_of_reading(&self) -> String {
        static WHICH: LazyLock<Regex> = LazyLock::new(|| {
            let pattern = r"the live state of kim:\S+( and [0-9]+ more of its kind)? could";
            Regex::new(pattern).expect("a pattern of this file")
        });
        WHICH.replace_all(&self.snapshot(), "the live state of [some] could").into_owned()
    }

    /// Returns the summary of a run with `--json`, for a snapshot.
    ///
    /// # Panics
    /// There is none.
    #[track_caller]
    pub fn summary_snapshot(&self) -> String {
        steady(&format!("{:#}", self.summary()))
    }
}
