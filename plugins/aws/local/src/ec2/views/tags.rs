//! How tags are shown.

use crate::ec2::rows::tags::ResourceTags;
use crate::node::Node;
use crate::service::Call;

/// Returns a resource's `tagSet`.
pub(crate) fn show_tags(call: &Call, id: &str) -> Node {
    let tags = call.world.get::<ResourceTags>(call.region(), id);
    let tags = tags.iter().flat_map(|row| &row.tags);
    Node::list(tags.map(|(key, value)| node! { "key" => key, "value" => value }))
}
