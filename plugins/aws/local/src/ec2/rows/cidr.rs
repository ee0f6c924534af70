//! IPv4 blocks, and the syntax of IPv6 ones.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use crate::ec2::rows::kind::invalid;
use crate::error::AwsError;

/// An IPv4 block in canonical form: no host bit is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) base: u32,
    pub(crate) bits: u8,
}

impl Block {
    /// Reads `a.b.c.d/n`; returns `None` if it is not a block.
    ///
    /// Host bits are cleared, as on AWS.
    pub(crate) fn parse(text: &str) -> Option<Block> {
        let (address, bits) = text.split_once('/')?;
        let canonical =
            !bits.is_empty() && bits.len() <= 2 && bits.bytes().all(|byte| byte.is_ascii_digit());
        let bits: u8 = bits.parse().ok().filter(|bits| canonical && *bits <= 32)?;
        let address: Ipv4Addr = address.parse().ok()?;
        Some(Block { base: u32::from(address) & mask(bits), bits })
    }

    /// Reads a block; rejects other text in EC2's words.
    pub(crate) fn require(name: &str, text: &str) -> Result<Block, AwsError> {
        Block::parse(text)
            .map_or_else(|| invalid(name, text, "This is not a valid CIDR block."), Ok)
    }

    /// Returns the length of the prefix.
    pub(crate) fn bits(self) -> u8 {
        self.bits
    }

    /// Returns true if the other block lies inside this one.
    pub(crate) fn contains(self, other: Block) -> bool {
        self.bits <= other.bits && other.base & mask(self.bits) == self.base
    }

    /// Returns true if the blocks have an address in common.
    pub(crate) fn overlaps(self, other: Block) -> bool {
        self.contains(other) || other.contains(self)
    }

    /// Returns true if the address lies inside this block.
    pub(crate) fn holds(self, address: Ipv4Addr) -> bool {
        u32::from(address) & mask(self.bits) == self.base
    }

    /// Returns true for an address that AWS reserves.
    ///
    /// These are the first four and the last of a subnet.
    pub(crate) fn reserves(self, address: Ipv4Addr) -> bool {
        let offset = u64::from(u32::from(address) - self.base);
        offset < 4 || offset == self.size() - 1
    }

    /// Returns the number of addresses.
    pub(crate) fn size(self) -> u64 {
        1 << (32 - self.bits)
    }

    /// Returns the addresses that a subnet may give, in order.
    pub(crate) fn usable(self) -> impl Iterator<Item = Ipv4Addr> {
        let last = self.base + u32::try_from(self.size().saturating_sub(1)).unwrap_or(u32::MAX);
        (self.base.saturating_add(4)..last).map(Ipv4Addr::from)
    }

    /// Returns the n-th block of `bits` bits inside this one.
    pub(crate) fn part(self, bits: u8, n: u32) -> Block {
        Block { base: self.base + (n << (32 - bits)), bits }
    }
}

impl fmt::Display for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", Ipv4Addr::from(self.base), self.bits)
    }
}

fn mask(bits: u8) -> u32 {
    u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0)
}

/// Returns an IPv6 block in canonical form, or `None`.
pub(crate) fn canonical_v6(text: &str) -> Option<String> {
    let (address, bits) = text.split_once('/')?;
    let bits: u32 = bits.parse().ok().filter(|bits| *bits <= 128)?;
    let address: Ipv6Addr = address.parse().ok()?;
    let mask = u128::MAX.checked_shl(128 - bits).unwrap_or(0);
    Some(format!("{}/{bits}", Ipv6Addr::from(u128::from(address) & mask)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_canonical() {
        assert_eq!(Block::parse("10.0.5.7/16").unwrap().to_string(), "10.0.0.0/16");
        assert_eq!(Block::parse("0.0.0.0/0").unwrap().to_string(), "0.0.0.0/0");
        assert_eq!(Block::parse("10.0.0.1/32").unwrap().to_string(), "10.0.0.1/32");
        assert_eq!(canonical_v6("2001:DB8::1/32").unwrap(), "2001:db8::/32");
        for text in [
            "10.0.0.0",
            "10.0.0.0/33",
            "10.0.0/16",
            "10.0.0.256/16",
            "10.0.0.0/+8",
            "a/8",
            "10.0.0.0/",
        ] {
            assert_eq!(Block::parse(text), None, "{text}");
        }
    }

    #[test]
    fn blocks_relate() {
        let [vpc, inside, beside] =
            ["10.0.0.0/16", "10.0.1.0/24", "10.1.0.0/24"].map(|text| Block::parse(text).unwrap());
        assert!(vpc.contains(inside) && vpc.overlaps(inside) && inside.overlaps(vpc));
        assert!(!vpc.overlaps(beside) && !inside.contains(vpc));
        assert_eq!(inside.usable().next().unwrap(), Ipv4Addr::new(10, 0, 1, 4));
        assert_eq!(inside.usable().count(), 251);
        assert!(
            inside.reserves(Ipv4Addr::new(10, 0, 1, 3))
                && inside.reserves(Ipv4Addr::new(10, 0, 1, 255))
        );
    }
}
