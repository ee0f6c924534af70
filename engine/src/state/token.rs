//! The idempotency token of a create.

use kim_model::Urn;
use sha2::{Digest, Sha256};

/// Returns the token of a create, 40 hexadecimal digits.
///
/// It is the same for every attempt at one copy of one resource of one stack, and for nothing else.
/// Its length fits every ClientToken of AWS (at most 64 characters).
pub(crate) fn create_token(stack_id: &str, urn: &Urn, generation: u64) -> String {
    let mut hash = Sha256::new();
    for part in [stack_id, urn.as_str(), &generation.to_string()] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().iter().take(20).map(|byte| format!("{byte:02x}")).collect()
}
