//! The desired graph as a readable value, for snapshots.

use kim_model::{Alias, Declaration, Declarations, Expr, FormerParent, OutputId, Timeouts, Value};
use serde_json::{Map, Value as Json, json};

use super::{Run, qualified_name};

impl Run {
    /// Returns the desired graph: the resources and the exports.
    ///
    /// The keys of the resources are kind and qualified name. A resource has its inputs and those
    /// options that differ from the default. An output is written as what it stands for,
    /// `${aws:ec2:Vpc main.vpc_id}`; so is a lookup.
    ///
    /// The place of a declaration is left out: it moves with every edit of the program.
    pub fn graph(&self) -> Json {
        let declarations = &self.declarations;
        let resources: Map<String, Json> = declarations
            .resources
            .iter()
            .map(|declaration| {
                let key =
                    format!("{} {}", declaration.kind, qualified_name(declarations, declaration));
                (key, resource(declarations, declaration))
            })
            .collect();
        let exports: Map<String, Json> = declarations
            .exports
            .iter()
            .map(|(name, value)| (name.clone(), show(declarations, value)))
            .collect();
        json!({ "resources": resources, "exports": exports })
    }
}

fn resource(declarations: &Declarations, declaration: &Declaration) -> Json {
    let options = &declaration.options;
    let mut shown = Map::new();
    for (name, set) in [
        ("protect", options.protect),
        ("retain_on_delete", options.retain_on_delete),
        ("delete_before_replace", options.delete_before_replace),
    ] {
        shown.extend(set.map(|set| (name.to_owned(), set.into())));
    }
    let outputs = |ids: &[OutputId]| {
        ids.iter().map(|id| Json::from(expression(declarations, *id))).collect::<Json>()
    };
    if !options.depends_on.is_empty() {
        shown.insert("depends_on".into(), outputs(&options.depends_on));
    }
    if !options.replace_with.is_empty() {
        shown.insert("replace_with".into(), outputs(&options.replace_with));
    }
    if options.timeouts != Timeouts::default() {
        let Timeouts { create_seconds, update_seconds, delete_seconds } = options.timeouts;
        let times = [
            ("create_seconds", create_seconds),
            ("update_seconds", update_seconds),
            ("delete_seconds", delete_seconds),
        ];
        let set =
            times.into_iter().filter_map(|(name, time)| Some((name.to_owned(), time?.into())));
        shown.insert("timeouts".into(), Json::Object(set.collect()));
    }
    if let Some(id) = options.deleted_with {
        shown.insert("deleted_with".into(), expression(declarations, id).into());
    }
    for (name, paths) in [
        ("ignore_changes", &options.ignore_changes),
        ("replace_on_changes", &options.replace_on_changes),
        ("secret_outputs", &options.secret_outputs),
    ] {
        if !paths.is_empty() {
            shown.insert(
                name.into(),
                paths.iter().map(|path| Json::from(path.to_string())).collect(),
            );
        }
    }
    if !options.aliases.is_empty() {
        shown.insert("aliases".into(), options.aliases.iter().map(alias).collect());
    }
    let mut whole = Map::new();
    if !declaration.component {
        whole.insert("inputs".into(), show(declarations, &declaration.inputs));
    }
    if !shown.is_empty() {
        whole.insert("options".into(), shown.into());
    }
    whole.into()
}

/// Returns a former name for people: the parts of the URN that were different.
fn alias(alias: &Alias) -> Json {
    let former = match alias {
        Alias::Urn(text) | Alias::Name(text) => return text.as_str().into(),
        Alias::Former(former) => former,
    };
    let parts = [("name", &former.name), ("kind", &former.kind), ("project", &former.project)];
    let given = parts.into_iter().filter_map(|(part, text)| Some((part, text.as_deref()?)));
    let inside = match &former.parent {
        FormerParent::Same => None,
        FormerParent::Outside => Some(("component", "")),
        FormerParent::Component(path) => Some(("component", path.as_str())),
    };
    given.chain(inside).map(|(part, text)| (part.to_owned(), Json::from(text))).collect()
}

fn show(declarations: &Declarations, value: &Value) -> Json {
    match value {
        Value::Output(id) => format!("${{{}}}", expression(declarations, *id)).into(),
        Value::Secret(_) => "[secret]".into(),
        Value::List(items) => items.iter().map(|item| show(declarations, item)).collect(),
        Value::Map(map) => {
            map.iter().map(|(key, item)| (key.clone(), show(declarations, item))).collect()
        }
        other => kim_model::json::redacted(other),
    }
}

/// Returns an expression as text for people.
fn expression(declarations: &Declarations, id: OutputId) -> String {
    match declarations.expression(id) {
        None => format!("unknown output {}", id.0),
        Some(Expr::Resource(index)) => match declarations.resources.get(*index) {
            Some(declaration) => {
                format!("{} {}", declaration.kind, qualified_name(declarations, declaration))
            }
            None => format!("unknown resource {index}"),
        },
        Some(Expr::Lookup(index)) => match declarations.lookups.get(*index) {
            Some(lookup) => format!("{}({})", lookup.name, show(declarations, &lookup.arguments)),
            None => format!("unknown lookup {index}"),
        },
        Some(Expr::StackReference(stack)) => format!("stack {stack}"),
        Some(Expr::Get(of, path)) => format!("{}.{path}", expression(declarations, *of)),
        Some(Expr::Concat(parts)) => {
            parts.iter().map(|part| part_text(declarations, part)).collect()
        }
        Some(Expr::Transform(transform)) => {
            let arguments: Vec<String> = transform
                .arguments
                .iter()
                .map(|argument| part_text(declarations, argument))
                .collect();
            format!("fn({})", arguments.join(", "))
        }
        Some(Expr::Value(value)) => show(declarations, value).to_string(),
    }
}

fn part_text(declarations: &Declarations, part: &Value) -> String {
    match show(declarations, part) {
        Json::String(text) => text,
        other => other.to_string(),
    }
}
