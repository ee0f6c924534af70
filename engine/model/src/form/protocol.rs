//! IP protocols.

use std::borrow::Cow;

/// The names of protocols and their numbers.
///
/// They are those of IANA
/// (<https://www.iana.org/assignments/protocol-numbers/protocol-numbers.xhtml>), in lower case.
/// `icmpv6` and `-1` are EC2's (`IpPermission` in botocore's model); `all` is its name for `-1`.
const NAMES: [(&str, &str); 22] = [
    ("all", "-1"),
    ("icmp", "1"),
    ("igmp", "2"),
    ("ipv4", "4"),
    ("tcp", "6"),
    ("egp", "8"),
    ("igp", "9"),
    ("udp", "17"),
    ("dccp", "33"),
    ("ipv6", "41"),
    ("rsvp", "46"),
    ("gre", "47"),
    ("esp", "50"),
    ("ah", "51"),
    ("icmpv6", "58"),
    ("ipv6-icmp", "58"),
    ("ospfigp", "89"),
    ("ipip", "94"),
    ("pim", "103"),
    ("vrrp", "112"),
    ("l2tp", "115"),
    ("sctp", "132"),
];

/// Returns the number of a protocol.
pub(super) fn normal(text: &str) -> Cow<'_, str> {
    let named = NAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(text));
    named.map_or(text, |(_, number)| number).into()
}

#[cfg(test)]
mod tests {
    use super::{NAMES, normal};

    #[test]
    fn a_name_is_its_number() {
        assert_eq!(normal("tcp"), "6");
        assert_eq!(normal("TCP"), "6");
        assert_eq!(normal("6"), "6");
        assert_eq!(normal("all"), normal("-1"));
        assert_eq!(normal("ipv6-icmp"), normal("icmpv6"));
        assert_ne!(normal("tcp"), normal("udp"));
        assert_eq!(normal("none"), "none");
        for (_, number) in NAMES {
            assert_eq!(normal(number), number);
        }
    }
}
