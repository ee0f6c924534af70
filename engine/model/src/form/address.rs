//! Blocks of addresses.

use std::borrow::Cow;
use std::net::{Ipv4Addr, Ipv6Addr};

/// Returns a block without its host bits, as RFC 5952 spells it.
///
/// EC2 keeps it so: "We modify the specified CIDR block to its canonical form"
/// (`CreateVpc`, `CreateSubnet`, `CreateRoute` and `IpRange` in botocore's model of EC2).
pub(super) fn normal(text: &str) -> Cow<'_, str> {
    block(text).map_or(text.into(), Cow::from)
}

fn block(text: &str) -> Option<String> {
    let (address, length) = text.trim().split_once('/')?;
    let length = length.parse::<u32>().ok().filter(|number| number.to_string() == length)?;
    if let Ok(address) = address.parse::<Ipv4Addr>() {
        let mask = u32::MAX.checked_shl(32_u32.checked_sub(length)?).unwrap_or(0);
        return Some(format!("{}/{length}", Ipv4Addr::from(u32::from(address) & mask)));
    }
    let address = address.parse::<Ipv6Addr>().ok()?;
    let mask = u128::MAX.checked_shl(128_u32.checked_sub(length)?).unwrap_or(0);
    Some(format!("{}/{length}", Ipv6Addr::from(u128::from(address) & mask)))
}

#[cfg(test)]
mod tests {
    use super::normal;

    #[test]
    fn host_bits_and_spelling_do_not_count() {
        for (text, block) in [
            ("10.0.0.1/16", "10.0.0.0/16"),
            ("100.68.0.18/18", "100.68.0.0/18"),
            ("192.0.2.7/32", "192.0.2.7/32"),
            ("10.0.0.1/0", "0.0.0.0/0"),
            ("2001:DB8:0::1/32", "2001:db8::/32"),
            ("0:0:0:0:0:0:0:0/0", "::/0"),
            ("::1/128", "::1/128"),
        ] {
            assert_eq!(normal(text), block);
        }
        for text in ["10.0.0.0", "10.0.0.0/33", "10.0.0.0/+8", "10.0.0.0/08", "::/129", "x/8", ""] {
            assert_eq!(normal(text), text);
        }
    }
}
