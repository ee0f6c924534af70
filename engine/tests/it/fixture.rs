//! The fixture language.
//!
//! A program is text, a resource a line: `name: Kind key=value … !option …`. Values: `12`, `text`, `secret:text`,
//! `other.property` (an output of a resource above), `up(other.property)` (a closure over it), `look(value)` (a lookup). Options: `!protect`,
//! `!retain`, `!dbr` (delete before replace), `!cbd`, `!after=other`, `!ignore=path`, `!replaces=path`, `!alias=name`,
//! `!in=component`, `!with=other` (deleted with). Kinds: `Thing` (`size`, `tags`, `secret`, `pin` updatable, `fixed` immutable,
//! `ref` any text), `Unique` (the same, but deleted before it is replaced), `Ready` (the same, but ready and shown when it is created,
//! and without rules of the plugin's), `Part` (the same as `Thing`, but gone with the one that `fixed` names), `Dear` (the same as `Thing`,
//! for as many dollars a month as its `size`), `Group` (a component). `estimate: label=from..to` is a cost that the program
//! estimates, in millionths of a dollar a month, `saving:` a saving; `?` is not known.
//!
//! The cloud is a provider in memory that counts its calls and whose faults are scripted.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use kim_engine::event::{Event, Summary};
use kim_engine::model::schema::{self, Property, Type};
use kim_engine::model::{
    Alias, Declaration, Declarations, Estimate, Expr, Failure, Lookup, Options as ResourceOptions, OutputId, Path,
    Source, Transform, Value,
};
use kim_engine::plan::{Fate, Operation, Plan};
use kim_engine::ports::{
    Deletion, Live, LiveState, Price, Program, ProgramError, Progress, Provider, Ran, RunContext, RunEnd, RunStart,
    Store, Transforms, Violation,
};
use kim_engine::state::{StackId, State, StateChange};
use kim_engine::{Error, Interrupt, MemoryStore, Options, Prepared, Stack};

/// A program in the fixture language.
pub struct Fixture(pub String);

#[async_trait]
impl Program for Fixture {
    async fn run(&self, _: RunContext) -> Result<Ran, ProgramError> {
        if self.0.contains("panic") {
            return Err(ProgramError::new("src/lib.rs:7: it panicked"));
        }
        Ok(Ran { declarations: parse(&self.0), transforms: Box::new(Upper) })
    }

    fn digest(&self) -> String {
        "fixture".to_owned()
    }
}

struct Upper;

#[async_trait]
impl Transforms for Upper {
    async fn transform(&mut self, _: u32, arguments: Vec<Value>) -> Result<Value, ProgramError> {
        Ok(Value::text(arguments[0].as_text().unwrap_or_default().to_uppercase()))
    }
}

fn parse(text: &str) -> Declarations {
    let mut declarations = Declarations::default();
    let mut outputs: BTreeMap<String, OutputId> = BTreeMap::new();
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let (name, rest) = line.trim().split_once(':').unwrap();
        if name == "export" {
            let (name, value) = rest.trim().split_once('=').unwrap();
            let value = parse_value(value, &mut declarations, &outputs);
            declarations.exports.insert(name.to_owned(), value);
            continue;
        }
        if matches!(name, "estimate" | "saving") {
            let (label, figure) = rest.trim().split_once('=').unwrap();
            declarations.estimates.push(Estimate {
                label: label.to_owned(),
                detail: String::new(),
                saving: name == "saving",
                micros_a_month: figure.split_once("..").map(|(from, to)| (from.parse().unwrap(), to.parse().unwrap())),
                source: "somewhere".to_owned(),
            });
            continue;
        }
        let mut words = rest.split_whitespace();
        let kind = words.next().unwrap();
        let mut declaration = Declaration {
            kind: format!("test:{kind}"),
            name: name.to_owned(),
            component: kind == "Group",
            parent: None,
            inputs: Value::map(),
            options: ResourceOptions::default(),
            source: Some(Source { file: "src/lib.rs".to_owned(), line: number as u32 + 1 }),
        };
        let mut inputs = BTreeMap::new();
        for word in words {
            match word.strip_prefix('!') {
                Some(option) => parse_option(option, &mut declaration, &outputs),
                None => {
                    let (key, value) = word.split_once('=').unwrap();
                    let value = parse_value(value, &mut declarations, &outputs);
                    match key.split_once('.') {
                        Some((map, key)) => {
                            let inner = inputs.entry(map.to_owned()).or_insert_with(Value::map);
                            let Value::Map(inner) = inner else { panic!("{map} is no map") };
                            inner.insert(key.to_owned(), value);
                        }
                        None => {
                            inputs.insert(key.to_owned(), value);
                        }
                    }
                }
            }
        }
        declaration.inputs = Value::Map(inputs);
        let output = declarations.register(declaration);
        outputs.insert(name.to_owned(), output);
    }
    declarations
}

