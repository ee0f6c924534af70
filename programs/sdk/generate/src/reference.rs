//! The reference of a plugin, as Markdown: its kinds, lookups and configuration, with all
//! properties.
//!
//! Invariant: all of it comes from the schema.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use kim_model::json;
use kim_model::schema::{Form, Kind, Lookup, Object, Plugin, Property, Type};

use crate::property::range;

type Properties = BTreeMap<String, Property>;

/// Returns the reference of a plugin.
///
/// ```
/// use kim_model::schema::Plugin;
///
/// let (name, version, docs) = ("wiki".into(), "1.0.0".into(), "Pages.".into());
/// let plugin = Plugin { name, version, docs, ..Plugin::default() };
/// let page = kim_generate::reference(&plugin);
/// assert!(page.starts_with("# wiki\n\nGenerated from the schema of version 1.0.0.\n\nPages."));
/// ```
pub fn reference(plugin: &Plugin) -> String {
    let mut text =
        format!("# {}\n\nGenerated from the schema of version {}.\n", plugin.name, plugin.version);
    paragraph(&mut text, &plugin.docs);
    paragraph(&mut text, &access(plugin));
    if !plugin.config.properties.is_empty() {
        let _ = write!(
            text,
            "\n## Configuration\n\nThe table `[{}]` of the stack's file.\n",
            plugin.name
        );
        table(&mut text, "key", &plugin.config.properties, |_| true);
        objects(&mut text, &plugin.config.properties);
    }
    if !plugin.kinds.is_empty() {
        text.push_str("\n## Resources\n");
        plugin.kinds.iter().for_each(|kind| resource(&mut text, kind));
    }
    if !plugin.lookups.is_empty() {
        text.push_str("\n## Lookups\n");
        plugin.lookups.iter().for_each(|looked_up| lookup(&mut text, looked_up));
    }
    text
}

/// Returns a sentence about the services and hosts that the plugin may reach.
fn access(plugin: &Plugin) -> String {
    let aws = plugin.capabilities.aws.iter().map(|service| format!("the AWS service `{service}`"));
    let http = plugin.capabilities.http.iter().map(|host| match host.strip_prefix("config:") {
        Some(key) => format!("the HTTP host in its configuration, `{key}`"),
        None => format!("the HTTP host `{host}`"),
    });
    let targets: Vec<String> = aws.chain(http).collect();
    match targets.is_empty() {
        true => "It reaches nothing outside the sandbox.".to_owned(),
        false => format!("It reaches {}.", targets.join(", ")),
    }
}

fn resource(text: &mut String, kind: &Kind) {
    let _ = write!(text, "\n### {}\n", kind.name);
    paragraph(text, &kind.docs);
    let mut notes = vec![format!("Its id is `{}`.", kind.id)];
    if kind.read_batch > 1 {
        notes.push(format!("One call reads up to {}.", kind.read_batch));
    }
    if kind.delete_before_replace {
        notes.push("A replacement deletes the old resource first.".to_owned());
    }
    for key in &kind.unique {
        let paths: Vec<String> = key.iter().map(|path| format!("`{path}`")).collect();
        let Some((last, before)) = paths.split_last() else { continue };
        let before =
            if before.is_empty() { String::new() } else { format!("{} and ", before.join(", ")) };
        notes.push(format!("No two have the same {before}{last}."));
    }
    if kind.priced {
        notes.push("Previews show its price if it is known.".to_owned());
    }
    paragraph(text, &notes.join(" "));
    table(text, "input", &kind.properties, Property::is_input);
    table(text, "output", &kind.properties, |property| property.computed && !property.input);
    objects(text, &kind.properties);
}

fn lookup(text: &mut String, lookup: &Lookup) {
    let _ = write!(text, "\n### {}\n", lookup.name);
    paragraph(text, &lookup.docs);
    table(text, "argument", &lookup.arguments.properties, |_| true);
    table(text, "result", &lookup.results.properties, |_| true);
    let properties: Properties = lookup
        .arguments
        .properties
        .iter()
        .chain(&lookup.results.properties)
        .map(|(n, p)| (n.clone(), p.clone()))
        .collect();
    objects(text, &properties);
}

/// Writes the named objects of these properties, at any depth, each once.
fn objects(text: &mut String, properties: &Properties) {
    let mut found = BTreeMap::new();
    properties.values().for_each(|property| collect(&property.ty, &mut found));
    for (name, object) in found {
        let _ = write!(text, "\n#### {name}\n");
        table(text, "property", &object.properties, |_| true);
    }
}

