//! EC2.
pub mod regions;
use crate::protocol::Protocol;
use crate::service::{Call, Service};

/// The service.
pub const SERVICE: Service = Service {
    name: "ec2",
    protocol: Protocol::Ec2 { version: "2016-11-15" },
    global: false,
    actions: &[regions::ACTIONS],
};

/// Gives a region what every region has, and lets what is due happen.
pub(crate) fn furnish(_call: &mut Call) {}
