//! What a file of a state holds after runs in which everybody says what they know: no secret.
//!
//! Secrets are planted where guests get them or make them, and each speaks in every way that it
//! has. Then the bytes of the files are searched, and all that is read from them in clear.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use kim_engine::model::schema::{Kind, Lookup, Object, Plugin, Property, Type};
use kim_engine::model::{
    Declaration, Declarations, Expr, Failure, Log, LookupCall, Path, Transform, Value, json,
};
use kim_engine::plan::Operation;
use kim_engine::ports::{
    Deletion, Live, LiveState, Price, Program, ProgramError, Progress, Provider, Ran, RunContext,
    Store, Transforms, Violation, async_trait,
};
use kim_engine::testing::sample::stack_id;
use kim_engine::{Gate, Interrupt, Options, Stack};
use kim_state::{SqliteStore, to_json};

use crate::vault;

/// The secrets of a round, by where they are planted.
#[derive(Clone)]
struct Planted {
    setting: String,
    input: String,
    output: String,
    argument: String,
}

impl Planted {
    /// Random ones, with characters that are escaped somewhere.
    fn by(random: &mut fastrand::Rng) -> Planted {
        let mut secret = || {
            let letters: String = (0..random.usize(8..40)).map(|_| random.alphanumeric()).collect();
            let odd = random.choice(["\"", "/+", "ä", "\\", " & ", "%", ""]).unwrap();
            format!("{letters}{odd}{}", random.u32(..))
        };
        Planted { setting: secret(), input: secret(), output: secret(), argument: secret() }
    }

    fn all(&self) -> [&String; 4] {
        [&self.setting, &self.input, &self.output, &self.argument]
    }
}

/// Returns how a secret may be written, in lower case if case does not matter.
///
/// In base64 it may stand behind one or two bytes of something else: each alignment has a core.
fn written(secret: &str) -> Vec<(String, bool)> {
    let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    let percent: String = secret
        .bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02x}"),
        })
        .collect();
    let escaped = serde_json::to_string(secret).unwrap();
    let plain = [secret, escaped.trim_matches('"'), &hex, &percent];
    let mut written: Vec<_> = plain.map(|text| (text.to_ascii_lowercase(), true)).into();
    for skipped in 0..3 {
        let core = &secret.as_bytes()[skipped..];
        let core = &core[..core.len() / 3 * 3];
        written.push((STANDARD_NO_PAD.encode(core), false));
        written.push((URL_SAFE_NO_PAD.encode(core), false));
    }
    written
}

/// A plugin and a program that say what they know, each time in another way.
#[derive(Clone)]
struct Teller {
    planted: Planted,
    schema: Plugin,
    /// How often it spoke, of all clones.
    spoken: Arc<AtomicUsize>,
    seed: usize,
}

impl Teller {
    fn new(planted: Planted, seed: usize) -> Teller {
        let text = || Property::new(Type::Text);
        let computed = || Property { computed: true, ..text() };
        let map = Property { computed: true, ..Property::new(Type::Map(Box::new(text()))) };
        let properties = BTreeMap::from([
            ("password".to_owned(), text()),
            ("size".to_owned(), text()),
            ("id".to_owned(), computed()),
            ("copy".to_owned(), computed()),
            ("made".to_owned(), Property { secret: true, ..computed() }),
            ("map".to_owned(), map),
        ]);
        let kind = Kind {
            name: "test:Teller".to_owned(),
            id: "id".to_owned(),
            properties,
            priced: true,
            ..Kind::default()
        };
        let object = |name: &str| Object {
            properties: [(name.to_owned(), text())].into(),
            name: name.to_owned(),
        };
        let lookup = Lookup {
            name: "test:tell".to_owned(),
            arguments: object("of"),
            results: object("name"),
            ..Lookup::default()
        };
        let schema = Plugin {
            name: "test".to_owned(),
            kinds: vec![kind],
            lookups: vec![lookup],
            ..Plugin::default()
        };
        Teller { planted, schema, spoken: Arc::default(), seed }
    }

    /// Returns a number below `ways`, another one at each call.
    fn way(&self, ways: usize) -> usize {
        let spoken = self.spoken.fetch_add(1, Ordering::Relaxed);
        (spoken * 7 + self.seed * 13 + spoken / 3) % ways
    }

