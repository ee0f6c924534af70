//! The row of a key's secret, read only by `actions/cipher`.

use serde::{Deserialize, Serialize};

use crate::world::Resource;

/// A key's secret.
///
/// It has no `Debug`, because it must not end up in a log.
#[derive(Serialize, Deserialize)]
pub(crate) struct Material {
    pub(crate) key_id: String,
    /// 32 bytes in base64.
    pub(crate) secret: String,
}

impl Resource for Material {
    const KIND: &'static str = "kms:material";
    fn id(&self) -> &str {
        &self.key_id
    }
}
