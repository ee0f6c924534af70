//! Resolves expressions to values, as what they refer to becomes known.
//!
//! Invariants: a closure is called, and a lookup made, at most once with the same arguments; what
//! refers to an unknown is unknown; what refers to a secret is secret. Closures of the program are
//! called one at a time.

mod budget;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use kim_model::{Declarations, Expr, OutputId, Path, Transform, Value};

use self::budget::{Budget, Room, Size};
use crate::decide::ResourceOutputs;
use crate::ports::{ProgramError, Transforms};

/// The values of expressions, as far as they are known.
pub(crate) struct Resolver {
    declarations: Arc<Declarations>,
    transforms: Box<dyn Transforms>,
    memo: Vec<Option<Kept>>,
    resources: Vec<ResourceOutputs>,
    lookups: Vec<Option<Kept>>,
    /// The last call of each closure, by its expression.
    called: HashMap<u32, Called>,
    /// The last call of each lookup.
    made: Vec<Option<Called<Value>>>,
    references: BTreeMap<String, Value>,
    budget: Budget,
    /// Null: what is kept of an expression whose value is elsewhere.
    ///
    /// See [`Resolver::known`].
    nothing: Kept,
}

/// A value that is kept. An expression that comes to the same value shares it.
#[derive(Clone)]
struct Kept {
    value: Arc<Value>,
    size: Room,
    /// True if it counts in the budget; false if another counts for it.
    counted: bool,
}

impl Kept {
    /// Keeps a value that is counted in the budget.
    fn new(value: Value, size: Size) -> Kept {
        Kept { value: Arc::new(value), size: size.into(), counted: true }
    }

    /// Returns the same value, for which another counts.
    fn shared(&self) -> Kept {
        Kept { counted: false, ..self.clone() }
    }

    /// Returns the memory that it counts for in the budget.
    fn counts_for(&self) -> usize {
        if self.counted { Size::from(self.size).memory } else { 0 }
    }
}

/// A call of a closure or a lookup.
struct Called<A = Vec<Value>> {
    arguments: A,
    result: Kept,
    /// The memory that it counts for in the budget.
    counted: usize,
}

