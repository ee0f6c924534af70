//! What counts as a difference, wherever in a resource a property stands.
//!
//! A random kind, two random programs for it, and a model of the rules that knows no cloud: between
//! the two programs the engine plans exactly what differs, and what it records was sent.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use kim_engine::model::schema::{self, Object, Property, Type};
use kim_engine::model::{
    Declaration, Declarations, Expr, Failure, Options as Wishes, Path, Source, Value,
};
use kim_engine::plan::Plan;
use kim_engine::ports::{
    Deletion, Live, LiveState, Program, ProgramError, Progress, Provider, Ran, RunContext, Store,
    Transforms,
};
use kim_engine::{Gate, Interrupt, MemoryStore, Options, Stack};
use proptest::prelude::*;

use crate::fixture::stack_id;

/// A program with one resource: `a`, of the kind under test, with these inputs.
///
/// An input `{"$": property}` anywhere is that property of another resource, `b`, whose inputs are
/// those of `other`.
struct One {
    inputs: Value,
    other: Option<Value>,
    ignored: Vec<&'static str>,
}

struct NoClosures;

#[async_trait]
impl Transforms for NoClosures {
    async fn transform(&mut self, _: u32, _: Vec<Value>) -> Result<Value, ProgramError> {
        unreachable!("the program has no closure")
    }
}

#[async_trait]
impl Program for One {
    async fn run(&self, _: RunContext) -> Result<Ran, ProgramError> {
        let mut declarations = Declarations::default();
        let declaration = |name: &str, inputs, ignored: &[&str]| Declaration {
            kind: "test:Any".to_owned(),
            name: name.to_owned(),
            component: false,
            parent: None,
            inputs,
            options: Wishes {
                ignore_changes: ignored.iter().map(|path| path.parse().unwrap()).collect(),
                ..Wishes::default()
            },
            source: Some(Source { file: "src/lib.rs".to_owned(), line: 1 }),
        };
        let mut inputs = self.inputs.clone();
        if let Some(other) = &self.other {
            let b = declarations.register(declaration("b", other.clone(), &[]));
            let mut refer = |property: &str| {
                Value::Output(declarations.express(Expr::Get(b, Path::key(property))))
            };
            inputs = with_references(&inputs, &mut refer);
        }
        declarations.register(declaration("a", inputs, &self.ignored));
        Ok(Ran { declarations, transforms: Box::new(NoClosures) })
    }

    fn digest(&self) -> String {
        "one".to_owned()
    }
}

fn with_references(value: &Value, refer: &mut impl FnMut(&str) -> Value) -> Value {
    match value {
        Value::Map(map) => match map.get("$").and_then(Value::as_text) {
            Some(property) => refer(property),
            None => Value::Map(
                map.iter().map(|(key, item)| (key.clone(), with_references(item, refer))).collect(),
            ),
        },
        Value::List(items) => {
            Value::List(items.iter().map(|item| with_references(item, refer)).collect())
        }
        other => other.clone(),
    }
}

/// A cloud with one kind, which holds what it was sent and spells it in its own way.
struct Mirror {
    schema: schema::Plugin,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    /// The inputs that were sent last, by id.
    sent: BTreeMap<String, Value>,
    /// What it tells.
    told: BTreeMap<String, Value>,
    count: usize,
}

impl Mirror {
    fn new(properties: BTreeMap<String, Property>) -> Mirror {
        let mut properties = properties;
        let id = Property { computed: true, ..Property::new(Type::Text) };
        properties.insert("id".to_owned(), id.clone());
        properties.insert("version".to_owned(), Property { volatile: true, ..id });
        let kind = schema::Kind {
            name: "test:Any".to_owned(),
            properties,
            id: "id".to_owned(),
            ready: true,
            ..schema::Kind::default()
        };
        let schema = schema::Plugin {
            name: "test".to_owned(),
            version: "1.0.0".to_owned(),
            kinds: vec![kind],
            ..schema::Plugin::default()
        };
        Mirror { schema, held: Mutex::default() }
    }

