//! A record as JSON, without its values and without an id that is secret.
//!
//! Invariant: nothing secret is in it. An id that is secret is also a property, where it is sealed.

use std::sync::Arc;

use kim_engine::state::Record;
use kim_model::Value;
use serde::{Deserialize, Serialize};

use crate::codec::SealContext;
use crate::error::{Fault, Result};

/// A record without its inputs and properties.
#[derive(Serialize, Deserialize)]
pub(crate) struct BareRecord {
    #[serde(flatten)]
    record: Record,
    /// The property whose value is the id; `None`: the record has its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id_property: Option<String>,
}

impl BareRecord {
    /// Returns a record without its values.
    pub(crate) fn of(record: &Record) -> BareRecord {
        let id_property = record.secret_id().map(str::to_owned);
        let id = if id_property.is_some() { String::new() } else { record.id.clone() };
        let (inputs, properties) = Default::default();
        BareRecord { record: Record { id, inputs, properties, ..record.clone() }, id_property }
    }

    /// Returns the context of a value of the record.
    pub(crate) fn context<'p>(&'p self, slot: &'p str) -> SealContext<'p> {
        SealContext::of_copy(&self.record.urn, self.record.generation, slot)
    }

    /// Returns the record with its values.
    pub(crate) fn with(self, inputs: Value, properties: Value) -> Result<Record> {
        let BareRecord { mut record, id_property } = self;
        if let Some(property) = id_property {
            record.id = id_in(&properties, &property)?;
        }
        Ok(Record { inputs: Arc::new(inputs), properties: Arc::new(properties), ..record })
    }
}

/// Returns the id that is the secret of a property.
pub(crate) fn id_in(properties: &Value, property: &str) -> Result<String> {
    let id = match properties.get(property) {
        Some(Value::Secret(id)) => id.as_text(),
        _ => None,
    };
    let damaged = || Fault::damaged(format_args!("the property '{property}' is not the id"));
    id.map(str::to_owned).ok_or_else(damaged)
}
