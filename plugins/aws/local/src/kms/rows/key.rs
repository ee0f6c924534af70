//! The row of a key and its states.
//!
//! `Key::changeable` and `Key::usable` check what a state forbids.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::{AwsError, refuse};
use crate::world::Resource;

/// A day, in milliseconds.
pub(crate) const DAY: i64 = 24 * 60 * 60 * 1000;

/// A symmetric key, without its material.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Key {
    /// A UUID, or `mrk-…` for a multi-Region key.
    pub key_id: String,
    /// `arn:aws:kms:<region>:<account>:key/<key_id>`.
    pub arn: String,
    /// `Enabled`, `Disabled` or `PendingDeletion`.
    pub state: String,
    /// A description for people.
    pub description: String,
    /// The key policy, as it was given.
    pub policy: String,
    /// Tags by key.
    pub tags: BTreeMap<String, String>,
    /// True if replicas in other regions may be created.
    pub multi_region: bool,
    /// The rotation period in days, and when rotation was switched on.
    ///
    /// The latter is in milliseconds since 1970.
    pub rotation: Option<(i64, i64)>,
    /// When the key ceases to exist, in milliseconds since 1970.
    pub deletion: Option<i64>,
    /// True for a key that AWS manages.
    #[serde(default)]
    pub is_managed: bool,
}

impl Resource for Key {
    const KIND: &'static str = "kms:key";
    fn id(&self) -> &str {
        &self.key_id
    }
}

impl Key {
    /// Returns true until its deletion is due.
    pub fn exists(&self, now: i64) -> bool {
        self.deletion.is_none_or(|due| now < due)
    }

    /// Rejects changes to a key that is pending deletion, or that AWS manages.
    ///
    /// "You cannot … change any properties of AWS managed keys, rotate them, change their key
    /// policies, or schedule them for deletion." (KMS developer guide)
    pub(crate) fn changeable(&self) -> Result<(), AwsError> {
        if self.is_managed {
            let message = format!("{} is managed by AWS: its policy allows no changes.", self.arn);
            return refuse("AccessDeniedException", message);
        }
        self.not_pending()
    }

    fn not_pending(&self) -> Result<(), AwsError> {
        if self.state == "PendingDeletion" {
            return refuse(
                "KMSInvalidStateException",
                format!("{} is pending deletion.", self.arn),
            );
        }
        Ok(())
    }

    /// Rejects uses of a key that is not enabled.
    pub(crate) fn usable(&self) -> Result<(), AwsError> {
        self.not_pending()?;
        if self.state != "Enabled" {
            return refuse("DisabledException", format!("{} is disabled.", self.arn));
        }
        Ok(())
    }
}