    /// Holds these inputs, and returns what the cloud tells of them.
    fn write(&self, id: &str, inputs: &Value) -> LiveState {
        assert!(!inputs.has_unknown(), "an unknown was sent: {inputs:?}");
        let mut held = self.held.lock().unwrap();
        held.count += 1;
        let version = Value::text(format!("v{}", held.count));
        let inputs = inputs.without_secrets();
        let before = held.told.get(id).cloned();
        let Value::Map(mut told) =
            spelled_object(&self.schema.kinds[0].properties, &inputs, before.as_ref())
        else {
            unreachable!()
        };
        told.insert("id".to_owned(), Value::text(id));
        told.insert("version".to_owned(), version);
        held.sent.insert(id.to_owned(), inputs);
        held.told.insert(id.to_owned(), Value::Map(told.clone()));
        LiveState { id: id.to_owned(), properties: Value::Map(told) }
    }
}

/// Returns what the cloud tells of a value that it was sent.
fn spelled(property: &Property, value: &Value, before: Option<&Value>) -> Value {
    match (&property.ty, value) {
        (Type::Object(object), _) => spelled_object(&object.properties, value, before),
        (Type::List(item), Value::List(items)) => {
            let mut told: Vec<Value> = items
                .iter()
                .enumerate()
                .map(|(index, value)| {
                    let before = before.and_then(Value::as_list).and_then(|old| old.get(index));
                    spelled(item, value, before.filter(|_| !property.set))
                })
                .collect();
            if property.set {
                told.reverse();
            }
            Value::List(told)
        }
        (Type::Map(item), Value::Map(map)) => Value::Map(
            map.iter()
                .map(|(key, value)| {
                    (key.clone(), spelled(item, value, before.and_then(|old| old.get(key))))
                })
                .collect(),
        ),
        (_, Value::Text(text)) if property.ignore_case => Value::text(text.to_lowercase()),
        (Type::Json, Value::Text(text)) => Value::text(text.replace(' ', "")),
        _ => value.clone(),
    }
}

fn spelled_object(
    properties: &BTreeMap<String, Property>,
    value: &Value,
    before: Option<&Value>,
) -> Value {
    let is_told =
        |(name, property): &(&String, &Property)| !property.write_only && *name != "untold";
    let told = properties.iter().filter(is_told).filter_map(|(name, property)| {
        let before = before.and_then(|old| old.get(name));
        let told = match value.get(name) {
            Some(value) => spelled(property, value, before),
            None if property.computed => match (before, &property.ty) {
                (Some(before), _) => before.clone(),
                (None, Type::Int) => Value::Int(77),
                (None, Type::Text) => Value::text("by the cloud"),
                (None, Type::List(_)) => Value::List(vec![Value::text("by the cloud")]),
                _ => return None,
            },
            None => return None,
        };
        Some((name.clone(), told))
    });
    Value::Map(told.collect())
}

#[async_trait]
impl Provider for Mirror {
    fn schema(&self) -> &schema::Plugin {
        &self.schema
    }

    fn digest(&self) -> String {
        "0".repeat(64)
    }

    async fn create(&self, _: &str, inputs: &Value, _: &str) -> Result<LiveState, Failure> {
        let id = format!("id-{}", self.held.lock().unwrap().count);
        Ok(self.write(&id, inputs))
    }

    async fn read(&self, _: &str, resources: &[Live]) -> Result<Vec<Option<LiveState>>, Failure> {
        let held = self.held.lock().unwrap();
        let one = |live: &Live| {
            let properties = held.told.get(&live.id)?.clone();
            Some(LiveState { id: live.id.clone(), properties })
        };
        Ok(resources.iter().map(one).collect())
    }

    async fn update(
        &self,
        _: &str,
        id: &str,
        inputs: &Value,
        _: &Value,
    ) -> Result<Progress, Failure> {
        Ok(Progress::Done(self.write(id, inputs)))
    }

    async fn delete(&self, _: &str, id: &str, _: &Value) -> Result<Deletion, Failure> {
        self.held.lock().unwrap().told.remove(id);
        Ok(Deletion::Gone)
    }

    async fn find(&self, _: &str, _: &str, _: &Value) -> Result<Option<LiveState>, Failure> {
        Ok(None)
    }
}

