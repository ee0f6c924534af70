//! How a security group is shown.

use crate::ec2::queries::security_group::group_name;
use crate::ec2::queries::security_group_rule::rules_of_group;
use crate::ec2::queries::vpc::default_vpc;
use crate::ec2::rows::security_group::SecurityGroup;
use crate::ec2::views::security_group_rule::show_permissions;
use crate::ec2::views::show::Show;
use crate::ec2::views::tags::show_tags;
use crate::node::Node;
use crate::service::Call;

impl Show for SecurityGroup {
    const IDS: &'static str = "GroupId";
    const SET: &'static str = "securityGroupInfo";
    const NAMES: Option<(&'static str, &'static str)> =
        Some(("GroupName", "InvalidGroup.NotFound"));
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
        ("egress.ip-permission.group-name", "ipPermissionsEgress.groups.groupName"),
        ("egress.ip-permission.prefix-list-id", "ipPermissionsEgress.prefixListIds.prefixListId"),
        ("egress.ip-permission.user-id", "ipPermissionsEgress.groups.userId"),
        ("ip-permission.group-name", "ipPermissions.groups.groupName"),
        ("ip-permission.prefix-list-id", "ipPermissions.prefixListIds.prefixListId"),
    ];

    fn show(&self, call: &Call) -> Node {
        let rules = rules_of_group(call, &self.group_id);
        node! {
            "groupId" => &self.group_id, "groupName" => &self.name, "groupDescription" => &self.description,
            "vpcId" => &self.vpc_id, "ownerId" => &call.settings.account,
            "securityGroupArn" => call.arn(&format!("security-group/{}", self.group_id)),
            "ipPermissions" => show_permissions(call, &rules, false),
            "ipPermissionsEgress" => show_permissions(call, &rules, true),
            "tagSet" => show_tags(call, &self.group_id),
        }
    }

    /// Names are those of the default VPC; others are found by the filter `group-name`.
    fn is_named(&self, call: &Call, name: &str) -> bool {
        self.name == name && default_vpc(call).is_some_and(|vpc| vpc.vpc_id == self.vpc_id)
    }
}

/// Returns the `groupSet` of an interface or instance.
pub(crate) fn show_group_set<'a>(call: &Call, ids: impl IntoIterator<Item = &'a String>) -> Node {
    Node::list(ids.into_iter().map(|id| {
        node! { "groupId" => id, "groupName" => group_name(call, id) }
    }))
}
