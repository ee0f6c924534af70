//! The row of an alias.

use serde::{Deserialize, Serialize};

use crate::world::Resource;

/// A name for a key.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Alias {
    /// `alias/…`.
    pub(crate) name: String,
    /// `arn:aws:kms:<region>:<account>:alias/…`.
    pub(crate) arn: String,
    /// The id of the key that it refers to.
    pub(crate) key_id: String,
    pub(crate) updated: i64,
}

impl Resource for Alias {
    const KIND: &'static str = "kms:alias";
    fn id(&self) -> &str {
        &self.name
    }
}
