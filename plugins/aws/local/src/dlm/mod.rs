//! DLM: lifecycle policies for snapshots.

use crate::protocol::Protocol;
use crate::service::Service;

/// The service.
pub const SERVICE: Service = Service { name: "dlm", protocol: Protocol::Rest, global: false, actions: &[] };
