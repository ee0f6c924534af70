//! A run as JSON, one event a line.
//!
//! Secrets are redacted, and unknown values are `"[unknown]"`.

use std::collections::BTreeMap;

use kim_engine::costs::{Costs, Row};
use kim_engine::event::{Event, RunResult, Summary};
use kim_engine::plan::{Fate, Operation, Plan, PropertyChange, ResourceChange};
use kim_model::{Difference, Value, json};
use serde::Serialize;
use serde_json::{Value as Json, json};

use super::value::unescaped;
use crate::hints;

/// An event as a line.
#[derive(Serialize)]
struct EventLine<'e> {
    #[serde(flatten)]
    event: &'e Event,
    /// What to do about what it reports.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

/// Returns the line of an event.
///
/// `hint` is what to do about it, beside what the event itself says.
pub fn event(event: &Event, hint: Option<&str>) -> String {
    let hint = hints::of_event(event).or_else(|| hint.map(str::to_owned));
    // Serializing an event cannot fail: its maps have text keys.
    serde_json::to_string(&EventLine { event, hint }).unwrap_or_default()
}

/// Returns a line for each resource that a plan changes.
pub fn resources(plan: &Plan) -> Vec<Json> {
    plan.resources.iter().filter(|resource| resource.fate != Fate::Same).map(resource).collect()
}

fn resource(resource: &ResourceChange) -> Json {
    let mut line = json!({
        "type": "resource",
        "urn": resource.urn,
        "kind": resource.urn.kind(),
        "name": resource.urn.qualified_name(),
        "fate": resource.fate,
        "changes": resource.changes.iter().map(change).collect::<Vec<Json>>(),
    });
    let optional = [
        ("parent", json!(resource.parent)),
        ("source", json!(resource.source)),
        ("reason", json!(resource.reason)),
        ("micros_a_month", json!(resource.micros_a_month)),
        ("price_basis", json!(resource.price_basis)),
    ];
    for (name, value) in optional.into_iter().filter(|(_, value)| !value.is_null()) {
        line[name] = value;
    }
    line
}

fn change(change: &PropertyChange) -> Json {
    let mut object =
        json!({ "path": change.path, "replaces": change.replaces, "drift": change.drift });
    for (name, value) in [("old", &change.old), ("new", &change.new)] {
        if let Some(value) = value {
            object[name] = json::redacted(value);
        }
    }
    if !change.inside.is_empty() {
        object["inside"] = change.inside.iter().map(part).collect();
    }
    object
}

fn part(part: &Difference) -> Json {
    let mut object = json!({ "path": part.path });
    for (name, value) in [("old", &part.old), ("new", &part.new)] {
        if let Some(value) = value {
            object[name] = json::redacted(value);
        }
    }
    object
}

/// Returns the line with the costs of a plan.
///
/// Returns `None` if there are neither costs nor possible savings.
pub fn costs(costs: &Costs) -> Option<Json> {
    let rows: Vec<Json> = costs
        .rows
        .iter()
        .map(|row| cost(row, false))
        .chain(costs.savings.iter().map(|row| cost(row, true)))
        .collect();
    (!rows.is_empty()).then(|| {
        json!({
            "type": "costs",
            "rows": rows,
            "micros_a_month_from": costs.total.0,
            "micros_a_month_to": costs.total.1,
            "complete": costs.is_complete(),
            "unpriced": costs.unpriced,
        })
    })
}

fn cost(row: &Row, saving: bool) -> Json {
    let label = if row.count.is_some() { unescaped(&row.label) } else { row.label.clone() };
    let mut line = json!({ "label": label, "detail": row.detail, "saving": saving });
    let optional = [
        ("count", json!(row.count)),
        ("micros_a_month_from", json!(row.micros_a_month.map(|(from, _)| from))),
        ("micros_a_month_to", json!(row.micros_a_month.map(|(_, to)| to))),
        ("source", json!(Some(&row.source).filter(|source| !source.is_empty()))),
    ];
    for (name, value) in optional.into_iter().filter(|(_, value)| !value.is_null()) {
        line[name] = value;
    }
    line
}

/// Returns the summary of a run that failed before it had one.
pub fn failed(operation: Operation, message: &str, millis: u64) -> Summary {
    let changes =
        ["create", "update", "replace", "delete", "same"].map(|name| (name.to_owned(), 0)).into();
    Summary {
        operation,
        result: RunResult::Failed,
        changes,
        millis,
        micros_a_month: None,
        message: Some(message.to_owned()),
        remedies: Vec::new(),
    }
}

/// Returns the stack's outputs as one object.
pub fn outputs(exports: &BTreeMap<String, Value>, show_secrets: bool) -> Json {
    let show = if show_secrets { json::revealed } else { json::redacted };
    exports.iter().map(|(name, value)| (name.clone(), show(value))).collect()
}
