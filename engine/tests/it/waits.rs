//! No wait outlives an interrupt or a deadline: after a first interrupt nothing is called any more,
//! and what is in flight is awaited and recorded.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use kim_engine::event::{RunResult, Summary};
use kim_engine::model::Failure;
use kim_engine::plan::Operation;
use kim_engine::ports::{
    Program, ProgramError, Ran, RunContext, RunEnd, RunId, RunStart, Store, StoreError,
};
use kim_engine::state::{StackId, StateChange};
use kim_engine::testing::store::StoreLayer;
use kim_engine::{Error, Interrupt, Stack};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

use crate::fixture::{Case, Fault, stack_id};

type Run = JoinHandle<Result<Summary, Error>>;

fn start(case: &Case, stack: Stack, operation: Operation, interrupt: &Interrupt) -> Run {
    let (options, sink, interrupt) = (case.options.clone(), case.sink(), interrupt.clone());
    tokio::spawn(async move {
        match operation {
            Operation::Destroy => stack.destroy(&options, sink, interrupt).await,
            _ => stack.up(&options, sink, interrupt).await,
        }
    })
}

/// Interrupts a run once, while it waits. Returns what it says.
///
/// It ends at that moment, without a call, and frees the lock.
async fn interrupted(case: &Case, operation: Operation, program: &str) -> String {
    let interrupt = Interrupt::default();
    let run = start(case, case.stack(program), operation, &interrupt);
    sleep(Duration::from_secs(8)).await;
    assert!(!run.is_finished(), "the run ended before it was interrupted: {program}");
    case.clear_calls();
    interrupt.interrupt();
    let (before, asked) = (Instant::now(), case.cloud().questions.len());
    let ended = timeout(Duration::from_secs(3600), run).await.expect("the run waits");
    assert_eq!(before.elapsed(), Duration::ZERO, "the run waited: {program}");
    assert_eq!(case.calls_and_reads(), [""; 0], "calls after the interrupt: {program}");
    assert_eq!(case.cloud().questions.len(), asked, "lookups after the interrupt: {program}");
    expect_interrupted(case, ended.unwrap().unwrap()).await
}

async fn expect_interrupted(case: &Case, summary: Summary) -> String {
    assert_eq!(summary.result, RunResult::Interrupted, "{:?}", summary.message);
    assert_eq!(case.store.stacks("p").await.unwrap()[0].locked_by, None);
    case.expect_valid_state().await;
    let end = case.store.history(&stack_id(), 1).await.unwrap().remove(0).end.unwrap();
    assert!(end.interrupted && !end.succeeded);
    summary.message.unwrap()
}

/// The next run finishes what an interrupted one left.
async fn expect_finished(case: &Case, operation: Operation, program: &str) {
    case.cloud().repeats = 0;
    case.cloud().faults.clear();
    match operation {
        Operation::Destroy => case.expect_destroyed().await,
        _ => case.expect_convergence(program).await,
    }
}

const TWO: &str = "a: Thing ref=a size=1\nb: Thing ref=a.id";
const CHANGED: &str = "a: Thing ref=a size=2\nb: Thing ref=a.id";

