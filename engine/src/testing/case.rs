//! A case of a suite, and how it is run.

use std::pin::Pin;

/// A case of a suite whose fixtures are `F`.
pub struct Case<F: ?Sized> {
    /// The name of the case: the rule that it checks.
    pub name: &'static str,
    /// Runs the case on a fixture of its own. Panics if the rule does not hold.
    pub check: for<'f> fn(&'f F) -> Pin<Box<dyn Future<Output = ()> + 'f>>,
}

/// Runs a case on a runtime of its own.
pub fn run_case(case: impl Future<Output = ()>) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(case);
}

/// Runs cases, each on a new fixture, and returns the names of those that fail.
///
/// `fixture` returns the fixtures. For test runners without libtest, and for tests of the suites
/// themselves.
pub fn failing_cases<F: ?Sized>(
    cases: &[Case<F>],
    fixture: impl Fn() -> Box<F> + Sync,
) -> Vec<&'static str> {
    let fails = |case: &Case<F>| {
        std::thread::scope(|scope| {
            scope.spawn(|| run_case((case.check)(&fixture()))).join().is_err()
        })
    };
    cases.iter().filter(|case| fails(case)).map(|case| case.name).collect()
}