fn parse_option(option: &str, declaration: &mut Declaration, outputs: &BTreeMap<String, OutputId>) {
    let (name, value) = option.split_once('=').unwrap_or((option, ""));
    let options = &mut declaration.options;
    match name {
        "protect" => options.protect = true,
        "retain" => options.retain_on_delete = true,
        "dbr" => options.delete_before_replace = Some(true),
        "cbd" => options.delete_before_replace = Some(false),
        "after" => options.depends_on.push(outputs[value]),
        "with" => options.deleted_with = Some(outputs[value]),
        "ignore" => options.ignore_changes.push(value.parse().unwrap()),
        "replaces" => options.replace_on_changes.push(value.parse().unwrap()),
        "alias" => options.aliases.push(Alias::Name(value.to_owned())),
        "in" => declaration.parent = Some(outputs[value]),
        other => panic!("no option {other}"),
    }
}

fn parse_value(text: &str, declarations: &mut Declarations, outputs: &BTreeMap<String, OutputId>) -> Value {
    if let Ok(number) = text.parse::<i64>() {
        return Value::Int(number);
    }
    if let Some(secret) = text.strip_prefix("secret:") {
        return Value::secret(Value::text(secret));
    }
    if let Some(inner) = text.strip_prefix("up(").and_then(|rest| rest.strip_suffix(')')) {
        let arguments = vec![parse_value(inner, declarations, outputs)];
        return Value::Output(declarations.express(Expr::Transform(Transform { callback: 1, arguments })));
    }
    if let Some(inner) = text.strip_prefix("look(").and_then(|rest| rest.strip_suffix(')')) {
        let arguments = [("x", parse_value(inner, declarations, outputs))].into_iter().collect();
        let found = declarations.look_up(Lookup { name: "test:echo".to_owned(), arguments, source: None });
        return Value::Output(declarations.express(Expr::Get(found, Path::key("name"))));
    }
    if let Some((name, property)) = text.split_once('.')
        && let Some(output) = outputs.get(name)
    {
        return Value::Output(declarations.express(Expr::Get(*output, property.parse().unwrap())));
    }
    Value::text(text)
}

/// A resource in the cloud.
#[derive(Clone, PartialEq, Debug)]
pub struct Item {
    pub kind: String,
    pub token: String,
    pub properties: BTreeMap<String, Value>,
    /// How many more looks do not see it.
    unseen: usize,
}

/// What goes wrong with the n-th call (from 1) of an operation.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// Nothing happens.
    Refuse(Failure),
    /// It happens, but the answer is lost.
    LoseAnswer,
    /// It happens in part.
    Partial,
    /// The call never comes back.
    Hang,
    /// It happens, and the call never comes back.
    HangAfter,
    /// The provider itself breaks.
    Panic,
}

#[derive(Default)]
pub struct World {
    pub items: BTreeMap<String, Item>,
    pub calls: Vec<String>,
    pub faults: Vec<(String, usize, Fault)>,
    pub place: Option<String>,
    /// It takes no tokens for what they are: a create that is repeated makes a second one.
    pub forgetful: bool,
    /// Of what is created that many looks see nothing, be they by token or by id.
    pub unseen: usize,
    /// So often an operation on something says that it is to be asked again.
    pub slow: usize,
    counts: BTreeMap<String, usize>,
    /// How often each operation on something was asked again.
    asked: BTreeMap<String, usize>,
    next: u64,
    deleted: BTreeSet<String>,
}

pub struct Cloud {
    schema: schema::Plugin,
    pub world: Arc<Mutex<World>>,
}

