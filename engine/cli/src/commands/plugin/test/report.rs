//! The results of a test: a checklist that grows, or one JSON object a line.

use kim_engine::Gate;
use serde_json::json;

use crate::screen::line::{Line, Style};
use crate::screen::{Look, print_json};

/// The checklist.
pub(super) struct Report {
    look: Look,
    json: bool,
    /// What the plugin and its service said passes it: it stands in why a check failed.
    gate: Gate,
    /// The subject of the checks.
    about: String,
    passed: usize,
    failed: usize,
    skipped: usize,
}

impl Report {
    pub(super) fn new(look: Look, json: bool, gate: Gate) -> Report {
        Report { look, json, gate, about: String::new(), passed: 0, failed: 0, skipped: 0 }
    }

    /// Sets the subject of the checks that follow.
    pub(super) fn about(&mut self, title: &str, note: &str) {
        let first = std::mem::replace(&mut self.about, title.to_owned()).is_empty();
        if !self.json {
            let separator = if note.is_empty() { "" } else { " · " };
            let line = Line::new()
                .add(Style::Bold, title)
                .draw(Style::Dim, separator)
                .add(Style::Dim, note);
            let gap = (!first).then(Line::new);
            self.look.print(&gap.into_iter().chain([line]).collect::<Vec<_>>());
        }
    }

    /// Reports the result of a check. Returns true if it passed.
    pub(super) fn check(&mut self, name: &str, result: Result<(), String>) -> bool {
        match &result {
            Ok(()) => {
                self.passed += 1;
                self.line(Style::Green, "✓", name, "passed", None);
            }
            Err(why) => {
                self.failed += 1;
                self.line(Style::Red, "✗", name, "failed", Some(why));
            }
        }
        result.is_ok()
    }

    /// Returns how many checks failed so far.
    pub(super) fn failed(&self) -> usize {
        self.failed
    }

    /// Reports a check that was skipped, and why.
    pub(super) fn skip(&mut self, name: &str, why: &str) {
        self.skipped += 1;
        self.line(Style::Dim, "-", name, "skipped", Some(why));
    }

    fn line(&self, style: Style, mark: &str, name: &str, result: &str, why: Option<&str>) {
        let why = why.map(|why| self.gate.clean(why));
        if self.json {
            let mut line =
                json!({"type": "check", "about": self.about, "check": name, "result": result});
            if let Some(why) = why {
                line["message"] = why.into();
            }
            return print_json(&line.to_string());
        }
        let first = Line::new().text("  ").draw(style, mark).text(" ").text(name);
        let rest =
            why.iter().flat_map(|why| why.lines()).map(|why| Line::new().text("      ").text(why));
        self.look.print(&std::iter::once(first).chain(rest).collect::<Vec<_>>());
    }

    /// Prints the last line. Returns the message of the error if any check failed.
    pub(super) fn end(&self) -> Option<String> {
        let Report { passed, failed, skipped, .. } = self;
        if self.json {
            let result = if *failed == 0 { "succeeded" } else { "failed" };
            let counts = json!({"passed": passed, "failed": failed, "skipped": skipped});
            print_json(&json!({"type": "summary", "result": result, "checks": counts}).to_string());
        } else {
            let of = |count: usize, what: &str| (count > 0).then(|| format!("{count} {what}"));
            let counts = [of(*passed, "passed"), of(*failed, "failed"), of(*skipped, "skipped")];
            let counts: Vec<String> = counts.into_iter().flatten().collect();
            let style = if *failed == 0 { Style::Green } else { Style::Red };
            self.look.print(&[Line::new(), Line::new().draw(style, &counts.join(" · "))]);
        }
        (*failed > 0).then(|| format!("{failed} of {} checks failed", passed + failed))
    }
}
