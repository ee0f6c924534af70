//! A security group.

use std::collections::BTreeMap;

use kim_plugin::prelude::*;

use super::rules::Found;

/// A firewall of network interfaces.
///
/// Its rules are resources of kind `SecurityGroupRule`.
#[derive(Clone, Debug, Resource)]
// The key is of CreateSecurityGroup: "You can't have two security groups for the same VPC with the
// same name."
#[kim(kind = "aws:ec2:SecurityGroup", id = "group_id", read_batch = 200, unique = "vpc_id, name")]
pub struct SecurityGroup {
    /// The name, unique in the VPC; it does not begin with `sg-`.
    ///
    /// By default kim generates one, so that the group can be replaced while it is in use.
    #[kim(computed, input, immutable, len = 1..=255, pattern = r"[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]+")]
    pub name: Option<String>,
    /// The purpose. AWS requires it and cannot change it.
    #[kim(immutable, default = "Managed by kim", len = 1..=255, pattern = r"[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]+")]
    pub description: String,
    /// The VPC, `vpc-…`; by default the region's default VPC.
    // DeleteVpc fails while the VPC has any (EC2 API reference).
    #[kim(computed, input, immutable, holds = "aws:ec2:Vpc")]
    pub vpc_id: Option<String>,
    /// If true, the group keeps the rule by which AWS allows all egress.
    ///
    /// If false, kim removes the rule, and only the egress rules that are resources hold.
    #[kim(default = true)]
    pub keep_default_egress: bool,
    /// The tags, at most 49.
    pub tags: BTreeMap<String, String>,
    /// The group's id, `sg-…`.
    #[kim(computed)]
    pub group_id: String,
    /// The ARN.
    #[kim(computed)]
    pub arn: String,
}

impl Kind for SecurityGroup {
    super::operations!(security_group);

    fn check(inputs: &Inputs) -> Vec<Violation> {
        let mut found = Found::new();
        found.tags(inputs);
        match inputs.get::<String>("name") {
            Known(name) if name.starts_with("sg-") => {
                found.error("name", "AWS refuses a name that begins with sg-, like an id");
            }
            Known(name) if name == "default" => {
                found.error("name", "every VPC already has a group 'default'; choose another name");
            }
            _ => {}
        }
        found.into_violations()
    }
}
