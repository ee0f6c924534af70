//! Steps, summaries and diagnostics as text.

use std::collections::{HashMap, HashSet};

use kim_engine::event::{Diagnostic, Event, RunResult, Severity, StepResult, Summary};
use kim_model::{Remedy, Source, Urn};

use super::line::{Line, Style};
use super::{action, value};
use crate::hints;

/// Returns the plain line of a step's event. Components have none.
pub(super) fn step_line(event: &Event, components: &HashSet<Urn>) -> Option<Line> {
    let (urn, action, words) = match event {
        Event::StepStarted { urn, action } => {
            (urn, *action, (Style::Plain, action::running(*action).to_owned()))
        }
        Event::StepFinished { urn, action, result, millis } => {
            let words = match result {
                StepResult::Succeeded => (
                    Style::Green,
                    format!("{} in {}", action::finished(*action), value::duration(*millis)),
                ),
                StepResult::Unchanged => (Style::Plain, "unchanged after all".to_owned()),
                StepResult::Failed { message, .. } => {
                    (Style::Red, format!("not {}: {message}", action::finished(*action)))
                }
                StepResult::Skipped { because } => (Style::Plain, format!("skipped: {because}")),
            };
            (urn, *action, words)
        }
        _ => return None,
    };
    if components.contains(urn) {
        return None;
    }
    let name = value::kind_and_name(urn);
    let first = words.1.replace('\n', " ");
    Some(
        Line::new()
            .text("  ")
            .draw(Style::Plain, action::sign(action))
            .text("  ")
            .text(name)
            .text("  ")
            .add(words.0, first),
    )
}

/// Returns the lines at the end of a run.
pub(super) fn summary_lines(
    summary: &Summary,
    failed: &[(Urn, String)],
    skipped: &[(Urn, String)],
    sources: &HashMap<Urn, Source>,
) -> Vec<Line> {
    let mut lines = vec![Line::new()];
    for (urn, message) in failed {
        let name = value::kind_and_name(urn);
        let place = sources.get(urn).map_or(String::new(), |source| format!("   {source}"));
        lines.push(
            Line::new().add(Style::Red, "failed  ").add(Style::Bold, name).add(Style::Dim, place),
        );
        lines.extend(message.lines().map(|text| Line::new().text("        ").text(text).whole()));
    }
    for (urn, because) in skipped {
        let name = value::kind_and_name(urn);
        lines.push(
            Line::new()
                .add(Style::Dim, "skipped ")
                .text(name)
                .add(Style::Dim, format!("  {because}")),
        );
    }
    if lines.len() > 1 {
        lines.push(Line::new());
    }
    lines.push(summary_line(summary));
    lines.extend(
        message_without_steps(summary, failed, skipped.len())
            .lines()
            .map(|text| Line::new().add(Style::Red, text).whole()),
    );
    if let Some(hint) = hints::of_remedies(&summary.remedies) {
        lines.push(Line::new().text(format!("hint: {hint}")).whole());
    }
    let was_taken_over = summary.remedies.contains(&Remedy::SeeTakingRun);
    if summary.result == RunResult::Failed && !failed.is_empty() && !was_taken_over {
        lines.push(
            Line::new().text("Correct the cause and run it again: it continues from here.").whole(),
        );
    }
    lines
}

/// Returns the rest of a summary's message.
///
/// It omits the failed and skipped steps, which have their own lines.
fn message_without_steps(summary: &Summary, failed: &[(Urn, String)], skipped: usize) -> String {
    let message = summary.message.clone().unwrap_or_default();
    let rest = failed
        .iter()
        .fold(message, |text, (urn, why)| text.replacen(&format!("{urn}: {why}"), "", 1));
    let counted = format!("{skipped} more were not begun");
    let lines: Vec<&str> = rest
        .lines()
        .filter(|line| !line.is_empty() && (skipped == 0 || *line != counted))
        .collect();
    lines.join("\n")
}

fn summary_line(summary: &Summary) -> Line {
    let words = [
        ("create", "created", Style::Green),
        ("update", "updated", Style::Yellow),
        ("replace", "replaced", Style::Magenta),
        ("delete", "deleted", Style::Red),
        ("forget", "forgotten", Style::Red),
        ("failed", "failed", Style::Red),
        ("skipped", "skipped", Style::Dim),
        ("same", "unchanged", Style::Plain),
    ];
    let mut line = Line::new();
    let mut separator = "";
    for (name, word, style) in words {
        if let Some(count) = summary.changes.get(name).filter(|count| **count > 0) {
            line = line.draw(Style::Dim, separator).add(style, format!("{count} {word}"));
            separator = " · ";
        }
    }
    if separator.is_empty() {
        line = line.text("nothing to do");
        separator = " · ";
    }
    line = line.draw(Style::Dim, separator).add(Style::Dim, value::duration(summary.millis));
    match summary.micros_a_month {
        Some(micros) if micros > 0 => line
            .draw(Style::Dim, " · ")
            .add(Style::Dim, format!("about {} a month", value::dollars(micros))),
        _ => line,
    }
}

/// Returns the style of a diagnostic.
pub(super) fn style_of(severity: Severity) -> Style {
    match severity {
        Severity::Notice => Style::Cyan,
        Severity::Warning => Style::Yellow,
        Severity::Error => Style::Red,
    }
}

/// Returns a diagnostic as text: what is wrong, where, and what to do about it.
pub fn diagnostic_text(diagnostic: &Diagnostic) -> String {
    let severity = match diagnostic.severity {
        Severity::Notice => "notice",
        Severity::Warning => "warning",
        Severity::Error => "error",
    };
    let mut text = format!("{severity}: {}", diagnostic.message);
    let resource = diagnostic.urn.as_ref().filter(|urn| !diagnostic.message.contains(urn.as_str()));
    let mut place: Vec<String> = resource.iter().map(|urn| value::kind_and_name(urn)).collect();
    place.extend(diagnostic.path.clone().filter(|path| !path.is_empty()));
    if !place.is_empty() {
        text.push_str(&format!("\n  in {}", place.join(", ")));
    }
    for (at, source) in diagnostic.sources.iter().enumerate() {
        text.push_str(&format!("\n  {} {source}", if at == 0 { "at" } else { "and at" }));
    }
    if let Some(hint) = hints::of_remedies(&diagnostic.remedy) {
        text.push_str(&format!("\n  hint: {hint}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use kim_engine::event::{RunResult, Summary};
    use kim_engine::plan::Operation;
    use kim_model::{Remedy, Urn};

    use super::summary_lines;

    #[test]
    fn a_run_that_was_taken_over_is_not_to_be_run_again() {
        let last_line = |remedies: &[Remedy]| {
            let summary = Summary {
                operation: Operation::Up,
                result: RunResult::Failed,
                changes: [("failed".to_owned(), 1)].into(),
                millis: 5,
                micros_a_month: None,
                message: Some("why".to_owned()),
                remedies: remedies.to_vec(),
            };
            let failed =
                [(Urn::new("p", "s", "test:Thing", &[], "a"), "it was cut off".to_owned())];
            let lines = summary_lines(&summary, &failed, &[], &HashMap::new());
            lines.last().unwrap().render(false, None)
        };
        let again = "Correct the cause and run it again: it continues from here.";
        assert_eq!(last_line(&[]), again);
        assert_eq!(last_line(&[Remedy::FewerSteps]), again);
        assert_eq!(
            last_line(&[Remedy::SeeTakingRun]),
            "hint: `kim history` shows how the run ended that took over; `kim preview` what remains after it"
        );
    }
}
