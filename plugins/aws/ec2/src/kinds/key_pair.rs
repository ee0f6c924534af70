//! A public key for logins over SSH.

use std::collections::BTreeMap;

use kim_plugin::prelude::*;

use super::rules::Found;

/// A public key for logins to new instances over SSH.
///
/// kim and AWS never have the private key.
#[derive(Clone, Debug, Resource)]
// The key is of ImportKeyPair: "A unique name for the key pair."
#[kim(kind = "aws:ec2:KeyPair", id = "name", read_batch = 200, unique = "name")]
pub struct KeyPair {
    /// The name, unique in the region; also the id.
    #[kim(immutable, len = 1..=255)]
    pub name: String,
    /// The public key in OpenSSH's format: `ssh-ed25519 AAAA… comment`.
    ///
    /// AWS replaces the comment by the name.
    #[kim(immutable, form = "public_key")]
    pub public_key: String,
    /// The tags, at most 49.
    pub tags: BTreeMap<String, String>,
    /// AWS's id of the pair, `key-…`.
    #[kim(computed)]
    pub key_pair_id: String,
    /// The key's fingerprint, as AWS computes it.
    #[kim(computed)]
    pub fingerprint: Option<String>,
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
                    "this is a private key, which must stay secret; set the public key (the .pub file)",
                );
            } else if !key.starts_with("ssh-rsa ")
                && !key.starts_with("ssh-ed25519 ")
                && !key.starts_with("-----BEGIN")
            {
                found.error(
                    "public_key",
                    "AWS accepts RSA and ED25519 public keys: a line that starts with ssh-ed25519 or ssh-rsa",
                );
            }
        }
        found.into_violations()
    }
}
