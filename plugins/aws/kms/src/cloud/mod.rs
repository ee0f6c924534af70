//! What the kinds do in KMS.
//!
//! Invariants: no operation waits; each looks at the cloud first and can be repeated at any point.

use aws_sdk_kms::Client;
use kim_plugin::Failure;

mod alias;
mod key;

/// A client of KMS in the configured region.
fn client() -> Result<Client, Failure> {
    kim_plugin_aws::client!(aws_sdk_kms)
}
