//! The row of a security group rule: one peer, with an id.

use serde::{Deserialize, Serialize};

use crate::ec2::rows::kind::Kind;
use crate::world::Resource;

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SecurityGroupRule {
    pub(crate) rule_id: String,
    pub(crate) group_id: String,
    pub(crate) egress: bool,
    pub(crate) traffic: Traffic,
    pub(crate) peer: Peer,
    pub(crate) description: Option<String>,
}

/// The traffic that a rule allows.
///
/// For `icmp`, the ports are type and code. `-1` means all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Traffic {
    pub(crate) protocol: String,
    pub(crate) from: i64,
    pub(crate) to: i64,
}

/// Where traffic comes from or goes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Peer {
    V4(String),
    V6(String),
    Group(String),
}

impl Resource for SecurityGroupRule {
    const KIND: &'static str = "ec2:security-group-rule";
    fn id(&self) -> &str {
        &self.rule_id
    }
    fn owner(&self) -> Option<&str> {
        Some(&self.group_id)
    }
}

impl Kind for SecurityGroupRule {
    const PREFIX: &'static str = "sgr-";
    const TYPE: &'static str = "security-group-rule";
    const MISSING: &'static str = "InvalidSecurityGroupRuleId.NotFound";
    const MALFORMED: &'static str = "InvalidSecurityGroupRuleId.Malformed";
}

impl Peer {
    /// Returns the peer, if it is an IPv4 block.
    pub(crate) fn v4(&self) -> Option<&str> {
        if let Peer::V4(cidr) = self { Some(cidr) } else { None }
    }

    /// Returns the peer, if it is an IPv6 block.
    pub(crate) fn v6(&self) -> Option<&str> {
        if let Peer::V6(cidr) = self { Some(cidr) } else { None }
    }
}
