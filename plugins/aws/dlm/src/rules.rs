//! The rules across a policy's properties. A value that is not known yet may be absent, so it
//! breaks no rule.

use kim_plugin::prelude::*;
use kim_plugin_aws::tags;

/// Returns the violations of the rules across a policy's properties.
pub(crate) fn rules(inputs: &Inputs) -> Vec<Violation> {
    let mut found = tags::check(inputs, "tags");
    let schedules = inputs.count("schedules").known().unwrap_or_default();
    for at in 0..schedules {
        found.extend(create_rule(inputs, &format!("schedules[{at}].create_rule")));
        found.extend(retain_rule(inputs, &format!("schedules[{at}].retain_rule")));
        found.extend(repeats(inputs, at));
    }
    found
}

fn create_rule(inputs: &Inputs, at: &str) -> Vec<Violation> {
    let path = |name: &str| format!("{at}.{name}");
    let interval = inputs.get::<i64>(&path("interval"));
    let cron = inputs.get::<String>(&path("cron_expression"));
    let mut found = Vec::new();
    match (&interval, &cron) {
        (Known(hours), _) if !matches!(hours, 1 | 2 | 3 | 4 | 6 | 8 | 12 | 24) => {
            let message = format!("is 1, 2, 3, 4, 6, 8, 12 or 24 hours, not {hours}");
            found.push(Violation::error(&path("interval"), message));
        }
        (Absent, Absent) => {
            found.push(Violation::error(at, "needs an interval or a cron_expression"))
        }
        _ => {}
    }
    if let Known(cron) = &cron {
        if let Known(_) = interval {
            found.push(Violation::error(
                at,
                "has either an interval or a cron_expression, not both",
            ));
        }
        if matches!(inputs.count(&path("times")), Known(1..)) {
            found.push(Violation::error(
                &path("times"),
                "belongs to an interval, not to a cron_expression",
            ));
        }
        found.extend(cron_rule(cron).map(|why| Violation::error(&path("cron_expression"), why)));
    }
    found
}

fn cron_rule(cron: &str) -> Option<&'static str> {
    let fields =
        cron.strip_prefix("cron(").and_then(|rest| rest.strip_suffix(')')).unwrap_or_default();
    let fields: Vec<&str> = fields.split_whitespace().collect();
    match fields[..] {
        [_, _, day, _, weekday, _] if (day == "?") == (weekday == "?") => {
            Some("exactly one of day-of-month and day-of-week is '?'")
        }
        [_, _, _, _, _, _] => None,
        _ => Some("has six fields: cron(minutes hours day-of-month month day-of-week year)"),
    }
}

fn retain_rule(inputs: &Inputs, at: &str) -> Vec<Violation> {
    let path = |name: &str| format!("{at}.{name}");
    let count = inputs.get::<i64>(&path("count"));
    let interval = inputs.get::<i64>(&path("interval"));
    let unit = inputs.get::<String>(&path("interval_unit"));
    if inputs.get::<Value>(at) == Unknown && count.is_absent() && interval.is_absent() {
        return Vec::new();
    }
    let error = match (&count, &interval, &unit) {
        (Absent, Absent, _) => {
            Violation::error(at, "needs a count, or an interval and an interval_unit")
        }
        (Known(_), Known(_), _) => {
            Violation::error(at, "has either a count or an interval, not both")
        }
        (Absent, Known(_), Absent) => {
            Violation::error(&path("interval_unit"), "is required with an interval")
        }
        (Known(_), Absent, Known(_)) => {
            Violation::error(&path("interval_unit"), "belongs to an interval, not to a count")
        }
        (_, Known(interval), Known(unit)) => {
            let most = match unit.as_str() {
                "DAYS" => 36_500,
                "WEEKS" => 5_200,
                "MONTHS" => 1_200,
                _ => 100,
            };
            if *interval <= most {
                return Vec::new();
            }
            Violation::error(&path("interval"), format!("is at most 100 years, {most} {unit}"))
        }
        _ => return Vec::new(),
    };
    vec![error]
}

/// Returns the violation if a schedule repeats the name or times of an earlier one.
fn repeats(inputs: &Inputs, at: usize) -> Option<Violation> {
    let name = |at: usize| inputs.get::<String>(&format!("schedules[{at}].name")).known();
    let times = |at: usize| {
        let rule = format!("schedules[{at}].create_rule");
        let interval = inputs.get::<i64>(&format!("{rule}.interval")).known();
        let times = inputs.get::<Vec<String>>(&format!("{rule}.times")).known();
        let cron = inputs.get::<String>(&format!("{rule}.cron_expression")).known();
        // If AWS chooses the time, it differs.
        (cron.is_some() || times.as_ref().is_some_and(|times| !times.is_empty()))
            .then_some((interval, times, cron))
    };
    let (own_name, own_times) = (name(at), times(at));
    if own_name.is_some() && (0..at).any(|earlier| name(earlier) == own_name) {
        return Some(Violation::error(
            &format!("schedules[{at}].name"),
            "is the name of an earlier schedule",
        ));
    }
    if own_times.is_some() && (0..at).any(|earlier| times(earlier) == own_times) {
        let path = format!("schedules[{at}].create_rule");
        return Some(Violation::error(
            &path,
            "creates snapshots at the same times as an earlier schedule",
        ));
    }
    None
}
