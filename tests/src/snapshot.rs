//! What a command said as one text that is the same in every run and on every machine: whatever differs by nature
//! (places, times, numbers of processes and ports, ids that a cloud made up, digests) becomes a placeholder.
//!
//! Invariant: nothing else is touched; a limit that is named in whole seconds (`10 s`) stays as it is, so a test that
//! wants to see one sets it to whole seconds.

use std::sync::LazyLock;

use regex::Regex;

use crate::guests::root;
use crate::output::Output;

/// What is replaced, in this order, and by what.
static PLACEHOLDERS: LazyLock<Vec<(Regex, &'static str)>> = LazyLock::new(|| {
    let scratch = regex::escape(std::env::temp_dir().to_string_lossy().trim_end_matches('/'));
    let project = format!(r"(/private)?{scratch}/kim-[A-Za-z0-9]{{6}}\b");
    let other = format!(r"(/private)?{scratch}/\.tmp[A-Za-z0-9]{{6}}\b");
    let patterns = [
        // Whether a component was compiled depends on what ran before on this machine.
        (r"(?m)^(compiling|compiled|building) .*\n", ""),
        (r#"(?m)^\{"type":"phase","message":"(compiling|compiled|building) .*\n"#, ""),
        (r"(?m)^ *(Compiling|Blocking|Locking|Downloading|Downloaded|Finished|Fresh|Updating|Adding) .*\n", ""),
        // Places: a project's folder, any other scratch folder.
        (project.as_str(), "[folder]"),
        (other.as_str(), "[folder]"),
        (r"\b(127\.0\.0\.1|localhost):[0-9]{4,5}\b", "$1:[port]"),
        // Who and when.
        (r"\bprocess [0-9]+\b", "process [pid]"),
        (r"\bpid [0-9]+\b", "pid [pid]"),
        (r"\b[\w.-]+@[\w.-]+, process", "[who], process"),
        (r"\b20[0-9]{2}-[0-9]{2}-[0-9]{2}([T ][0-9:.]+( ?UTC|Z|[+-][0-9:]+)?)?", "[date]"),
        (r"\b20[0-9]{6}T[0-9]{6}Z", "[date]"),
        (r"\b[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} 20[0-9]{2} [0-9:]{8} GMT\b", "[date]"),
        // What the resolver of a machine says of a name that it does not know.
        (r"the name does not resolve \([^)]*\)", "the name does not resolve ([why])"),
        // How long: what kim measures has a fraction, or is in milliseconds, minutes or hours.
        (r"\b[0-9]+ h [0-9]+ min\b", "[time]"),
        (r"\b[0-9]+ min [0-9]+ s\b", "[time]"),
        (r"\b[0-9]+\.[0-9]+ ?s\b", "[time]"),
        (r#""(millis|started_at|ended_at)":( ?)[0-9]+"#, r#""$1":$2"[time]""#),
        // Lines of the standard library, which each version of Rust moves.
        (r"/rustc/[0-9a-f]+/(\S+?):[0-9]+:[0-9]+", "/rustc/$1:[line]"),
        // Lines of the demo's program, which every edit moves.
        (r"\b(programs/kimberlite/src/[a-z_/]+\.rs):[0-9]+", "$1:[line]"),
        // What a cloud makes up, and digests.
        (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "[uuid]"),
        (r"\b([a-z]{1,10})-[0-9a-f]{17}\b", "$1-[id]"),
        (r"\b[0-9a-f]{64}\b", "[digest]"),
        (r"\b[0-9a-f]{40}\b", "[token]"),
        (r"\b[0-9a-f]{32}\b", "[digest]"),
    ];
    let compile = |(pattern, by): (&str, _)| (Regex::new(pattern).expect("a pattern of this file"), by);
    patterns.into_iter().map(compile).collect()
});

/// A text with placeholders for whatever differs by nature.
pub fn steady(text: &str) -> String {
    let text = text.replace(&root().display().to_string(), "[kim]");
    PLACEHOLDERS.iter().fold(text, |text, (pattern, by)| pattern.replace_all(&text, *by).into_owned())
}

impl Output {
    /// Exit code, stdout and stderr as one text, for a snapshot: the same in every run and on every machine.
    pub fn snapshot(&self) -> String {
        let code = self.code.map_or("a signal".to_owned(), |code| code.to_string());
        let mut text = format!("exit code {code}\n");
        for (name, said) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            let said = steady(said);
            let said = said.trim_end();
            if !said.is_empty() {
                text += &format!("── {name}\n{said}\n");
            }
        }
        text
    }

    /// The same, where it is chance which of many resources could not be read first.
    pub fn snapshot_of_reading(&self) -> String {
        static WHICH: LazyLock<Regex> = LazyLock::new(|| {
            let pattern = r"the live state of kim:\S+( and [0-9]+ more of its kind)? could";
            Regex::new(pattern).expect("a pattern of this file")
        });
        WHICH.replace_all(&self.snapshot(), "the live state of [some] could").into_owned()
    }

    /// The summary of a run with `--json`, for a snapshot.
    ///
    /// # Panics
    /// There is none.
    #[track_caller]
    pub fn summary_snapshot(&self) -> String {
        steady(&format!("{:#}", self.summary()))
    }
}
