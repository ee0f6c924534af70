//! A stack of samples, in memory: the real engine with the real plugin.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use kim_engine::event::{Event, RunResult, StepResult};
use kim_engine::plan::{Fate, Operation, Plan};
use kim_engine::ports::{Live, LiveState, Program, ProgramError, Provider, Ran, RunContext, Store};
use kim_engine::state::{Record, StackId};
use kim_engine::{Gate, Interrupt, MemoryStore, Options, Stack};
use kim_model::{Declaration, Declarations, Expr, Path, Value};

use super::sample::{Samples, Stage, value_text};
use super::watched::{Created, WatchedPlugin};
use crate::hints::{self, explained, explained_error};

/// The name of every sample.
const NAME: &str = "sample";

/// A stack of samples.
pub(super) struct Trial {
    stack: Stack,
    plugin: Arc<WatchedPlugin>,
    samples: Arc<Samples>,
    /// The declared kinds, without those that they need.
    kinds: Vec<String>,
}

impl Trial {
    /// Creates an empty stack for one sample of each of these kinds.
    ///
    /// `gate` is the one that the report passes, so that it knows the samples' secrets.
    pub(super) async fn new(
        plugin: &Arc<WatchedPlugin>,
        samples: &Arc<Samples>,
        settings: &Value,
        kinds: &[String],
        gate: Gate,
    ) -> Result<Trial, String> {
        let store = Arc::new(MemoryStore::default());
        let id = StackId { project: "kim-plugin-test".to_owned(), name: "test".to_owned() };
        store.create_stack(&id).await.map_err(|error| error.to_string())?;
        let providers: Vec<Arc<dyn Provider>> = vec![plugin.clone()];
        let (settings, who) = (settings.clone(), "kim plugin test".to_owned());
        let references = Vec::new();
        let stack = Stack { id, program: None, providers, store, settings, references, who, gate };
        Ok(Trial { stack, plugin: plugin.clone(), samples: samples.clone(), kinds: kinds.to_vec() })
    }

    fn stack_at(&self, stage: Stage) -> Stack {
        let mut declarations = Declarations::default();
        let mut declared = BTreeMap::new();
        for kind in &self.kinds {
            // Only the kinds under test reach this stage. Those that they need stay as created.
            self.declare(kind, stage, &mut declarations, &mut declared);
        }
        Stack { program: Some(Arc::new(Declared(declarations))), ..self.stack.clone() }
    }

    fn declare(
        &self,
        kind: &str,
        stage: Stage,
        declarations: &mut Declarations,
        declared: &mut BTreeMap<String, kim_model::OutputId>,
    ) -> kim_model::OutputId {
        if let Some(output) = declared.get(kind) {
            return *output;
        }
        let mut inputs = self.samples.inputs(kind, stage);
        for (input, needed, property) in self.samples.needs(kind) {
            let output = self.declare(needed, Stage::Created, declarations, declared);
            let output = declarations.express(Expr::Get(output, Path::key(property)));
            inputs.insert(input.to_owned(), Value::Output(output));
        }
        let output = declarations.register(Declaration::new(kind, NAME, Value::Map(inputs)));
        declared.insert(kind.to_owned(), output);
        output
    }

    /// Brings the samples to a stage. Returns the plan.
    pub(super) async fn up(&self, stage: Stage) -> Result<Arc<Plan>, String> {
        self.run(&self.stack_at(stage), Operation::Up).await
    }

    /// Deletes all samples. Returns the plan.
    pub(super) async fn destroy(&self) -> Result<Arc<Plan>, String> {
        self.run(&self.stack, Operation::Destroy).await
    }

    async fn run(&self, stack: &Stack, operation: Operation) -> Result<Arc<Plan>, String> {
        let failures = Arc::new(Mutex::new(Vec::new()));
        let events = {
            let failures = failures.clone();
            Arc::new(move |event: Event| {
                let hint = hints::of_event(&event);
                if let Event::StepFinished { result: StepResult::Failed { message, .. }, .. } =
                    event
                {
                    failures
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .push(hints::sentence(message, hint));
                }
            })
        };
        let options = Options::default();
        let prepared = stack
            .plan(operation, &options, events.clone(), Interrupt::default())
            .await
            .map_err(|error| explained_error(&error))?;
        let plan = prepared.plan.clone();
        let summary = stack.apply(prepared, &options, events, Interrupt::default()).await;
        match summary.map_err(|error| explained_error(&error))? {
            summary if summary.result == RunResult::Succeeded => Ok(plan),
            summary => {
                let failures = failures.lock().unwrap_or_else(PoisonError::into_inner).join("; ");
                let why = if failures.is_empty() {
                    summary.message.unwrap_or_default()
                } else {
                    failures
                };
                Err(why)
            }
        }
    }

