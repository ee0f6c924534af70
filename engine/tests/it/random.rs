//! Random programs with random faults, one after the other.
//!
//! The state is valid after each run. In the end, a run without a fault creates exactly what the
//! last program says, and leaves no orphan.

use kim_engine::plan::Operation;
use proptest::prelude::*;

use crate::fixture::{Case, CommitFault, Fault};

/// Returns programs: for each of six names perhaps a resource, which may refer to earlier ones.
fn program() -> impl Strategy<Value = String> {
    lines(Just(("", "")))
}

/// The same, but resources may have another name than in other programs, or be replaced in the
/// other order.
fn varied_program() -> impl Strategy<Value = String> {
    lines((
        proptest::sample::select(vec!["", "", "x"]),
        proptest::sample::select(vec!["", "", " !dbr", " !cbd"]),
    ))
}

fn lines(
    variation: impl Strategy<Value = (&'static str, &'static str)>,
) -> impl Strategy<Value = String> {
    let kind = proptest::sample::select(vec!["Thing", "Unique", "Ready", "Loose"]);
    let line = (kind, 0..3u8, 0..2u8, 0..4usize, 0..4u8, any::<bool>(), variation);
    proptest::collection::vec(proptest::option::weighted(0.75, line), 6).prop_map(|lines| {
        let mut text = String::new();
        let mut names: Vec<String> = Vec::new();
        for (index, line) in lines.into_iter().enumerate() {
            let Some((kind, size, fixed, on, how, after, (prefix, option))) = line else {
                continue;
            };
            let name = format!("{prefix}r{index}");
            let kind = if how == 3 && names.get(on).is_some() { "Part" } else { kind };
            text.push_str(&format!("{name}: {kind} size={size}"));
            match names.get(on) {
                Some(other) if how == 0 => {
                    text.push_str(&format!(" ref={other}.id fixed=f{fixed}"))
                }
                Some(other) if how == 1 => text.push_str(&format!(" fixed={other}.id")),
                Some(other) if how == 3 => {
                    text.push_str(&format!(" fixed={other}.id !with={other}"))
                }
                Some(other) if how == 2 && !after => {
                    text.push_str(&format!(" fixed=f{fixed} !follow={other}"))
                }
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
    let operation =
        prop_oneof![Just("create"), Just("settle"), Just("update"), Just("delete"), Just("find")];
    let fault = prop_oneof![
        Just(Fault::denied("denied")),
        Just(Fault::throttled("throttled")),
        Just(Fault::other("other")),
        Just(Fault::LoseAnswer),
        Just(Fault::Partial),
    ];
    (operation, 1..4usize, fault)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    // Rule 36.
    #[test]
    fn runs_converge(programs in proptest::collection::vec((program(), proptest::collection::vec(fault(), 0..3), any::<Option<u8>>()), 1..4)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let mut case = Case::new().await;
            case.options.parallel = 16;
            case.options.delete_renamed = true;
            let mut last = String::new();
            for (program, faults, lost) in programs {
                for (operation, nth, fault) in faults {
                    case.fault(operation, nth, fault);
                }
                // A plan may be rejected: two orders of replacement may make a circle. Then nothing
                // happens.
                if case.run(Operation::Up, &program).await.is_ok() {
                    last = program;
                }
                case.expect_valid_state().await;
                // An item is deleted outside kim, and a refresh notices.
                if let Some(lost) = lost {
                    case.remove_nth_item(lost.into());
                    // It is rejected, and changes nothing, where a fault hides the outcome of an
                    // open create.
                    let before = case.state().await;
                    if case.run(Operation::Refresh, "").await.is_err() {
                        assert_eq!(case.state().await, before);
                    }
                    case.expect_valid_state().await;
                }
            }
            case.cloud().faults.clear();
            case.expect_convergence(&last).await;
            case.expect_destroyed().await;
        });
    }
}

/// A run: its operation, its program, the faults of the cloud, and which commit goes wrong how.
/// Afterwards an item may be deleted outside kim.
type Run = (Operation, String, Vec<(&'static str, usize, Fault)>, usize, CommitFault, Option<u8>);

fn run() -> impl Strategy<Value = Run> {
    let operation = prop_oneof![4 => Just(Operation::Up), 1 => Just(Operation::Destroy), 1 => Just(Operation::Refresh)];
    let hang = prop_oneof![Just("create"), Just("settle"), Just("update"), Just("delete")];
    let hang = (hang, 1..4usize, prop_oneof![Just(Fault::Hang), Just(Fault::HangAfter)]);
    let faults = proptest::collection::vec(prop_oneof![3 => fault(), 1 => hang], 0..3);
    let lost = proptest::option::weighted(0.2, any::<u8>());
    (
        operation,
        varied_program(),
        faults,
        1..12usize,
        proptest::sample::select(&CommitFault::ALL[..]),
        lost,
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    // Rule 26.
    /// The same with a store that fails, runs that are killed, and a cloud that ignores tokens,
    /// shows new items late, and is slow.
    #[test]
    fn runs_with_a_failing_store_converge(
        runs in proptest::collection::vec(run(), 1..4),
        unseen in 0..4usize,
        slow in 0..3usize,
        parallel in 1..6usize,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let mut case = Case::new().await;
            case.options.parallel = parallel;
            case.options.delete_renamed = true;
            {
                let mut world = case.cloud();
                world.ignores_tokens = true;
                world.hidden_reads = unseen;
                world.repeats = slow;
            }
            let mut last = String::new();
            for (operation, program, faults, nth, commit_fault, lost) in runs {
                for (operation, nth, fault) in faults {
                    case.fault(operation, nth, fault);
                }
                case.run_with_commit_fault(operation, &program, nth, commit_fault).await;
                if operation == Operation::Up {
                    last = program;
                }
                if let Some(lost) = lost {
                    case.remove_nth_item(lost.into());
                }
            }
            case.cloud().faults.clear();
            // Rejected where two orders of replacement make a circle.
            if case.preview(&last).await.is_ok() {
                case.expect_convergence(&last).await;
            }
            case.expect_destroyed().await;
        });
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    // Rule 53.
    /// The same with creates that are carried out at any later time, by a cloud that takes tokens
    /// except those of `Loose`.
    #[test]
    fn runs_with_late_creates_converge(
        runs in proptest::collection::vec((run(), late(), any::<bool>()), 1..4),
        unseen in 0..4usize,
        parallel in 1..6usize,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let mut case = Case::new().await;
            case.options.parallel = parallel;
            case.options.delete_renamed = true;
            case.cloud().hidden_reads = unseen;
            let mut last = String::new();
            for ((operation, program, faults, nth, commit_fault, lost), late, catches_up) in runs {
                for (operation, nth, fault) in faults.into_iter().chain(late) {
                    case.fault(operation, nth, fault);
                }
                case.run_with_commit_fault(operation, &program, nth, commit_fault).await;
                if operation == Operation::Up {
                    last = program;
                }
                if catches_up {
                    case.cloud().catch_up();
                }
                if let Some(lost) = lost {
                    case.remove_nth_item(lost.into());
                }
            }
            case.cloud().faults.clear();
            // The last creates may be carried out before or after they are looked for.
            if unseen % 2 == 0 {
                let _ = case.run(Operation::Up, &last).await;
            }
            case.cloud().show_all();
            case.cloud().catch_up();
            // Rejected where two orders of replacement make a circle.
            if case.preview(&last).await.is_ok() {
                case.expect_convergence(&last).await;
            }
            case.expect_destroyed().await;
            assert!(case.cloud().mixed_tokens.is_empty());
        });
    }
}

/// Generates creates that are carried out later.
fn late() -> impl Strategy<Value = Vec<(&'static str, usize, Fault)>> {
    let fault = (1..5usize, prop_oneof![Just(Fault::Late), Just(Fault::LateHang)]);
    proptest::collection::vec(fault.prop_map(|(nth, fault)| ("create", nth, fault)), 0..3)
}
