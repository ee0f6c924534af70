//! Outputs resolved as the engine resolves them at apply, with a test's answers in place of the
//! cloud's.
//!
//! Invariant: expressions are evaluated in their order. That is possible because each refers to
//! earlier ones alone.

use std::collections::BTreeMap;

use kim_model::{Declaration, Declarations, Expr, LookupCall, OutputId, Value};

use super::{Run, qualified_name};
use crate::{Error, Result};

/// A question to the test about what the cloud would return.
pub enum Question<'d> {
    /// The properties of a declared resource: inputs and outputs.
    Resource {
        /// The declaration of the resource.
        declaration: &'d Declaration,
        /// The qualified name of the resource, with those of its components.
        name: String,
    },
    /// The results of a lookup.
    Lookup(&'d LookupCall),
    /// The exports of another stack, by its name.
    Stack(&'d str),
}

impl Question<'_> {
    /// Returns the kind of the resource, or the name of the lookup or stack.
    pub fn kind(&self) -> &str {
        match self {
            Question::Resource { declaration, .. } => &declaration.kind,
            Question::Lookup(lookup) => &lookup.name,
            Question::Stack(stack) => stack,
        }
    }

    /// Returns an answer that repeats every input.
    ///
    /// Each other property reads as a text that names it: `main/data.volume_id`.
    pub fn echo(&self, inputs: &Value) -> Value {
        let name = match self {
            Question::Resource { name, .. } => name.clone(),
            Question::Lookup(lookup) => lookup.name.clone(),
            Question::Stack(stack) => (*stack).to_owned(),
        };
        let mut properties = inputs.as_map().cloned().unwrap_or_default();
        properties.insert(ECHO.into(), Value::text(name));
        Value::Map(properties)
    }
}

/// The property in which [`Question::echo`] keeps the name.
///
/// It is never seen outside of this module.
const ECHO: &str = " echo";

/// The result of resolving a program's graph.
pub struct Resolved {
    /// The inputs of every resource, without outputs.
    ///
    /// The keys are kind and qualified name: `aws:ec2:Volume main/log-1`.
    pub inputs: BTreeMap<String, Value>,
    /// The outputs of the stack, by name.
    pub exports: BTreeMap<String, Value>,
}

impl Run {
    /// Resolves every output.
    ///
    /// `answer` is called once for each resource, lookup and stack reference, in order and with the
    /// resolved inputs or arguments. It returns what only a cloud would know. [`Question::echo`] is
    /// an answer that fits everything.
    ///
    /// # Errors
    /// Returns the error of a closure of the program, or an error if the program joins a list or
    /// map to a text or refers to something of another run.
    pub fn resolve(
        &self,
        mut answer: impl FnMut(&Question<'_>, &Value) -> Value,
    ) -> Result<Resolved> {
        let declarations = &self.declarations;
        let mut values: Vec<Value> = Vec::with_capacity(declarations.expressions.len());
        let mut resolved = Resolved { inputs: BTreeMap::new(), exports: BTreeMap::new() };
        for expression in &declarations.expressions {
            let value = match expression {
                Expr::Resource(index) => {
                    let declaration = declarations
                        .resources
                        .get(*index)
                        .ok_or_else(|| of_another_run("resource"))?;
                    let name = qualified_name(declarations, declaration);
                    let inputs = fill(&declaration.inputs, &values)?;
                    let properties =
                        answer(&Question::Resource { declaration, name: name.clone() }, &inputs);
                    resolved.inputs.insert(format!("{} {name}", declaration.kind), inputs);
                    properties
                }
                Expr::Lookup(index) => {
                    let lookup =
                        declarations.lookups.get(*index).ok_or_else(|| of_another_run("lookup"))?;
                    answer(&Question::Lookup(lookup), &fill(&lookup.arguments, &values)?)
                }
                Expr::StackReference(stack) => answer(&Question::Stack(stack), &Value::map()),
                Expr::Get(of, path) => get(&find(*of, &values)?, path)?,
                Expr::Concat(parts) => concat(parts, &values)?,
                Expr::Transform(transform) => self.call(transform, &values)?,
                Expr::Value(value) => fill(value, &values)?,
            };
            values.push(value);
        }
        resolved.exports = export(declarations, &values)?;
        Ok(resolved)
    }

    fn call(&self, transform: &kim_model::Transform, values: &[Value]) -> Result<Value> {
        let closure = self
            .closures
            .get(transform.callback as usize)
            .ok_or_else(|| of_another_run("closure"))?;
        let arguments = transform
            .arguments
            .iter()
            .map(|argument| fill(argument, values))
            .collect::<Result<Vec<Value>>>()?;
        let secret = arguments.iter().any(Value::has_secret);
        let result = closure(arguments.iter().map(Value::without_secrets).collect())?;
        Ok(if secret { Value::secret(result) } else { result })
    }
}

fn export(declarations: &Declarations, values: &[Value]) -> Result<BTreeMap<String, Value>> {
    declarations
        .exports
        .iter()
        .map(|(name, value)| Ok((name.clone(), fill(value, values)?)))
        .collect()
}

fn of_another_run(noun: &str) -> Error {
    Error::new(format!("the program mentions a {noun} of another run"))
}

fn find(OutputId(id): OutputId, values: &[Value]) -> Result<Value> {
    values.get(id as usize).cloned().ok_or_else(|| of_another_run("output"))
}

/// Returns a value with its outputs replaced by their values.
fn fill(value: &Value, values: &[Value]) -> Result<Value> {
    Ok(match value {
        Value::Output(id) => find(*id, values)?,
        Value::Secret(inner) => Value::secret(fill(inner, values)?),
        Value::List(items) => {
            Value::List(items.iter().map(|item| fill(item, values)).collect::<Result<_>>()?)
        }
        Value::Map(map) => Value::Map(
            map.iter()
                .map(|(key, item)| Ok((key.clone(), fill(item, values)?)))
                .collect::<Result<BTreeMap<_, _>>>()?,
        ),
        other => other.clone(),
    })
}

fn get(of: &Value, path: &kim_model::Path) -> Result<Value> {
    match (of.at(path), of.get(ECHO)) {
        (Some(value), _) => Ok(value),
        (None, Some(name)) => {
            Ok(Value::text(format!("{}.{path}", name.as_text().unwrap_or_default())))
        }
        (None, None) => Ok(Value::Null),
    }
}

fn concat(parts: &[Value], values: &[Value]) -> Result<Value> {
    let mut text = String::new();
    let mut secret = false;
    for part in parts {
        let part = fill(part, values)?;
        secret |= part.has_secret();
        match part.revealed() {
            Value::Text(part) => text.push_str(part),
            Value::Int(n) => text.push_str(&n.to_string()),
            Value::Float(n) => text.push_str(&n.to_string()),
            Value::Bool(b) => text.push_str(&b.to_string()),
            other => {
                return Err(Error::new(format!(
                    "only texts and numbers can be joined, not {}",
                    other.kind_name()
                )));
            }
        }
    }
    Ok(if secret { Value::secret(Value::Text(text)) } else { Value::Text(text) })
}
