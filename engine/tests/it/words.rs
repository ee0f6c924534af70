//! What guests and clouds say: no secret in it passes the gate, and nothing that steers a terminal.
//!
//! The provider here says all that it is given, in each way in which a provider can speak. So does
//! the program.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use kim_engine::event::{Diagnostic, Event};
use kim_engine::model::schema::{Kind, Lookup, Object, Plugin, Property, Type};
use kim_engine::model::{
    Declaration, Declarations, Expr, Failure, Log, LookupCall, Path, Transform, Value, json,
};
use kim_engine::plan::Operation;
use kim_engine::ports::{
    Deletion, Live, LiveState, Price, Program, ProgramError, Progress, Provider, Ran, RunContext,
    Transforms, Violation,
};
use kim_engine::{Error, Gate, Interrupt, Options, Stack};
use proptest::prelude::*;

use crate::fixture::{Case, stack_id};

/// How a guest speaks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Way {
    Denied,
    Invalid,
    Partial,
    Status,
    Violation,
    Warning,
    Price,
    Property,
    Key,
    Found,
    NotFound,
    ProgramError,
    ProgramLog,
    ClosureError,
    ClosureResult,
    Panic,
    MadePart,
    MadeDeep,
    MadeValue,
    MadeFound,
    BrokenId,
}

const WAYS: [Way; 21] = [
    Way::Denied,
    Way::Invalid,
    Way::Partial,
    Way::Status,
    Way::Violation,
    Way::Warning,
    Way::Price,
    Way::Property,
    Way::Key,
    Way::Found,
    Way::NotFound,
    Way::ProgramError,
    Way::ProgramLog,
    Way::ClosureError,
    Way::ClosureResult,
    Way::Panic,
    Way::MadePart,
    Way::MadeDeep,
    Way::MadeValue,
    Way::MadeFound,
    Way::BrokenId,
];

/// What a plugin or a cloud makes itself, and is secret.
const MADE: &str = "made-here-1";

/// A plugin or a program that says what it is given.
#[derive(Clone)]
struct Teller {
    way: Way,
    schema: Plugin,
}

/// Returns everything that is in a value, in clear, and in base64's neighbourhood of other text.
fn all_of(value: &Value) -> String {
    let text = json::revealed(value).to_string();
    format!(
        "\x1b]0;title\x07got {text}\nerror: forged\r::add-mask::x \u{202e}{value:?}",
        value = text
    )
}

impl Teller {
    fn new(way: Way) -> Teller {
        let text = || Property::new(Type::Text);
        let computed = || Property { computed: true, ..text() };
        let map = Property { computed: true, ..Property::new(Type::Map(Box::new(text()))) };
        let hidden = || Property { secret: true, ..computed() };
        let object = |name: &str| Object {
            properties: [(name.to_owned(), text())].into(),
            name: name.to_owned(),
        };
        let part = Object { properties: [("token".to_owned(), hidden())].into(), ..object("Part") };
        let deep = Type::List(Box::new(Property::new(Type::Object(part))));
        let properties = BTreeMap::from([
            ("key".to_owned(), hidden()),
            ("deep".to_owned(), Property { computed: true, ..Property::new(deep) }),
            ("password".to_owned(), text()),
            ("id".to_owned(), computed()),
            ("copy".to_owned(), computed()),
            ("map".to_owned(), map),
        ]);
        let kind = Kind {
            name: "test:Teller".to_owned(),
            id: "id".to_owned(),
            properties,
            priced: true,
            ..Kind::default()
        };
        let mut results = object("name");
        results.properties.insert("key".to_owned(), hidden());
        let lookup = Lookup {
            name: "test:tell".to_owned(),
            arguments: object("of"),
            results,
            ..Lookup::default()
        };
        let schema = Plugin {
            name: "test".to_owned(),
            kinds: vec![kind],
            lookups: vec![lookup],
            ..Plugin::default()
        };
        Teller { way, schema }
    }

