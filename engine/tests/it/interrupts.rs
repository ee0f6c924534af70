//! Runs that end early: another run took the stack over, the caller dropped the future or
//! interrupted it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use kim_engine::event::{Event, Events, RunResult, StepResult, Summary};
use kim_engine::model::{Failure, Remedy, Value};
use kim_engine::plan::Operation;
use kim_engine::ports::{Program, ProgramError, Ran, RunContext, RunEnd, RunStart, Transforms};
use kim_engine::{Error, Interrupt, Options};
use tokio::task::JoinHandle;

use crate::fixture::{Case, CommitFault, Fault, Fixture, stack_id};

/// Starts an operation in a task of its own.
async fn start(
    case: &Case,
    operation: Operation,
    program: &str,
) -> JoinHandle<Result<Summary, Error>> {
    let stack = case.stack(program);
    let prepared =
        stack.plan(operation, &case.options, case.sink(), Interrupt::default()).await.unwrap();
    let (options, sink) = (case.options.clone(), case.sink());
    tokio::spawn(async move { stack.apply(prepared, &options, sink, Interrupt::default()).await })
}

/// Takes the stack over as another process does: it removes the lock, runs and ends.
async fn take_over(case: &Case) {
    case.store.unlock(&stack_id()).await.unwrap();
    let start = RunStart {
        operation: "up".to_owned(),
        who: "ben@loom".to_owned(),
        program: String::new(),
        plugins: Vec::new(),
    };
    let run = case.store.begin(&stack_id(), start).await.unwrap();
    case.store.finish(run, RunEnd::default()).await.unwrap();
}

/// Takes a run over after some time: from then on it calls nothing and records nothing.
async fn expect_silence_after_take_over(
    case: &Case,
    operation: Operation,
    program: &str,
    after: Duration,
) {
    let run = start(case, operation, program).await;
    tokio::time::sleep(after).await;
    assert!(!run.is_finished(), "the run has ended before it was taken over");
    take_over(case).await;
    case.clear_calls();
    let (state, asked) = (case.state().await, case.cloud().questions.len());
    let summary = tokio::time::timeout(Duration::from_secs(30), run).await.unwrap();
    assert_eq!(case.calls_and_reads(), [""; 0], "calls after the run was taken over");
    assert_eq!(case.cloud().questions.len(), asked, "lookups after the run was taken over");
    assert_eq!(case.state().await, state);
    let summary = summary.unwrap().unwrap();
    assert_eq!(summary.remedies, [Remedy::SeeTakingRun]);
    let message = summary.message.unwrap();
    let told = "another run took stack 'p/s' over: ben@loom, up, begun 20";
    assert_eq!(message.matches(told).count(), 1, "{message}");
    let history = case.store.history(&stack_id(), 2).await.unwrap();
    assert_eq!(history[1].end, None, "a run that was taken over has no end");
}

// Rule 52.
#[tokio::test(start_paused = true)]
async fn a_run_that_was_taken_over_repeats_no_delete_that_is_refused() {
    let case = Case::new().await;
    case.up("a: Thing ref=a").await;
    for nth in 1..=8 {
        case.fault("delete", nth, Fault::Refuse(Failure::Conflict("in use".to_owned())));
    }
    let soon = Duration::from_millis(500);
    expect_silence_after_take_over(&case, Operation::Destroy, "", soon).await;
}

// Rule 52.
#[tokio::test(start_paused = true)]
async fn a_run_that_was_taken_over_polls_no_more() {
    for (before, operation, program) in [
        ("", Operation::Up, "a: Thing ref=a"),
        ("a: Thing ref=a", Operation::Up, "a: Thing ref=b"),
        ("a: Thing ref=a", Operation::Destroy, ""),
    ] {
        let case = Case::new().await;
        case.up(before).await;
        case.cloud().repeats = 1000;
        let soon = Duration::from_secs(7);
        expect_silence_after_take_over(&case, operation, program, soon).await;
    }
}

// Rule 52.
#[tokio::test(start_paused = true)]
async fn a_run_that_was_taken_over_drops_the_call_in_flight_and_begins_no_step() {
    let case = Case::new().await;
    case.fault("create", 1, Fault::Hang);
    let program = r"
        a: Thing ref=a
        b: Thing ref=a.id
    ";
    let soon = Duration::from_secs(1);
    expect_silence_after_take_over(&case, Operation::Up, program, soon).await;
    // The next run finds out what became of the call.
    case.expect_convergence(program).await;
}

