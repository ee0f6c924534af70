//! IAM: roles, their policies, instance profiles.
//!
//! One world holds them for all regions.
//!
//! Each stage uses those before it: `document` is the policy language, which KMS's key policies
//! speak too; `rules` and `tags` are what actions share; `rows` are what exists, `managed` what AWS
//! offers; `queries` are the lookups; `views` say how rows look in answers; `actions` are what
//! requests do. Rows refer to each other by name or ARN: an action that removes one checks first
//! that nothing refers to it (`DeleteConflict`).

mod actions;
pub(crate) mod document;
mod managed;
mod queries;
mod rows;
mod rules;
mod tags;
mod views;

use crate::protocol::Protocol;
use crate::service::Service;

pub(crate) use queries::principal::unknown_principal;
pub use queries::role::visible_role;
pub use rows::profile::InstanceProfile;
pub use rows::role::Role;

/// The service. Its resources live in [`GLOBAL`](crate::world::GLOBAL).
pub const SERVICE: Service = Service {
    name: "iam",
    protocol: Protocol::Query {
        version: "2010-05-08",
        namespace: "https://iam.amazonaws.com/doc/2010-05-08/",
    },
    global: true,
    before: None,
    actions: &[
        actions::policy::ACTIONS,
        actions::policy_version::ACTIONS,
        actions::profile::ACTIONS,
        actions::role::ACTIONS,
        actions::role_policy::ACTIONS,
        actions::user::ACTIONS,
    ],
};
