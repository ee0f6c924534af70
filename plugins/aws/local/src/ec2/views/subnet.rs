//! How a subnet is shown.

use crate::ec2::queries::zone::zone_id;
use crate::ec2::rows::subnet::Subnet;
use crate::ec2::views::show::Show;
use crate::ec2::views::tags::show_tags;
use crate::node::Node;
use crate::service::Call;

impl Show for Subnet {
    const IDS: &'static str = "SubnetId";
    const SET: &'static str = "subnetSet";
    const FILTERS: &'static [(&'static str, &'static str)] = &[
        ("subnet-id", "subnetId"),
        ("vpc-id", "vpcId"),
        ("cidr", "cidrBlock"),
        ("cidr-block", "cidrBlock"),
        ("cidrBlock", "cidrBlock"),
        ("availability-zone", "availabilityZone"),
        ("availabilityZone", "availabilityZone"),
        ("availability-zone-id", "availabilityZoneId"),
        ("available-ip-address-count", "availableIpAddressCount"),
        ("default-for-az", "defaultForAz"),
        ("defaultForAz", "defaultForAz"),
        ("map-public-ip-on-launch", "mapPublicIpOnLaunch"),
        ("owner-id", "ownerId"),
        ("state", "state"),
        ("subnet-arn", "subnetArn"),
        ("customer-owned-ipv4-pool", "customerOwnedIpv4Pool"),
        ("enable-dns64", "enableDns64"),
        ("enable-lni-at-device-index", "enableLniAtDeviceIndex"),
        (
            "ipv6-cidr-block-association.ipv6-cidr-block",
            "ipv6CidrBlockAssociationSet.ipv6CidrBlock",
        ),
        ("ipv6-cidr-block-association.association-id", "ipv6CidrBlockAssociationSet.associationId"),
        (
            "ipv6-cidr-block-association.state",
            "ipv6CidrBlockAssociationSet.ipv6CidrBlockState.state",
        ),
        ("ipv6-native", "ipv6Native"),
        ("map-customer-owned-ip-on-launch", "mapCustomerOwnedIpOnLaunch"),
        ("outpost-arn", "outpostArn"),
        (
            "private-dns-name-options-on-launch.hostname-type",
            "privateDnsNameOptionsOnLaunch.hostnameType",
        ),
        (
            "private-dns-name-options-on-launch.enable-resource-name-dns-a-record",
            "privateDnsNameOptionsOnLaunch.enableResourceNameDnsARecord",
        ),
        (
            "private-dns-name-options-on-launch.enable-resource-name-dns-aaaa-record",
            "privateDnsNameOptionsOnLaunch.enableResourceNameDnsAAAARecord",
        ),
    ];

    fn show(&self, call: &Call) -> Node {
        let taken = self.taken(call).count();
        let usable = self.block().map_or(0, |block| block.size().saturating_sub(5));
        node! {
            "subnetId" => &self.subnet_id, "subnetArn" => call.arn(&format!("subnet/{}", self.subnet_id)),
            "state" => self.phase.at(call.now()), "vpcId" => &self.vpc_id, "ownerId" => &call.settings.account,
            "cidrBlock" => &self.cidr,
            "availableIpAddressCount" => i64::try_from(usable).unwrap_or(0) - i64::try_from(taken).unwrap_or(0),
            "availabilityZone" => &self.zone, "availabilityZoneId" => zone_id(call, &self.zone),
            "defaultForAz" => self.default_for_zone, "mapPublicIpOnLaunch" => self.map_public_ip,
            "assignIpv6AddressOnCreation" => false, "ipv6CidrBlockAssociationSet" => Node::List(vec![]),
            "mapCustomerOwnedIpOnLaunch" => false, "enableDns64" => false, "ipv6Native" => false,
            "privateDnsNameOptionsOnLaunch" => node! {
                "hostnameType" => "ip-name", "enableResourceNameDnsARecord" => false,
                "enableResourceNameDnsAAAARecord" => false,
            },
            "tagSet" => show_tags(call, &self.subnet_id),
        }
    }
}
