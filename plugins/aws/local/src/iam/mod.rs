//! IAM: roles, their policies, instance profiles.

use serde::{Deserialize, Serialize};

use crate::protocol::Protocol;
use crate::service::Service;
use crate::world::Resource;

/// The service. Its resources live in [`GLOBAL`](crate::world::GLOBAL).
pub const SERVICE: Service = Service {
    name: "iam",
    protocol: Protocol::Query { version: "2010-05-08", namespace: "https://iam.amazonaws.com/doc/2010-05-08/" },
    global: true,
    actions: &[],
};

/// What EC2 gives an instance so that it can act as a role.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct InstanceProfile {
    /// Unique in the account.
    pub name: String,
    /// `AIPA…`.
    pub profile_id: String,
    /// `arn:aws:iam::<account>:instance-profile<path><name>`.
    pub arn: String,
    /// `/` or `/a/b/`.
    pub path: String,
    /// The name of its role, at most one.
    pub role: Option<String>,
}

impl Resource for InstanceProfile {
    const KIND: &'static str = "iam:instance-profile";
    fn id(&self) -> &str {
        &self.name
    }
}
