//! What exists: keys, their material, aliases.

pub(crate) mod alias;
pub(crate) mod key;
pub(crate) mod material;
