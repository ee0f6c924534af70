//! Security groups. Their rules are rows of their own, in `rule`.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::interface::Interface;
use super::kind::{Kind, all, erase, fresh, invalid, need, put, quota};
use super::listing::{describe, describing};
use super::rule::{self, Peer, Rule};
use super::tags::{self, tag_specification};
use super::vpc::{self, Vpc};
use crate::error::{Answer, AwsError, refuse};
use crate::node::Node;
use crate::service::{Action, Call};
use crate::world::Resource;

pub(super) const ACTIONS: &[Action] = &[
    Action::new("CreateSecurityGroup", tag_specification!("GroupName! GroupDescription! VpcId"), create),
    Action::new("DescribeSecurityGroups", describing!("GroupId.N GroupName.N"), describe::<Group>),
    Action::new("DeleteSecurityGroup", "GroupId GroupName DryRun:b", delete),
];

/// A security group.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Group {
    pub(super) group_id: String,
    pub(super) name: String,
    description: String,
    pub(super) vpc_id: String,
}

impl Resource for Group {
    const KIND: &'static str = "ec2:security-group";
    fn id(&self) -> &str {
        &self.group_id
    }
}

impl Kind for Group {
    const PREFIX: &'static str = "sg-";
    const TYPE: &'static str = "security-group";
    const MISSING: &'static str = "InvalidGroup.NotFound";
    const MALFORMED: &'static str = "InvalidGroupId.Malformed";
    const IDS: &'static str = "GroupId";
    const SET: &'static str = "securityGroupInfo";
    const NAMES: Option<(&'static str, &'static str, &'static str)> =
        Some(("GroupName", "groupName", "InvalidGroup.NotFound"));
    const FILTERS: &'static [(&'static str, &'static str)] = &[
        ("group-id", "groupId"),
        ("group-name", "groupName"),
        ("description", "groupDescription"),
        ("vpc-id", "vpcId"),
        ("owner-id", "ownerId"),
        ("ip-permission.cidr", "ipPermissions.ipRanges.cidrIp"),
        ("ip-permission.ipv6-cidr", "ipPermissions.ipv6Ranges.cidrIpv6"),
        ("ip-permission.from-port", "ipPermissions.fromPort"),
        ("ip-permission.to-port", "ipPermissions.toPort"),
        ("ip-permission.protocol", "ipPermissions.ipProtocol"),
        ("ip-permission.group-id", "ipPermissions.groups.groupId"),
        ("ip-permission.user-id", "ipPermissions.groups.userId"),
        ("egress.ip-permission.cidr", "ipPermissionsEgress.ipRanges.cidrIp"),
        ("egress.ip-permission.ipv6-cidr", "ipPermissionsEgress.ipv6Ranges.cidrIpv6"),
        ("egress.ip-permission.from-port", "ipPermissionsEgress.fromPort"),
        ("egress.ip-permission.to-port", "ipPermissionsEgress.toPort"),
        ("egress.ip-permission.protocol", "ipPermissionsEgress.ipProtocol"),
        ("egress.ip-permission.group-id", "ipPermissionsEgress.groups.groupId"),
    ];

    fn show(&self, call: &Call) -> Node {
        let rules = rule::of_group(call, &self.group_id);
        node! {
            "groupId" => &self.group_id, "groupName" => &self.name, "groupDescription" => &self.description,
            "vpcId" => &self.vpc_id, "ownerId" => &call.rules.account,
            "securityGroupArn" => call.arn(&format!("security-group/{}", self.group_id)),
            "ipPermissions" => rule::permissions(call, &rules, false),
            "ipPermissionsEgress" => rule::permissions(call, &rules, true),
            "tagSet" => tags::show(call, &self.group_id),
        }
    }
}

impl Group {
    pub(super) fn is_default(&self) -> bool {
        self.name == "default"
    }
}

/// The `groupSet` of an interface or instance.
pub(super) fn show_set<'a>(call: &Call, ids: impl IntoIterator<Item = &'a String>) -> Node {
    Node::list(ids.into_iter().map(|id| {
        let name = call.world.get::<Group>(call.region(), id).map(|group| group.name.clone());
        node! { "groupId" => id, "groupName" => name }
    }))
}

/// The VPC's default group.
pub(super) fn default(call: &Call, vpc_id: &str) -> Option<Arc<Group>> {
    all::<Group>(call).into_iter().find(|group| group.vpc_id == vpc_id && group.is_default())
}

/// The group that a request names by id, or by name in the default VPC.
pub(super) fn named(call: &Call) -> Result<Arc<Group>, AwsError> {
    match (call.params().text("GroupId"), call.params().text("GroupName")) {
        (Some(id), _) => need(call, id),
        (None, Some(name)) => by_name(call, name),
        (None, None) => refuse("MissingParameter", "The request must contain the parameter groupName or groupId"),
    }
}

