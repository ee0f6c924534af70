//! KMS: keys with real material, their policies, aliases, and cryptography.
//!
//! Each stage uses those before it: `rules` are what actions share, `rows` what exists, `queries`
//! the lookups, `managed` the keys of AWS, `views` say how keys look in answers, `actions` are what
//! requests do.

mod actions;
mod managed;
mod queries;
mod rows;
mod rules;
mod views;

use crate::protocol::Protocol;
use crate::service::Service;

pub use managed::{ebs_key_arn, names_ebs_key, use_ebs_key};
pub use queries::find_key;
pub use rows::key::Key;

/// The service.
pub const SERVICE: Service = Service {
    name: "kms",
    protocol: Protocol::Json { target: "TrentService" },
    global: false,
    before: None,
    actions: &[
        actions::alias::ACTIONS,
        actions::cipher::ACTIONS,
        actions::key::ACTIONS,
        actions::key_policy::ACTIONS,
        actions::rotation::ACTIONS,
        actions::tags::ACTIONS,
    ],
};
