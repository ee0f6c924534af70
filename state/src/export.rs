//! A state as one JSON document, for `kim stack export` and other tools.

use kim_engine::state::{Intent, Record, State};
use kim_model::json::{Mark, redacted, revealed, to_marked};
use kim_model::{Path, Step, Urn, Value};
use serde_json::{Map, Value as Json, json};

/// The version of the document.
const VERSION: u32 = 1;

/// Returns a state as one JSON document.
///
/// Secrets become `"[secret]"`, or are in clear if `reveal` is true. Either way `secrets` lists
/// their paths beside them. `bytes` and `unknown` list the paths of what JSON cannot express
/// either. An empty list is left out.
///
/// `{version, stack, resources: [{urn, kind, id, generation, standing, component, inputs,
/// properties, secrets, parent, dependencies, protect, retain_on_delete, create_before_delete,
/// deleted_with, incomplete, unfinished, tainted, source, follows, timeouts, secret_outputs}],
/// generations: {urn: next}, intents: [{id, urn, action, generation, token, record}], doubts: [{the
/// same, since}], exports: {name: value}, places: {plugin: place}, secrets}`.
///
/// Fields may be added within a version. None changes its meaning.
///
/// ```
/// use kim_engine::model::Value;
/// use kim_engine::state::State;
///
/// let mut state = State::default();
/// state.exports.insert("password".into(), Value::secret("hunter2".into()));
/// assert_eq!(kim_state::to_json(&state, false)["exports"]["password"], "[secret]");
/// ```
pub fn to_json(state: &State, reveal: bool) -> Json {
    let intents = state.intents.values().map(|intent| intent_json(intent, reveal));
    let doubts = state.doubts.values().map(|doubt| {
        let mut json = intent_json(&doubt.intent, reveal);
        json["since"] = json!(doubt.since);
        json
    });
    let mut exports = MarkedPaths::default();
    let values: Map<String, Json> = state
        .exports
        .iter()
        .map(|(name, value)| (name.clone(), exports.show(&["exports", name], value, reveal)))
        .collect();
    let mut document = json!({
        "version": VERSION,
        "stack": state.stack_id,
        "resources": state.records().map(|copy| record_json(copy, reveal)).collect::<Vec<_>>(),
        "generations": state.generations.iter().map(|(urn, next)| (urn.to_string(), json!(next))).collect::<Map<_, _>>(),
        "intents": intents.collect::<Vec<_>>(),
        "doubts": doubts.collect::<Vec<_>>(),
        "exports": values,
        "places": state.places,
    });
    exports.add_to(&mut document);
    document
}

fn intent_json(intent: &Intent, reveal: bool) -> Json {
    json!({
        "id": intent.id,
        "urn": intent.urn,
        "action": intent.action,
        "generation": intent.generation,
        "token": intent.token,
        "record": record_json(&intent.record, reveal),
    })
}

fn record_json(record: &Record, reveal: bool) -> Json {
    let mut marks = MarkedPaths::default();
    let id = Value::text(record.id.as_str());
    let id = if record.secret_id().is_some() { Value::secret(id) } else { id };
    let mut json = json!({
        "urn": record.urn,
        "kind": record.urn.kind(),
        "id": marks.show(&["id"], &id, reveal),
        "generation": record.generation,
        "standing": record.standing,
        "component": record.component,
        "inputs": marks.show(&["inputs"], &record.inputs, reveal),
        "properties": marks.show(&["properties"], &record.properties, reveal),
        "parent": record.parent,
        "dependencies": record.dependencies.iter().map(Urn::as_str).collect::<Vec<_>>(),
        "protect": record.protect,
        "retain_on_delete": record.retain_on_delete,
        "create_before_delete": record.create_before_delete,
        "deleted_with": record.deleted_with,
        "incomplete": record.incomplete,
        "unfinished": record.unfinished,
        "tainted": record.tainted,
        "source": record.source,
        "follows": record.follows.iter().map(|(urn, generation)| (urn.to_string(), json!(generation))).collect::<Map<_, _>>(),
        "timeouts": record.timeouts,
        "secret_outputs": record.secret_outputs,
    });
    marks.add_to(&mut json);
    json
}

/// The paths of what JSON cannot express, below the object that lists them.
#[derive(Default)]
struct MarkedPaths {
    secrets: Vec<String>,
    bytes: Vec<String>,
    unknown: Vec<String>,
    infinite: Vec<String>,
}

impl MarkedPaths {
    /// Returns a value as it is shown, and records its marks.
    ///
    /// Each mark is added to its list, with the path below `names`.
    fn show(&mut self, names: &[&str], value: &Value, reveal: bool) -> Json {
        let mut shown_as_secret: Option<Path> = None;
        for (path, mark) in to_marked(value).marks {
            if !reveal && shown_as_secret.as_ref().is_some_and(|secret| path.is_within(secret)) {
                continue;
            }
            let outer = names.iter().map(|name| Step::Key((*name).to_owned()));
            let full: Path = outer.chain(path.steps().iter().cloned()).collect();
            match mark {
                Mark::Secret => {
                    self.secrets.push(full.to_string());
                    shown_as_secret = Some(path);
                }
                Mark::Bytes => self.bytes.push(full.to_string()),
                Mark::Unknown => self.unknown.push(full.to_string()),
                Mark::Infinite => self.infinite.push(full.to_string()),
            }
        }
        if reveal { revealed(value) } else { redacted(value) }
    }

    fn add_to(self, object: &mut Json) {
        let lists = [
            ("secrets", self.secrets),
            ("bytes", self.bytes),
            ("unknown", self.unknown),
            ("infinite", self.infinite),
        ];
        for (name, paths) in lists {
            if !paths.is_empty() {
                object[name] = json!(paths);
            }
        }
    }
}
