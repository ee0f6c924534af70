//! CIDR blocks in their canonical form.
//!
//! Invariant: only the canonical spelling is accepted. EC2 clears host bits without an error, so
//! another spelling would always differ from the cloud.

use std::net::{Ipv4Addr, Ipv6Addr};

/// Returns the prefix length of a canonical IPv4 block, `10.0.0.0/16`.
///
/// # Errors
/// The text is not a canonical block. The error says what is wrong and, if possible, what would be
/// right.
pub(crate) fn ipv4(text: &str) -> Result<u32, String> {
    let (address, length) = parts(text, 32, "10.0.0.0/16")?;
    let address: Ipv4Addr =
        address.parse().map_err(|_| format!("'{address}' is not an IPv4 address"))?;
    let network = Ipv4Addr::from(u32::from(address) & mask(u32::MAX, 32 - length));
    canonical(text, &format!("{network}/{length}"))?;
    Ok(length)
}

/// Returns the prefix length of a canonical IPv6 block, `2001:db8::/32`.
///
/// # Errors
/// The text is not a canonical block. The error says what is wrong and, if possible, what would be
/// right.
pub(crate) fn ipv6(text: &str) -> Result<u32, String> {
    let (address, length) = parts(text, 128, "2001:db8::/32")?;
    let address: Ipv6Addr =
        address.parse().map_err(|_| format!("'{address}' is not an IPv6 address"))?;
    let bits = u128::from(address) & u128::MAX.checked_shl(128 - length).unwrap_or(0);
    canonical(text, &format!("{}/{length}", Ipv6Addr::from(bits)))?;
    Ok(length)
}

/// Rejects a block that a VPC or subnet cannot have.
///
/// It must be canonical IPv4, /16 to /28.
///
/// # Errors
/// The error says what is wrong with the text.
pub(crate) fn network(text: &str) -> Result<(), String> {
    match ipv4(text)? {
        16..=28 => Ok(()),
        length => Err(format!(
            "/{length} is not a size that AWS accepts: /16 (65,536 addresses) to /28 (16 addresses)"
        )),
    }
}

fn parts<'a>(text: &'a str, longest: u32, example: &str) -> Result<(&'a str, u32), String> {
    let (address, length) = text
        .split_once('/')
        .ok_or_else(|| format!("'{text}' is not a CIDR block; write it like {example}"))?;
    match length.parse::<u32>() {
        Ok(n) if n <= longest && n.to_string() == length => Ok((address, n)),
        _ => Err(format!("'/{length}' is not a prefix length; write a number from 0 to {longest}")),
    }
}

fn mask(ones: u32, host_bits: u32) -> u32 {
    ones.checked_shl(host_bits).unwrap_or(0)
}

fn canonical(given: &str, right: &str) -> Result<(), String> {
    if given == right {
        return Ok(());
    }
    Err(format!("'{given}' is not canonical (bits beyond the prefix, or spelling); write {right}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_canonical() {
        assert_eq!(ipv4("10.0.0.0/16"), Ok(16));
        assert_eq!(ipv4("0.0.0.0/0"), Ok(0));
        assert_eq!(ipv4("192.0.2.7/32"), Ok(32));
        assert!(ipv4("10.0.0.1/16").unwrap_err().contains("write 10.0.0.0/16"));
        assert!(ipv4("10.0.0.0").is_err());
        assert!(ipv4("10.0.0.0/33").is_err());
        assert!(ipv4("10.0.0.0/+8").is_err());
        assert!(ipv4("10.0.0/8").is_err());
        assert_eq!(ipv6("::/0"), Ok(0));
        assert_eq!(ipv6("2001:db8::/32"), Ok(32));
        assert!(ipv6("2001:DB8:0::/32").unwrap_err().contains("write 2001:db8::/32"));
        assert!(ipv6("2001:db8::1/64").is_err());
        assert!(ipv6("10.0.0.0/8").is_err());
    }

    #[test]
    fn a_network_is_between_16_and_28() {
        assert!(network("10.0.0.0/16").is_ok());
        assert!(network("10.0.0.0/28").is_ok());
        assert!(network("10.0.0.0/15").is_err());
        assert!(network("10.0.0.0/29").is_err());
    }
}
