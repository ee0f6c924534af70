//! The gate for words: what guests and clouds say passes it before anything else gets it.
//!
//! ```text
//!              what is secret in it          what they say
//!   engine ───────────▶ learn ───▶ guest ───────▶ clean, mark ───▶ screen, JSON, history, state
//! ```
//!
//! It stands at the ports: a [`Gate`] goes with a stack, and wraps its program, its providers and
//! the receiver of its events. What a guest is given is learnt first; so whatever it says of it,
//! and however it writes it, is known.
//!
//! Invariants: no text of a guest or a cloud passes with a secret in it, with characters that are
//! not seen, or with a line that begins as kim's own do. What they *answer*, and a secret stands
//! in it, is secret. A secret of fewer than [`LEAST`] characters is masked only in a text about its
//! own property: elsewhere it would be found in any word.

mod events;
mod forms;
mod hidden;
mod known;
mod needles;
mod program;
mod provider;
mod words;

pub use known::{Gate, LEAST};
pub use words::{first_invisible, foreign, inline, is_invisible};

#[cfg(test)]
mod tests;