/// A stack whose only kind has these properties.
struct Trial {
    cloud: Arc<Mirror>,
    store: Arc<dyn Store>,
}

impl Trial {
    async fn new(properties: BTreeMap<String, Property>) -> Trial {
        let store = MemoryStore::default();
        store.create_stack(&stack_id()).await.unwrap();
        Trial { cloud: Arc::new(Mirror::new(properties)), store: Arc::new(store) }
    }

    fn stack(&self, program: One) -> Stack {
        Stack {
            id: stack_id(),
            program: Some(Arc::new(program)),
            providers: vec![Arc::clone(&self.cloud) as Arc<dyn Provider>],
            store: Arc::clone(&self.store),
            settings: Value::map(),
            references: Vec::new(),
            who: "tester@here".to_owned(),
            gate: Gate::default(),
        }
    }

    async fn plan(&self, program: One) -> Arc<Plan> {
        self.stack(program).preview(&Options::default(), Interrupt::default()).await.unwrap().plan
    }

    async fn up(&self, program: One) {
        let stack = self.stack(program);
        let summary =
            stack.up(&Options::default(), Arc::new(()), Interrupt::default()).await.unwrap();
        assert_eq!(summary.message, None);
    }

    async fn refresh(&self) {
        let stack = self.stack(of(&Value::map()));
        stack.refresh(&Options::default(), Arc::new(()), Interrupt::default()).await.unwrap();
    }

    /// Sets, or removes, what the cloud holds of `a` at a path, outside kim.
    fn tamper(&self, path: &[&str], value: Option<Value>) {
        let mut held = self.cloud.held.lock().unwrap();
        let (last, before) = path.split_last().unwrap();
        let mut at = held.told.get_mut("id-0").unwrap();
        for name in before {
            let Value::Map(map) = at else { panic!("{name} is in no object") };
            at = map.get_mut(*name).unwrap();
        }
        let Value::Map(map) = at else { panic!("{last} is in no object") };
        map.remove(*last);
        map.extend(value.map(|value| ((*last).to_owned(), value)));
    }

    async fn recorded_inputs(&self) -> Value {
        let state = self.store.load(&stack_id()).await.unwrap();
        let record = state.records().find(|record| record.urn.name() == "a").unwrap();
        record.inputs.without_secrets()
    }

    /// Returns the inputs that were sent last for `a`.
    async fn sent(&self) -> Value {
        let state = self.store.load(&stack_id()).await.unwrap();
        let record = state.records().find(|record| record.urn.name() == "a").unwrap();
        self.cloud.held.lock().unwrap().sent[&record.id].clone()
    }
}

fn of(inputs: &Value) -> One {
    One { inputs: inputs.clone(), other: None, ignored: Vec::new() }
}

/// Returns the verdict of a plan on `a`: whether it changes, whether it is replaced, and where.
fn verdict(plan: &Arc<Plan>) -> (bool, bool, BTreeSet<String>) {
    let a = plan.resources.iter().find(|one| one.urn.name() == "a").unwrap();
    let replaced = a.fate.makes_copy();
    let paths = a.changes.iter().map(|change| change.path.to_string()).collect();
    (!a.changes.is_empty(), replaced, paths)
}

/// Returns random kinds of value, as deep as `depth`.
///
/// `present`: the value is an item, so nobody may leave it out.
fn property(depth: u32, present: bool) -> BoxedStrategy<Property> {
    let flag = || proptest::bool::weighted(0.25);
    let scalar = (0..4u8, flag(), flag(), flag(), 0..4u8, flag()).prop_map(
        move |(ty, immutable, write_only, secret, role, ignore_case)| {
            let ty = [Type::Int, Type::Text, Type::Text, Type::Json][usize::from(ty)].clone();
            let computed = role == 0 && !present && !write_only;
            let default = (ty == Type::Text && role == 1 && !present).then(|| Value::text("a"));
            Property {
                immutable,
                write_only,
                secret,
                computed,
                input: computed,
                ignore_case: ignore_case && ty == Type::Text,
                default,
                ..Property::new(ty)
            }
        },
    );
    if depth == 0 {
        return scalar.boxed();
    }
    let object = (object(depth - 1), proptest::bool::weighted(0.15)).prop_map(
        move |(properties, computed)| {
            let ty = Type::Object(Object { properties, name: String::new() });
            let computed = computed && !present;
            Property { computed, input: computed, ..Property::new(ty) }
        },
    );
    let list = (property(depth - 1, true), any::<bool>(), proptest::bool::weighted(0.1)).prop_map(
        |(item, set, immutable)| Property {
            set,
            immutable,
            ..Property::new(Type::List(Box::new(item)))
        },
    );
    let map = property(depth - 1, true).prop_map(|item| Property::new(Type::Map(Box::new(item))));
    prop_oneof![2 => scalar, 2 => object, 3 => list, 1 => map].boxed()
}

