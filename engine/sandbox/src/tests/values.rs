//! Values across the boundary and back.

use kim_model::wire::{Node, lower};
use kim_model::{OutputId, Value};
use proptest::prelude::*;

use crate::guest::wire::lift;

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        Just(Value::Unknown),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        any::<f64>().prop_filter("finite", |number| number.is_finite()).prop_map(Value::Float),
        ".*".prop_map(Value::Text),
        any::<Vec<u8>>().prop_map(Value::Bytes),
        any::<u32>().prop_map(|id| Value::Output(OutputId(id))),
    ];
    leaf.prop_recursive(6, 60, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::List),
            prop::collection::btree_map(".*", inner.clone(), 0..6).prop_map(Value::Map),
            inner.prop_map(Value::secret),
        ]
    })
}

proptest! {
    #[test]
    fn a_value_survives_the_boundary(value in any_value()) {
        let nodes: (Vec<Node>, u32) = lower(&value);
        prop_assert_eq!(lift(nodes).map(|(value, _)| value), Ok(value));
    }

    #[test]
    fn no_list_of_nodes_does_harm(links in prop::collection::vec((0u32..30, 0u32..30), 1..30), root in 0u32..40) {
        let nodes = links.into_iter().map(|(a, b)| if a == b { Node::Secret(a) } else { Node::List(vec![a, b]) });
        let _ = lift((nodes.collect(), root));
    }
}

#[test]
fn a_text_that_is_mentioned_often_counts_each_time() {
    let mut nodes = vec![Node::Text("x".repeat(1 << 20))];
    nodes.push(Node::List(vec![0; 65]));
    let error = lift((nodes, 1)).map(|_| ()).unwrap_err();
    assert!(error.contains("more than 64 MB"), "{error}");
}
