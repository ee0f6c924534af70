//! The operations of the kinds in KMS.
//!
//! Invariants: no operation waits. Each reads the cloud first, so it can be repeated at any point.

use aws_sdk_kms::Client;
use kim_plugin::Failure;

mod alias;
mod key;

/// Returns a client of KMS in the configured region.
fn client() -> Result<Client, Failure> {
    kim_plugin_aws::client!(aws_sdk_kms)
}
