//! IPv4 blocks, to give every zone a subnet and every node an address.

use std::fmt;
use std::net::Ipv4Addr;
use std::str::FromStr;

/// An IPv4 block in canonical form: no bit is set behind the prefix.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cidr {
    first: u32,
    prefix: u8,
}

impl Cidr {
    /// Returns the length of the prefix, 0 to 32.
    pub fn prefix(&self) -> u8 {
        self.prefix
    }

    /// Returns the block number `index` of those with a longer prefix inside this one.
    ///
    /// Returns `None` if there are fewer blocks.
    pub fn part(&self, prefix: u8, index: usize) -> Option<Cidr> {
        let bits = prefix.checked_sub(self.prefix).filter(|_| prefix <= 32)?;
        let index = u32::try_from(index).ok().filter(|index| u64::from(*index) < 1u64 << bits)?;
        let size = if prefix == 0 { 0 } else { 32 - prefix };
        Some(Cidr { first: self.first + index.checked_shl(size.into()).unwrap_or(0), prefix })
    }

    /// Returns true if two blocks have an address in common.
    pub fn overlaps(&self, other: &Cidr) -> bool {
        let prefix = self.prefix.min(other.prefix);
        let mask = u32::MAX.checked_shl(u32::from(32 - prefix)).unwrap_or(0);
        self.first & mask == other.first & mask
    }

    /// Returns true if `index` is the number of the block's last address.
    pub fn is_last(&self, index: u32) -> bool {
        u64::from(index) + 1 == 1u64 << (32 - self.prefix)
    }

    /// Returns the address number `index`, or `None` if the block is too small.
    pub fn address(&self, index: u32) -> Option<Ipv4Addr> {
        (u64::from(index) < 1u64 << (32 - self.prefix)).then(|| Ipv4Addr::from(self.first + index))
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", Ipv4Addr::from(self.first), self.prefix)
    }
}

impl FromStr for Cidr {
    type Err = String;

    fn from_str(text: &str) -> Result<Cidr, String> {
        let no_block =
            || format!("'{text}' is not a block of IPv4 addresses; write it like 10.0.0.0/16");
        let (address, prefix) = text.split_once('/').ok_or_else(no_block)?;
        let address: Ipv4Addr = address.parse().map_err(|_| no_block())?;
        let prefix: u8 = prefix.parse().ok().filter(|prefix| *prefix <= 32).ok_or_else(no_block)?;
        let mask = u32::MAX.checked_shl(u32::from(32 - prefix)).unwrap_or(0);
        let cidr = Cidr { first: u32::from(address) & mask, prefix };
        if u32::from(address) != cidr.first {
            return Err(format!("'{text}' has bits set behind its prefix; did you mean {cidr}?"));
        }
        Ok(cidr)
    }
}

#[cfg(test)]
mod tests {
    use super::Cidr;

    #[test]
    fn blocks_are_cut_and_counted() {
        let whole: Cidr = "10.0.0.0/16".parse().expect("a block");
        assert_eq!(whole.part(24, 2).map(|part| part.to_string()).as_deref(), Some("10.0.2.0/24"));
        assert_eq!(
            whole.part(24, 255).map(|part| part.to_string()).as_deref(),
            Some("10.0.255.0/24")
        );
        assert_eq!((whole.part(24, 256), whole.part(15, 0)), (None, None));
        assert_eq!(
            whole.address(10).map(|address| address.to_string()).as_deref(),
            Some("10.0.0.10")
        );
        let all: Cidr = "0.0.0.0/0".parse().expect("a block");
        assert_eq!((all.prefix(), all.part(0, 0)), (0, Some(all)));
    }

    #[test]
    fn blocks_overlap_where_one_holds_the_other() {
        let block = |text: &str| text.parse::<Cidr>().expect("a block");
        assert!(block("10.0.0.0/16").overlaps(&block("10.0.7.0/24")));
        assert!(block("10.0.7.0/24").overlaps(&block("10.0.0.0/16")));
        assert!(!block("10.0.0.0/24").overlaps(&block("10.0.1.0/24")));
        assert!(block("0.0.0.0/0").overlaps(&block("10.0.1.0/24")));
        assert!(block("10.0.0.0/28").is_last(15) && !block("10.0.0.0/28").is_last(14));
    }

    #[test]
    fn text_that_is_no_block_is_refused() {
        for text in ["10.0.0.0", "10.0.0/16", "10.0.0.0/33", "10.0.0.1/16", "::/0", ""] {
            assert!(text.parse::<Cidr>().is_err(), "{text}");
        }
    }
}
