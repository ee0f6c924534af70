//! Readers of JSON documents.

use serde_json::Value as Json;

/// Returns the text at a JSON pointer of each item of a list.
///
/// # Panics
/// The document is no list, or an element has no text there.
pub fn texts(list: &Json, pointer: &str) -> Vec<String> {
    let elements = list.as_array().unwrap_or_else(|| panic!("not a list: {list}"));
    let text = |element: &Json| match element.pointer(pointer).and_then(Json::as_str) {
        Some(text) => text.to_owned(),
        None => panic!("no text at {pointer} of {element}"),
    };
    elements.iter().map(text).collect()
}