    /// Says a value and more of what it knows by now, in one of the forms.
    fn says(&self, value: &Value) -> String {
        let text = json::revealed(value).to_string();
        let first = value.as_map().and_then(|map| map.values().next().cloned());
        let first = first.unwrap_or_default().without_secrets();
        let first = first.as_text().unwrap_or_default().to_owned();
        match self.way(5) {
            0 => format!("got {text}\nerror: forged"),
            1 => format!("Basic {}", STANDARD_NO_PAD.encode(format!("user:{first}"))),
            2 => format!("GET /?p={}", written(&first)[3].0),
            3 => format!("0x{}", written(&first)[2].0),
            _ => format!("{first}, in words: {}", first.to_ascii_uppercase()),
        }
    }

    /// Returns the id that it gives, in which a secret stands in two of three rounds.
    fn id(&self) -> String {
        match self.seed % 3 {
            0 => "teller-1".to_owned(),
            1 => format!("teller-1-{}", self.planted.input),
            _ => format!("teller-1-{}", STANDARD_NO_PAD.encode(&self.planted.input)),
        }
    }

    fn live(&self, inputs: &Value, told: bool) -> LiveState {
        let mut map = inputs.as_map().cloned().unwrap_or_default();
        map.retain(|name, _| name == "password" || name == "size");
        map.insert("id".to_owned(), self.id().into());
        map.insert("made".to_owned(), self.planted.output.as_str().into());
        if told {
            map.insert("copy".to_owned(), self.says(inputs).into());
            let key = self.says(&[("made", self.planted.output.as_str())].into_iter().collect());
            map.insert("map".to_owned(), [(key.as_str(), "x")].into_iter().collect());
        }
        LiveState { id: self.id(), properties: Value::Map(map).without_secrets() }
    }

    /// Fails in every second call, with a failure that tells.
    fn may_fail(&self, told: &Value) -> Result<(), Failure> {
        let said = self.says(told);
        match self.way(8) {
            0 => Err(Failure::Denied(said)),
            1 => Err(Failure::invalid(Path::key("password"), said)),
            2 => Err(Failure::Partial {
                id: self.id(),
                outputs: [("copy", said.as_str())].into_iter().collect(),
                message: said,
            }),
            3 => panic!("{said}"),
            _ => Ok(()),
        }
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
        let message = self.says(inputs);
        Ok(vec![Violation { path: Path::key("password"), message, warning: true }])
    }

    async fn create(&self, _: &str, inputs: &Value, _: &str) -> Result<LiveState, Failure> {
        self.may_fail(inputs).map(|()| self.live(inputs, false))
    }

    async fn settle(
        &self,
        _: &str,
        _: &str,
        inputs: &Value,
        _: &Value,
    ) -> Result<Progress, Failure> {
        self.may_fail(inputs)?;
        Ok(match self.way(2) {
            0 => Progress::Again { after_ms: 1, status: self.says(inputs) },
            _ => Progress::Done(self.live(inputs, true)),
        })
    }

    async fn read(&self, _: &str, all: &[Live]) -> Result<Vec<Option<LiveState>>, Failure> {
        let told = self.way(2) == 0;
        Ok(all.iter().map(|live| Some(self.live(&live.properties, told))).collect())
    }

    async fn update(
        &self,
        _: &str,
        _: &str,
        inputs: &Value,
        properties: &Value,
    ) -> Result<Progress, Failure> {
        self.may_fail(properties).map(|()| Progress::Done(self.live(inputs, true)))
    }

    async fn delete(&self, _: &str, _: &str, properties: &Value) -> Result<Deletion, Failure> {
        self.may_fail(properties).map(|()| Deletion::Gone)
    }

    async fn find(&self, _: &str, _: &str, inputs: &Value) -> Result<Option<LiveState>, Failure> {
        Ok(Some(self.live(inputs, true)))
    }

    async fn look_up(&self, _: &str, arguments: &Value) -> Result<Value, Failure> {
        match self.way(6) {
            0 => Err(Failure::NotFound(self.says(arguments))),
            _ => Ok([("name", self.says(arguments))].into_iter().collect()),
        }
    }

    async fn price(&self, _: &str, inputs: &Value) -> Result<Option<Price>, Failure> {
        Ok(Some(Price { micros_a_month: 1, basis: self.says(inputs) }))
    }
}

