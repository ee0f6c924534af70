//! How an elastic address is shown.

use crate::ec2::queries::address::associated_interface;
use crate::ec2::rows::address::Address;
use crate::ec2::views::show::Show;
use crate::ec2::views::tags::show_tags;
use crate::node::Node;
use crate::service::Call;

impl Show for Address {
    const IDS: &'static str = "AllocationId";
    const SET: &'static str = "addressesSet";
    const PAGED: bool = false;
    const NAMES: Option<(&'static str, &'static str)> =
        Some(("PublicIp", "InvalidAddress.NotFound"));
    const FILTERS: &'static [(&'static str, &'static str)] = &[
        ("allocation-id", "allocationId"),
        ("association-id", "associationId"),
        ("instance-id", "instanceId"),
        ("network-interface-id", "networkInterfaceId"),
        ("network-interface-owner-id", "networkInterfaceOwnerId"),
        ("network-border-group", "networkBorderGroup"),
        ("private-ip-address", "privateIpAddress"),
        ("public-ip", "publicIp"),
    ];

    fn show(&self, call: &Call) -> Node {
        let association = self.association.as_ref();
        let instance = associated_interface(call, self)
            .and_then(|interface| interface.instance_id(call.now()).map(str::to_owned));
        node! {
            "allocationId" => &self.allocation_id, "publicIp" => &self.public_ip, "domain" => "vpc",
            "associationId" => association.map(|association| &association.association_id), "instanceId" => instance,
            "networkInterfaceId" => association.map(|association| &association.interface_id),
            "networkInterfaceOwnerId" => association.map(|_| &call.settings.account),
            "privateIpAddress" => association.map(|association| &association.private_ip),
            "publicIpv4Pool" => "amazon", "networkBorderGroup" => call.region(),
            "tagSet" => show_tags(call, &self.allocation_id),
        }
    }

    fn is_named(&self, _call: &Call, name: &str) -> bool {
        self.public_ip == name
    }
}
