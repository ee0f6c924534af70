//! Texts that people, programs and plugins write: paths, URNs, values and schemas as JSON.

use kim_model::json::{Marked, from_json, from_marked, redacted, to_marked};
use kim_model::{Path, Urn, Value, schema};

/// Reads one text as each of them. What is read is written, and read again.
pub(super) fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(path) = text.parse::<Path>() {
        assert_eq!(path.to_string().parse(), Ok(path), "a path");
    }
    if let Ok(urn) = text.parse::<Urn>() {
        assert_eq!(urn.as_str(), text, "a URN");
        let _ = (urn.project(), urn.stack(), urn.kind(), urn.name(), urn.qualified_name());
    }
    if let Ok(json) = serde_json::from_str::<serde_json::Value>(text) {
        let value = from_json(&json);
        let _ = redacted(&value);
        assert_eq!(from_marked(&to_marked(&value)), Some(value), "a value");
    }
    if let Ok(marked) = serde_json::from_str::<Marked>(text)
        && let Some(value) = from_marked(&marked)
    {
        let written = serde_json::to_string(&value).expect("a value is JSON");
        let read: Value = serde_json::from_str(&written).expect("what was written is read");
        assert_eq!(read, value, "a value with marks");
    }
    if let Ok(plugin) = serde_json::from_str::<schema::Plugin>(text) {
        let written = serde_json::to_string(&plugin).expect("a schema is JSON");
        assert_eq!(serde_json::from_str(&written).ok(), Some(plugin), "a schema");
    }
}
