//! A firewall around interfaces.

use std::collections::BTreeMap;

use kim_plugin::prelude::*;

use super::rules::Found;

/// A firewall around network interfaces. Its rules are resources of their own (`SecurityGroupRule`).
#[derive(Clone, Debug, Resource)]
#[kim(kind = "aws:ec2:SecurityGroup", id = "group_id", read_batch = 200)]
pub struct SecurityGroup {
    /// Its name, unique in the VPC, not starting with `sg-`. Where none is given, a new one is made up, so that the group
    /// can be replaced while it is in use.
    #[kim(computed, input, immutable, len = 1..=255, pattern = r"[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]+")]
    pub name: Option<String>,
    /// What it is for; AWS wants it, and never lets it change.
    #[kim(immutable, default = "Managed by kim", len = 1..=255, pattern = r"[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]+")]
    pub description: String,
    /// The VPC, `vpc-…`; the region's default one where none is given.
    #[kim(computed, input, immutable)]
    pub vpc_id: Option<String>,
    /// AWS gives a new group a rule that lets everything out. True keeps it; false takes it away, and only the group's
    /// own egress rules count.
    #[kim(default = true)]
    pub keep_default_egress: bool,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// Its id, `sg-…`.
    #[kim(computed)]
    pub group_id: String,
    /// Its ARN.
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
                found.error("name", "a name that starts with sg- is taken for an id; AWS refuses it");
            }
            Known(name) if name == "default" => {
                found.error("name", "every VPC has its group 'default' already; choose another name");
            }
            _ => {}
        }
        found.all()
    }
}
