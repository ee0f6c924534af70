//! The plugin `{{name}}`: items of a small service.

mod item;
mod item_by_name;
mod service;

pub use item::Item;
pub use item_by_name::ItemByName;

kim_plugin::export! {
    name: "{{name}}",
    docs: "Items of a small service.",
    // The only host that it may talk to: the one that the configuration names.
    http: ["config:host"],
    config: service::Config,
    kinds: [Item],
    lookups: [ItemByName],
}