// Rule 25.
#[tokio::test(start_paused = true)]
async fn a_poll_ends_at_the_first_interrupt() {
    let replaced = ("a: Ready fixed=1x", "a: Ready fixed=2x");
    let mut said = Vec::new();
    for (operation, before, program) in [
        (Operation::Up, "", TWO),
        (Operation::Up, TWO, CHANGED),
        (Operation::Destroy, TWO, ""),
        (Operation::Up, replaced.0, replaced.1),
    ] {
        let case = Case::new().await;
        case.up(before).await;
        case.cloud().repeats = 1000;
        said.push(interrupted(&case, operation, program).await);
        // Nothing is left to find out: what the calls came to is known.
        assert!(case.state().await.intents.is_empty());
        let unfinished = case.state().await;
        let reasons = unfinished.records().filter_map(|record| record.incomplete.as_deref());
        said.push(format!("recorded: {}\n", reasons.collect::<Vec<_>>().join("; ")));
        expect_finished(&case, operation, program).await;
    }
    insta::assert_snapshot!(said.join("\n"), @r"
    kim:p/s/test:Thing/a: it was created, and was not ready when it was interrupted (pending); it is recorded, and the next run goes on with it
    interrupted; what was done is recorded, the next run goes on from there
    1 more were not begun
    recorded: it was created, but was not ready when the run ended

    kim:p/s/test:Thing/a: it was interrupted (changing); what is known is recorded, and the next run goes on with it
    interrupted; what was done is recorded, the next run goes on from there
    recorded: an update was interrupted

    kim:p/s/test:Thing/b: it was interrupted (going); what is known is recorded, and the next run goes on with it
    interrupted; what was done is recorded, the next run goes on from there
    1 more were not begun
    recorded: a delete was interrupted

    kim:p/s/test:Ready/a: it was interrupted (going); what is known is recorded, and the next run goes on with it
    interrupted; what was done is recorded, the next run goes on from there
    recorded: 
    ");
}

// Rule 25.
#[tokio::test(start_paused = true)]
async fn a_retry_ends_at_the_first_interrupt() {
    let looks = "a: Ready ref=a\nb: Thing ref=look(a.id)\nc: Thing ref=b.id";
    let exports = "a: Ready ref=a\nexport: x=look(a.id)";
    let mut said = Vec::new();
    for (operation, before, program, call) in [
        (Operation::Up, "", TWO, "create"),
        (Operation::Up, "", TWO, "settle"),
        (Operation::Up, TWO, CHANGED, "update"),
        (Operation::Destroy, TWO, "", "delete"),
        (Operation::Up, "", looks, "look up"),
        (Operation::Up, "", exports, "look up"),
    ] {
        let case = Case::new().await;
        case.up(before).await;
        for nth in 1..=8 {
            case.fault(call, nth, Fault::throttled("slow down"));
        }
        said.push(format!("{}\n", interrupted(&case, operation, program).await));
        expect_finished(&case, operation, program).await;
    }
    insta::assert_snapshot!(said.join("\n"), @r"
    kim:p/s/test:Thing/a: it was interrupted (throttled: slow down); what is known is recorded, and the next run goes on with it
    interrupted; what was done is recorded, the next run goes on from there
    1 more were not begun

    kim:p/s/test:Thing/a: it was created, and was not ready when it was interrupted (throttled: slow down); it is recorded, and the next run goes on with it
    interrupted; what was done is recorded, the next run goes on from there
    1 more were not begun

    kim:p/s/test:Thing/a: it was interrupted (throttled: slow down); what is known is recorded, and the next run goes on with it
    interrupted; what was done is recorded, the next run goes on from there

    kim:p/s/test:Thing/b: it was interrupted (throttled: slow down); what is known is recorded, and the next run goes on with it
    interrupted; what was done is recorded, the next run goes on from there
    1 more were not begun

    interrupted; what was done is recorded, the next run goes on from there
    2 more were not begun

    interrupted; what was done is recorded, the next run goes on from there
    ");
}

/// A host gives a request up that waits for its turn when the run is interrupted.
// Rule 25.
#[tokio::test(start_paused = true)]
async fn a_call_that_was_not_sent_is_interrupted_and_did_not_fail() {
    let looks = "a: Ready ref=a\nb: Thing ref=look(a.id)";
    for (operation, before, program, call) in [
        (Operation::Up, "", TWO, "create"),
        (Operation::Up, "", TWO, "settle"),
        (Operation::Up, TWO, CHANGED, "update"),
        (Operation::Destroy, TWO, "", "delete"),
        (Operation::Up, "", looks, "look up"),
    ] {
        let case = Case::new().await;
        case.up(before).await;
        for nth in 1..=8 {
            let failure = Failure::Interrupted("it was not sent".to_owned());
            case.fault(call, nth, Fault::Refuse(failure));
        }
        let said = interrupted(&case, operation, program).await;
        assert!(!said.contains("failed"), "{call}: {said}");
        assert!(case.state().await.intents.is_empty(), "{call}: nothing happened");
        expect_finished(&case, operation, program).await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_create_came_to_is_left_to_the_next_run_at_the_first_interrupt() {
    let case = Case::new().await;
    // Its lookups take six seconds; each answer of the first is lost, so that they begin anew.
    case.fault("create", 1, Fault::Refuse(Failure::Transient("no answer".to_owned())));
    case.fault("create", 2, Fault::Refuse(Failure::Transient("no answer".to_owned())));
    let said = interrupted(&case, Operation::Up, TWO).await;
    insta::assert_snapshot!(said, @r"
    kim:p/s/test:Thing/a: no answer; whether it was created could not be found out either (interrupted). The next run finds out by itself
    interrupted; what was done is recorded, the next run goes on from there
    1 more were not begun
    ");
    expect_finished(&case, Operation::Up, TWO).await;
}

// Rule 25.
#[tokio::test(start_paused = true)]
async fn what_is_in_flight_is_awaited_and_nothing_follows_it() {
    let mut said = Vec::new();
    for (operation, before, program, call, fault) in [
        (Operation::Up, "", TWO, "create", None),
        (Operation::Up, "", TWO, "settle", None),
        (Operation::Up, "", TWO, "find", Some(("create", Fault::LoseAnswer))),
        (Operation::Up, TWO, CHANGED, "update", None),
        (Operation::Destroy, TWO, "", "delete", None),
    ] {
        let case = Case::new().await;
        case.up(before).await;
        case.cloud().repeats = 1;
        case.fault(call, 1, Fault::Slow);
        if let Some((call, fault)) = fault {
            case.fault(call, 1, fault);
        }
        let interrupt = Interrupt::default();
        let run = start(&case, case.stack(program), operation, &interrupt);
        sleep(Duration::from_secs(1)).await;
        case.clear_calls();
        interrupt.interrupt();
        let began = Instant::now();
        let summary = run.await.unwrap().unwrap();
        assert_eq!(began.elapsed(), Duration::from_secs(4), "{call} was not awaited");
        assert_eq!(case.calls_and_reads(), [""; 0], "calls after the interrupt in {call}");
        said.push(format!("{call}: {}\n", expect_interrupted(&case, summary).await));
        assert!(case.state().await.intents.is_empty(), "{call}: what it came to is known");
        expect_finished(&case, operation, program).await;
    }
    insta::assert_snapshot!(said.join("\n"), @r"
    create: kim:p/s/test:Thing/a: it was created, and was not ready when it was interrupted; it is recorded, and the next run goes on with it
    interrupted; what was done is recorded, the next run goes on from there
    1 more were not begun

    settle: kim:p/s/test:Thing/a: it was created, and was not ready when it was interrupted (pending); it is recorded, and the next run goes on with it
    interrupted; what was done is recorded, the next run goes on from there
    1 more were not begun

    find: kim:p/s/test:Thing/a: it was created, and was not ready when it was interrupted; it is recorded, and the next run goes on with it
    interrupted; what was done is recorded, the next run goes on from there
    1 more were not begun

    update: kim:p/s/test:Thing/a: it was interrupted (changing); what is known is recorded, and the next run goes on with it
    interrupted; what was done is recorded, the next run goes on from there

    delete: kim:p/s/test:Thing/b: it was interrupted (going); what is known is recorded, and the next run goes on with it
    interrupted; what was done is recorded, the next run goes on from there
    1 more were not begun
    ");
}

/// A program that never returns.
struct Endless;

#[async_trait]
impl Program for Endless {
    async fn run(&self, _: RunContext) -> Result<Ran, ProgramError> {
        std::future::pending().await
    }

    fn digest(&self) -> String {
        String::new()
    }
}

// Rule 25.
#[tokio::test(start_paused = true)]
async fn a_plan_ends_at_the_first_interrupt_and_at_its_deadline() {
    let looks = "a: Thing ref=look(x)";
    for (program, call) in
        [(TWO, "read"), (looks, "look up"), (TWO, "find"), (TWO, "program"), (TWO, "again")]
    {
        for by_deadline in [false, true] {
            let mut case = Case::new().await;
            match call {
                "find" => {
                    case.leave_create_open(1);
                    case.run(Operation::Up, TWO).await.unwrap();
                    case.fault(call, 1, Fault::Hang);
                }
                // Retries of a call that changes nothing.
                "again" => {
                    case.up(TWO).await;
                    for nth in 1..=8 {
                        case.fault("read", nth, Fault::throttled("slow down"));
                    }
                }
                _ => {
                    case.up(TWO).await;
                    case.fault(call, 1, Fault::Hang);
                }
            }
            let mut stack = case.stack(program);
            if call == "program" {
                stack.program = Some(Arc::new(Endless));
            }
            let interrupt = Interrupt::default();
            if by_deadline {
                case.options.deadline = Some(Duration::from_secs(2));
            }
            let (options, stop, asked) = (case.options.clone(), interrupt.clone(), stack.clone());
            let plan = tokio::spawn(async move { asked.preview(&options, stop).await.map(|_| ()) });
            let began = Instant::now();
            if !by_deadline {
                sleep(Duration::from_secs(2)).await;
                assert!(!plan.is_finished(), "{call} has ended");
                interrupt.interrupt();
            }
            let error = plan.await.unwrap().unwrap_err();
            assert_eq!(error.to_string(), "interrupted; nothing was changed");
            assert_eq!(began.elapsed(), Duration::from_secs(2), "{call} was awaited");
            // Nothing goes on without it.
            case.clear_calls();
            sleep(Duration::from_secs(600)).await;
            assert_eq!(case.calls_and_reads(), [""; 0], "{call}");
        }
    }
}

#[tokio::test]
async fn an_operation_that_was_interrupted_before_it_began_does_nothing() {
    let case = Case::new().await;
    case.up(TWO).await;
    let stack = case.stack(CHANGED);
    let prepared =
        stack.plan(Operation::Up, &case.options, case.sink(), Interrupt::default()).await.unwrap();
    case.clear_calls();
    let interrupt = Interrupt::default();
    interrupt.interrupt();
    let options = &case.options;
    let errors = [
        stack.preview(options, interrupt.clone()).await.err(),
        stack.up(options, case.sink(), interrupt.clone()).await.err(),
        stack.refresh(options, case.sink(), interrupt.clone()).await.err(),
        stack.apply(prepared, options, case.sink(), interrupt).await.err(),
    ];
    for error in errors {
        assert!(matches!(error, Some(Error::Interrupted)), "{error:?}");
    }
    assert_eq!(case.calls_and_reads(), [""; 0]);
    assert_eq!(case.store.history(&stack_id(), 9).await.unwrap().len(), 1, "a run was begun");
}

// Rule 25.
#[tokio::test(start_paused = true)]
async fn a_call_that_outlives_a_deadline_and_its_grace_is_left_to_the_next_run() {
    for (call, before, program) in [("create", "", TWO), ("update", TWO, CHANGED)] {
        let mut case = Case::new().await;
        case.up(before).await;
        case.fault(call, 1, Fault::Hang);
        let deadline = Duration::from_secs(3);
        case.options.deadline = Some(deadline);
        let began = Instant::now();
        let run = start(&case, case.stack(program), Operation::Up, &Interrupt::default());
        let summary = timeout(Duration::from_secs(3600), run).await.expect("the run waits");
        assert_eq!(began.elapsed(), deadline + Interrupt::GRACE);
        expect_interrupted(&case, summary.unwrap().unwrap()).await;
        assert_eq!(case.state().await.intents.len(), 1, "what it came to is not known");
        case.options.deadline = None;
        expect_finished(&case, Operation::Up, program).await;
    }
}

/// A store on which something goes wrong.
struct Odd {
    inner: Arc<dyn Store>,
    begin_waits: bool,
    commit: OddCommit,
}

#[derive(Clone, Copy, PartialEq)]
enum OddCommit {
    Fine,
    Slow,
    Panics,
}

#[async_trait]
impl StoreLayer for Odd {
    fn below(&self) -> &dyn Store {
        &*self.inner
    }

    async fn begin(&self, stack: &StackId, start: RunStart) -> Result<RunId, StoreError> {
        if self.begin_waits {
            std::future::pending::<()>().await;
        }
        self.inner.begin(stack, start).await
    }

    async fn commit(&self, run: RunId, changes: Vec<StateChange>) -> Result<(), StoreError> {
        if self.commit == OddCommit::Slow {
            sleep(Duration::from_secs(5)).await;
        }
        assert!(self.commit != OddCommit::Panics, "a broken store");
        self.inner.commit(run, changes).await
    }
}

fn odd(case: &Case, program: &str, begin_waits: bool, commit: OddCommit) -> Stack {
    let inner = Arc::clone(&case.store);
    case.stack(program).with_store(Arc::new(Odd { inner, begin_waits, commit }))
}

// Rule 29.
#[tokio::test(start_paused = true)]
async fn a_wait_for_the_lock_ends_at_the_first_interrupt() {
    let case = Case::new().await;
    let interrupt = Interrupt::default();
    let stack = odd(&case, TWO, true, OddCommit::Fine);
    let run = start(&case, stack, Operation::Up, &interrupt);
    sleep(Duration::from_secs(8)).await;
    interrupt.interrupt();
    let ended = timeout(Duration::from_secs(3600), run).await.expect("the lock is awaited");
    assert!(matches!(ended.unwrap(), Err(Error::Interrupted)));
    assert_eq!(case.calls(), [""; 0]);
}

// Rule 29.
#[tokio::test(start_paused = true)]
async fn a_dropped_future_of_any_operation_lets_go_of_the_lock() {
    for operation in ["up", "destroy", "refresh", "taint", "untaint"] {
        let case = Case::new().await;
        case.up(TWO).await;
        if operation == "untaint" {
            case.stack(TWO).taint(&["a".to_owned()]).await.unwrap();
        }
        case.tamper("id-1", "size", 7);
        let stack = odd(&case, CHANGED, false, OddCommit::Slow);
        let (options, sink, stop) = (&case.options, case.sink(), Interrupt::default());
        let name = ["a".to_owned()];
        let work = async {
            match operation {
                "up" => stack.up(options, sink, stop).await.map(|_| ()),
                "destroy" => stack.destroy(options, sink, stop).await.map(|_| ()),
                "refresh" => stack.refresh(options, sink, stop).await.map(|_| ()),
                "taint" => stack.taint(&name).await.map(|_| ()),
                _ => stack.untaint(&name).await.map(|_| ()),
            }
        };
        let dropped = timeout(Duration::from_secs(1), work).await;
        assert!(dropped.is_err(), "{operation} has ended: {dropped:?}");
        // The next one of the same store waits for its end.
        stack.taint(&["b".to_owned()]).await.unwrap_or_else(|error| panic!("{operation}: {error}"));
        assert_eq!(case.store.stacks("p").await.unwrap()[0].locked_by, None, "{operation}");
        let runs = case.store.history(&stack_id(), 9).await.unwrap();
        assert!(runs.iter().all(|run| run.end.is_some()), "{operation}: a run has no end");
        case.expect_valid_state().await;
    }
}

// Rule 29.
#[tokio::test]
async fn a_panic_of_the_store_lets_go_of_the_lock() {
    for operation in ["up", "refresh", "taint"] {
        let case = Case::new().await;
        case.up(TWO).await;
        case.tamper("id-1", "size", 7);
        let stack = odd(&case, CHANGED, false, OddCommit::Panics);
        let (options, sink, stop) = (case.options.clone(), case.sink(), Interrupt::default());
        let run = tokio::spawn(async move {
            match operation {
                "up" => stack.up(&options, sink, stop).await.map(|summary| summary.message),
                "refresh" => {
                    stack.refresh(&options, sink, stop).await.map(|summary| summary.message)
                }
                _ => stack.taint(&["a".to_owned()]).await.map(|_| None),
            }
        });
        let is_told = match run.await {
            // The summary tells that of a step.
            Ok(message) => message.unwrap().unwrap().contains("a broken store"),
            Err(error) => error.is_panic(),
        };
        assert!(is_told, "{operation}: the caller does not see the panic");
        let end = case.store.history(&stack_id(), 1).await.unwrap().remove(0).end;
        let end: RunEnd = end.unwrap_or_else(|| panic!("{operation}: the run has no end"));
        assert!(end.message.contains("a broken store"), "{}", end.message);
        case.expect_convergence(CHANGED).await;
    }
}
