//! How keys look in answers.

pub(crate) mod key;
