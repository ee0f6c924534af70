//! KMS: keys, their policies, aliases.

use serde::{Deserialize, Serialize};

use crate::protocol::Protocol;
use crate::service::Service;
use crate::world::{Resource, World};

/// The service.
pub const SERVICE: Service =
    Service { name: "kms", protocol: Protocol::Json { target: "TrentService" }, global: false, actions: &[] };

/// A key.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Key {
    /// A UUID.
    pub key_id: String,
    /// `arn:aws:kms:<region>:<account>:key/<key_id>`.
    pub arn: String,
    /// `Enabled`, `Disabled` or `PendingDeletion`.
    pub state: String,
}

impl Resource for Key {
    const KIND: &'static str = "kms:key";
    fn id(&self) -> &str {
        &self.key_id
    }
}

/// The key that a key id, key ARN, alias name or alias ARN means, as other services look it up.
pub fn find_key(world: &World, region: &str, reference: &str) -> Option<std::sync::Arc<Key>> {
    let name = reference.rsplit_once(":key/").map_or(reference, |(_, id)| id);
    world.get::<Key>(region, name)
}
