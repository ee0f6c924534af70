//! Tests that this machine cannot run. They are reported, and with `KIM_TESTS_REQUIRE=1` they fail.

use std::io::Write;

/// Reports that the calling test leaves something out, and why.
///
/// Also appends to the file `KIM_TESTS_LEFT_OUT`, which `cargo xtask test` prints at its end.
///
/// # Panics
/// `KIM_TESTS_REQUIRE` is 1.
#[track_caller]
pub(crate) fn left_out(why: &str) {
    let required = std::env::var_os("KIM_TESTS_REQUIRE").is_some_and(|value| value == "1");
    assert!(!required, "{why}; with KIM_TESTS_REQUIRE=1 nothing may be left out");
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("a test");
    // Not by `eprintln!`, whose output a succeeding test hides. A closed stderr is not an error.
    let _ = writeln!(std::io::stderr(), "left out by {test}: {why}");
    if let Some(file) = std::env::var_os("KIM_TESTS_LEFT_OUT") {
        let file = std::fs::OpenOptions::new().create(true).append(true).open(file);
        file.and_then(|mut file| file.write_all(format!("{why}\t{test}\n").as_bytes()))
            .expect("it can be written");
    }
}
