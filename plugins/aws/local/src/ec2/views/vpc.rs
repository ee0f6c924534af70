//! How a VPC is shown.

use crate::ec2::rows::kind::Kind;
use crate::ec2::rows::vpc::Vpc;
use crate::ec2::views::show::Show;
use crate::ec2::views::tags::show_tags;
use crate::node::Node;
use crate::service::Call;

impl Show for Vpc {
    const IDS: &'static str = "VpcId";
    const SET: &'static str = "vpcSet";
    const LEAVES_OUT: &'static [&'static str] = &["tagSet", "ipv6CidrBlockAssociationSet"];
    const FILTERS: &'static [(&'static str, &'static str)] = &[
        ("vpc-id", "vpcId"),
        ("cidr", "cidrBlock"),
        ("cidr-block", "cidrBlock"),
        ("cidrBlock", "cidrBlock"),
        ("cidr-block-association.cidr-block", "cidrBlockAssociationSet.cidrBlock"),
        ("cidr-block-association.association-id", "cidrBlockAssociationSet.associationId"),
        ("cidr-block-association.state", "cidrBlockAssociationSet.cidrBlockState.state"),
        ("dhcp-options-id", "dhcpOptionsId"),
        ("is-default", "isDefault"),
        ("isDefault", "isDefault"),
        ("owner-id", "ownerId"),
        ("state", "state"),
        (
            "ipv6-cidr-block-association.ipv6-cidr-block",
            "ipv6CidrBlockAssociationSet.ipv6CidrBlock",
        ),
        ("ipv6-cidr-block-association.ipv6-pool", "ipv6CidrBlockAssociationSet.ipv6Pool"),
        ("ipv6-cidr-block-association.association-id", "ipv6CidrBlockAssociationSet.associationId"),
        (
            "ipv6-cidr-block-association.state",
            "ipv6CidrBlockAssociationSet.ipv6CidrBlockState.state",
        ),
    ];

    fn show(&self, call: &Call) -> Node {
        let digits = self.vpc_id.trim_start_matches(Self::PREFIX);
        node! {
            "vpcId" => &self.vpc_id, "ownerId" => &call.settings.account, "state" => self.phase.at(call.now()),
            "cidrBlock" => &self.cidr, "dhcpOptionsId" => format!("dopt-{digits}"),
            "instanceTenancy" => &self.tenancy, "isDefault" => self.is_default,
            "ipv6CidrBlockAssociationSet" => Node::List(vec![]),
            "cidrBlockAssociationSet" => Node::list([node! {
                "associationId" => format!("vpc-cidr-assoc-{digits}"), "cidrBlock" => &self.cidr,
                "cidrBlockState" => node! { "state" => "associated" },
            }]),
            "tagSet" => show_tags(call, &self.vpc_id),
        }
    }
}
