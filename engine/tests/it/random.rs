//! Random programs, one after the other, with random faults: afterwards a fault-free run leads to exactly what the last
//! program says, with no orphan, and state is valid all along.

use kim_engine::model::Failure;
use kim_engine::plan::Operation;
use kim_engine::state::{State, validate};
use proptest::prelude::*;

use crate::disk::{Trouble, converges, goes, troubled};
use crate::fixture::{Case, Fault};

/// A program: for each of six names perhaps a resource, which may draw on earlier ones.
fn program() -> impl Strategy<Value = String> {
    lines(Just(("", "")))
}

/// The same with resources that go by another name now than in other programs, or are replaced the other way round.
fn varied_program() -> impl Strategy<Value = String> {
    lines((proptest::sample::select(vec!["", "", "x"]), proptest::sample::select(vec!["", "", " !dbr", " !cbd"])))
}

fn lines(variation: impl Strategy<Value = (&'static str, &'static str)>) -> impl Strategy<Value = String> {
    let kind = proptest::sample::select(vec!["Thing", "Unique", "Ready"]);
    let line = (kind, 0..3u8, 0..2u8, 0..4usize, 0..4u8, any::<bool>(), variation);
    proptest::collection::vec(proptest::option::weighted(0.75, line), 6).prop_map(|lines| {
        let mut text = String::new();
        let mut names: Vec<String> = Vec::new();
        for (index, line) in lines.into_iter().enumerate() {
            let Some((kind, size, fixed, on, how, after, (prefix, option))) = line else { continue };
            let name = format!("{prefix}r{index}");
            let kind = if how == 3 && names.get(on).is_some() { "Part" } else { kind };
            text.push_str(&format!("{name}: {kind} size={size}"));
            match names.get(on) {
                Some(other) if how == 0 => text.push_str(&format!(" ref={other}.id fixed=f{fixed}")),
                Some(other) if how == 1 => text.push_str(&format!(" fixed={other}.id")),
                Some(other) if how == 3 => text.push_str(&format!(" fixed={other}.id !with={other}")),
                Some(other) if after => text.push_str(&format!(" fixed=f{fixed} !after={other}")),
                _ => text.push_str(&format!(" fixed=f{fixed}")),
            }
            let former = if prefix.is_empty() { "x" } else { "" };
            text.push_str(&format!("{option} !alias={former}r{index}\n"));
            names.push(name);
        }
        text
    })
}

fn fault() -> impl Strategy<Value = (&'static str, usize, Fault)> {
    let operation = prop_oneof![Just("create"), Just("settle"), Just("update"), Just("delete"), Just("find")];
    let fault = prop_oneof![
        Just(Fault::Refuse(Failure::Denied("denied".to_owned()))),
        Just(Fault::Refuse(Failure::Throttled("throttled".to_owned()))),
        Just(Fault::Refuse(Failure::Other("other".to_owned()))),
        Just(Fault::LoseAnswer),
        Just(Fault::Partial),
    ];
    (operation, 1..4usize, fault)
}

fn assert_valid(state: &State) {
    assert_eq!(validate(state), [""; 0]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn runs_converge(programs in proptest::collection::vec((program(), proptest::collection::vec(fault(), 0..3), any::<Option<u8>>()), 1..4)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let mut case = Case::new().await;
            case.options.parallel = 16;
            let mut last = String::new();
            for (program, faults, lost) in programs {
                for (operation, nth, fault) in faults {
                    case.fault(operation, nth, fault);
                }
                // A plan may be refused (a circle that two orders of replacement make); then nothing happens.
                if case.run(Operation::Up, &program).await.is_ok() {
                    last = program;
                }
                assert_valid(&case.state().await);
                // Something vanishes behind kim's back, and a refresh notices.
                if let Some(lost) = lost {
                    case.lose(lost.into());
                    // It is refused, and changes nothing, where a fault hides what became of an open create.
                    let before = case.state().await;
                    if case.run(Operation::Refresh, "").await.is_err() {
                        assert_eq!(case.state().await, before);
                    }
                    assert_valid(&case.state().await);
                }
            }
            case.world.lock().unwrap().faults.clear();
            let summary = case.run(Operation::Up, &last).await.unwrap();
            assert_eq!(summary.message, None, "{last}");
            let state = case.state().await;
            assert_valid(&state);
            assert_eq!(case.preview(&last).await.unwrap(), "", "{last}");
            let recorded: std::collections::BTreeSet<String> = state.records().map(|record| record.id.clone()).collect();
            let existing: std::collections::BTreeSet<String> = case.world.lock().unwrap().items.keys().cloned().collect();
            assert_eq!(recorded, existing, "orphans or ghosts after {last}");
            assert_eq!(state.records().count(), last.lines().count());
            case.run(Operation::Destroy, "").await.unwrap();
            assert!(case.world.lock().unwrap().items.is_empty());
        });
    }
}

/// A run: what it is, with its program, what goes wrong in the cloud, and which commit goes wrong how.
/// Afterwards something may vanish behind kim's back.
type Run = (Operation, String, Vec<(&'static str, usize, Fault)>, usize, Trouble, Option<u8>);

fn run() -> impl Strategy<Value = Run> {
    let operation = prop_oneof![4 => Just(Operation::Up), 1 => Just(Operation::Destroy), 1 => Just(Operation::Refresh)];
    let hang = prop_oneof![Just("create"), Just("settle"), Just("update"), Just("delete")];
    let hang = (hang, 1..4usize, prop_oneof![Just(Fault::Hang), Just(Fault::HangAfter)]);
    let faults = proptest::collection::vec(prop_oneof![3 => fault(), 1 => hang], 0..3);
    let lost = proptest::option::weighted(0.2, any::<u8>());
    (operation, varied_program(), faults, 1..12usize, proptest::sample::select(&Trouble::ALL[..]), lost)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// The same with a store that fails, runs that are killed, and a cloud that takes no tokens, shows late what it has
    /// made, and takes its time.
    #[test]
    fn troubled_runs_converge(
        runs in proptest::collection::vec(run(), 1..4),
        unseen in 0..4usize,
        slow in 0..3usize,
        parallel in 1..6usize,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let mut case = Case::new().await;
            case.options.parallel = parallel;
            {
                let mut world = case.world.lock().unwrap();
                world.forgetful = true;
                world.unseen = unseen;
                world.slow = slow;
            }
            let mut last = String::new();
            for (operation, program, faults, nth, trouble, lost) in runs {
                for (operation, nth, fault) in faults {
                    case.fault(operation, nth, fault);
                }
                troubled(&case, operation, &program, nth, trouble).await;
                if operation == Operation::Up {
                    last = program;
                }
                if let Some(lost) = lost {
                    case.lose(lost.into());
                }
            }
            case.world.lock().unwrap().faults.clear();
            // Refused where two orders of replacement make a circle.
            if case.preview(&last).await.is_ok() {
                converges(&case, &last).await;
            }
            goes(&case).await;
        });
    }
}
