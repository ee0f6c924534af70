//! The idempotency token of a create.
//!
//! Invariant: a token never goes out with two different inputs. One of a kind that takes no token
//! goes out again only if the first call is known to have done nothing.

use kim_model::schema::Kind;
use kim_model::{Urn, Value};
use sha2::{Digest, Sha256};

use super::stack_state::State;

/// Returns the generation and the token of the next create of a resource.
///
/// A token in doubt is used again if its kind takes tokens and the inputs are the same. Then the
/// call cannot create a duplicate of what the first one may still create.
pub(crate) fn next_token(state: &State, urn: &Urn, kind: &Kind, inputs: &Value) -> (u64, String) {
    let mut generation = state.next_generation(urn);
    loop {
        let token = create_token(&state.stack_id, urn, generation);
        match state.doubts.get(&token).map(|doubt| &doubt.intent) {
            Some(sent) if kind.tokenless || *sent.record.inputs != *inputs => generation += 1,
            _ => return (generation, token),
        }
    }
}

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
