//! Lookups of key pairs.

use crate::ec2::rows::key_pair::KeyPair;
use crate::ec2::rows::kind::{Kind, all};
use crate::error::AwsError;
use crate::service::Call;

/// Returns the key pair of a name.
pub(crate) fn key_pair_by_name(
    call: &Call,
    name: &str,
) -> Result<std::sync::Arc<KeyPair>, AwsError> {
    let found = all::<KeyPair>(call).into_iter().find(|pair| pair.name == name);
    found.ok_or_else(|| {
        AwsError::new(KeyPair::MISSING, format!("The key pair '{name}' does not exist"))
    })
}
