//! The rules on CIDR blocks.
//!
//! EC2 clears the bits beyond the prefix without an error, and the schema says that such blocks
//! are equal.

use std::net::{Ipv4Addr, Ipv6Addr};

/// Returns the prefix length of an IPv4 block, `10.0.0.0/16`.
///
/// # Errors
/// The text is not a block. The error says what is wrong.
pub(crate) fn ipv4(text: &str) -> Result<u32, String> {
    let (address, length) = parts(text, 32, "10.0.0.0/16")?;
    let is_address = address.parse::<Ipv4Addr>().is_ok();
    is_address.then_some(length).ok_or_else(|| format!("'{address}' is not an IPv4 address"))
}

/// Returns the prefix length of an IPv6 block, `2001:db8::/32`.
///
/// # Errors
/// The text is not a block. The error says what is wrong.
pub(crate) fn ipv6(text: &str) -> Result<u32, String> {
    let (address, length) = parts(text, 128, "2001:db8::/32")?;
    let is_address = address.parse::<Ipv6Addr>().is_ok();
    is_address.then_some(length).ok_or_else(|| format!("'{address}' is not an IPv6 address"))
}

/// Rejects a block that a VPC or subnet cannot have.
///
/// It must be IPv4, /16 to /28.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_an_address_and_a_prefix_length() {
        assert_eq!(ipv4("10.0.0.0/16"), Ok(16));
        assert_eq!(ipv4("0.0.0.0/0"), Ok(0));
        assert_eq!(ipv4("192.0.2.7/32"), Ok(32));
        assert_eq!(ipv4("10.0.0.1/16"), Ok(16));
        assert!(ipv4("10.0.0.0").is_err());
        assert!(ipv4("10.0.0.0/33").is_err());
        assert!(ipv4("10.0.0.0/+8").is_err());
        assert!(ipv4("10.0.0/8").is_err());
        assert_eq!(ipv6("::/0"), Ok(0));
        assert_eq!(ipv6("2001:db8::/32"), Ok(32));
        assert_eq!(ipv6("2001:DB8:0::1/32"), Ok(32));
        assert!(ipv6("2001:db8::/129").is_err());
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