impl Cloud {
    pub fn new(world: Arc<Mutex<World>>) -> Cloud {
        Cloud { schema: test_schema(), world }
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    /// Whether an operation on something is to be asked again; when it is done it may begin anew.
    fn takes_longer(&self, operation: &str, id: &str) -> bool {
        let mut world = self.world();
        let slow = world.slow;
        let asked = world.asked.entry(format!("{operation} {id}")).or_default();
        *asked = if *asked < slow { *asked + 1 } else { 0 };
        *asked > 0
    }

    /// Notes a call and says what goes wrong with it.
    fn call(&self, operation: &str, what: &str) -> Option<Fault> {
        let mut world = self.world();
        world.calls.push(format!("{operation} {what}"));
        let count = world.counts.entry(operation.to_owned()).or_default();
        *count += 1;
        let count = *count;
        let fault = world.faults.iter().find(|(name, n, _)| name == operation && *n == count);
        let fault = fault.map(|(_, _, fault)| fault.clone());
        drop(world);
        assert_ne!(fault, Some(Fault::Panic), "the provider breaks in {operation}");
        fault
    }
}

fn test_schema() -> schema::Plugin {
    let text = |docs: &str| Property { docs: docs.to_owned(), ..Property::new(Type::Text) };
    let properties = BTreeMap::from([
        ("size".to_owned(), Property { min: Some(0.0), max: Some(1000.0), ..Property::new(Type::Int) }),
        ("fixed".to_owned(), Property { immutable: true, ..text("What never changes.") }),
        ("ref".to_owned(), text("Any text.")),
        (
            "mode".to_owned(),
            Property { default: Some("plain".into()), one_of: vec!["plain".into(), "fancy".into()], ..text("") },
        ),
        ("secret".to_owned(), text("A password.")),
        ("pin".to_owned(), Property { secret: true, write_only: true, ..text("Secret by its nature.") }),
        ("auto".to_owned(), Property { computed: true, input: true, ..text("Filled in by the cloud.") }),
        ("tags".to_owned(), Property::new(Type::Map(Box::new(text(""))))),
        ("id".to_owned(), Property { computed: true, ..text("Its id.") }),
        ("version".to_owned(), Property { computed: true, volatile: true, ..Property::new(Type::Int) }),
    ]);
    let kind = |name: &str, delete_before_replace| schema::Kind {
        name: format!("test:{name}"),
        properties: properties.clone(),
        id: "id".to_owned(),
        read_batch: 3,
        delete_before_replace,
        ..schema::Kind::default()
    };
    schema::Plugin {
        name: "test".to_owned(),
        version: "1.0.0".to_owned(),
        kinds: vec![
            kind("Thing", false),
            kind("Unique", true),
            schema::Kind { ready: true, ..kind("Ready", false) },
            kind("Part", false),
            schema::Kind { priced: true, ..kind("Dear", false) },
        ],
        lookups: vec![schema::Lookup {
            name: "test:echo".to_owned(),
            docs: String::new(),
            arguments: schema::Object {
                properties: BTreeMap::from([("x".to_owned(), Property { required: true, ..text("") })]),
                name: String::new(),
            },
            results: schema::Object {
                properties: BTreeMap::from([("name".to_owned(), text(""))]),
                name: String::new(),
            },
        }],
        ..schema::Plugin::default()
    }
}

impl World {
    /// Removes something, and the parts that go with it.
    fn vanish(&mut self, id: &str) -> Vec<Item> {
        let mut gone: Vec<Item> = self.items.remove(id).into_iter().collect();
        let is_part =
            |item: &Item| item.kind == "test:Part" && item.properties.get("fixed").and_then(Value::as_text) == Some(id);
        let parts: Vec<String> =
            self.items.iter().filter(|(_, item)| is_part(item)).map(|(id, _)| id.clone()).collect();
        parts.iter().for_each(|part| gone.extend(self.vanish(part)));
        gone
    }

    /// What a look sees of it.
    fn seen(&mut self, id: &str) -> Option<LiveState> {
        let item = self.items.get_mut(id)?;
        let unseen = item.unseen;
        item.unseen = unseen.saturating_sub(1);
        if unseen > 0 { None } else { self.state(id) }
    }

    fn state(&self, id: &str) -> Option<LiveState> {
        let item = self.items.get(id)?;
        Some(LiveState { id: id.to_owned(), properties: Value::Map(item.properties.clone()) })
    }

