//! Lookups of subnets, and which of their addresses are free.

use std::net::Ipv4Addr;

use crate::ec2::rows::cidr::Block;
use crate::ec2::rows::interface::Interface;
use crate::ec2::rows::kind::all;
use crate::ec2::rows::subnet::Subnet;
use crate::error::{AwsError, refuse};
use crate::service::Call;

impl Subnet {
    /// Returns the address that a request names.
    ///
    /// Rejects an address that the subnet cannot give.
    pub(crate) fn claim(&self, call: &Call, text: &str) -> Result<Ipv4Addr, AwsError> {
        let block = Block::require("cidrBlock", &self.cidr)?;
        let address = text.parse::<Ipv4Addr>().ok().filter(|address| block.holds(*address));
        let Some(address) = address else {
            let message = format!("Address {text} does not fall within the subnet's address range");
            return refuse("InvalidParameterValue", message);
        };
        if block.reserves(address) {
            return refuse(
                "InvalidParameterValue",
                format!("Address {text} is in subnet's reserved address range"),
            );
        }
        if self.taken(call).any(|taken| taken == address) {
            return refuse("InvalidIPAddress.InUse", format!("Address {text} is in use."));
        }
        Ok(address)
    }

    /// Returns the first addresses that are free, without those in `claimed`.
    pub(crate) fn free(
        &self,
        call: &Call,
        count: usize,
        claimed: &[Ipv4Addr],
    ) -> Result<Vec<Ipv4Addr>, AwsError> {
        let taken: std::collections::HashSet<Ipv4Addr> =
            self.taken(call).chain(claimed.iter().copied()).collect();
        let block = Block::require("cidrBlock", &self.cidr)?;
        let free: Vec<Ipv4Addr> =
            block.usable().filter(|address| !taken.contains(address)).take(count).collect();
        if free.len() < count {
            let message =
                format!("The subnet {} has no {count} free addresses left.", self.subnet_id);
            return refuse("InsufficientFreeAddressesInSubnet", message);
        }
        Ok(free)
    }

    /// Returns the addresses that interfaces have.
    pub(crate) fn taken(&self, call: &Call) -> impl Iterator<Item = Ipv4Addr> {
        let interfaces = call.world.list_of::<Interface>(call.region(), &self.subnet_id);
        interfaces
            .into_iter()
            .flat_map(|interface| interface.addresses.clone())
            .filter_map(|address| address.parse().ok())
    }
}

/// Returns the default subnet of a zone, or of the first zone that has one.
pub(crate) fn default_subnet(call: &Call, zone: Option<&str>) -> Option<std::sync::Arc<Subnet>> {
    let mut subnets = all::<Subnet>(call);
    subnets.retain(|subnet| subnet.default_for_zone && zone.is_none_or(|zone| subnet.zone == zone));
    subnets.sort_by(|left, right| left.zone.cmp(&right.zone));
    subnets.into_iter().next()
}
