//! A kind that keeps what it creates: texts on an HTTP server, each under the token that created it.

use crate::exports::kim::plugin::provider::{Failure, State};
use crate::kim::plugin::values::{Node, Value};
use crate::kim::plugin::{host, http};

/// The name of the kind.
pub const KIND: &str = "stored";

/// Stores a text under an id, in place of the one before.
pub fn put(id: &str, inputs: &Value) -> Result<State, Failure> {
    let text = text_at(inputs, "text");
    send("PUT", id, &text)?;
    Ok(state(id, text))
}

/// Returns what is stored under an id.
pub fn get(id: &str) -> Result<Option<State>, Failure> {
    let response = send("GET", id, "")?;
    let text = || String::from_utf8_lossy(&response.body).into_owned();
    Ok((response.status == 200).then(|| state(id, text())))
}

/// Deletes what is stored under an id, if anything is.
pub fn delete(id: &str) -> Result<(), Failure> {
    send("DELETE", id, "").map(|_| ())
}

fn send(method: &str, id: &str, body: &str) -> Result<http::Response, Failure> {
    let request = http::Request {
        method: method.to_owned(),
        url: format!("http://{}/{id}", text_at(&host::config(), "host")),
        headers: vec![],
        body: body.as_bytes().to_vec(),
    };
    http::send(&request).map_err(|failure| Failure::Other(format!("{failure:?}")))
}

/// Returns the text at a key of a map; empty if there is none.
fn text_at(map: &Value, key: &str) -> String {
    let Some(Node::Map(entries)) = map.nodes.get(map.root as usize) else { return String::new() };
    let entry = entries.iter().find(|(name, _)| name == key);
    match entry.and_then(|(_, index)| map.nodes.get(*index as usize)) {
        Some(Node::Text(text)) => text.clone(),
        _ => String::new(),
    }
}

fn state(id: &str, text: String) -> State {
    let map = Node::Map(vec![("id".to_owned(), 0), ("text".to_owned(), 1)]);
    let nodes = vec![Node::Text(id.to_owned()), Node::Text(text), map];
    State { id: id.to_owned(), properties: Value { nodes, root: 2 } }
}