    fn live(&self, inputs: &Value) -> LiveState {
        let mut map = inputs.as_map().cloned().unwrap_or_default();
        map.insert("id".to_owned(), "teller-1".into());
        if self.way == Way::Property {
            map.insert("copy".to_owned(), all_of(inputs).into());
        }
        if self.way == Way::Key {
            let key = inputs.get("password").and_then(Value::as_text).unwrap_or_default();
            map.insert("map".to_owned(), [(key, "x")].into_iter().collect());
        }
        let id = if self.way == Way::BrokenId { "teller\n::stop-commands::x" } else { "teller-1" };
        let mut properties = Value::Map(map).without_secrets();
        if let Value::Map(map) = &mut properties {
            let deep: Value = [("token", MADE)].into_iter().collect();
            let (name, hidden) = match self.way {
                Way::MadeDeep => ("deep", Value::List(vec![deep])),
                Way::MadeValue => {
                    ("map", [("k", Value::secret(MADE.into()))].into_iter().collect())
                }
                _ => return LiveState { id: id.to_owned(), properties },
            };
            map.insert(name.to_owned(), hidden);
            map.insert("copy".to_owned(), format!("uses {MADE}").into());
        }
        LiveState { id: id.to_owned(), properties }
    }
}

#[async_trait]
impl Provider for Teller {
    fn schema(&self) -> &Plugin {
        &self.schema
    }

    fn digest(&self) -> String {
        "teller".to_owned()
    }

    async fn check(&self, _: &str, inputs: &Value) -> Result<Vec<Violation>, Failure> {
        let warning = self.way == Way::Warning;
        let tells = warning || self.way == Way::Violation;
        let message = all_of(inputs);
        let found = tells.then(|| Violation { path: Path::key("password"), message, warning });
        Ok(found.into_iter().collect())
    }

    async fn create(&self, _: &str, inputs: &Value, _: &str) -> Result<LiveState, Failure> {
        let said = all_of(inputs);
        match self.way {
            Way::Denied => Err(Failure::Denied(said)),
            Way::Invalid => Err(Failure::invalid(Path::key("password"), said)),
            Way::Partial => Err(Failure::Partial {
                id: "teller-1".to_owned(),
                outputs: [("copy", said.as_str())].into_iter().collect(),
                message: said,
            }),
            Way::MadePart => Err(Failure::Partial {
                id: "teller-1".to_owned(),
                outputs: [("key", MADE)].into_iter().collect(),
                message: format!("no use of {MADE}"),
            }),
            Way::Panic => panic!("{said}"),
            _ => Ok(self.live(inputs)),
        }
    }

    async fn settle(
        &self,
        _: &str,
        _: &str,
        inputs: &Value,
        _: &Value,
    ) -> Result<Progress, Failure> {
        if self.way == Way::Status {
            // The step's time is over at the first poll.
            return Ok(Progress::Again { after_ms: 1, status: all_of(inputs) });
        }
        Ok(Progress::Done(self.live(inputs)))
    }

    async fn read(&self, _: &str, all: &[Live]) -> Result<Vec<Option<LiveState>>, Failure> {
        Ok(all.iter().map(|live| Some(self.live(&live.properties))).collect())
    }

    async fn update(
        &self,
        _: &str,
        _: &str,
        inputs: &Value,
        _: &Value,
    ) -> Result<Progress, Failure> {
        Ok(Progress::Done(self.live(inputs)))
    }

    async fn delete(&self, _: &str, _: &str, _: &Value) -> Result<Deletion, Failure> {
        Ok(Deletion::Gone)
    }

    async fn find(&self, _: &str, _: &str, _: &Value) -> Result<Option<LiveState>, Failure> {
        Ok(None)
    }

    async fn look_up(&self, _: &str, arguments: &Value) -> Result<Value, Failure> {
        match self.way {
            Way::NotFound => Err(Failure::NotFound(all_of(arguments))),
            Way::MadeFound => Ok([("name", MADE), ("key", MADE)].into_iter().collect()),
            _ => Ok([("name", all_of(arguments))].into_iter().collect()),
        }
    }

    async fn price(&self, _: &str, inputs: &Value) -> Result<Option<Price>, Failure> {
        let basis = if self.way == Way::Price { all_of(inputs) } else { String::new() };
        Ok(Some(Price { micros_a_month: 1, basis }))
    }
}

