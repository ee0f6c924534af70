//! The lookup `{{name}}:api:item_by_name`: reads an item that a program does not own.

use kim_plugin::prelude::*;

use crate::item::states;
use crate::service::{ask, encoded};

/// Finds an item by its name.
pub struct ItemByName;

/// What to find.
#[derive(Clone, Debug, Object)]
pub struct Wanted {
    /// What the item is called.
    pub name: String,
}

/// What was found.
#[derive(Clone, Debug, Object)]
pub struct Found {
    /// The service's name for it.
    pub item_id: String,
    /// What it costs, in cents.
    pub price: u32,
}

impl Lookup for ItemByName {
    const NAME: &'static str = "{{name}}:api:item_by_name";
    const DOCS: &'static str = "An item by its name.";
    type Arguments = Wanted;
    type Results = Found;

    async fn look_up(wanted: Wanted) -> Result<Found, Failure> {
        let mut found = states(ask("GET", &format!("/items?name={}", encoded(&wanted.name)), None)?)?;
        match (found.pop(), found.len()) {
            (Some(item), 0) => Ok(Found { item_id: item.id, price: item.properties.price }),
            (Some(_), others) => Err(Failure::Conflict(format!("{} items are called '{}'", others + 1, wanted.name))),
            (None, _) => Err(Failure::NotFound(format!("no item is called '{}'", wanted.name))),
        }
    }
}