    fn put(&mut self, id: &str, inputs: &Value) {
        let item = self.items.get_mut(id).unwrap();
        let version = item.properties.get("version").and_then(Value::as_int).unwrap_or(0) + 1;
        let Value::Map(inputs) = inputs.without_secrets() else { panic!("inputs are no map") };
        let auto = item.properties.get("auto").cloned().unwrap_or_else(|| Value::text(format!("auto-{id}")));
        item.properties = inputs;
        item.properties.entry("auto".to_owned()).or_insert(auto);
        item.properties.insert("id".to_owned(), Value::text(id));
        item.properties.insert("version".to_owned(), Value::Int(version));
    }
}

#[async_trait]
impl Provider for Cloud {
    fn schema(&self) -> &schema::Plugin {
        &self.schema
    }

    fn digest(&self) -> String {
        "cloud".to_owned()
    }

    async fn place(&self) -> Option<String> {
        self.world().place.clone()
    }

    fn has_checks(&self, kind: &str) -> bool {
        kind != "test:Ready"
    }

    async fn check(&self, _: &str, inputs: &Value) -> Result<Vec<Violation>, Failure> {
        let fancy = inputs.get("mode").and_then(Value::as_text) == Some("fancy");
        let sizeless = inputs.get("size").is_none();
        let violation = Violation { path: Path::key("mode"), message: "fancy needs a size".to_owned(), warning: false };
        Ok(if fancy && sizeless { vec![violation] } else { Vec::new() })
    }

    async fn create(&self, kind: &str, inputs: &Value, token: &str) -> Result<LiveState, Failure> {
        assert!(!inputs.has_unknown(), "an unknown reached create: {inputs:?}");
        let what = inputs.get("ref").or(inputs.get("fixed")).and_then(Value::as_text).unwrap_or("?").to_owned();
        let fault = self.call("create", &what);
        match &fault {
            Some(Fault::Refuse(failure)) => return Err(failure.clone()),
            Some(Fault::Hang) => std::future::pending().await,
            _ => {}
        }
        let id = {
            let mut world = self.world();
            let known = |item: &Item| item.token == token && !world.forgetful;
            let repeated = world.items.iter().find(|(_, item)| known(item)).map(|(id, _)| id.clone());
            repeated.unwrap_or_else(|| {
                assert!(!world.deleted.contains(token), "the token of something deleted was used again");
                world.next += 1;
                let id = format!("id-{}", world.next);
                let unseen = if kind == "test:Ready" { 0 } else { world.unseen };
                let (kind, token) = (kind.to_owned(), token.to_owned());
                let item = Item { kind, token, properties: BTreeMap::new(), unseen };
                world.items.insert(id.clone(), item);
                world.put(&id, inputs);
                id
            })
        };
        let state = self.world().state(&id).unwrap();
        match fault {
            Some(Fault::HangAfter) => std::future::pending().await,
            Some(Fault::LoseAnswer) => Err(Failure::Transient("the connection broke".to_owned())),
            Some(Fault::Partial) => {
                Err(Failure::Partial { id, outputs: state.properties, message: "half of it failed".to_owned() })
            }
            _ => Ok(state),
        }
    }

    async fn settle(&self, _: &str, id: &str, _: &Value, _: &Value) -> Result<Progress, Failure> {
        match self.call("settle", id) {
            Some(Fault::Refuse(failure)) => Err(failure),
            Some(Fault::Hang | Fault::HangAfter) => std::future::pending().await,
            _ if self.takes_longer("settle", id) => {
                Ok(Progress::Again { after_ms: 1000, status: "pending".to_owned() })
            }
            _ if !self.world().items.contains_key(id) => Err(Failure::NotFound(id.to_owned())),
            _ => Ok(match self.world().seen(id) {
                Some(live) => Progress::Done(live),
                None => Progress::Again { after_ms: 1000, status: "not seen yet".to_owned() },
            }),
        }
    }

    async fn read(&self, kind: &str, resources: &[Live]) -> Result<Vec<Option<LiveState>>, Failure> {
        if let Some(Fault::Refuse(failure)) = self.call("read", &format!("{kind} {}", resources.len())) {
            return Err(failure);
        }
        let mut world = self.world();
        Ok(resources.iter().map(|live| world.seen(&live.id)).collect())
    }