fn collect<'t>(ty: &'t Type, found: &mut BTreeMap<&'t str, &'t Object>) {
    match ty {
        Type::List(item) | Type::Map(item) => collect(&item.ty, found),
        Type::Object(object) => {
            if !object.name.is_empty() {
                found.insert(&object.name, object);
            }
            object.properties.values().for_each(|property| collect(&property.ty, found));
        }
        _ => {}
    }
}

fn paragraph(text: &mut String, docs: &str) {
    if !docs.trim().is_empty() {
        let _ = write!(text, "\n{}\n", no_command(docs.trim()));
    }
}

/// Returns a text in which no line begins with `::`.
///
/// A CI takes such a line for a command.
fn no_command(docs: &str) -> String {
    let line = |line: &str| {
        let begins = line.trim_start().starts_with("::");
        if begins { line.replacen("::", "\\::", 1) } else { line.to_owned() }
    };
    docs.lines().map(line).collect::<Vec<_>>().join("\n")
}

fn table(
    text: &mut String,
    heading: &str,
    properties: &Properties,
    shown: impl Fn(&Property) -> bool,
) {
    let mut shown = properties.iter().filter(|(_, property)| shown(property)).peekable();
    if shown.peek().is_none() {
        return;
    }
    let _ = write!(text, "\n| {heading} | type | meaning |\n|---|---|---|\n");
    for (name, property) in shown {
        let _ = writeln!(
            text,
            "| `{name}` | {} | {} |",
            cell(&type_name(&property.ty)),
            cell(&meaning(property))
        );
    }
}

/// Returns a text as a table cell: one line, with `|` escaped.
fn cell(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

fn type_name(ty: &Type) -> String {
    match ty {
        Type::Bool => "true or false".to_owned(),
        Type::Int => "whole number".to_owned(),
        Type::Float => "number".to_owned(),
        Type::Text => "text".to_owned(),
        Type::Json => "JSON".to_owned(),
        Type::Bytes => "bytes".to_owned(),
        Type::List(item) => format!("list of {}", type_name(&item.ty)),
        Type::Map(item) => format!("map of {}", type_name(&item.ty)),
        Type::Object(object) if object.name.is_empty() => "object".to_owned(),
        Type::Object(object) => format!("[{0}](#{1})", object.name, object.name.to_lowercase()),
        Type::Any => "anything".to_owned(),
    }
}

/// Returns the kinds that a property holds, or its items hold.
fn held(property: &Property) -> &[String] {
    match &property.ty {
        Type::List(item) | Type::Map(item) => held(item),
        _ => &property.holds,
    }
}

/// Returns the documentation of a property, followed by its rules.
fn meaning(property: &Property) -> String {
    let mut parts = Vec::new();
    if property.required && property.default.is_none() {
        parts.push("**Required.**".to_owned());
    }
    parts.push(property.docs.clone());
    parts.extend(
        property.default.as_ref().map(|default| format!("Default: `{}`.", json::redacted(default))),
    );
    if !property.one_of.is_empty() {
        let allowed: Vec<String> = property.one_of.iter().map(|text| format!("`{text}`")).collect();
        parts.push(format!("One of {}.", allowed.join(", ")));
    }
    parts.extend(range(property));
    parts.extend(property.pattern.as_ref().map(|pattern| format!("Matches `{pattern}`.")));
    let rules = [
        (property.set, "Order does not matter."),
        (property.ignore_case, "Case does not matter."),
        (property.form == Some(Form::Policy), "Spellings of one policy count as equal."),
        (property.form == Some(Form::Cidr), "Spellings of one block count as equal."),
        (property.form == Some(Form::PublicKey), "Its comment does not matter."),
        (property.form == Some(Form::Protocol), "Name and number count as equal."),
        (property.form == Some(Form::Arn), "An ARN counts as equal to the name or id at its end."),
        (property.guard, "While it is true, a delete is refused."),
        (property.grows, "It can only become larger."),
        (property.computed && property.input, "The cloud sets it if the program does not."),
        (property.immutable, "*A change replaces the resource.*"),
        (property.volatile, "An update may change it."),
        (property.secret, "Secret."),
        (property.write_only, "The cloud never returns it."),
    ];
    let named = |names: &[String]| {
        let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        names.join(" or ")
    };
    if let held @ [_, ..] = held(property) {
        parts.push(format!("It keeps the {} from being deleted.", named(held)));
    }
    if let pins @ [_, ..] = property.pins.as_slice() {
        parts.push(format!("While it is set, {} cannot change.", named(pins)));
    }
    parts.extend(rules.into_iter().filter(|(holds, _)| *holds).map(|(_, rule)| rule.to_owned()));
    parts.join(" ")
}