fn object(depth: u32) -> BoxedStrategy<BTreeMap<String, Property>> {
    proptest::collection::vec(property(depth, false), 1..4)
        .prop_map(|properties| {
            ["p", "q", "r"].into_iter().map(str::to_owned).zip(properties).collect()
        })
        .boxed()
}

/// Returns random values of a property.
fn value(property: &Property) -> BoxedStrategy<Value> {
    let clear = match &property.ty {
        Type::Int => (0..3i64).prop_map(Value::Int).boxed(),
        Type::Json => proptest::sample::select(vec![r#"{"x":1}"#, r#"{ "x": 1 }"#, r#"{"x":2}"#])
            .prop_map(Value::text)
            .boxed(),
        Type::Object(object) => inputs(&object.properties),
        Type::List(item) => {
            proptest::collection::vec(value(item), 0..3).prop_map(Value::List).boxed()
        }
        Type::Map(item) => {
            proptest::collection::btree_map("[kl]", value(item), 0..3).prop_map(Value::Map).boxed()
        }
        _ => proptest::sample::select(vec!["a", "A", "b"]).prop_map(Value::text).boxed(),
    };
    (clear, proptest::bool::weighted(0.1))
        .prop_map(|(value, secret)| if secret { Value::secret(value) } else { value })
        .boxed()
}

fn inputs(properties: &BTreeMap<String, Property>) -> BoxedStrategy<Value> {
    let each: Vec<_> = properties
        .iter()
        .map(|(name, property)| {
            let name = name.clone();
            proptest::option::weighted(0.7, value(property))
                .prop_map(move |value| value.map(|value| (name.clone(), value)))
        })
        .collect();
    each.prop_map(|given| Value::Map(given.into_iter().flatten().collect())).boxed()
}

/// A random kind and two programs for it, which have some inputs in common.
#[derive(Clone)]
struct Random {
    properties: BTreeMap<String, Property>,
    old: Value,
    new: Value,
}

impl std::fmt::Debug for Random {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = serde_json::to_string(&self.properties).unwrap();
        write!(f, "kind {kind}\nold {:?}\nnew {:?}", self.old, self.new)
    }
}

fn random() -> impl Strategy<Value = Random> {
    object(3).prop_flat_map(|properties| {
        let (one, other) = (inputs(&properties), inputs(&properties));
        let kept = proptest::collection::vec(any::<bool>(), properties.len());
        (Just(properties), one, other, kept).prop_map(|(properties, one, other, kept)| {
            let mut mixed = BTreeMap::new();
            for (name, kept) in properties.keys().zip(kept) {
                let from = if kept { &one } else { &other };
                if let Some(value) = from.get(name) {
                    mixed.insert(name.clone(), value.clone());
                }
            }
            Random { properties, old: one, new: Value::Map(mixed) }
        })
    })
}

/// The rules, for two programs and no cloud.
mod model {
    use super::*;

    /// A value in its normal form: two mean the same if their normal forms are equal.
    ///
    /// `None`: nothing, which an empty list, map or object is too.
    pub(super) type Normal = Option<serde_json::Value>;

    pub(super) fn normal(property: &Property, value: Option<&Value>) -> Normal {
        use serde_json::Value as Json;
        Some(match (&property.ty, value?.revealed()) {
            (Type::Object(object), value) => {
                let parts: serde_json::Map<String, Json> = object
                    .properties
                    .iter()
                    .filter_map(|(name, inner)| {
                        Some((name.clone(), normal(inner, value.get(name))?))
                    })
                    .collect();
                return (!parts.is_empty()).then_some(Json::Object(parts));
            }
            (Type::Map(item), Value::Map(map)) => {
                let parts: serde_json::Map<String, Json> = map
                    .iter()
                    .map(|(key, value)| {
                        (key.clone(), normal(item, Some(value)).unwrap_or_default())
                    })
                    .collect();
                return (!parts.is_empty()).then_some(Json::Object(parts));
            }
            (Type::List(item), Value::List(items)) => {
                let mut items: Vec<Json> = items
                    .iter()
                    .map(|value| normal(item, Some(value)).unwrap_or_default())
                    .collect();
                if property.set {
                    items.sort_by_key(Json::to_string);
                    items.dedup();
                }
                return (!items.is_empty()).then_some(Json::Array(items));
            }
            (Type::Json, Value::Text(text)) => serde_json::from_str(text).unwrap(),
            (_, Value::Text(text)) if property.ignore_case => Json::from(text.to_lowercase()),
            (_, Value::Text(text)) => Json::from(text.as_str()),
            (_, Value::Int(number)) => Json::from(*number),
            (_, other) => panic!("no value of the generator: {other:?}"),
        })
    }

    /// Returns the new program with defaults, and with the old one's values where it leaves them to
    /// the cloud.
    pub(super) fn completed(
        property: &Property,
        old: Option<&Value>,
        new: Option<&Value>,
    ) -> Option<Value> {
        if property.computed && new.is_none() {
            return old.cloned();
        }
        match (&property.ty, new.map(Value::revealed)) {
            (Type::Object(object), new) => {
                let parts = object.properties.iter().filter_map(|(name, inner)| {
                    let old = old.map(Value::revealed).and_then(|old| old.get(name));
                    // An object that is not given has no defaults.
                    let new = new.and_then(|new| new.get(name).or(inner.default.as_ref()));
                    Some((name.clone(), completed(inner, old, new)?))
                });
                Some(Value::Map(parts.collect()))
            }
            (Type::List(item), Some(Value::List(items))) => {
                let old = old.and_then(|old| old.revealed().as_list()).filter(|_| !property.set);
                Some(Value::List(
                    items
                        .iter()
                        .enumerate()
                        .map(|(at, new)| {
                            completed(item, old.and_then(|old| old.get(at)), Some(new))
                                .unwrap_or_default()
                        })
                        .collect(),
                ))
            }
            (Type::Map(item), Some(Value::Map(map))) => Some(Value::Map(
                map.iter()
                    .map(|(key, new)| {
                        let old = old.and_then(|old| old.get(key));
                        (key.clone(), completed(item, old, Some(new)).unwrap_or_default())
                    })
                    .collect(),
            )),
            (_, new) => new.cloned(),
        }
    }

    /// Adds what a value says of immutable properties, each with its place.
    ///
    /// The items of a set have one place.
    pub(super) fn immutables(
        property: &Property,
        value: Option<&Value>,
        place: &str,
        facts: &mut BTreeSet<String>,
    ) {
        let Some(value) = value.map(Value::revealed) else { return };
        if property.immutable {
            let normal = normal(property, Some(value));
            // An empty item is one.
            let counts = normal.is_some() || place.ends_with(['#', '"']);
            facts.extend(counts.then(|| format!("{place}: {normal:?}")));
            return;
        }
        match (&property.ty, value) {
            (Type::Object(object), value) => {
                for (name, inner) in &object.properties {
                    immutables(inner, value.get(name), &format!("{place}.{name}"), facts);
                }
            }
            (Type::List(item), Value::List(items)) if property.set => {
                for value in items {
                    let mut together = BTreeSet::new();
                    immutables(item, Some(value), "#", &mut together);
                    if !together.is_empty() {
                        facts.insert(format!("{place}{{}}: {together:?}"));
                    }
                }
            }
            (Type::List(item), Value::List(items)) => {
                for (at, value) in items.iter().enumerate() {
                    immutables(item, Some(value), &format!("{place}[{at}]#"), facts);
                }
            }
            (Type::Map(item), Value::Map(map)) => {
                for (key, value) in map {
                    immutables(item, Some(value), &format!("{place}.{key:?}"), facts);
                }
            }
            _ => {}
        }
    }

    /// Returns where two programs differ, as deep as objects and maps go.
    pub(super) fn places(
        property: &Property,
        old: Option<&Value>,
        new: Option<&Value>,
        place: &Path,
        found: &mut Vec<Path>,
    ) {
        if normal(property, old) == normal(property, new) {
            return;
        }
        let both = (old.map(Value::revealed), new.map(Value::revealed));
        let (Some(Value::Map(before)), Some(Value::Map(after))) = both else {
            return found.push(place.clone());
        };
        let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        for key in keys {
            let inner = match &property.ty {
                Type::Object(object) => &object.properties[key],
                Type::Map(item) => item,
                _ => return found.push(place.clone()),
            };
            if before.contains_key(key) != after.contains_key(key)
                && matches!(property.ty, Type::Map(_))
            {
                found.push(place.join(key));
            } else {
                places(inner, before.get(key), after.get(key), &place.join(key), found);
            }
        }
    }

    /// Returns true if a set holds something that the program may leave to the cloud.
    ///
    /// Which old item a new one stands for is then a matter of taste.
    pub(super) fn is_ambiguous(property: &Property, in_set: bool) -> bool {
        match &property.ty {
            _ if in_set && property.computed => true,
            Type::List(item) => is_ambiguous(item, in_set || property.set),
            Type::Map(item) => is_ambiguous(item, in_set),
            Type::Object(object) => {
                object.properties.values().any(|inner| is_ambiguous(inner, in_set))
            }
            _ => false,
        }
    }
}

/// Returns the kind's properties as those of one object.
fn whole(properties: &BTreeMap<String, Property>) -> Property {
    Property::new(Type::Object(Object { properties: properties.clone(), name: String::new() }))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn a_change_of_the_program_is_planned_and_sent_in_full(random in random()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(changes_as_the_model(&random.properties, &random.old, &random.new));
    }

    #[test]
    fn a_nested_property_differs_as_one_at_the_top(random in random()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(nested_as_on_top(&random.properties, &random.old, &random.new));
    }
}

async fn changes_as_the_model(properties: &BTreeMap<String, Property>, old: &Value, new: &Value) {
    let object = whole(properties);
    let defaulted = |value: &Value| model::completed(&object, None, Some(value));
    let (before, after) =
        (defaulted(old), model::completed(&object, defaulted(old).as_ref(), Some(new)));
    let same = model::normal(&object, before.as_ref()) == model::normal(&object, after.as_ref());

    let trial = Trial::new(properties.clone()).await;
    trial.up(of(old)).await;
    let (changes, replaced, paths) = verdict(&trial.plan(of(old)).await);
    assert!(!changes && !replaced, "the same program changes {paths:?}");

    let (changes, replaced, paths) = verdict(&trial.plan(of(new)).await);
    if !model::is_ambiguous(&object, false) {
        assert_eq!(changes, !same, "{paths:?}");
        let facts = |value: &Option<Value>| {
            let mut facts = BTreeSet::new();
            model::immutables(&object, value.as_ref(), "", &mut facts);
            facts
        };
        assert_eq!(replaced, facts(&before) != facts(&after), "{paths:?}");
        let mut places = Vec::new();
        model::places(&object, before.as_ref(), after.as_ref(), &Path::root(), &mut places);
        let changed: Vec<Path> = paths.iter().map(|path| path.parse().unwrap()).collect();
        let touches = |one: &Path, other: &Path| one.is_within(other) || other.is_within(one);
        for place in &places {
            assert!(
                changed.iter().any(|path| touches(path, place)),
                "{place} is in no change of {paths:?}"
            );
        }
        for path in &changed {
            assert!(
                places.iter().any(|place| touches(path, place)),
                "{path} does not differ: {places:?}"
            );
        }
    }

    trial.up(of(new)).await;
    let (changes, _, paths) = verdict(&trial.plan(of(new)).await);
    assert!(!changes, "{paths:?} differs after its update");
    if !model::is_ambiguous(&object, false) {
        // What is recorded was sent, whatever of it is left to the cloud since.
        let (recorded, sent) = (trial.recorded_inputs().await, trial.sent().await);
        let sent = model::completed(&object, Some(&recorded), Some(&sent));
        let recorded = model::completed(&object, sent.as_ref(), Some(&recorded));
        assert_eq!(
            model::normal(&object, recorded.as_ref()),
            model::normal(&object, sent.as_ref())
        );
    }
}

async fn nested_as_on_top(properties: &BTreeMap<String, Property>, old: &Value, new: &Value) {
    let verdict_of = async |properties: BTreeMap<String, Property>, old: Value, new: Value| {
        let trial = Trial::new(properties).await;
        trial.up(of(&old)).await;
        verdict(&trial.plan(of(&new)).await)
    };
    let top = verdict_of(properties.clone(), old.clone(), new.clone()).await;
    let named = |ty| BTreeMap::from([("inner".to_owned(), Property::new(ty))]);
    let inner = |value: Value| [("inner", value)].into_iter().collect::<Value>();

    let object =
        verdict_of(named(whole(properties).ty), inner(old.clone()), inner(new.clone())).await;
    let paths: BTreeSet<String> = top.2.iter().map(|path| format!("inner.{path}")).collect();
    assert_eq!(object, (top.0, top.1, paths), "in an object");

    let listed = |value: &Value| inner(Value::List(vec![value.clone()]));
    let list = Type::List(Box::new(whole(properties)));
    let (changes, replaced, _) = verdict_of(named(list.clone()), listed(old), listed(new)).await;
    assert_eq!((changes, replaced), (top.0, top.1), "in a list");

    let set = BTreeMap::from([("inner".to_owned(), Property { set: true, ..Property::new(list) })]);
    let (changes, replaced, _) = verdict_of(set, listed(old), listed(new)).await;
    assert_eq!((changes, replaced), (top.0, top.1), "in a set");

    let map = Type::Map(Box::new(whole(properties)));
    let keyed = |value: &Value| inner([("k", value.clone())].into_iter().collect());
    let (changes, replaced, _) = verdict_of(named(map), keyed(old), keyed(new)).await;
    assert_eq!((changes, replaced), (top.0, top.1), "in a map");
}

fn text() -> Property {
    Property::new(Type::Text)
}

/// Returns a property `spec` that is an object with `name` and one more property.
fn in_spec(name: &str, inner: Property) -> BTreeMap<String, Property> {
    let properties = BTreeMap::from([("name".to_owned(), text()), (name.to_owned(), inner)]);
    BTreeMap::from([("spec".to_owned(), whole(&properties))])
}

fn inputs_of(json: serde_json::Value) -> Value {
    kim_engine::model::json::from_json(&json)
}

async fn paths_between(
    properties: BTreeMap<String, Property>,
    old: serde_json::Value,
    new: serde_json::Value,
) -> Vec<String> {
    let trial = Trial::new(properties).await;
    trial.up(of(&inputs_of(old))).await;
    verdict(&trial.plan(of(&inputs_of(new))).await).2.into_iter().collect()
}

#[tokio::test]
async fn a_nested_input_that_the_cloud_filled_in_is_sent_once_given() {
    let size = Property { computed: true, input: true, ..Property::new(Type::Int) };
    let old = serde_json::json!({ "spec": { "name": "a" } });
    let new = serde_json::json!({ "spec": { "name": "a", "size": 200 } });
    assert_eq!(paths_between(in_spec("size", size), old, new).await, ["spec.size"]);
}

#[tokio::test]
async fn a_nested_write_only_input_that_is_not_known_yet_is_recorded_as_it_was_sent() {
    let key = Property { write_only: true, ..text() };
    let mut properties = in_spec("key", key);
    properties.insert("size".to_owned(), Property::new(Type::Int));
    let trial = Trial::new(properties).await;
    let program = |size: i64| One {
        inputs: inputs_of(
            serde_json::json!({ "spec": { "name": "a", "key": { "$": "version" } } }),
        ),
        other: Some([("size", Value::Int(size))].into_iter().collect()),
        ignored: Vec::new(),
    };
    trial.up(program(1)).await;
    trial.up(program(2)).await;
    let recorded = trial.recorded_inputs().await;
    assert_eq!(recorded, trial.sent().await);
    assert!(!recorded.has_unknown());
}

#[tokio::test]
async fn an_empty_list_is_a_choice_where_the_cloud_chooses_otherwise() {
    let groups =
        Property { computed: true, input: true, ..Property::new(Type::List(Box::new(text()))) };
    let (old, new) = (serde_json::json!({}), serde_json::json!({ "groups": [] }));
    let properties = BTreeMap::from([("groups".to_owned(), groups.clone())]);
    assert_eq!(paths_between(properties, old, new).await, ["groups"]);
    let old = serde_json::json!({ "spec": { "name": "a" } });
    let new = serde_json::json!({ "spec": { "name": "a", "groups": [] } });
    assert_eq!(paths_between(in_spec("groups", groups), old, new).await, ["spec.groups"]);
}

// Rule 51.
#[tokio::test]
async fn an_input_that_the_cloud_lost_has_drifted() {
    let program = inputs_of(serde_json::json!({ "top": "x", "spec": { "name": "a", "size": 2 } }));
    let mut properties = in_spec("size", Property::new(Type::Int));
    properties.insert("top".to_owned(), text());
    let trial = Trial::new(properties).await;
    trial.up(of(&program)).await;
    trial.tamper(&["spec", "size"], None);
    trial.tamper(&["top"], None);
    let plan = trial.plan(of(&program)).await;
    assert!(plan.resources[0].changes.iter().all(|change| change.drift));
    assert_eq!(verdict(&plan).2, ["spec.size".to_owned(), "top".to_owned()].into());
    trial.refresh().await;
    let left = inputs_of(serde_json::json!({ "spec": { "name": "a" } }));
    assert_eq!(trial.recorded_inputs().await, left);
    trial.up(of(&program)).await;
    assert_eq!(trial.sent().await, program);
    assert!(!verdict(&trial.plan(of(&program)).await).0);
}

// Rule 32.
#[tokio::test]
async fn an_input_that_the_cloud_never_told_has_not_drifted() {
    let program = inputs_of(serde_json::json!({
        "untold": "x", "pin": "1234", "spec": { "name": "a", "untold": "y" }
    }));
    let mut properties = in_spec("untold", text());
    properties.insert("untold".to_owned(), text());
    properties.insert("pin".to_owned(), Property { write_only: true, ..text() });
    let trial = Trial::new(properties).await;
    trial.up(of(&program)).await;
    assert_eq!(verdict(&trial.plan(of(&program)).await).2, BTreeSet::new());
    trial.refresh().await;
    assert_eq!(trial.recorded_inputs().await, program);
}

// Rule 32.
#[tokio::test]
async fn a_refresh_records_what_drifted_and_nothing_beside_it() {
    let size = Property { computed: true, input: true, ..Property::new(Type::Int) };
    let mut properties = in_spec("size", size);
    let Type::Object(spec) = &mut properties.get_mut("spec").unwrap().ty else { unreachable!() };
    spec.properties.insert("key".to_owned(), Property { write_only: true, ..text() });
    spec.properties.insert("note".to_owned(), text());
    let trial = Trial::new(properties).await;
    let program =
        inputs_of(serde_json::json!({ "spec": { "name": "a", "key": "k", "note": "n" } }));
    trial.up(of(&program)).await;
    trial.tamper(&["spec", "note"], Some(Value::text("other")));
    trial.refresh().await;
    let recorded = serde_json::json!({ "spec": { "name": "a", "key": "k", "note": "other" } });
    assert_eq!(trial.recorded_inputs().await, inputs_of(recorded));
    assert_eq!(verdict(&trial.plan(of(&program)).await).2, ["spec.note".to_owned()].into());
}
