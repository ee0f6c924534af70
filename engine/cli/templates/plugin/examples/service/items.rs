//! What the service knows: its items, and its answers. Replace it by whatever your plugin is for.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// The items by number.
#[derive(Default)]
pub struct Items {
    items: BTreeMap<u64, Value>,
    last: u64,
}

/// The most tags of an item: a rule of the service.
const MOST_TAGS: usize = 5;

impl Items {
    /// Answers a request: the status, and the body.
    pub fn answer(&mut self, method: &str, target: &str, body: &[u8]) -> (u16, Value) {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        match (method, path.trim_matches('/').split('/').collect::<Vec<_>>()[..].as_ref()) {
            ("GET", ["items"]) => (200, self.search(query)),
            ("POST", ["items"]) => self.create(body),
            ("PUT", ["items", id]) => self.change(id, &body),
            ("DELETE", ["items", id]) => match number(id).and_then(|number| self.items.remove(&number)) {
                Some(_) => (204, Value::Null),
                None => (404, json!({ "error": "there is no such item" })),
            },
            _ => (405, json!({ "error": "the service does not know that" })),
        }
    }

    fn search(&self, query: &str) -> Value {
        let Some((key, wanted)) = query.split_once('=') else { return self.items.values().cloned().collect() };
        let wanted = decoded(wanted);
        let fits = |item: &&Value| match key {
            "ids" => wanted.split(',').any(|id| item["id"] == *id),
            _ => item[key] == *wanted,
        };
        self.items.values().filter(fits).cloned().collect()
    }

    fn create(&mut self, body: Value) -> (u16, Value) {
        if let Some(made) = self.items.values().find(|item| item["token"] == body["token"]) {
            return (200, made.clone());
        }
        if let Some(why) = wrong(&body) {
            return (422, json!({ "error": why }));
        }
        self.last += 1;
        let mut item = body;
        item["id"] = json!(format!("item-{}", self.last));
        item["revision"] = json!(1);
        self.items.insert(self.last, item.clone());
        (201, item)
    }

    fn change(&mut self, id: &str, body: &Value) -> (u16, Value) {
        let Some(item) = number(id).and_then(|number| self.items.get_mut(&number)) else {
            return (404, json!({ "error": "there is no such item" }));
        };
        let mut changed = item.clone();
        for key in ["price", "tags"] {
            changed[key] = body[key].clone();
        }
        if let Some(why) = wrong(&changed) {
            return (422, json!({ "error": why }));
        }
        if changed != *item {
            changed["revision"] = json!(item["revision"].as_u64().unwrap_or_default() + 1);
            *item = changed;
        }
        (200, item.clone())
    }
}

/// What is wrong with an item.
fn wrong(item: &Value) -> Option<String> {
    let tags = item["tags"].as_array().map_or(0, Vec::len);
    match item {
        _ if !item["name"].is_string() => Some("an item needs a name".to_owned()),
        _ if !item["price"].is_u64() => Some("an item needs a price".to_owned()),
        _ if tags > MOST_TAGS => Some(format!("an item has at most {MOST_TAGS} tags, not {tags}")),
        _ => None,
    }
}

fn number(id: &str) -> Option<u64> {
    id.strip_prefix("item-")?.parse().ok()
}

/// A part of an address as text.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let hex = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
        match byte {
            b'%' => bytes.extend(hex(rest.next()).zip(hex(rest.next())).map(|(high, low)| (high * 16 + low) as u8)),
            _ => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
