//! The row of the tags of one resource.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::service::Call;
use crate::world::Resource;

/// The tags of one resource.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct ResourceTags {
    pub(crate) id: String,
    pub(crate) resource_type: String,
    pub(crate) tags: BTreeMap<String, String>,
}

impl Resource for ResourceTags {
    const KIND: &'static str = "ec2:tags";
    fn id(&self) -> &str {
        &self.id
    }
}

/// Removes the tags of a resource that is removed.
pub(crate) fn erase_tags(call: &mut Call, id: &str) {
    if call.world.get::<ResourceTags>(call.region(), id).is_some() {
        call.world.remove::<ResourceTags>(call.request.region.as_str(), id);
    }
}
