//! The kind `{{name}}:api:Item`.

use kim_plugin::prelude::*;
use serde_json::json;

use crate::service::ask;

/// An item that the service sells.
#[derive(Clone, Debug, Resource)]
#[kim(kind = "{{name}}:api:Item", id = "item_id")]
pub struct Item {
    /// What it is called. Another name means another item.
    #[kim(immutable, len = 1..=50)]
    pub name: String,
    /// What it costs, in cents.
    #[kim(range = 0..=1_000_000)]
    pub price: u32,
    /// Words to find it by.
    #[kim(set)]
    pub tags: Vec<String>,
    /// The service's name for it, `item-1`.
    #[kim(computed)]
    pub item_id: String,
    /// How often it was changed.
    #[kim(computed, volatile)]
    pub revision: u32,
}

impl Kind for Item {
    /// The service takes a token: the same one never makes a second item.
    async fn create(inputs: Item, token: &str) -> Result<State<Item>, Failure> {
        let body = json!({ "name": inputs.name, "price": inputs.price, "tags": inputs.tags, "token": token });
        state(&ask("POST", "/items", Some(body))?.unwrap_or_default())
    }

    /// One request for as many as kim asks for.
    async fn read(items: Vec<Live<Item>>) -> Result<Vec<Option<State<Item>>>, Failure> {
        let ids: Vec<&str> = items.iter().map(|item| item.id.as_str()).collect();
        let found = states(ask("GET", &format!("/items?ids={}", ids.join(",")), None)?)?;
        Ok(items.iter().map(|item| found.iter().find(|state| state.id == item.id).cloned()).collect())
    }

    async fn update(id: &str, inputs: Item, _: Item) -> Result<Progress<Item>, Failure> {
        let body = json!({ "price": inputs.price, "tags": inputs.tags });
        match ask("PUT", &format!("/items/{id}"), Some(body))? {
            Some(item) => Ok(Progress::Done(state(&item)?)),
            None => Err(Failure::NotFound(format!("there is no item '{id}' any more"))),
        }
    }

    /// What is gone already is gone.
    async fn delete(id: &str, _: Item) -> Result<Deletion, Failure> {
        ask("DELETE", &format!("/items/{id}"), None)?;
        Ok(Deletion::Gone)
    }

    /// Asked when the answer to a create was lost.
    async fn find(token: &str, _: Item) -> Result<Option<State<Item>>, Failure> {
        Ok(states(ask("GET", &format!("/items?token={token}"), None)?)?.pop())
    }
}

/// An item as the service tells it. The names are the same as here, but for the id's.
pub fn state(item: &Value) -> Result<State<Item>, Failure> {
    let id = item.get("id").and_then(Value::as_text);
    let id = id.ok_or_else(|| Failure::Other("the service told of an item without an id".to_owned()))?;
    let properties = Item { item_id: id.to_owned(), ..Item::from_recorded(item)? };
    Ok(State { id: id.to_owned(), properties })
}

/// A list of items.
pub fn states(list: Option<Value>) -> Result<Vec<State<Item>>, Failure> {
    list.as_ref().and_then(Value::as_list).unwrap_or_default().iter().map(state).collect()
}