#[async_trait]
impl Program for Teller {
    async fn run(&self, context: RunContext) -> Result<Ran, ProgramError> {
        let said = all_of(&context.settings);
        let log = Log { level: "info".to_owned(), message: said.clone() };
        if self.way == Way::ProgramError {
            return Err(ProgramError { logs: vec![log], ..ProgramError::new(said) });
        }
        let mut declared = Declarations::default();
        let password = context.settings.get("password").cloned().unwrap_or_default();
        let inputs = [("password", password.clone())].into_iter().collect();
        let resource = declared.register(Declaration::new("test:Teller", "t", inputs));
        declared.exports.insert("whole".to_owned(), resource.into());
        match self.way {
            Way::ProgramLog => {
                declared.logs.push(log);
                declared.exports.insert("copy".to_owned(), password.without_secrets());
            }
            Way::Found | Way::NotFound | Way::MadeFound => {
                let arguments = [("of", password.without_secrets())].into_iter().collect();
                let name = "test:tell".to_owned();
                let found = declared.look_up(LookupCall { name, arguments, source: None });
                declared.exports.insert("found".to_owned(), found.into());
            }
            Way::ClosureError | Way::ClosureResult => {
                let id = declared.express(Expr::Get(resource, Path::key("id")));
                let arguments =
                    vec![if self.way == Way::ClosureError { password } else { id.into() }];
                let called =
                    declared.express(Expr::Transform(Transform { callback: 0, arguments }));
                declared.exports.insert("called".to_owned(), called.into());
            }
            _ => {}
        }
        let transforms = Box::new(Closure(self.way, said));
        Ok(Ran { declarations: declared, transforms })
    }

    fn digest(&self) -> String {
        "teller".to_owned()
    }
}

/// A closure that keeps the settings of its program, and says them.
struct Closure(Way, String);

#[async_trait]
impl Transforms for Closure {
    async fn transform(&mut self, _: u32, _: Vec<Value>) -> Result<Value, ProgramError> {
        match self.0 {
            Way::ClosureError => Err(ProgramError::new(self.1.clone())),
            _ => Ok(self.1.as_str().into()),
        }
    }
}

/// Runs an up and a preview, and returns all that is shown, exported and recorded in clear.
async fn told(way: Way, secret: impl Into<Value>) -> Vec<String> {
    let case = Case::new().await;
    let settings = [("password", Value::secret(secret.into()))].into_iter().collect();
    let teller = Arc::new(Teller::new(way));
    let stack = Stack {
        id: stack_id(),
        program: Some(teller.clone()),
        providers: vec![teller],
        store: Arc::clone(&case.store),
        settings,
        references: Vec::new(),
        who: "tester@here".to_owned(),
        gate: Gate::default(),
    };
    let options =
        Options { parallel: 1, step_timeout: std::time::Duration::ZERO, ..Options::default() };
    let mut told = Vec::new();
    for operation in [Operation::Up, Operation::Preview] {
        let planned = stack.plan(operation, &options, case.sink(), Interrupt::default()).await;
        let outcome = match planned {
            Ok(prepared) if operation == Operation::Up => {
                told.push(format!("{:?} {:?}", prepared.plan, prepared.diagnostics));
                stack.apply(prepared, &options, case.sink(), Interrupt::default()).await.map(|_| ())
            }
            Ok(prepared) => {
                told.push(format!("{:?} {:?}", prepared.plan, prepared.diagnostics));
                Ok(())
            }
            Err(error) => Err(error),
        };
        if let Err(error) = outcome {
            told.push(error.to_string());
            if let Error::Program { source, .. } = &error {
                told.push(format!("{source:?}"));
            }
        }
    }
    for event in case.events.lock().unwrap().iter() {
        told.push(serde_json::to_string(event).unwrap());
        if let Event::Planned { plan } = event {
            told.push(format!("{plan:?}"));
        }
    }
    told.push(format!("{:?}", case.store.history(&stack_id(), 10).await.unwrap()));
    let state = case.store.load(&stack_id()).await.unwrap();
    told.push(format!("{state:?}"));
    told
}

// Rule 50.
#[tokio::test(start_paused = true)]
async fn in_no_way_of_speaking_a_secret_passes() {
    for way in WAYS {
        for told in told(way, "hunter2\"secret").await {
            assert!(!told.to_lowercase().contains("hunter2"), "{way:?}: {told}");
        }
    }
}