// Rule 52.
#[tokio::test(start_paused = true)]
async fn a_run_that_was_taken_over_looks_nothing_up() {
    let case = Case::new().await;
    case.fault("create", 1, Fault::Refuse(Failure::Transient("no answer".to_owned())));
    let soon = Duration::from_millis(300);
    expect_silence_after_take_over(&case, Operation::Up, "a: Thing ref=a", soon).await;
}

// Rule 52.
#[tokio::test(start_paused = true)]
async fn a_run_that_was_taken_over_repeats_no_lookup_of_its_program() {
    let program = "a: Ready ref=a\nb: Ready ref=look(a.id)";
    let soon = Duration::from_millis(300);
    let case = Case::new().await;
    for nth in 1..=8 {
        case.fault("look up", nth, Fault::throttled("slow down"));
    }
    expect_silence_after_take_over(&case, Operation::Up, program, soon).await;
    // Nor does it make the next one.
    let case = Case::new().await;
    case.fault("look up", 1, Fault::Slow);
    let program = "a: Ready ref=a\nb: Ready ref=look(a.id) fixed=look(a.auto)";
    expect_silence_after_take_over(&case, Operation::Up, program, soon).await;
}

#[tokio::test(start_paused = true)]
async fn a_dropped_future_releases_the_lock_and_leaves_the_rest_to_the_next_run() {
    let program = "a: Thing ref=a size=1\nb: Thing ref=a.id";
    let changed = "a: Thing ref=a size=2\nb: Thing ref=a.id";
    for (operation, before, after, hangs) in [
        (Operation::Up, "", program, "create"),
        (Operation::Up, "", program, "settle"),
        (Operation::Up, program, changed, "update"),
        (Operation::Destroy, program, program, "delete"),
    ] {
        let case = Case::new().await;
        case.up(before).await;
        case.fault(hangs, 1, Fault::Hang);
        let stack = case.stack(after);
        let sink = case.sink();
        let (options, interrupt) = (case.options.clone(), Interrupt::default());
        let run = async {
            match operation {
                Operation::Destroy => stack.destroy(&options, sink, interrupt.clone()).await,
                _ => stack.up(&options, sink, interrupt.clone()).await,
            }
        };
        tokio::time::timeout(Duration::from_secs(5), run).await.unwrap_err();
        // At once, without a pause in which the run could end by itself.
        case.expect_convergence(after).await;
        let ended = case.store.history(&stack_id(), 2).await.unwrap().remove(1).end;
        assert!(ended.is_some_and(|end| !end.succeeded), "{hangs}: the run has no end");
        assert_eq!(interrupt.level(), 0, "the caller's interrupt is the caller's");
    }
}

#[tokio::test(start_paused = true)]
async fn a_dropped_future_calls_nothing_more() {
    let case = Case::new().await;
    case.up("a: Thing ref=a").await;
    for nth in 1..=8 {
        case.fault("delete", nth, Fault::Refuse(Failure::Conflict("in use".to_owned())));
    }
    let stack = case.stack("");
    let run = stack.destroy(&case.options, case.sink(), Interrupt::default());
    tokio::time::timeout(Duration::from_millis(500), run).await.unwrap_err();
    tokio::time::sleep(Duration::from_millis(1)).await;
    case.clear_calls();
    tokio::time::sleep(Duration::from_secs(600)).await;
    assert_eq!(case.calls_and_reads(), [""; 0]);
    assert_eq!(case.store.stacks("p").await.unwrap()[0].locked_by, None);
}

