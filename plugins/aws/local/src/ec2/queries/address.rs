//! Lookups of addresses.

use std::net::Ipv4Addr;
use std::sync::Arc;

use crate::ec2::rows::address::Address;
use crate::ec2::rows::interface::Interface;
use crate::ec2::rows::kind::{all, need};
use crate::error::{AwsError, refuse};
use crate::service::Call;

/// Returns a public address that is not in use.
pub(crate) fn fresh_public_ip(call: &Call) -> String {
    let base = u32::from(Ipv4Addr::new(198, 18, 0, 0));
    let taken: Vec<String> = all::<Address>(call)
        .iter()
        .map(|address| address.public_ip.clone())
        .chain(all::<Interface>(call).iter().filter_map(|interface| interface.public_ip.clone()))
        .collect();
    loop {
        let offset = u32::from_str_radix(&call.world.fresh_hex(8), 16).unwrap_or(1) % (1 << 17);
        let candidate = Ipv4Addr::from(base + offset).to_string();
        if !taken.contains(&candidate) {
            return candidate;
        }
    }
}

/// Returns the address that a request names by allocation id or public IP.
pub(crate) fn named_address(call: &Call) -> Result<Arc<Address>, AwsError> {
    match (call.params().text("AllocationId"), call.params().text("PublicIp")) {
        (Some(id), None) => need(call, id),
        (None, Some(ip)) => {
            let found = all::<Address>(call).into_iter().find(|address| address.public_ip == ip);
            found.ok_or_else(|| {
                AwsError::new("InvalidAddress.NotFound", format!("Address '{ip}' not found."))
            })
        }
        (None, None) => refuse(
            "MissingParameter",
            "The request must contain the parameter allocationId or publicIp",
        ),
        _ => refuse(
            "InvalidParameterCombination",
            "You may specify public IP or allocation id, but not both",
        ),
    }
}

/// Returns the interface that an address is associated with.
pub(crate) fn associated_interface(call: &Call, address: &Address) -> Option<Arc<Interface>> {
    call.world.get::<Interface>(call.region(), &address.association.as_ref()?.interface_id)
}

/// Returns true if AWS manages the interface that an address belongs to.
///
/// No request may end such an association.
pub(crate) fn leads_to_managed_interface(call: &Call, address: &Address) -> bool {
    associated_interface(call, address).is_some_and(|interface| interface.is_managed())
}
