//! How a network ACL is shown.

use crate::ec2::rows::kind::{Kind, all};
use crate::ec2::rows::network_acl::NetworkAcl;
use crate::ec2::rows::subnet::Subnet;
use crate::ec2::views::show::Show;
use crate::ec2::views::tags::show_tags;
use crate::node::Node;
use crate::service::Call;

impl Show for NetworkAcl {
    const IDS: &'static str = "NetworkAclId";
    const SET: &'static str = "networkAclSet";
    const LEAVES_OUT: &'static [&'static str] = &[];
    const FILTERS: &'static [(&'static str, &'static str)] = &[
        ("network-acl-id", "networkAclId"),
        ("vpc-id", "vpcId"),
        ("default", "default"),
        ("owner-id", "ownerId"),
        ("association.subnet-id", "associationSet.subnetId"),
        ("association.association-id", "associationSet.networkAclAssociationId"),
        ("association.network-acl-id", "associationSet.networkAclId"),
        ("entry.cidr", "entrySet.cidrBlock"),
        ("entry.egress", "entrySet.egress"),
        ("entry.icmp.code", "entrySet.icmpTypeCode.code"),
        ("entry.icmp.type", "entrySet.icmpTypeCode.type"),
        ("entry.ipv6-cidr", "entrySet.ipv6CidrBlock"),
        ("entry.port-range.from", "entrySet.portRange.from"),
        ("entry.port-range.to", "entrySet.portRange.to"),
        ("entry.protocol", "entrySet.protocol"),
        ("entry.rule-action", "entrySet.ruleAction"),
        ("entry.rule-number", "entrySet.ruleNumber"),
    ];

    fn show(&self, call: &Call) -> Node {
        let subnets = all::<Subnet>(call);
        let members = subnets.iter().filter(|subnet| subnet.vpc_id == self.vpc_id).map(|subnet| {
            let association = subnet.subnet_id.replace(Subnet::PREFIX, "aclassoc-");
            node! {
                "networkAclAssociationId" => association, "networkAclId" => &self.acl_id, "subnetId" => &subnet.subnet_id,
            }
        });
        let entry = |number: i64, egress: bool, action: &str| {
            node! {
                "ruleNumber" => number, "protocol" => "-1", "ruleAction" => action, "egress" => egress,
                "cidrBlock" => "0.0.0.0/0",
            }
        };
        let last = 32767;
        node! {
            "networkAclId" => &self.acl_id, "vpcId" => &self.vpc_id, "default" => true,
            "ownerId" => &call.settings.account, "associationSet" => Node::list(members),
            "entrySet" => Node::list([
                entry(100, true, "allow"), entry(last, true, "deny"), entry(100, false, "allow"), entry(last, false, "deny"),
            ]),
            "tagSet" => show_tags(call, &self.acl_id),
        }
    }
}