// Rule 50.
#[tokio::test(start_paused = true)]
async fn what_a_plugin_makes_secret_itself_is_known() {
    for way in [Way::MadePart, Way::MadeDeep, Way::MadeValue, Way::MadeFound] {
        let all = told(way, "hunter2").await;
        assert!(all.iter().any(|told| told.contains("[secret]")), "{way:?}: {all:?}");
        for told in all {
            assert!(!told.contains(MADE), "{way:?}: {told}");
        }
    }
}

// Rule 50.
#[tokio::test(start_paused = true)]
async fn an_id_with_what_is_not_seen_is_refused() {
    let all = told(Way::BrokenId, "hunter2").await;
    let why = "the plugin 'test' returned an id with the character U+000A, which is not seen";
    assert!(all.iter().any(|told| told.contains(why)), "{all:?}");
    for told in all {
        assert!(!told.contains("::stop-commands::"), "{told}");
    }
}

// Rule 50.
#[tokio::test]
async fn a_secret_of_before_is_secret_where_the_cloud_still_tells_it() {
    let case = Case::new().await;
    case.up("a: Thing ref=secret:hunter2").await;
    case.tamper("id-1", "auto", "db://hunter2@host");
    case.up("a: Thing ref=secret:hunter3").await;
    case.refresh().await;
    for event in case.events.lock().unwrap().iter() {
        let event = format!("{event:?}");
        assert!(!event.contains("hunter"), "{event}");
    }
    let state = format!("{:?}", case.state().await);
    assert!(!state.contains("hunter"), "{state}");
    // What the program says in clear is no secret any more, nor what is found of it.
    case.up("a: Thing ref=hunter3").await;
    case.tamper("id-1", "auto", "hunter3");
    case.up("a: Thing ref=hunter3 size=1").await;
    assert!(!case.only_record().await.properties.has_secret());
}

#[test]
fn a_number_is_secret_as_a_text_is() {
    let gate = Gate::default();
    gate.learn(&Value::secret(Value::Int(12_345_678)));
    gate.learn(&Value::secret("-98765".into()));
    gate.learn(&Value::secret(Value::Float(1.000_25)));
    let list = |items: &[Value]| Value::List(items.to_vec());
    let mut answer = list(&[
        Value::Int(12_345_678),
        Value::Int(-98_765),
        Value::Float(1.000_25),
        Value::Int(12_345),
        Value::Float(0.5),
    ]);
    gate.mark(&mut answer);
    assert_eq!(format!("{answer:?}"), "[[secret], [secret], [secret], 12345, 0.5]");
}

#[test]
fn the_keys_of_a_secret_map_are_not_said() {
    let gate = Gate::default();
    let map: Value = [("hunter2", "x")].into_iter().collect();
    gate.learn(&Value::secret(map));
    assert_eq!(gate.clean("no user hunter2"), "no user [secret]");
    // They are mostly names: what has one in it is no secret by it.
    let mut answer: Value = [("name", "hunter2")].into_iter().collect();
    gate.mark(&mut answer);
    assert!(!answer.has_secret());
}

#[tokio::test(start_paused = true)]
async fn the_name_of_a_property_is_said_also_if_a_secret_map_has_it() {
    let map: Value = [("password", "hunter2"), ("another", "x")].into_iter().collect();
    let all = told(Way::Denied, map).await.join("\n");
    assert!(all.contains("test:Teller 't': password"), "{all}");
}

// Rule 50.
#[test]
fn a_secret_is_known_however_it_is_escaped() {
    let gate = Gate::default();
    gate.learn(&Value::secret("pä<ss>&'w\"o+rd\u{8}\u{c}😀".into()));
    for written in [
        // Python, PHP, Go, .NET.
        r#"p\u00e4<ss>&'w\"o+rd\b\f\ud83d\ude00"#,
        r#"pä\u003css\u003e\u0026'w\"o+rd\b\f😀"#,
        r"p\u00E4\u003Css\u003E\u0026\u0027w\u0022o\u002Brd\b\f\uD83D\uDE00",
        // Of XML and HTML, in several languages.
        "pä&lt;ss&gt;&amp;'w\"o+rd😀",
        "pä&lt;ss&gt;&amp;&#39;w&#34;o+rd😀",
        "pä&lt;ss&gt;&amp;&#x27;w&quot;o+rd😀",
        "pä&lt;ss&gt;&amp;&#039;w&quot;o+rd😀",
    ] {
        let said = gate.clean(&format!("got {written} "));
        assert_eq!(said.trim_end(), "got [secret]", "{written}");
    }
}

