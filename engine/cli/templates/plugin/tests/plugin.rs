//! The plugin without WebAssembly and without a network: the service's own answers, in this process.
//!
//! `kim plugin test` is the other half: the component, the sandbox, and everything that can fail.

#[path = "../examples/service/items.rs"]
mod items;

use kim_plugin::http::{Failure, Request, Response};
use kim_plugin::model::json::{from_json, revealed};
use kim_plugin::testing::{Host, with_host};
use kim_plugin::{Deletion, State, Value};
use serde_json::json;

const KIND: &str = "{{name}}:api:Item";

/// The service in the host's place.
#[derive(Default)]
struct Service(items::Items);

impl Host for Service {
    fn config(&mut self) -> Value {
        from_json(&json!({ "host": "127.0.0.1:1" }))
    }

    fn http(&mut self, request: Request) -> Result<Response, Failure> {
        let target = request.url.strip_prefix("http://127.0.0.1:1").expect("that is where the service is");
        let (status, body) = self.0.answer(&request.method, target, &request.body);
        Ok(Response { status, headers: Vec::new(), body: body.to_string().into_bytes() })
    }
}

fn lamp() -> Value {
    from_json(&json!({ "name": "lamp", "price": 2000, "tags": ["light"] }))
}

#[test]
fn one_token_makes_one_item() {
    with_host(Service::default(), || {
        let plugin = {{crate}}::plugin();
        let first = plugin.create(KIND, &lamp(), "a").expect("it is created");
        let again = plugin.create(KIND, &lamp(), "a").expect("it is there");
        let other = plugin.create(KIND, &lamp(), "b").expect("it is created");
        assert_eq!(first.id, again.id);
        assert_ne!(first.id, other.id);
        let found = plugin.find(KIND, "a", &lamp()).expect("it answers");
        assert_eq!(found.map(|state| state.id), Some(first.id));
    });
}

#[test]
fn what_is_gone_reads_as_gone() {
    with_host(Service::default(), || {
        let plugin = {{crate}}::plugin();
        let made = plugin.create(KIND, &lamp(), "a").expect("it is created");
        let gone = plugin.delete(KIND, &made.id, &made.properties).expect("it is deleted");
        assert_eq!(gone, Deletion::Gone);
        let read = plugin.read(KIND, vec![State { id: made.id, properties: Value::map() }]);
        assert_eq!(read.expect("it answers"), [None]);
    });
}

#[test]
fn a_refusal_says_why() {
    with_host(Service::default(), || {
        let tags: Vec<String> = (0..6).map(|n| format!("tag-{n}")).collect();
        let inputs = from_json(&json!({ "name": "lamp", "price": 2000, "tags": tags }));
        let refused = {{crate}}::plugin().create(KIND, &inputs, "a").expect_err("that is too many");
        assert!(refused.to_string().contains("at most 5 tags"), "{refused}");
    });
}

#[test]
fn a_lookup_finds_what_is_there() {
    with_host(Service::default(), || {
        let plugin = {{crate}}::plugin();
        plugin.create(KIND, &lamp(), "a").expect("it is created");
        let ask = |name: &str| plugin.look_up("{{name}}:api:item_by_name", &from_json(&json!({ "name": name })));
        assert_eq!(revealed(&ask("lamp").expect("it is there")), json!({ "item_id": "item-1", "price": 2000 }));
        assert_eq!(ask("chair").expect_err("there is none").to_string(), "not found: no item is called 'chair'");
    });
}
