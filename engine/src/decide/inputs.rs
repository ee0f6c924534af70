//! The inputs of a declared resource, completed and checked against the schema.
//!
//! Pure. The plan checks the inputs that it knows, and the apply those that the plan did not know.

use kim_model::schema::Kind;
use kim_model::{Path, Value};

use super::{diff, ignored};
use crate::schema::check::{self, Problem};

/// The inputs that the program gives for a resource, and what may replace some.
pub(crate) struct GivenInputs<'k> {
    /// The resource's kind.
    pub(crate) kind: &'k Kind,
    /// The inputs, resolved as far as they are known.
    pub(crate) inputs: Value,
    /// The recorded inputs of the copy that stays.
    ///
    /// `None` for a new copy: it gets what the program says.
    pub(crate) recorded: Option<&'k Value>,
    /// The properties that the program marks as secret.
    pub(crate) secret_outputs: &'k [Path],
    /// The paths inside which the recorded inputs stay.
    pub(crate) ignore_changes: &'k [Path],
    /// The names of inputs that count as recorded if they are unknown.
    pub(crate) trusted: Vec<&'k str>,
}

/// The inputs of a resource, checked.
pub(crate) struct CheckedInputs {
    /// The inputs with defaults, without nulls, each in the type of its property.
    pub(crate) inputs: Value,
    /// What does not fit the schema.
    pub(crate) problems: Vec<Problem>,
}

impl GivenInputs<'_> {
    /// Puts recorded inputs back, fills defaults in, and checks against the schema.
    ///
    /// What the program marks as secret is marked, put back or not. Unknown values pass.
    pub(crate) fn check(self) -> CheckedInputs {
        let GivenInputs { kind, mut inputs, recorded, secret_outputs, ignore_changes, trusted } =
            self;
        if let Some(recorded) = recorded {
            ignored::put_back(&mut inputs, recorded, ignore_changes);
            trust(&mut inputs, recorded, &trusted);
        }
        diff::mark_secrets(&mut inputs, secret_outputs);
        let (inputs, problems) = check::check(&kind.name, &kind.properties, &inputs);
        CheckedInputs { inputs, problems }
    }
}

/// Replaces trusted inputs that are unknown by those recorded.
fn trust(inputs: &mut Value, recorded: &Value, trusted: &[&str]) {
    let Value::Map(map) = inputs else { return };
    for name in trusted {
        if let Some(value) = map.get_mut(*name).filter(|value| value.has_unknown()) {
            *value = recorded.get(name).cloned().unwrap_or_default();
        }
    }
}
