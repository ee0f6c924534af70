//! The regions and zones that exist.

use crate::error::{Answer, AwsError};

use crate::node::Node;
use crate::service::{Action, Call};

/// The regions, by name.
pub const NAMES: &[&str] = &[
    "ap-northeast-1",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

pub(super) const ACTIONS: &[Action] = &[];

#[allow(unused)]
fn placeholder(_: &mut Call) -> Answer {
    Err(AwsError::new("x", "y"))
}
#[allow(unused)]
fn n() -> Node {
    node! {}
}
