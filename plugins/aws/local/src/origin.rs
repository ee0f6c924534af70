//! Who may use the control paths: programs, and not the pages of a browser.
//!
//! The paths are unsigned. Any page that a browser shows can send requests to loopback, also under
//! a name of its own that leads there (DNS rebinding).

use std::net::IpAddr;

use crate::protocol::Incoming;

/// Rejects a request that a page may have sent; says why.
pub(crate) fn expect_program(incoming: &Incoming) -> Result<(), String> {
    if let Some(origin) = incoming.header("origin") {
        return Err(format!("a page of {origin} sent this request"));
    }
    // A browser says `none` where its user typed the address.
    if let Some(site) = incoming.header("sec-fetch-site").filter(|site| *site != "none") {
        return Err(format!("a page sent this request (Sec-Fetch-Site: {site})"));
    }
    match incoming.header("host").filter(|host| !is_own(host)) {
        Some(host) => Err(format!("{host} is a name; use localhost or the address")),
        None => Ok(()),
    }
}

/// Returns true for `localhost` and addresses, with or without a port.
///
/// No name of somebody else is one of these.
fn is_own(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    bare.eq_ignore_ascii_case("localhost")
        || bare.parse::<IpAddr>().is_ok()
        || host.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(headers: &[(&str, &str)]) -> bool {
        let incoming = Incoming {
            method: hyper::Method::POST,
            path: "/_kim/faults".to_owned(),
            query: String::new(),
            headers: headers
                .iter()
                .map(|(name, value)| ((*name).into(), (*value).into()))
                .collect(),
            body: Vec::new(),
        };
        expect_program(&incoming).is_ok()
    }

    #[test]
    fn programs_pass_and_pages_do_not() {
        for host in ["127.0.0.1:4566", "localhost", "LOCALHOST:1", "[::1]:4566", "::1", "10.0.0.7"]
        {
            assert!(judge(&[("host", host)]), "{host}");
        }
        assert!(judge(&[]));
        assert!(judge(&[("host", "localhost"), ("sec-fetch-site", "none")]));
        for host in ["evil.example", "localhost.evil.example:4566", "127.0.0.1.evil.example", ""] {
            assert!(!judge(&[("host", host)]), "{host}");
        }
        for page in [
            ("origin", "https://evil.example"),
            ("origin", "null"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
        ] {
            assert!(!judge(&[("host", "127.0.0.1:4566"), page]), "{page:?}");
        }
    }
}