/// Where the value of an evaluated expression is.
enum Known<'r> {
    Kept(&'r Kept),
    Exports(&'r Value),
    Resource(&'r ResourceOutputs),
    Nothing,
}

impl Known<'_> {
    fn to_value(&self) -> Value {
        match self {
            Known::Kept(kept) => kept.value.as_ref().clone(),
            Known::Exports(exports) => (*exports).clone(),
            Known::Resource(outputs) => outputs.to_value(),
            Known::Nothing => Value::Unknown,
        }
    }

    fn size(&self) -> Size {
        match self {
            Known::Kept(kept) => kept.size.into(),
            Known::Exports(exports) => Size::of_plain(exports),
            Known::Resource(outputs) => Size::of_both(&outputs.inputs, &outputs.properties),
            Known::Nothing => Size::unknown(),
        }
    }
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
            lookups: vec![None; declarations.lookups.len()],
            called: HashMap::new(),
            made: declarations.lookups.iter().map(|_| None).collect(),
            references: BTreeMap::new(),
            budget: Budget::default(),
            nothing: Kept::new(Value::Null, Size::default()),
            transforms,
            declarations,
        }
    }

    /// Sets the properties of a resource, as far as they are known.
    pub(crate) fn set_resource(&mut self, index: usize, outputs: ResourceOutputs) {
        self.resources[index] = outputs;
    }

    /// Sets the answer of a lookup that was made with these arguments.
    ///
    /// # Errors
    /// The values of the run take too much memory.
    pub(crate) fn set_lookup(
        &mut self,
        index: usize,
        arguments: Value,
        results: Value,
    ) -> Result<(), ProgramError> {
        let counted = self.made[index].take().map_or(0, |call| call.counted);
        self.budget.release(counted);
        let size = Size::of_plain(&results);
        self.budget.keep(size)?;
        let result = Kept::new(results, size);
        self.lookups[index] = Some(result.shared());
        self.made[index] = Some(Called { arguments, result, counted: size.memory });
        Ok(())
    }

    /// Sets the answer of a lookup again that was made with the same arguments before.
    ///
    /// Returns false if it was not.
    pub(crate) fn recall_lookup(&mut self, index: usize, arguments: &Value) -> bool {
        let call = self.made[index].as_ref().filter(|call| call.arguments == *arguments);
        let Some(result) = call.map(|call| call.result.shared()) else { return false };
        self.lookups[index] = Some(result);
        true
    }

    /// Returns true if a lookup was answered.
    pub(crate) fn knows_lookup(&self, index: usize) -> bool {
        self.lookups[index].as_ref().is_some_and(|known| *known.value != Value::Unknown)
    }

    /// Returns true if the outputs of another stack are set.
    pub(crate) fn knows_reference(&self, stack: &str) -> bool {
        self.references.contains_key(stack)
    }

    /// Sets the outputs of another stack.
    pub(crate) fn set_reference(&mut self, stack: String, exports: Value) {
        self.references.insert(stack, exports);
    }

    /// Returns a value with its outputs replaced by their values.
    ///
    /// An output that is not known yet becomes unknown.
    ///
    /// # Errors
    /// A closure failed, or the values of the run take too much memory.
    pub(crate) async fn resolve(&mut self, value: &Value) -> Result<Value, ProgramError> {
        for output in value.outputs() {
            self.evaluate(output).await?;
        }
        let size = self.size_of(value).expect_levels()?;
        self.budget.pass_on(size)?;
        Ok(self.substitute(value))
    }

    /// Returns the size of a value whose outputs are replaced by their values.
    fn size_of(&self, value: &Value) -> Size {
        Size::of(value, &|output| self.known(output).size())
    }

    /// Replaces outputs by their values. Every output in it has been evaluated.
    fn substitute(&self, value: &Value) -> Value {
        match value {
            Value::Output(output) => self.known(*output).to_value(),
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

    /// Returns where the value of an evaluated expression is.
    fn known(&self, output: OutputId) -> Known<'_> {
        let kept = match self.declarations.expression(output) {
            Some(Expr::Resource(index)) => {
                return self.resources.get(*index).map_or(Known::Nothing, Known::Resource);
            }
            Some(Expr::StackReference(stack)) => {
                return self.references.get(stack).map_or(Known::Nothing, Known::Exports);
            }
            Some(Expr::Lookup(index)) => self.lookups.get(*index),
            _ => self.memo.get(output.0 as usize),
        };
        kept.and_then(Option::as_ref).map_or(Known::Nothing, Known::Kept)
    }

    /// Returns a part of an evaluated expression; null if the path leads nowhere.
    fn part(&mut self, of: OutputId, path: &Path) -> Result<Kept, ProgramError> {
        if path.is_root() {
            return self.whole(of);
        }
        let found = match self.known(of) {
            Known::Kept(kept) => kept.value.find(path),
            Known::Exports(exports) => exports.find(path),
            Known::Resource(outputs) => outputs.find(path),
            Known::Nothing => Some((&Value::Unknown, false)),
        };
        let Some((value, secret)) = found else { return Ok(self.nothing.shared()) };
        let size = Size::of_plain(value);
        self.budget.expect_room(size.memory)?;
        let value = if secret { Value::secret(value.clone()) } else { value.clone() };
        self.budget.keep(size)?;
        Ok(Kept::new(value, size))
    }

    /// Returns the value of an evaluated expression, shared if it is kept.
    fn whole(&mut self, of: OutputId) -> Result<Kept, ProgramError> {
        let known = self.known(of);
        if let Known::Kept(kept) = known {
            return Ok(kept.shared());
        }
        let size = known.size();
        self.budget.expect_room(size.memory)?;
        let value = known.to_value();
        self.budget.keep(size)?;
        Ok(Kept::new(value, size))
    }

    /// Evaluates an expression and those that it refers to.
    ///
    /// Works without recursion: programs may chain many thousands.
    async fn evaluate(&mut self, output: OutputId) -> Result<(), ProgramError> {
        if self.is_final(output.0) {
            return Ok(());
        }
        let declarations = Arc::clone(&self.declarations);
        let mut open = vec![output];
        while let Some(OutputId(id)) = open.last().copied() {
            // So that an interrupt is seen while nothing is waited for.
            tokio::task::consume_budget().await;
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
        self.budget.renew();
        for known in &mut self.memo {
            if let Some(kept) = known.take_if(|kept| Size::from(kept.size).unknown) {
                self.budget.release(kept.counts_for());
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
                let counted = self.memo[id].take().map_or(0, |kept| kept.counts_for());
                self.budget.release(counted);
                if let Expr::Lookup(index) = expression {
                    self.lookups[*index] = None;
                }
            }
            draws.push(drawn);
        }
    }

    async fn compute(&mut self, id: u32, expression: &Expr) -> Result<Kept, ProgramError> {
        match expression {
            // Read where they are kept, see `known`.
            Expr::Resource(_) | Expr::Lookup(_) | Expr::StackReference(_) => {
                Ok(self.nothing.shared())
            }
            Expr::Get(of, path) => self.part(*of, path),
            Expr::Concat(parts) => self.concat(parts),
            Expr::Value(Value::Output(of)) => self.whole(*of),
            Expr::Value(value) => {
                let size = self.size_of(value).expect_levels()?;
                self.budget.keep(size)?;
                Ok(Kept::new(self.substitute(value), size))
            }
            Expr::Transform(transform) => self.call(id, transform).await,
        }
    }

    /// Returns the values joined to one text; unknown if one of them is.
    fn concat(&mut self, parts: &[Value]) -> Result<Kept, ProgramError> {
        let lengths = parts.iter().map(|part| match part {
            Value::Text(text) => text.len(),
            Value::Output(of) => match self.known(*of) {
                Known::Kept(kept) => longest_text(&kept.value, kept.size.into()),
                known => known.size().memory.saturating_mul(JSON),
            },
            other => longest_text(other, self.size_of(other)),
        });
        let length = lengths.fold(0, usize::saturating_add);
        self.budget.expect_room(length)?;
        let mut joined = Joined::default();
        for part in parts {
            match part {
                Value::Output(of) => match self.known(*of) {
                    Known::Kept(kept) => joined.push(&kept.value),
                    known => joined.push(&known.to_value()),
                },
                other => joined.push(&self.substitute(other)),
            }
        }
        let size = Size { unknown: joined.unknown, ..Size::of_text(joined.text.len()) };
        self.budget.keep(size)?;
        Ok(Kept::new(joined.into_value(), size))
    }

    /// Returns the result of a closure; unknown if an argument is.
    async fn call(&mut self, id: u32, transform: &Transform) -> Result<Kept, ProgramError> {
        let sizes = transform.arguments.iter().map(|value| self.size_of(value));
        let size = sizes.fold(Size::default(), Size::and).expect_levels()?;
        if size.unknown {
            return Ok(Kept::new(Value::Unknown, Size::unknown()).shared());
        }
        self.budget.expect_room(size.memory)?;
        let arguments: Vec<Value> =
            transform.arguments.iter().map(|value| self.substitute(value)).collect();
        if let Some(call) = self.called.get(&id).filter(|call| call.arguments == arguments) {
            return Ok(call.result.shared());
        }
        let before = self.called.remove(&id).map_or(0, |call| call.counted);
        self.budget.release(before);
        let secret = arguments.iter().any(Value::has_secret);
        let clear = arguments.iter().map(Value::without_secrets).collect();
        let result = self.transforms.transform(transform.callback, clear).await;
        let result = if secret { result.map_err(withheld)? } else { result? };
        // A closure may create further outputs of what it already knows.
        let of_result = self.size_of(&result).expect_levels()?;
        let both = size.and(of_result);
        self.budget.keep(both)?;
        let result = if of_result.copied > 0 { self.substitute(&result) } else { result };
        let result = if secret { Value::secret(result.without_secrets()) } else { result };
        let result = Kept::new(result, of_result);
        let shared = result.shared();
        self.called.insert(id, Called { arguments, result, counted: both.memory });
        Ok(shared)
    }
}

/// The most bytes of JSON for a byte of a value.
///
/// A control character is written as `\u0000`.
const JSON: usize = 6;

/// Returns the most bytes of text that a value adds where values are joined.
fn longest_text(value: &Value, size: Size) -> usize {
    match value.revealed() {
        Value::Text(text) => text.len(),
        _ => size.memory.saturating_mul(JSON),
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

fn mentions(expression: &Expr) -> Vec<OutputId> {
    match expression {
        Expr::Resource(_) | Expr::Lookup(_) | Expr::StackReference(_) => Vec::new(),
        Expr::Get(of, _) => vec![*of],
        Expr::Concat(parts) => parts.iter().flat_map(Value::outputs).collect(),
        Expr::Transform(transform) => transform.arguments.iter().flat_map(Value::outputs).collect(),
        Expr::Value(value) => value.outputs().into_iter().collect(),
    }
}

/// Values that are joined to one text.
#[derive(Default)]
struct Joined {
    text: String,
    secret: bool,
    unknown: bool,
}

impl Joined {
    fn push(&mut self, part: &Value) {
        self.secret |= part.has_secret();
        match part.revealed() {
            Value::Text(part) => self.text.push_str(part),
            Value::Int(n) => self.text.push_str(&n.to_string()),
            Value::Float(n) => self.text.push_str(&n.to_string()),
            Value::Bool(b) => self.text.push_str(&b.to_string()),
            Value::Null => {}
            other if other.has_unknown() => self.unknown = true,
            other => self.text.push_str(&kim_model::json::revealed(other).to_string()),
        }
    }

    fn into_value(self) -> Value {
        let joined = if self.unknown { Value::Unknown } else { Value::Text(self.text) };
        if self.secret { Value::secret(joined) } else { joined }
    }
}
