//! Resolves expressions to values, as what they refer to becomes known.
//!
//! Invariants: a closure is called, and a lookup made, at most once with the same arguments; what
//! refers to an unknown is unknown; what refers to a secret is secret. Closures of the program are
//! called one at a time.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use kim_model::{Declarations, Expr, OutputId, Path, Transform, Value};

use crate::decide::ResourceOutputs;
use crate::ports::{MOST_LEVELS, ProgramError, Transforms};

/// The values of expressions, as far as they are known.
pub(crate) struct Resolver {
    declarations: Arc<Declarations>,
    transforms: Box<dyn Transforms>,
    memo: Vec<Option<Value>>,
    resources: Vec<ResourceOutputs>,
    lookups: Vec<Value>,
    /// The last call of each closure, by its expression: arguments and result.
    called: HashMap<u32, (Vec<Value>, Value)>,
    /// The last call of each lookup: arguments and results.
    made: Vec<Option<(Value, Value)>>,
    references: BTreeMap<String, Value>,
}

impl Resolver {
    /// Creates a resolver that knows no value yet.
    pub(crate) fn new(
        declarations: Arc<Declarations>,
        transforms: Box<dyn Transforms>,
    ) -> Resolver {
        Resolver {
            memo: vec![None; declarations.expressions.len()],
            resources: vec![ResourceOutputs::unknown(); declarations.resources.len()],
            lookups: vec![Value::Unknown; declarations.lookups.len()],
            called: HashMap::new(),
            made: vec![None; declarations.lookups.len()],
            references: BTreeMap::new(),
            transforms,
            declarations,
        }
    }

    /// Sets the properties of a resource, as far as they are known.
    pub(crate) fn set_resource(&mut self, index: usize, outputs: ResourceOutputs) {
        self.resources[index] = outputs;
    }

    /// Sets the answer of a lookup that was made with these arguments.
    pub(crate) fn set_lookup(&mut self, index: usize, arguments: Value, results: Value) {
        self.made[index] = Some((arguments, results.clone()));
        self.lookups[index] = results;
    }

    /// Sets the answer of a lookup again that was made with the same arguments before.
    ///
    /// Returns false if it was not.
    pub(crate) fn recall_lookup(&mut self, index: usize, arguments: &Value) -> bool {
        let Some((_, results)) = self.made[index].as_ref().filter(|(with, _)| with == arguments)
        else {
            return false;
        };
        self.lookups[index] = results.clone();
        true
    }

    /// Returns true if a lookup was answered.
    pub(crate) fn knows_lookup(&self, index: usize) -> bool {
        self.lookups[index] != Value::Unknown
    }

    /// Sets the outputs of another stack.
    pub(crate) fn set_reference(&mut self, stack: String, exports: Value) {
        self.references.insert(stack, exports);
    }

    /// Returns a value with its outputs replaced by their values.
    ///
    /// An output that is not known yet becomes unknown.
    pub(crate) async fn resolve(&mut self, value: &Value) -> Result<Value, ProgramError> {
        for output in value.outputs() {
            self.evaluate(output).await?;
        }
        not_too_deep(self.substitute(value))
    }

    /// Replaces outputs by their values. Every output in it has been evaluated.
    fn substitute(&self, value: &Value) -> Value {
        match value {
            Value::Output(output) => self.known(*output).into_owned(),
            Value::Secret(inner) => Value::secret(self.substitute(inner).without_secrets()),
            Value::List(items) => {
                Value::List(items.iter().map(|item| self.substitute(item)).collect())
            }
            Value::Map(map) => Value::Map(
                map.iter().map(|(key, item)| (key.clone(), self.substitute(item))).collect(),
            ),
            other => other.clone(),
        }
    }

