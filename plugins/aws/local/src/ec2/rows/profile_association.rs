//! The association of an instance with its IAM instance profile, a part of its row.

use serde::{Deserialize, Serialize};

/// The association of an instance with a profile.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ProfileAssociation {
    pub(crate) association_id: String,
    pub(crate) arn: String,
    pub(crate) profile_id: String,
    pub(crate) at: i64,
}
