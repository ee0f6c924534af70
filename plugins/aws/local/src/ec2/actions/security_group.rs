//! The actions of security groups.
//!
//! Their rules are rows of their own, in `security_group_rule`.

use std::sync::Arc;

use crate::ec2::actions::security_group_rule::insert_open_rule;
use crate::ec2::queries::security_group::{check_group_text, named_security_group};
use crate::ec2::queries::security_group_rule::rules_of_group;
use crate::ec2::queries::tags::{put_tags, requested_tags, tag_specification};
use crate::ec2::queries::vpc::default_vpc;
use crate::ec2::rows::interface::Interface;
use crate::ec2::rows::kind::{all, erase, fresh, invalid, need, put, quota};
use crate::ec2::rows::security_group::SecurityGroup;
use crate::ec2::rows::security_group_rule::{Peer, SecurityGroupRule};
use crate::ec2::rows::vpc::Vpc;
use crate::ec2::views::listing::{describe, describing};
use crate::ec2::views::tags::show_tags;
use crate::error::{Answer, AwsError, refuse};
use crate::service::{Action, Call};
use crate::world::Resource;

pub(crate) const ACTIONS: &[Action] = &[
    Action::new(
        "CreateSecurityGroup",
        tag_specification!("GroupName! GroupDescription! VpcId"),
        create,
    ),
    Action::new(
        "DescribeSecurityGroups",
        describing!("GroupId.N GroupName.N"),
        describe::<SecurityGroup>,
    ),
    Action::new("DeleteSecurityGroup", "GroupId GroupName DryRun:b", delete),
];

/// Inserts a VPC's default group, which allows all traffic from itself.
pub(crate) fn insert_default_group(call: &mut Call, vpc_id: &str) {
    let group_id = insert_security_group(call, "default", "default VPC security group", vpc_id);
    insert_open_rule(call, &group_id, false, Peer::Group(group_id.clone()));
}

/// Inserts a group that allows all traffic to the outside, and returns its id.
fn insert_security_group(call: &mut Call, name: &str, description: &str, vpc_id: &str) -> String {
    let group_id = fresh::<SecurityGroup>(call);
    let [name, description, vpc_id] = [name, description, vpc_id].map(str::to_owned);
    put(call, SecurityGroup { group_id: group_id.clone(), name, description, vpc_id });
    insert_open_rule(call, &group_id, true, Peer::V4("0.0.0.0/0".to_owned()));
    group_id
}

/// Removes a group and its rules.
pub(crate) fn delete_group_with_rules(call: &mut Call, group_id: &str) {
    for rule in rules_of_group(call, group_id) {
        erase::<SecurityGroupRule>(call, rule.id());
    }
    erase::<SecurityGroup>(call, group_id);
}

fn create(call: &mut Call) -> Answer {
    // "If a security group name contains trailing spaces, we trim the spaces when we save the
    // name." (Amazon VPC user guide, "Security groups")
    let (name, description) = (call.text("GroupName").trim_end(), call.text("GroupDescription"));
    if name.is_empty() || description.is_empty() {
        return refuse(
            "MissingParameter",
            "The request must contain the parameters GroupName and GroupDescription",
        );
    }
    check_group_text("GroupName", name)?;
    check_group_text("GroupDescription", description)?;
    if name.starts_with("sg-") {
        return invalid("groupName", name, "Group names may not be in the format sg-*.");
    }
    if name.eq_ignore_ascii_case("default") {
        return refuse("InvalidParameterValue", "Cannot use reserved security group name: default");
    }
    let vpc = match call.params().text("VpcId") {
        Some(id) => need::<Vpc>(call, id)?,
        None => default_vpc(call)
            .ok_or_else(|| AwsError::new("VPCIdNotSpecified", "No default VPC for this user"))?,
    };
    let groups = all::<SecurityGroup>(call);
    if groups
        .iter()
        .any(|group| group.vpc_id == vpc.vpc_id && group.name.eq_ignore_ascii_case(name))
    {
        let message =
            format!("The security group '{name}' already exists for VPC '{}'", vpc.vpc_id);
        return refuse("InvalidGroup.Duplicate", message);
    }
    quota(
        call,
        groups.len(),
        2500,
        "SecurityGroupLimitExceeded",
        "security groups in this region",
    )?;
    let requested = requested_tags(call, &["security-group"])?;
    let group_id = insert_security_group(call, name, description, &vpc.vpc_id);
    put_tags::<SecurityGroup>(call, &group_id, &requested);
    Ok(node! {
        "return" => true, "groupId" => &group_id, "tagSet" => show_tags(call, &group_id),
        "securityGroupArn" => call.arn(&format!("security-group/{group_id}")),
    })
}

fn delete(call: &mut Call) -> Answer {
    let group = named_security_group(call)?;
    let group_id = group.group_id.as_str();
    if group.is_default() {
        let message = format!(
            "the specified group: \"{group_id}\" name: \"default\" cannot be deleted by a user"
        );
        return refuse("CannotDelete", message);
    }
    let is_used = all::<Interface>(call)
        .iter()
        .any(|interface| interface.groups.iter().any(|id| id == group_id));
    let refers = |rule: &Arc<SecurityGroupRule>| {
        rule.group_id != group_id && rule.peer == Peer::Group(group_id.to_owned())
    };
    if is_used || all::<SecurityGroupRule>(call).iter().any(refers) {
        let message = format!("resource {group_id} has a dependent object");
        return refuse("DependencyViolation", message);
    }
    delete_group_with_rules(call, group_id);
    Ok(node! { "return" => true, "groupId" => group_id })
}
