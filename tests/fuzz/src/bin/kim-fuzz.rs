//! libFuzzer over one target, named by the variable `KIM_FUZZ_TARGET`.
//!
//! `cargo xtask prove fuzz` builds and runs it. The arguments are libFuzzer's.
#![no_main]

use std::sync::OnceLock;

use kim_fuzz::Target;

static TARGET: OnceLock<&'static Target> = OnceLock::new();

/// Finds the target before the first input.
fn choose() {
    let name = std::env::var("KIM_FUZZ_TARGET").unwrap_or_default();
    match kim_fuzz::find(&name) {
        Ok(target) => {
            let _ = TARGET.set(target);
        }
        Err(error) => {
            eprintln!("KIM_FUZZ_TARGET: {error}");
            std::process::exit(2);
        }
    }
}

libfuzzer_sys::fuzz_target!(init: choose(), |bytes: &[u8]| {
    if let Some(target) = TARGET.get() {
        (target.run)(bytes);
    }
});
