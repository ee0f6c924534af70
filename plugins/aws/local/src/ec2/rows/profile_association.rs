//! The row of a profile association.

use serde::{Deserialize, Serialize};

/// An instance's use of a profile.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ProfileAssociation {
    pub(crate) association_id: String,
    pub(crate) arn: String,
    pub(crate) profile_id: String,
    pub(crate) at: i64,
}
