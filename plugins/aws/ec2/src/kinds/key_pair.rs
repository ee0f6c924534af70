//! A public key to log in with.

use std::collections::BTreeMap;

use kim_plugin::prelude::*;

use super::rules::Found;

/// A public key that new instances let in over SSH. The private half stays with you.
#[derive(Clone, Debug, Resource)]
#[kim(kind = "aws:ec2:KeyPair", id = "name", read_batch = 200, delete_before_replace)]
pub struct KeyPair {
    /// Its name, unique in the region; also its id.
    #[kim(immutable, len = 1..=255)]
    pub name: String,
    /// The public key in OpenSSH's format: `ssh-ed25519 AAAA… comment`.
    #[kim(immutable)]
    pub public_key: String,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// What AWS numbers it, `key-…`.
    #[kim(computed)]
    pub key_pair_id: String,
    /// The key's fingerprint, as AWS computes it.
    #[kim(computed)]
    pub fingerprint: Option<String>,
}

/// Whether two spellings are one key: type and key count, the comment (which AWS replaces by the name) does not.
#[cfg_attr(not(any(test, target_arch = "wasm32")), allow(dead_code, reason = "only the component reads keys"))]
pub(crate) fn same_key(one: &str, other: &str) -> bool {
    one.split_whitespace().take(2).eq(other.split_whitespace().take(2))
}

impl Kind for KeyPair {
    super::operations!(key_pair);

    fn check(inputs: &Inputs) -> Vec<Violation> {
        let mut found = Found::new();
        found.tags(inputs);
        if let Known(key) = inputs.get::<String>("public_key") {
            let key = key.trim();
            if key.contains("PRIVATE KEY") {
                found.error(
                    "public_key",
                    "this is a private key; give the public half (the .pub file), and keep this one to yourself",
                );
            } else if !key.starts_with("ssh-rsa ") && !key.starts_with("ssh-ed25519 ") && !key.starts_with("-----BEGIN")
            {
                found.error(
                    "public_key",
                    "AWS takes RSA and ED25519 public keys: a line that starts with ssh-ed25519 or ssh-rsa",
                );
            }
        }
        found.all()
    }
}