// Rule 50.
#[test]
fn no_line_of_a_foreign_text_looks_like_a_command() {
    let gate = Gate::default();
    let said = gate.clean("a\n::add-mask::x\n  ##[group]y\n\nb");
    assert_eq!(said, "a\n  │ ::add-mask::x\n  │   ##[group]y\n\n  b");
    assert_eq!(gate.clean(&said), said);
}

// Rule 50.
#[tokio::test]
async fn what_kim_says_itself_steers_no_terminal() {
    let case = Case::new().await;
    let gate = Gate::default();
    let events = gate.events(case.sink());
    let text = || "reading\x1b[2J\r\nnext\u{202e}".to_owned();
    events.emit(Event::Phase { message: text() });
    events.emit(Event::Diagnostic(Diagnostic::error(text())));
    for event in case.events.lock().unwrap().iter() {
        let said = format!("{event:?}");
        assert!(said.contains(r"reading[2J\nnext"), "{said}");
    }
    assert_eq!(case.events.lock().unwrap().len(), 2);
}

// Rule 50.
#[tokio::test(start_paused = true)]
async fn what_is_said_steers_no_terminal_and_begins_no_line() {
    for way in [
        Way::Denied,
        Way::Invalid,
        Way::Partial,
        Way::Status,
        Way::Violation,
        Way::Warning,
        Way::NotFound,
        Way::ProgramError,
        Way::ProgramLog,
        Way::Panic,
    ] {
        let case = told(way, "hunter2").await;
        let said: Vec<&String> = case.iter().filter(|told| told.contains("got {")).collect();
        assert!(!said.is_empty(), "{way:?}: {case:?}");
        for told in said {
            let is_bad = |sign: &&&str| told.contains(**sign);
            let bad = [
                "\x1b",
                "\\u001b",
                "\x07",
                "\\u0007",
                "\u{202e}",
                "\nerror: forged",
                "\\nerror: forged",
                "\r",
            ];
            assert_eq!(bad.iter().find(is_bad), None, "{way:?}: {told}");
        }
    }
}

#[tokio::test]
async fn a_secret_is_no_name() {
    struct Named;
    #[async_trait]
    impl Program for Named {
        async fn run(&self, context: RunContext) -> Result<Ran, ProgramError> {
            let mut declared = Declarations::default();
            let name = context.settings.get("password").and_then(Value::as_text).unwrap();
            for name in [&format!("node-{name}"), "no\u{202e}de", "ok"] {
                declared.register(Declaration::new("test:Teller", name, Value::map()));
            }
            Ok(Ran::without_closures(declared))
        }
        fn digest(&self) -> String {
            String::new()
        }
    }
    let settings = [("password", Value::secret("hunter2".into()))].into_iter().collect();
    let stack = Stack::new("p", "s")
        .with_program(Arc::new(Named))
        .with_provider(Arc::new(Teller::new(Way::Denied)))
        .with_settings(settings)
        .open()
        .await
        .unwrap();
    let refused = stack.preview(&Options::default(), Interrupt::default()).await.err().unwrap();
    insta::assert_snapshot!(refused, @"
    the name of a resource has a secret in it, and names are shown and recorded in clear; give it another one
    the name of a resource has the character U+202E, which is not seen; leave it out
    ");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    // Rule 50.
    #[test]
    fn no_secret_passes_whatever_it_is(
        secret in "[a-zA-Z0-9äß+/&\"' \\n\\\\-]{6,80}",
        way in proptest::sample::select(&WAYS[..]),
    ) {
        // Signs that kim's own texts are made of are no sign of a leak.
        prop_assume!(secret.chars().filter(|c| c.is_alphanumeric()).count() >= 6);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build()
            .unwrap();
        let written = [
            secret.clone(),
            format!("{secret:?}").trim_matches('"').to_owned(),
            serde_json::to_string(&secret).unwrap().trim_matches('"').to_owned(),
        ];
        for told in runtime.block_on(told(way, secret.as_str())) {
            for written in &written {
                prop_assert!(!told.contains(written), "{way:?}: {written} in {told}");
            }
        }
    }
}