#[async_trait]
impl Program for Teller {
    async fn run(&self, context: RunContext) -> Result<Ran, ProgramError> {
        let said = self.says(&context.settings);
        let log = Log { level: "info".to_owned(), message: said.clone() };
        if self.way(6) == 0 {
            return Err(ProgramError { logs: vec![log], ..ProgramError::new(said) });
        }
        let mut declared = Declarations::default();
        declared.logs.push(log);
        let setting = context.settings.get("setting").cloned().unwrap_or_default();
        let Planted { input, argument, .. } = &self.planted;
        for (name, password) in [("a", setting), ("b", Value::secret(input.as_str().into()))] {
            let size = self.spoken.load(Ordering::Relaxed).to_string();
            let inputs = [("password", password), ("size", size.into())].into_iter().collect();
            let resource = declared.register(Declaration::new("test:Teller", name, inputs));
            declared.exports.insert(format!("whole-{name}"), resource.into());
            let id = declared.express(Expr::Get(resource, Path::key("id")));
            let arguments = vec![id.into()];
            let called = declared.express(Expr::Transform(Transform { callback: 0, arguments }));
            declared.exports.insert(format!("called-{name}"), called.into());
        }
        let arguments = [("of", Value::secret(argument.as_str().into()))].into_iter().collect();
        let call = LookupCall { name: "test:tell".to_owned(), arguments, source: None };
        let found = declared.look_up(call);
        declared.exports.insert("found".to_owned(), found.into());
        let transforms = Box::new(Closure(self.clone(), context.settings.clone()));
        Ok(Ran { declarations: declared, transforms })
    }

    fn digest(&self) -> String {
        "teller".to_owned()
    }
}

/// A closure that keeps the settings of its program, and says them.
struct Closure(Teller, Value);

#[async_trait]
impl Transforms for Closure {
    async fn transform(&mut self, _: u32, _: Vec<Value>) -> Result<Value, ProgramError> {
        let said = self.0.says(&self.1);
        match self.0.way(6) {
            0 => Err(ProgramError::new(said)),
            _ => Ok(said.into()),
        }
    }
}

/// Carries out runs over a store, and returns all that was read from it in clear between them.
async fn runs(store: &Arc<SqliteStore>, teller: &Teller) -> Vec<String> {
    let settings = [("setting", Value::secret(teller.planted.setting.as_str().into()))];
    let options = Options {
        parallel: 1,
        step_timeout: std::time::Duration::from_millis(5),
        ..Options::default()
    };
    let mut read = Vec::new();
    let up = [Operation::Up, Operation::Preview, Operation::Up, Operation::Refresh];
    for operation in up.into_iter().chain([Operation::Up, Operation::Destroy, Operation::Destroy]) {
        let stack = Stack {
            id: stack_id(),
            program: Some(Arc::new(teller.clone())),
            providers: vec![Arc::new(teller.clone())],
            store: store.clone(),
            settings: settings.clone().into_iter().collect(),
            references: Vec::new(),
            who: "tester@here".to_owned(),
            gate: Gate::default(),
        };
        let sink = Arc::new(|_| {});
        let planned = stack.plan(operation, &options, sink.clone(), Interrupt::default()).await;
        if let (Ok(prepared), true) = (planned, operation != Operation::Preview) {
            let _ = stack.apply(prepared, &options, sink, Interrupt::default()).await;
        }
        let state = store.load(&stack_id()).await.unwrap();
        read.push(to_json(&state, false).to_string());
        let history = store.history(&stack_id(), 100).await.unwrap();
        read.push(serde_json::to_string(&history).unwrap());
    }
    read
}

// Rule 50.
#[tokio::test(start_paused = true)]
async fn no_secret_is_in_the_files_of_a_state_nor_in_what_is_read_from_them() {
    let (mut records, mut failures) = (0, 0);
    for seed in 0..12 {
        let planted = Planted::by(&mut fastrand::Rng::with_seed(seed));
        let teller = Teller::new(planted.clone(), usize::try_from(seed).unwrap());
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.db");
        let store = Arc::new(SqliteStore::open(&path, vault()).unwrap());
        store.create_stack(&stack_id()).await.unwrap();
        let mut held = runs(&store, &teller).await;
        records += held.iter().filter(|text| text.contains("test:Teller")).count();
        failures += held.iter().filter(|text| text.contains("\"failed\"")).count();
        // While the store is open there is a WAL beside the database.
        for file in std::fs::read_dir(folder.path()).unwrap() {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            held.push(String::from_utf8_lossy(&bytes).into_owned());
        }
        for text in held {
            let lower = text.to_ascii_lowercase();
            for (form, any_case) in planted.all().into_iter().flat_map(|one| written(one)) {
                let text = if any_case { &lower } else { &text };
                let at = text.find(&form).map(|at| {
                    let from = text.floor_char_boundary(at.saturating_sub(200));
                    &text[from..text.ceil_char_boundary((at + form.len()).min(text.len()))]
                });
                assert_eq!(at, None, "seed {seed}: {form}");
            }
        }
    }
    // The runs did something: they recorded, and failed.
    assert!(records > 12 && failures > 12, "{records} {failures}");
}