    /// Fails if a preview finds a difference.
    pub(super) async fn expect_no_changes(&self, stage: Stage) -> Result<(), String> {
        let events = Arc::new(|_: Event| {});
        let prepared = self
            .stack_at(stage)
            .plan(Operation::Preview, &Options::default(), events, Interrupt::default())
            .await
            .map_err(|error| explained_error(&error))?;
        let plan = &prepared.plan;
        if plan.is_empty() {
            return Ok(());
        }
        Err(format!("a preview right afterwards wants to change something: {}", differences(plan)))
    }

    /// Returns the record of a kind's sample.
    pub(super) async fn record(&self, kind: &str) -> Result<Record, String> {
        let state =
            self.stack.store.load(&self.stack.id).await.map_err(|error| error.to_string())?;
        let record = state.records().find(|record| record.urn.kind() == kind).cloned();
        record.ok_or_else(|| format!("the engine recorded no {kind}"))
    }

    /// Returns the last create of a kind.
    pub(super) fn created(&self, kind: &str) -> Result<Created, String> {
        let created = self.plugin.created();
        created
            .iter()
            .rev()
            .find(|one| one.kind == kind)
            .cloned()
            .ok_or_else(|| format!("no {kind} was created"))
    }

    /// Reads one resource.
    pub(super) async fn read(
        &self,
        kind: &str,
        id: &str,
        properties: Value,
    ) -> Result<Option<LiveState>, String> {
        let live = Live { id: id.to_owned(), properties };
        let mut found =
            self.plugin.read(kind, &[live]).await.map_err(|failure| explained(&failure))?;
        Ok(found.pop().flatten())
    }

    /// Fails if the creates with one token returned several ids.
    ///
    /// Also fails if their id is not the recorded one.
    pub(super) async fn expect_one(&self, kind: &str) -> Result<(), String> {
        let record = self.record(kind).await?;
        let last = self.created(kind)?;
        let ids: BTreeSet<String> = {
            let created = self.plugin.created();
            let same = created.iter().filter(|one| one.kind == kind && one.token == last.token);
            same.filter_map(|one| one.id.clone()).chain([record.id]).collect()
        };
        match ids.len() {
            1 => Ok(()),
            _ => {
                Err(format!("one token created {}: {}", ids.len(), Vec::from_iter(ids).join(", ")))
            }
        }
    }

    /// Fails if a token still finds a resource, which it then deletes.
    ///
    /// Checks the last two tokens of the kind.
    pub(super) async fn expect_nothing_left(&self, kind: &str) -> Result<(), String> {
        let created: Vec<Created> =
            self.plugin.created().iter().filter(|one| one.kind == kind).cloned().collect();
        let mut seen = BTreeSet::new();
        for one in created.into_iter().rev().filter(|one| seen.insert(one.token.clone())).take(2) {
            let found = self
                .plugin
                .find(kind, &one.token, &one.inputs)
                .await
                .map_err(|failure| explained(&failure))?;
            if let Some(left) = found {
                // Deleted here, because the next check would find it too.
                let _ = self.plugin.delete(kind, &left.id, &left.properties).await;
                return Err(format!(
                    "'{}' is left behind: nothing that the engine knows of is left, but its token still finds this one. \
                     It was considered deleted when it was not, or it was created twice",
                    left.id
                ));
            }
        }
        Ok(())
    }
}

/// Returns the changes of a plan, in words.
pub(super) fn differences(plan: &Plan) -> String {
    let changed = plan.resources.iter().filter(|resource| resource.fate != Fate::Same);
    let each = changed.map(|resource| {
        let changes = resource.changes.iter().map(|change| {
            format!(
                "{} from {} to {}",
                change.path,
                value_text(change.old.as_ref()),
                value_text(change.new.as_ref())
            )
        });
        let mut why: Vec<String> = changes.collect();
        why.extend(resource.reason.clone());
        format!("{} ({})", fate_name(resource.fate), why.join(", "))
    });
    each.collect::<Vec<_>>().join("; ")
}

/// Returns what happens to a resource, in words.
pub(super) fn fate_name(fate: Fate) -> &'static str {
    match fate {
        Fate::Same => "nothing",
        Fate::Create => "create",
        Fate::Update => "update",
        Fate::ReplaceCreateFirst | Fate::ReplaceDeleteFirst => "replace",
        Fate::Delete => "delete",
        Fate::Forget => "forget",
        Fate::Record => "record",
    }
}

/// A program that always declares the same resources.
struct Declared(Declarations);

#[async_trait]
impl Program for Declared {
    async fn run(&self, _: RunContext) -> Result<Ran, ProgramError> {
        Ok(Ran::without_closures(self.0.clone()))
    }

    fn digest(&self) -> String {
        String::new()
    }
}