    async fn update(&self, _: &str, id: &str, inputs: &Value, _: &Value) -> Result<Progress, Failure> {
        assert!(!inputs.has_unknown(), "an unknown reached update: {inputs:?}");
        let fault = self.call("update", id);
        match &fault {
            Some(Fault::Refuse(failure)) => return Err(failure.clone()),
            Some(Fault::Hang) => std::future::pending().await,
            _ => {}
        }
        if self.world().seen(id).is_none() {
            return Err(Failure::NotFound(id.to_owned()));
        }
        self.world().put(id, inputs);
        if fault == Some(Fault::HangAfter) {
            std::future::pending::<()>().await;
        }
        if self.takes_longer("update", id) {
            return Ok(Progress::Again { after_ms: 1000, status: "changing".to_owned() });
        }
        match fault {
            Some(Fault::LoseAnswer) => Err(Failure::Other("the connection broke".to_owned())),
            _ => Ok(Progress::Done(self.world().state(id).unwrap())),
        }
    }

    async fn delete(&self, _: &str, id: &str, _: &Value) -> Result<Deletion, Failure> {
        let fault = self.call("delete", id);
        match &fault {
            Some(Fault::Refuse(failure)) => return Err(failure.clone()),
            Some(Fault::Hang) => std::future::pending().await,
            _ => {}
        }
        if self.world().seen(id).is_none() {
            return Ok(Deletion::Gone);
        }
        if self.takes_longer("delete", id) {
            return Ok(Deletion::Again { after_ms: 1000, status: "going".to_owned() });
        }
        let gone: Vec<String> = self.world().vanish(id).into_iter().map(|item| item.token).collect();
        self.world().deleted.extend(gone);
        match fault {
            Some(Fault::HangAfter) => std::future::pending().await,
            Some(Fault::LoseAnswer) => Err(Failure::Other("the connection broke".to_owned())),
            _ => Ok(Deletion::Gone),
        }
    }

    async fn find(&self, _: &str, token: &str, _: &Value) -> Result<Option<LiveState>, Failure> {
        if let Some(Fault::Refuse(failure)) = self.call("find", "") {
            return Err(failure);
        }
        let mut world = self.world();
        let made = world.items.iter().find(|(_, item)| item.token == token).map(|(id, _)| id.clone());
        Ok(made.and_then(|id| world.seen(&id)))
    }

    async fn look_up(&self, _: &str, arguments: &Value) -> Result<Value, Failure> {
        let found = format!("found-{}", arguments.get("x").and_then(Value::as_text).unwrap_or_default());
        Ok([("name", found)].into_iter().collect())
    }

    async fn price(&self, kind: &str, inputs: &Value) -> Result<Option<Price>, Failure> {
        assert_eq!(kind, "test:Dear", "nothing else has a price");
        let size = inputs.get("size").and_then(Value::as_int);
        let price = |size: i64| Price { micros_a_month: size as u64 * 1_000_000, basis: format!("{size} x $1.00") };
        Ok(size.map(price))
    }
}

/// A stack, its cloud and its store, over several runs.
pub struct Case {
    pub store: Arc<dyn Store>,
    pub world: Arc<Mutex<World>>,
    pub options: Options,
    pub events: Arc<Mutex<Vec<Event>>>,
}

pub fn stack_id() -> StackId {
    StackId { project: "p".to_owned(), name: "s".to_owned() }
}

impl Case {
    pub async fn new() -> Case {
        let store = MemoryStore::default();
        store.create_stack(&stack_id()).await.unwrap();
        // One at a time, so that the cloud's ids are the same in every run.
        let options = Options { parallel: 1, ..Options::default() };
        Case { store: Arc::new(store), world: Arc::default(), options, events: Arc::default() }
    }

    pub fn stack(&self, program: &str) -> Stack {
        Stack {
            id: stack_id(),
            program: Some(Arc::new(Fixture(program.to_owned()))),
            providers: vec![Arc::new(Cloud::new(Arc::clone(&self.world)))],
            store: Arc::clone(&self.store),
            settings: Value::map(),
            who: "tester@here".to_owned(),
        }
    }

    pub fn sink(&self) -> Arc<dyn kim_engine::event::Events> {
        let events = Arc::clone(&self.events);
        Arc::new(move |event: Event| events.lock().unwrap().push(event))
    }

    /// The plan of a preview, a line a change; see [`render`].
    pub async fn preview(&self, program: &str) -> Result<String, Error> {
        Ok(render(&self.prepare(program).await?.plan))
    }

    /// A preview.
    pub async fn prepare(&self, program: &str) -> Result<Prepared, Error> {
        self.stack(program).plan(Operation::Preview, &self.options, self.sink()).await
    }

    pub async fn run(&self, operation: Operation, program: &str) -> Result<Summary, Error> {
        let stack = self.stack(program);
        let prepared = stack.plan(operation, &self.options, self.sink()).await?;
        stack.apply(prepared, &self.options, self.sink(), Interrupt::default()).await
    }