#[tokio::test]
async fn a_panic_releases_the_lock() {
    let case = Case::new().await;
    let interrupt = Interrupt::default();
    let stop = interrupt.clone();
    // The receiver of events panics in the middle of a run, in the task of the run itself.
    let sink: Arc<dyn Events> = Arc::new(move |event: Event| match event {
        Event::StepStarted { .. } => stop.interrupt(),
        Event::StepFinished { result: StepResult::Skipped { .. }, .. } => panic!("a broken screen"),
        _ => {}
    });
    let program = "a: Thing ref=a\nb: Thing ref=a.id";
    let (stack, options) = (case.stack(program), case.options.clone());
    let run = tokio::spawn(async move { stack.up(&options, sink, interrupt).await });
    assert!(run.await.unwrap_err().is_panic(), "the caller does not see the panic");
    let end = case.store.history(&stack_id(), 1).await.unwrap().remove(0).end.unwrap();
    assert!(end.message.contains("a broken screen"), "{}", end.message);
    case.expect_convergence(program).await;
}

// Rule 25.
#[tokio::test(start_paused = true)]
async fn an_interrupt_between_an_intent_and_its_call_sends_nothing() {
    let program = r"
        a: Ready ref=a
        b: Ready ref=a.id
        c: Ready ref=b.id
    ";
    for (nth, sent) in [(1, &[][..]), (2, &["create a"]), (3, &["create a", "create id-1"])] {
        let case = Case::new().await;
        // Each commit but the last carries the next intent.
        case.run_with_commit_fault(Operation::Up, program, nth, CommitFault::Interrupted).await;
        assert_eq!(case.calls(), sent, "interrupted in commit {nth}");
        assert!(case.state().await.intents.is_empty(), "an intent of a call that was not sent");
        let steps = case.events.lock().unwrap().iter().filter(|event| is_started(event)).count();
        assert_eq!(steps, sent.len(), "a step that was not begun says that it was");
        case.expect_convergence(program).await;
    }
    let case = Case::new().await;
    case.up(program).await;
    case.clear_calls();
    case.run_with_commit_fault(Operation::Destroy, "", 2, CommitFault::Interrupted).await;
    assert_eq!(case.calls(), ["delete id-3"]);
    case.expect_destroyed().await;
}

fn is_started(event: &Event) -> bool {
    matches!(event, Event::StepStarted { .. })
}

/// Interrupts a run as a CI runner does: 7.5 s after the first request comes the second, and 2.5 s
/// later the run is killed.
async fn expect_end_in_time(case: &Case, operation: Operation, program: &str, what: &str) {
    let stack = case.stack(program);
    let (options, sink, interrupt) = (case.options.clone(), case.sink(), Interrupt::default());
    let stop = interrupt.clone();
    let mut run = tokio::spawn(async move {
        match operation {
            Operation::Destroy => stack.destroy(&options, sink, interrupt).await,
            _ => stack.up(&options, sink, interrupt).await,
        }
    });
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(!run.is_finished(), "{what}: the run has ended before it was interrupted");
    stop.interrupt();
    let gently = tokio::time::timeout(Duration::from_millis(7500), &mut run).await;
    if gently.is_err() {
        stop.interrupt();
        let ended = tokio::time::timeout(Duration::from_millis(2500), run).await;
        let ended = ended.unwrap_or_else(|_| panic!("{what}: the run would be killed"));
        let _ = ended.unwrap();
    }
    assert_eq!(case.store.stacks("p").await.unwrap()[0].locked_by, None, "{what}");
    case.expect_valid_state().await;
}

// Rule 25.
#[tokio::test(start_paused = true)]
async fn a_ci_runner_need_not_kill_a_run_whatever_it_waits_for() {
    let (one, two) = ("a: Thing ref=a size=1", "a: Thing ref=a size=2");
    for (operation, before, after, call) in [
        (Operation::Up, "", one, "create"),
        (Operation::Up, "", one, "settle"),
        (Operation::Up, one, two, "read"),
        (Operation::Up, one, two, "update"),
        (Operation::Destroy, one, one, "delete"),
    ] {
        let case = Case::new().await;
        case.up(before).await;
        case.fault(call, 1, Fault::Hang);
        let what = format!("a call of {call} that lasts");
        expect_end_in_time(&case, operation, after, &what).await;
        case.expect_convergence(after).await;

        let case = Case::new().await;
        case.up(before).await;
        for nth in 1..=8 {
            case.fault(call, nth, Fault::throttled("slow down"));
        }
        expect_end_in_time(&case, operation, after, &format!("retries of {call}")).await;
        case.cloud().faults.clear();
        case.expect_convergence(after).await;

        let case = Case::new().await;
        case.up(before).await;
        if matches!(call, "settle" | "update" | "delete") {
            case.cloud().repeats = 1000;
            expect_end_in_time(&case, operation, after, &format!("polls of {call}")).await;
            case.cloud().repeats = 0;
            case.expect_convergence(after).await;
        }
    }
    // The answer of a create was lost: its token is looked up, after pauses or by a call that lasts.
    for hangs in [false, true] {
        let case = Case::new().await;
        case.fault("create", 1, Fault::Refuse(Failure::Transient("no answer".to_owned())));
        if hangs {
            case.fault("find", 1, Fault::Hang);
        }
        expect_end_in_time(&case, Operation::Up, one, "lookups of what was created").await;
        case.expect_convergence(one).await;
    }
    // An earlier run was cut off: its create is looked up before there is a plan.
    let case = Case::new().await;
    case.leave_create_open(1);
    case.run(Operation::Up, one).await.unwrap();
    case.fault("find", 1, Fault::Hang);
    expect_end_in_time(&case, Operation::Up, one, "lookups of an earlier run").await;
    case.expect_convergence(one).await;
}

