//! The row of a key pair.

use serde::{Deserialize, Serialize};

use crate::ec2::rows::kind::Kind;
use crate::world::Resource;

/// The public half of a key pair.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct KeyPair {
    pub(crate) pair_id: String,
    pub(crate) name: String,
    pub(crate) key_type: String,
    pub(crate) fingerprint: String,
    pub(crate) public_key: String,
    pub(crate) created: i64,
}

impl Resource for KeyPair {
    const KIND: &'static str = "ec2:key-pair";
    fn id(&self) -> &str {
        &self.pair_id
    }
}

impl Kind for KeyPair {
    const PREFIX: &'static str = "key-";
    const TYPE: &'static str = "key-pair";
    const MISSING: &'static str = "InvalidKeyPair.NotFound";
}