    /// Brings the cloud up to a program, without a failure.
    pub async fn up(&self, program: &str) -> Summary {
        let summary = self.run(Operation::Up, program).await.unwrap();
        assert_eq!(summary.message, None);
        summary
    }

    pub async fn state(&self) -> State {
        self.store.load(&stack_id()).await.unwrap()
    }

    /// The calls since the last time it was asked, without reads.
    pub fn calls(&self) -> Vec<String> {
        let mut world = self.world.lock().unwrap();
        std::mem::take(&mut world.calls).into_iter().filter(|call| !call.starts_with("read")).collect()
    }

    pub fn fault(&self, operation: &str, nth: usize, fault: Fault) {
        let mut world = self.world.lock().unwrap();
        let so_far = world.counts.get(operation).copied().unwrap_or(0);
        world.faults.push((operation.to_owned(), so_far + nth, fault));
    }

    /// Changes the recorded properties of a resource, as if the cloud had answered so.
    pub async fn rewrite(&self, name: &str, change: impl FnOnce(&mut BTreeMap<String, Value>)) {
        let state = self.state().await;
        let mut record = state.records().find(|record| record.urn.name() == name).unwrap().clone();
        let Value::Map(properties) = Arc::make_mut(&mut record.properties) else { panic!("properties are no map") };
        change(properties);
        let start =
            RunStart { operation: String::new(), who: String::new(), program: String::new(), plugins: Vec::new() };
        let run = self.store.begin(&stack_id(), start).await.unwrap();
        self.store.commit(run, vec![StateChange::PutRecord(Arc::new(record))]).await.unwrap();
        self.store.finish(run, RunEnd::default()).await.unwrap();
    }

    /// Deletes the n-th of all resources, counted around, behind kim's back.
    pub fn lose(&self, nth: usize) {
        let mut world = self.world.lock().unwrap();
        if let Some(id) = world.items.keys().cycle().take(world.items.len() * 8).nth(nth % 8).cloned() {
            world.vanish(&id);
        }
    }

    /// Changes the cloud behind kim's back.
    pub fn tamper(&self, id: &str, change: impl FnOnce(&mut BTreeMap<String, Value>)) {
        change(&mut self.world.lock().unwrap().items.get_mut(id).unwrap().properties);
    }
}

/// Runs a program against a fresh cloud that has been brought up to `before`, and compares the plan.
pub async fn check(before: &str, program: &str, expect: &str) -> Case {
    let case = Case::new().await;
    case.up(before).await;
    case.calls();
    let plan = case.preview(program).await.unwrap();
    assert_eq!(plan.trim(), dedent(expect).trim());
    case
}

pub fn dedent(text: &str) -> String {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

/// A plan as text: a line a resource that is not the same, with what differs.
pub fn render(plan: &Plan) -> String {
    let mut lines = Vec::new();
    for resource in plan.resources.iter().filter(|resource| resource.fate != Fate::Same) {
        let sign = match resource.fate {
            Fate::Same => ' ',
            Fate::Create => '+',
            Fate::Update => '~',
            Fate::ReplaceCreateFirst => '±',
            Fate::ReplaceDeleteFirst => '∓',
            Fate::Delete => '-',
            Fate::Forget => 'f',
            Fate::Record => 'r',
        };
        let changes: Vec<String> = resource
            .changes
            .iter()
            .map(|change| {
                let show =
                    |value: &Option<Value>| value.as_ref().map_or("∅".to_owned(), |value| format!("{value:?}"));
                let drift = if change.drift { " (drift)" } else { "" };
                format!(" {}: {} → {}{drift}", change.path, show(&change.old), show(&change.new))
            })
            .collect();
        let reason = resource.reason.as_ref().map_or(String::new(), |reason| format!(" # {reason}"));
        lines.push(format!("{sign} {}{}{reason}", resource.urn.qualified_name(), changes.join(",")));
    }
    lines.join("\n")
}

/// The order in which the steps of a plan could run, one at a time, as `action name` lines.
pub fn steps(plan: &Plan) -> Vec<String> {
    let order = petgraph::algo::toposort(&plan.steps, None).unwrap();
    order
        .into_iter()
        .map(|node| &plan.steps[node])
        .map(|step| format!("{:?} {}", step.action, step.urn.name()))
        .collect()
}