/// A program whose closures never return.
struct Endless(Fixture);

#[async_trait]
impl Program for Endless {
    async fn run(&self, context: RunContext) -> Result<Ran, ProgramError> {
        Ok(Ran { transforms: Box::new(NeverReturn), ..self.0.run(context).await? })
    }

    fn digest(&self) -> String {
        self.0.digest()
    }
}

struct NeverReturn;

#[async_trait]
impl Transforms for NeverReturn {
    async fn transform(&mut self, _: u32, _: Vec<Value>) -> Result<Value, ProgramError> {
        std::future::pending().await
    }
}

// Rule 25.
#[tokio::test(start_paused = true)]
async fn after_a_second_interrupt_no_output_is_computed() {
    let program = "a: Thing ref=a\nb: Thing ref=a.id\nexport: name=up(a.id)";
    for requests in [1, 2] {
        let case = Case::new().await;
        if requests == 2 {
            case.fault("settle", 2, Fault::Hang);
        }
        let mut stack = case.stack(program);
        stack.program = Some(Arc::new(Endless(Fixture(program.to_owned()))));
        let (options, sink, interrupt) = (case.options.clone(), case.sink(), Interrupt::default());
        let stop = interrupt.clone();
        let run = tokio::spawn(async move { stack.up(&options, sink, interrupt).await });
        // With one request, the closure is called while the outputs are computed.
        tokio::time::sleep(Duration::from_secs(60)).await;
        stop.interrupt();
        tokio::time::sleep(Duration::from_millis(7500)).await;
        assert!(!run.is_finished());
        stop.interrupt();
        let ended = tokio::time::timeout(Duration::from_millis(2500), run).await;
        let summary = ended.expect("a closure was awaited").unwrap().unwrap();
        assert!(summary.message.unwrap().contains("interrupted"), "{requests}");
        assert!(case.state().await.exports.is_empty());
        case.expect_convergence(program).await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_interrupt_is_a_result_of_its_own() {
    let case = Case::new().await;
    let (sink, interrupt) = case.interrupting_sink(is_started);
    let program = "a: Thing ref=a\nb: Thing ref=a.id";
    let summary = case.stack(program).up(&case.options, sink, interrupt).await.unwrap();
    let json = serde_json::to_value(&summary).unwrap();
    assert_eq!((&json["result"], &json["changes"]["skipped"]), (&"interrupted".into(), &1.into()));
    let entry = case.store.history(&stack_id(), 1).await.unwrap().remove(0);
    let json = serde_json::to_value(&entry).unwrap();
    assert_eq!(
        (&json["end"]["interrupted"], &json["end"]["succeeded"]),
        (&true.into(), &false.into())
    );

    // Neither a failure nor a run that was taken over is one.
    case.fault("create", 1, Fault::denied("no"));
    let summary = case.run(Operation::Up, program).await.unwrap();
    let entry = case.store.history(&stack_id(), 1).await.unwrap().remove(0);
    assert_eq!(serde_json::to_value(&summary).unwrap()["result"], "failed");
    assert_eq!(serde_json::to_value(&entry).unwrap()["end"]["interrupted"], false);
}

#[tokio::test(start_paused = true)]
async fn a_deadline_interrupts_an_operation_whatever_it_does() {
    let deadline = Duration::from_secs(3);
    // While it is planned, also by a preview.
    let mut case = Case::new().await;
    case.up("a: Thing ref=a").await;
    case.options.deadline = Some(deadline);
    let stack = case.stack("a: Thing ref=b");
    for preview in [false, true] {
        case.fault("read", 1, Fault::Hang);
        let began = tokio::time::Instant::now();
        let error = match preview {
            false => {
                let run = stack.up(&case.options, case.sink(), Interrupt::default());
                run.await.unwrap_err()
            }
            true => stack.preview(&case.options, Interrupt::default()).await.err().unwrap(),
        };
        assert!(matches!(error, Error::Interrupted), "{error}");
        assert_eq!(began.elapsed().as_secs(), deadline.as_secs());
    }
    // While it is carried out: what is repeated ends, and nothing new begins.
    for nth in 1..=8 {
        case.fault("update", nth, Fault::throttled("slow down"));
    }
    let began = tokio::time::Instant::now();
    let interrupt = Interrupt::default();
    let summary = stack.up(&case.options, case.sink(), interrupt.clone()).await.unwrap();
    assert_eq!(summary.result, RunResult::Interrupted);
    assert_eq!(began.elapsed().as_secs(), deadline.as_secs());
    assert_eq!(interrupt.level(), 0, "the caller's interrupt is the caller's");
    // A run that ends in time knows nothing of it.
    case.cloud().faults.clear();
    case.expect_convergence("a: Thing ref=b").await;
}

// Rule 27.
#[tokio::test(start_paused = true)]
async fn a_step_takes_no_longer_than_its_options_say() {
    for (timeout, told) in [
        (Options::default().step_timeout, "it took longer than 45 minutes (pending)"),
        (Duration::from_secs(60), "it took longer than 1 minute (pending)"),
        (Duration::from_secs(90), "it took longer than 90 seconds (pending)"),
    ] {
        let mut case = Case::new().await;
        case.options.step_timeout = timeout;
        case.cloud().repeats = 1_000_000;
        let began = tokio::time::Instant::now();
        let summary = case.run(Operation::Up, "a: Thing ref=a").await.unwrap();
        let message = summary.message.unwrap();
        assert!(message.contains(told), "{message}");
        let late = began.elapsed() - timeout;
        assert!(late < Duration::from_secs(2), "{late:?} late");
        case.cloud().repeats = 0;
        case.expect_convergence("a: Thing ref=a").await;
    }
}

/// The pauses of six lookups, which the cloud may need to show what it has created.
const LOOKUP_PAUSES: Duration = Duration::from_millis(200 + 400 + 800 + 1600 + 3200);

// Rule 27.
#[tokio::test(start_paused = true)]
async fn lookups_of_what_may_exist_never_take_less_than_their_pauses() {
    for _ in 0..20 {
        let case = Case::new().await;
        case.fault("create", 1, Fault::Refuse(Failure::Transient("no answer".to_owned())));
        let began = tokio::time::Instant::now();
        case.up("a: Thing ref=a").await;
        let took = began.elapsed();
        assert!(took >= LOOKUP_PAUSES, "a run that lost an answer looked for {took:?}");

        // After a crash, by the token.
        let case = Case::new().await;
        case.leave_create_open(1);
        case.run(Operation::Up, "a: Thing ref=a").await.unwrap();
        case.remove_item("id-1");
        let began = tokio::time::Instant::now();
        case.preview("a: Thing ref=a").await.unwrap();
        let took = began.elapsed();
        assert!(took >= LOOKUP_PAUSES, "a run after a crash looked for {took:?}");

        // After a crash, by the id.
        let case = Case::new().await;
        case.fault("settle", 1, Fault::denied("cut off"));
        case.run(Operation::Up, "a: Thing ref=a").await.unwrap();
        case.remove_item("id-1");
        let began = tokio::time::Instant::now();
        case.preview("a: Thing ref=a").await.unwrap();
        let took = began.elapsed();
        assert!(took >= LOOKUP_PAUSES, "an incomplete resource was looked for in {took:?}");
    }
}