fn by_name(call: &Call, name: &str) -> Result<Arc<Group>, AwsError> {
    let vpc = vpc::default(call).map(|vpc| vpc.vpc_id.clone());
    let mut groups = all::<Group>(call).into_iter();
    let found = groups.find(|group| group.name == name && Some(&group.vpc_id) == vpc.as_ref());
    let message = || format!("The security group '{name}' does not exist in default VPC");
    found.ok_or_else(|| AwsError::new("InvalidGroup.NotFound", message()))
}

/// The groups of a new interface: those asked for, which must be of the VPC, or the VPC's default group.
pub(super) fn chosen(call: &Call, vpc_id: &str, ids: &[&str]) -> Result<Vec<String>, AwsError> {
    if ids.is_empty() {
        return Ok(default(call, vpc_id).map(|group| group.group_id.clone()).into_iter().collect());
    }
    for id in ids {
        if need::<Group>(call, id)?.vpc_id != vpc_id {
            let message =
                format!("You have specified two resources that belong to different networks: {id}, {vpc_id}.");
            return refuse("InvalidParameter", message);
        }
    }
    let mut chosen: Vec<String> = Vec::new();
    for id in ids {
        if !chosen.iter().any(|other| other == id) {
            chosen.push((*id).to_owned());
        }
    }
    let code = "SecurityGroupsPerInterfaceLimitExceeded";
    quota(call, chosen.len() - 1, 5, code, "security groups of an interface")?;
    Ok(chosen)
}

pub(super) fn make_default(call: &mut Call, vpc_id: &str) {
    let group_id = make(call, "default", "default VPC security group", vpc_id);
    rule::make_open(call, &group_id, false, Peer::Group(group_id.clone()));
}

fn make(call: &mut Call, name: &str, description: &str, vpc_id: &str) -> String {
    let group_id = fresh::<Group>(call);
    let [name, description, vpc_id] = [name, description, vpc_id].map(str::to_owned);
    put(call, Group { group_id: group_id.clone(), name, description, vpc_id });
    rule::make_open(call, &group_id, true, Peer::V4("0.0.0.0/0".to_owned()));
    group_id
}

/// Removes a group and its rules.
pub(super) fn remove(call: &mut Call, group_id: &str) {
    for rule in rule::of_group(call, group_id) {
        erase::<Rule>(call, rule.id());
    }
    erase::<Group>(call, group_id);
}

/// Letters, digits, spaces and some punctuation; nothing else may be in names and descriptions.
pub(super) fn check_text(name: &str, text: &str) -> Result<(), AwsError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || " ._-:/()#,@[]+=&;{}!$*".contains(c);
    if text.chars().count() > 255 || !text.chars().all(allowed) {
        let why = "Up to 255 characters of a-z, A-Z, 0-9, spaces, and ._-:/()#,@[]+=&;{}!$* are valid.";
        return invalid(name, text, why);
    }
    Ok(())
}

fn create(call: &mut Call) -> Answer {
    let (name, description) = (call.text("GroupName"), call.text("GroupDescription"));
    if name.is_empty() || description.is_empty() {
        return refuse("MissingParameter", "The request must contain the parameters GroupName and GroupDescription");
    }
    check_text("GroupName", name)?;
    check_text("GroupDescription", description)?;
    if name.starts_with("sg-") {
        return invalid("groupName", name, "Group names may not be in the format sg-*.");
    }
    if name == "default" {
        return refuse("InvalidParameterValue", "Cannot use reserved security group name: default");
    }
    let vpc = match call.params().text("VpcId") {
        Some(id) => need::<Vpc>(call, id)?,
        None => vpc::default(call).ok_or_else(|| AwsError::new("VPCIdNotSpecified", "No default VPC for this user"))?,
    };
    let groups = all::<Group>(call);
    if groups.iter().any(|group| group.vpc_id == vpc.vpc_id && group.name == name) {
        let message = format!("The security group '{name}' already exists for VPC '{}'", vpc.vpc_id);
        return refuse("InvalidGroup.Duplicate", message);
    }
    quota(call, groups.len(), 2500, "SecurityGroupLimitExceeded", "security groups in this region")?;
    let requested = tags::requested(call, &["security-group"])?;
    let group_id = make(call, name, description, &vpc.vpc_id);
    tags::put::<Group>(call, &group_id, &requested);
    Ok(node! {
        "return" => true, "groupId" => &group_id, "tagSet" => tags::show(call, &group_id),
        "securityGroupArn" => call.arn(&format!("security-group/{group_id}")),
    })
}

fn delete(call: &mut Call) -> Answer {
    let group = named(call)?;
    let group_id = group.group_id.as_str();
    if group.is_default() {
        let message = format!("the specified group: \"{group_id}\" name: \"default\" cannot be deleted by a user");
        return refuse("CannotDelete", message);
    }
    let is_used = all::<Interface>(call).iter().any(|interface| interface.groups.iter().any(|id| id == group_id));
    let refers = |rule: &Arc<Rule>| rule.group_id != group_id && rule.peer == Peer::Group(group_id.to_owned());
    if is_used || all::<Rule>(call).iter().any(refers) {
        let message = format!("resource {group_id} has a dependent object");
        return refuse("DependencyViolation", message);
    }
    remove(call, group_id);
    Ok(node! { "return" => true, "groupId" => group_id })
}
