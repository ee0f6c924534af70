//! The gate around a program and its closures.

use std::collections::HashSet;

use async_trait::async_trait;
use kim_model::{Declarations, Estimate, Expr, Source, Value};

use super::known::Gate;
use super::words::first_invisible;
use crate::event::Diagnostic;
use crate::ports::{Program, ProgramError, Ran, RunContext, Transforms};

impl Gate {
    /// Runs a program. What it is given is learnt, and what it says is clean.
    ///
    /// # Errors
    /// Those of the program.
    pub(crate) async fn run(
        &self,
        program: &dyn Program,
        context: RunContext,
    ) -> Result<Ran, ProgramError> {
        self.learn(&context.settings);
        let ran = program.run(context).await;
        let Ran { mut declarations, transforms } =
            ran.map_err(|error| self.program_error(error))?;
        self.learn_declared(&declarations);
        self.clean_declared(&mut declarations);
        let transforms = Box::new(GatedTransforms { gate: self.clone(), transforms });
        Ok(Ran { declarations, transforms })
    }

    fn program_error(&self, error: ProgramError) -> ProgramError {
        let logs = error.logs.into_iter().map(|log| self.log(log)).collect();
        ProgramError { message: self.clean(&error.message), logs, ..error }
    }

    /// Learns the secrets that a program made itself.
    fn learn_declared(&self, declarations: &Declarations) {
        for resource in &declarations.resources {
            self.learn(&resource.inputs);
        }
        for lookup in &declarations.lookups {
            self.learn(&lookup.arguments);
        }
        for expression in &declarations.expressions {
            parts(expression).iter().for_each(|part| self.learn(part));
        }
        declarations.exports.values().for_each(|value| self.learn(value));
    }

    /// Learns the secrets in recorded inputs, but for what is now in clear.
    pub(crate) fn learn_of_before<'v>(
        &self,
        recorded: impl Iterator<Item = &'v Value>,
        declarations: &Declarations,
        settings: &Value,
    ) {
        let mut recorded = recorded.filter(|inputs| inputs.has_secret()).peekable();
        if recorded.peek().is_none() {
            return;
        }
        let inputs = declarations.resources.iter().map(|resource| &resource.inputs);
        let arguments = declarations.lookups.iter().map(|lookup| &lookup.arguments);
        let parts = declarations.expressions.iter().flat_map(parts);
        let mut clear = HashSet::new();
        for said in inputs.chain(arguments).chain(parts).chain([settings]) {
            clear_texts(said, &mut clear);
        }
        recorded.for_each(|inputs| self.learn_others(inputs, false, &clear));
    }

    fn learn_others(&self, value: &Value, is_secret: bool, clear: &HashSet<&str>) {
        match value {
            Value::Secret(inner) => self.learn_others(inner, true, clear),
            Value::List(items) => {
                items.iter().for_each(|item| self.learn_others(item, is_secret, clear));
            }
            Value::Map(map) => {
                map.values().for_each(|item| self.learn_others(item, is_secret, clear));
            }
            Value::Text(text) if clear.contains(text.as_str()) => {}
            leaf if is_secret => self.learn(&Value::secret(leaf.clone())),
            _ => {}
        }
    }

    /// Cleans the words of declarations, and marks the values that a secret stands in.
    fn clean_declared(&self, declarations: &mut Declarations) {
        for resource in &mut declarations.resources {
            self.clean_source(&mut resource.source);
            self.mark(&mut resource.inputs);
        }
        for lookup in &mut declarations.lookups {
            self.clean_source(&mut lookup.source);
            self.mark(&mut lookup.arguments);
        }
        for expression in &mut declarations.expressions {
            parts_mut(expression).iter_mut().for_each(|part| self.mark(part));
        }
        declarations.exports.values_mut().for_each(|value| self.mark_all(value));
        for Estimate { label, detail, source, .. } in &mut declarations.estimates {
            [label, detail, source].into_iter().for_each(|text| self.clean_in_place(text));
        }
        let logs = std::mem::take(&mut declarations.logs);
        declarations.logs = logs.into_iter().map(|log| self.log(log)).collect();
    }

    fn clean_source(&self, source: &mut Option<Source>) {
        source.iter_mut().for_each(|source| self.clean_in_place(&mut source.file));
    }

    /// Returns a fault for each name that must not be shown as it is.
    ///
    /// Names are shown, and recorded in clear: a secret, or a character that is not seen, may not
    /// stand in one.
    pub(crate) fn bad_names(&self, declarations: &Declarations) -> Vec<Diagnostic> {
        let mut faults = Vec::new();
        let mut check = |what: &str, name: &str, source: Option<&Source>| {
            if let Some(why) = self.bad_name(name) {
                let message = format!("{what} {why}");
                faults.push(Diagnostic::error(message).declared_at(source.cloned()));
            }
        };
        for resource in &declarations.resources {
            let source = resource.source.as_ref();
            check("the kind of a resource", &resource.kind, source);
            check("the name of a resource", &resource.name, source);
        }
        for lookup in &declarations.lookups {
            check("the name of a lookup", &lookup.name, lookup.source.as_ref());
        }
        for name in declarations.exports.keys() {
            check("the name of an output", name, None);
        }
        faults
    }

    fn bad_name(&self, name: &str) -> Option<String> {
        if let Some(c) = first_invisible(name) {
            return Some(format!("has the character {c}, which is not seen; leave it out"));
        }
        self.has_secret(name).then(|| {
            "has a secret in it, and names are shown and recorded in clear; give it another one"
                .to_owned()
        })
    }
}

/// Collects the texts of a value that are not secret.
fn clear_texts<'v>(value: &'v Value, texts: &mut HashSet<&'v str>) {
    match value {
        Value::Text(text) => {
            texts.insert(text);
        }
        Value::List(items) => items.iter().for_each(|item| clear_texts(item, texts)),
        Value::Map(map) => map.values().for_each(|item| clear_texts(item, texts)),
        _ => {}
    }
}

/// Returns the values of an expression.
fn parts(expression: &Expr) -> &[Value] {
    match expression {
        Expr::Resource(_) | Expr::Lookup(_) | Expr::StackReference(_) | Expr::Get(..) => &[],
        Expr::Concat(parts) => parts,
        Expr::Transform(transform) => &transform.arguments,
        Expr::Value(value) => std::slice::from_ref(value),
    }
}

/// Returns the values of an expression, to be changed.
fn parts_mut(expression: &mut Expr) -> &mut [Value] {
    match expression {
        Expr::Resource(_) | Expr::Lookup(_) | Expr::StackReference(_) | Expr::Get(..) => &mut [],
        Expr::Concat(parts) => parts,
        Expr::Transform(transform) => &mut transform.arguments,
        Expr::Value(value) => std::slice::from_mut(value),
    }
}

/// The closures of a program behind a gate.
struct GatedTransforms {
    gate: Gate,
    transforms: Box<dyn Transforms>,
}

#[async_trait]
impl Transforms for GatedTransforms {
    async fn transform(
        &mut self,
        callback: u32,
        arguments: Vec<Value>,
    ) -> Result<Value, ProgramError> {
        let result = self.transforms.transform(callback, arguments).await;
        let mut value = result.map_err(|error| self.gate.program_error(error))?;
        self.gate.mark_all(&mut value);
        Ok(value)
    }
}
