//! The size of a component's code, before it is compiled.
//!
//! Invariant: what is compiled is within the bounds of [`kim_model::bounds`], so that compiling it
//! takes a bounded time and memory.

use kim_model::bounds::{CODE, FUNCTION, MODULES};
use wasmparser::{FunctionBody, Parser, Payload};

use crate::error::LoadError;

/// About the work for a local variable, in bytes of code.
///
/// A few bytes declare thousands of them.
const LOCAL: u64 = 8;

/// Rejects a component whose code takes too long to compile.
///
/// Accepts what is not valid: the compiler says what is wrong with it.
pub(super) fn expect_moderate(name: &str, bytes: &[u8]) -> Result<(), LoadError> {
    let too_large = |what: String| {
        let advice = "split it, or leave out what it does not need";
        Err(LoadError::new(format!("'{name}' is not compiled: {what}; {advice}")))
    };
    let (mut modules, mut code) = (0, 0);
    for payload in Parser::new(0).parse_all(bytes) {
        match payload {
            Ok(Payload::Version { .. }) => {
                modules += 1;
                if MODULES.is_exceeded_by(modules) {
                    return too_large(format!("it has more than {MODULES} inside each other"));
                }
            }
            Ok(Payload::CodeSectionEntry(function)) => {
                let size = size_of(&function);
                code += size;
                if FUNCTION.is_exceeded_by(size) {
                    return too_large(format!(
                        "a function has {} KB of code and local variables; at most {FUNCTION} are allowed",
                        size.div_ceil(1 << 10)
                    ));
                }
                if CODE.is_exceeded_by(code) {
                    return too_large(format!(
                        "it has more than {CODE} of code and local variables"
                    ));
                }
            }
            Ok(_) => {}
            Err(_) => return Ok(()),
        }
    }
    Ok(())
}

/// Returns the size of a function's code and local variables, in bytes of code.
fn size_of(function: &FunctionBody<'_>) -> u64 {
    let locals = function
        .get_locals_reader()
        .map(|reader| reader.into_iter().flatten().map(|(count, _)| u64::from(count)).sum::<u64>());
    let code = (function.range().end - function.range().start) as u64;
    code.saturating_add(LOCAL.saturating_mul(locals.unwrap_or(0)))
}
