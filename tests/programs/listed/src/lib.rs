//! A program that declares the resources that its configuration lists, so that a proof can vary them.

use std::collections::BTreeMap;

use kim::prelude::*;
use kim::serde_json::{self, Value as Json};
use kim::{Declared, Error, IntoValue, Value};

#[kim::config]
struct Config {
    /// The resources, as a JSON list. A resource comes after those that it refers to.
    resources: String,
}

/// A resource of the list.
#[derive(kim::serde::Deserialize)]
#[serde(crate = "kim::serde", deny_unknown_fields)]
struct Listed {
    kind: String,
    /// Its name, unique in the list.
    name: String,
    /// Its inputs. The text `$name.property` stands for a property of another resource.
    inputs: BTreeMap<String, Json>,
    /// The names of further resources that it depends on.
    #[serde(default)]
    after: Vec<String>,
    /// True if a replacement deletes the old copy first.
    #[serde(default)]
    delete_first: bool,
}

#[kim::program]
fn deploy(stack: &Stack) -> Result<()> {
    let config: Config = stack.config()?;
    let listed: Vec<Listed> =
        serde_json::from_str(&config.resources).map_err(|error| Error::new(error.to_string()))?;
    let mut declared: BTreeMap<String, Declared> = BTreeMap::new();
    for Listed { kind, name, inputs, after, delete_first } in listed {
        let mut resource = Resource::new(kind, name.as_str());
        for (property, value) in &inputs {
            resource = resource.input(property, value_of(value, &declared)?);
        }
        for other in &after {
            let other = named(other, &declared)?;
            resource = resource.options(|o| o.depends_on(&other));
        }
        if delete_first {
            resource = resource.options(|o| o.delete_before_replace(true));
        }
        declared.insert(name, resource.declare(stack));
    }
    Ok(())
}

/// Returns the value of an input, with an output in place of each reference.
fn value_of(json: &Json, declared: &BTreeMap<String, Declared>) -> Result<Value> {
    Ok(match json {
        Json::String(text) => match text
            .strip_prefix('$')
            .and_then(|reference| reference.split_once('.'))
        {
            Some((name, property)) => named(name, declared)?.get::<String>(property).into_value(),
            None => Value::text(text.as_str()),
        },
        Json::Array(items) => {
            Value::List(items.iter().map(|item| value_of(item, declared)).collect::<Result<_>>()?)
        }
        Json::Object(entries) => {
            let entry =
                |(key, value): (&String, &Json)| Ok((key.clone(), value_of(value, declared)?));
            Value::Map(entries.iter().map(entry).collect::<Result<_>>()?)
        }
        plain => plain.clone().into_value(),
    })
}

fn named(name: &str, declared: &BTreeMap<String, Declared>) -> Result<Declared> {
    declared
        .get(name)
        .copied()
        .ok_or_else(|| Error::new(format!("the list has no '{name}' before this resource")))
}