    /// Returns the value of an evaluated expression; unknown if it is not evaluated.
    fn known(&self, output: OutputId) -> Cow<'_, Value> {
        let kept = match self.declarations.expression(output) {
            Some(Expr::Resource(index)) => {
                return self
                    .resources
                    .get(*index)
                    .map_or(Cow::Owned(Value::Unknown), |outputs| Cow::Owned(outputs.to_value()));
            }
            Some(Expr::Lookup(index)) => self.lookups.get(*index),
            Some(Expr::StackReference(stack)) => self.references.get(stack),
            _ => self.memo.get(output.0 as usize).and_then(Option::as_ref),
        };
        kept.map_or(Cow::Owned(Value::Unknown), Cow::Borrowed)
    }

    /// Returns a part of an evaluated expression.
    fn part(&self, of: OutputId, path: &Path) -> Option<Value> {
        match self.declarations.expression(of) {
            Some(Expr::Resource(index)) => self.resources.get(*index)?.at(path),
            _ => self.known(of).at(path),
        }
    }

    /// Evaluates an expression and those that it refers to.
    ///
    /// Works without recursion: programs may chain many thousands.
    async fn evaluate(&mut self, output: OutputId) -> Result<(), ProgramError> {
        let declarations = Arc::clone(&self.declarations);
        let mut open = vec![output];
        while let Some(OutputId(id)) = open.last().copied() {
            if self.is_final(id) {
                open.pop();
                continue;
            }
            let Some(expression) = declarations.expression(OutputId(id)) else {
                open.pop();
                continue;
            };
            let wanting: Vec<OutputId> = mentions(expression)
                .into_iter()
                .filter(|OutputId(on)| *on < id && self.memo[*on as usize].is_none())
                .collect();
            if wanting.is_empty() {
                let value = self.compute(id, expression).await?;
                self.memo[id as usize] = Some(value);
                open.pop();
            } else {
                open.extend(wanting);
            }
        }
        Ok(())
    }

    fn is_final(&self, id: u32) -> bool {
        self.memo.get(id as usize).is_none_or(Option::is_some)
    }

    /// Forgets every expression that is not fully known.
    ///
    /// It is evaluated again with what is known by now.
    pub(crate) fn renew(&mut self) {
        for known in &mut self.memo {
            if known.as_ref().is_some_and(Value::has_unknown) {
                *known = None;
            }
        }
    }

    /// Makes resources unknown, and all that draws on them.
    ///
    /// Each becomes known again with the resources that it draws on.
    pub(crate) fn withdraw(&mut self, resources: &BTreeSet<usize>) {
        if resources.is_empty() {
            return;
        }
        for index in resources {
            self.resources[*index] = ResourceOutputs::unknown();
        }
        let declarations = Arc::clone(&self.declarations);
        // Expressions draw on earlier ones only.
        let mut draws: Vec<bool> = Vec::with_capacity(declarations.expressions.len());
        for (id, expression) in declarations.expressions.iter().enumerate() {
            let on = |OutputId(id): &OutputId| draws.get(*id as usize).copied().unwrap_or(false);
            let drawn = match expression {
                Expr::Resource(index) => resources.contains(index),
                Expr::Lookup(index) => {
                    declarations.lookups[*index].arguments.outputs().iter().any(on)
                }
                other => mentions(other).iter().any(on),
            };
            if drawn {
                self.memo[id] = None;
                if let Expr::Lookup(index) = expression {
                    self.lookups[*index] = Value::Unknown;
                }
            }
            draws.push(drawn);
        }
    }

    async fn compute(&mut self, id: u32, expression: &Expr) -> Result<Value, ProgramError> {
        Ok(match expression {
            // Read where they are kept, see `known`.
            Expr::Resource(_) | Expr::Lookup(_) | Expr::StackReference(_) => Value::Null,
            Expr::Get(of, path) => self.part(*of, path).unwrap_or(Value::Null),
            Expr::Concat(parts) => concat(parts.iter().map(|part| self.substitute(part))),
            Expr::Value(value) => not_too_deep(self.substitute(value))?,
            Expr::Transform(transform) => self.call(id, transform).await?,
        })
    }

    /// Returns the result of a closure; unknown if an argument is.
    async fn call(&mut self, id: u32, transform: &Transform) -> Result<Value, ProgramError> {
        let arguments: Vec<Value> =
            transform.arguments.iter().map(|value| self.substitute(value)).collect();
        if arguments.iter().any(Value::has_unknown) {
            return Ok(Value::Unknown);
        }
        if let Some((_, result)) = self.called.get(&id).filter(|(with, _)| *with == arguments) {
            return Ok(result.clone());
        }
        let secret = arguments.iter().any(Value::has_secret);
        let clear = arguments.iter().map(Value::without_secrets).collect();
        let result = self.transforms.transform(transform.callback, clear).await;
        let result = if secret { result.map_err(withheld)? } else { result? };
        // A closure may create further outputs of what it already knows.
        let result = not_too_deep(self.substitute(&result))?;
        let result = if secret { Value::secret(result.without_secrets()) } else { result };
        self.called.insert(id, (arguments, result.clone()));
        Ok(result)
    }
}

/// Returns the error of a closure that got a secret.
///
/// It has that the closure failed, and where it panicked. What the closure said may be any part of
/// the secret, or made of it.
fn withheld(error: ProgramError) -> ProgramError {
    let place = error.message.split_once(" panicked at ").and_then(|(_, after)| {
        let (place, _) = after.split_once(": ")?;
        place.ends_with(|c: char| c.is_ascii_digit()).then(|| format!(" at {place}"))
    });
    let message = format!(
        "a closure of the program failed{}; what it said is not shown, because a secret was passed to it",
        place.unwrap_or_default()
    );
    ProgramError { message, logs: Vec::new(), ..error }
}

/// Returns the value, or an error if it has more levels than can be passed on.
fn not_too_deep(value: Value) -> Result<Value, ProgramError> {
    if !value.is_deeper_than(MOST_LEVELS) {
        return Ok(value);
    }
    Err(ProgramError::new(format!(
        "a value is nested more than {MOST_LEVELS} levels deep; keep fewer outputs inside one another"
    )))
}

fn mentions(expression: &Expr) -> Vec<OutputId> {
    match expression {
        Expr::Resource(_) | Expr::Lookup(_) | Expr::StackReference(_) => Vec::new(),
        Expr::Get(of, _) => vec![*of],
        Expr::Concat(parts) => parts.iter().flat_map(Value::outputs).collect(),
        Expr::Transform(transform) => transform.arguments.iter().flat_map(Value::outputs).collect(),
        Expr::Value(value) => value.outputs().into_iter().collect(),
    }
}

fn concat(parts: impl Iterator<Item = Value>) -> Value {
    let mut text = String::new();
    let (mut secret, mut unknown) = (false, false);
    for part in parts {
        secret |= part.has_secret();
        match part.revealed() {
            Value::Text(part) => text.push_str(part),
            Value::Int(n) => text.push_str(&n.to_string()),
            Value::Float(n) => text.push_str(&n.to_string()),
            Value::Bool(b) => text.push_str(&b.to_string()),
            Value::Null => {}
            other if other.has_unknown() => unknown = true,
            other => text.push_str(&kim_model::json::revealed(other).to_string()),
        }
    }
    let joined = if unknown { Value::Unknown } else { Value::Text(text) };
    if secret { Value::secret(joined) } else { joined }
}
