//! The program's closures, by number, from the run to the last call by the engine.
//!
//! Invariant: numbers are given in the order of registration, so the same run always gives the same
//! numbers.

use std::cell::RefCell;
use std::panic::Location;
use std::rc::Rc;

use kim_model::{OutputId, Value};

use crate::{Error, Result, host};

pub(crate) type Closure = Rc<dyn Fn(Vec<Value>) -> Result<Value>>;

thread_local! {
    static CLOSURES: RefCell<Vec<Closure>> = const { RefCell::new(Vec::new()) };
}

/// Registers a closure and returns an output of its call.
///
/// The closure's errors name the place in the program that made it.
#[track_caller]
pub(crate) fn express<const N: usize>(
    arguments: Vec<Value>,
    f: impl Fn([Value; N]) -> Result<Value> + 'static,
) -> OutputId {
    let place = Location::caller();
    let closure: Closure = Rc::new(move |arguments: Vec<Value>| {
        let count = arguments.len();
        let arguments = <[Value; N]>::try_from(arguments).map_err(|_| {
            Error::new(format!("{place}: the closure takes {N} arguments, the engine gave {count}"))
        })?;
        f(arguments)
            .map_err(|error| Error::new(format!("{}:{}: {error}", place.file(), place.line())))
    });
    let callback = CLOSURES.with_borrow_mut(|closures| {
        closures.push(closure);
        (closures.len() - 1) as u32
    });
    host::transform(callback, arguments)
}

/// Takes all closures of the run that ended on this thread.
#[cfg(not(target_family = "wasm"))]
pub(crate) fn take() -> Vec<Closure> {
    CLOSURES.take()
}

/// Calls a closure of this instance's run.
#[cfg(target_family = "wasm")]
pub(crate) fn call(callback: u32, arguments: Vec<Value>) -> Result<Value> {
    let closure = CLOSURES.with_borrow(|closures| closures.get(callback as usize).cloned());
    match closure {
        Some(closure) => closure(arguments),
        None => Err(Error::new(format!("the program made no closure with the number {callback}"))),
    }
}
