//! Inputs: texts as they are, and bytes that choose what is made.

use std::collections::BTreeMap;

use kim_model::{OutputId, Value};
pub(crate) use libfuzzer_sys::arbitrary::{Result as Taken, Unstructured};

/// The line between the parts of an input that is text.
const SEPARATOR: &str = "\n=====\n";

/// Returns the parts of a text, which may be missing.
pub(crate) fn parts<const N: usize>(bytes: &[u8]) -> [String; N] {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let mut parts = text.split(SEPARATOR).map(str::to_owned);
    std::array::from_fn(|_| parts.next().unwrap_or_default())
}

/// Returns a value that a program could pass, at most `depth` levels deep.
pub(crate) fn value(input: &mut Unstructured<'_>, depth: usize) -> Taken<Value> {
    let kinds = if depth == 0 { 6 } else { 9 };
    Ok(match input.int_in_range(0..=kinds)? {
        0 => Value::Null,
        1 => Value::Bool(input.arbitrary()?),
        2 => Value::Int(input.arbitrary()?),
        3 => Value::Float(Some(input.arbitrary()?).filter(|it: &f64| !it.is_nan()).unwrap_or(0.5)),
        4 => Value::Text(input.arbitrary()?),
        5 => Value::Bytes(input.arbitrary()?),
        6 => Value::Output(OutputId(input.int_in_range(0..=20)?)),
        7 => {
            let count = input.int_in_range(0..=4)?;
            Value::List((0..count).map(|_| value(input, depth - 1)).collect::<Taken<_>>()?)
        }
        8 => {
            let count = input.int_in_range(0..=4)?;
            let entry = |_| Ok((input.arbitrary()?, value(input, depth - 1)?));
            Value::Map((0..count).map(entry).collect::<Taken<BTreeMap<String, Value>>>()?)
        }
        _ => Value::secret(value(input, depth - 1)?),
    })
}

/// Returns a runtime for one input. Its clock moves on when everything waits.
pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .expect("a runtime starts")
}

/// Returns a folder for the files of one input, in memory where that is possible.
pub(crate) fn folder() -> tempfile::TempDir {
    let memory = std::path::Path::new("/dev/shm");
    let made = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    made.or_else(|_| tempfile::tempdir()).expect("a scratch folder")
}
