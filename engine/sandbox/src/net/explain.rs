//! The words for requests without an answer: what failed, and what to do about it.
//!
//! Invariants: pure; of a URL a message holds only host and port, never a user name, a password or
//! a query.

use std::error::Error;
use std::io;
use std::time::{Duration, UNIX_EPOCH};

use kim_model::without_error_numbers;
use rustls::CertificateError;
use rustls_pki_types::UnixTime;

use super::proxy::Proxy;

/// Returns the message for a failed connection: to which host, why, what to do.
///
/// `host` is `host[:port]`.
pub(crate) fn unreachable(
    error: &(dyn Error + 'static),
    host: &str,
    proxy: Option<&Proxy>,
) -> String {
    let refused = links(error).find_map(|link| link.downcast_ref::<rustls::Error>());
    match (refused, proxy) {
        (Some(refused), _) => format!("cannot connect to {host}: {}", tls(refused)),
        (None, Some(proxy)) => through(error, host, proxy),
        (None, None) => {
            let (why, advice) = connection(error);
            format!("cannot connect to {host}: {why}. {advice}")
        }
    }
}

/// Returns the message for a proxy that requires a user name and a password.
pub(crate) fn unknown_to_proxy(host: &str, proxy: Option<&Proxy>) -> String {
    let (place, variable) = proxy.map_or_else(
        || ("that nobody asked for".to_owned(), "HTTPS_PROXY"),
        |proxy| (proxy.host_and_port(), proxy.variable),
    );
    format!(
        "the proxy {place} requires a user name and a password to reach {host}. Set them in {variable}: \
         http://user:password@host:port"
    )
}

/// Returns the message for a connection that broke off after it was open.
pub(crate) fn broken_off(error: &(dyn Error + 'static), host: &str) -> String {
    broken_off_message(host, &innermost(error))
}

/// Returns the message for a connection that broke off, with its cause in words.
///
/// The connection was open before.
pub(super) fn broken_off_message(host: &str, why: &str) -> String {
    format!("the connection to {host} broke off before the answer was complete: {why}")
}

/// Returns the message for an answer that did not come in time.
pub(super) fn timeout_message(host: &str, limit: Duration) -> String {
    format!("{host} did not answer within {} s", limit.as_secs())
}

/// Returns the message for an answer that is longer than a limit, in bytes.
pub(super) fn too_long(host: &str, limit: usize) -> String {
    format!("the answer of {host} is longer than {} MB and was not read", limit >> 20)
}

/// Returns the message for a file of root certificates that cannot be used.
pub(super) fn no_certificates(file: &str, why: &dyn std::fmt::Display) -> String {
    let why = without_error_numbers(why.to_string());
    format!(
        "cannot read the certificates to trust from '{file}': {why}. AWS_CA_BUNDLE (or SSL_CERT_FILE) has to name a file \
         of certificates in PEM form"
    )
}

/// Returns the message for a connection that failed at or behind a proxy.
fn through(error: &(dyn Error + 'static), host: &str, proxy: &Proxy) -> String {
    let (place, variable) = (proxy.host_and_port(), proxy.variable);
    // The type of these errors is private to its crate, so only their texts tell them apart.
    match links(error)
        .map(ToString::to_string)
        .find(|text| text.starts_with("tunnel error: "))
        .as_deref()
    {
        Some("tunnel error: proxy authorization required") => unknown_to_proxy(host, Some(proxy)),
        Some("tunnel error: unsuccessful") => format!(
            "the proxy {place} ({variable}) refuses to connect to {host}. Ask whoever runs it, or exclude the host with \
             NO_PROXY"
        ),
        _ => format!(
            "cannot connect to the proxy {place} on the way to {host}: {}. Correct {variable}, or exclude the host with \
             NO_PROXY",
            connection(error).0
        ),
    }
}

/// Returns why a connection failed, and what to check.
fn connection(error: &(dyn Error + 'static)) -> (String, &'static str) {
    let why = innermost(error);
    if links(error).any(|link| link.to_string() == "dns error") {
        return (
            format!("the name does not resolve ({why})"),
            "Check how it is written, and the network",
        );
    }
    let kind = links(error)
        .filter_map(|link| link.downcast_ref::<io::Error>())
        .last()
        .map(io::Error::kind);
    let (why, advice) = match kind {
        Some(io::ErrorKind::ConnectionRefused) => {
            ("nothing listens there", "Check the address, and that it runs")
        }
        Some(io::ErrorKind::TimedOut) => {
            ("nothing answers there", "Check the address, the network and its firewall")
        }
        Some(io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable) => {
            ("the network has no route there", "Check the network")
        }
        _ => (why.as_str(), "Check the address and the network"),
    };
    (why.to_owned(), advice)
}

/// Returns why a TLS handshake failed, and what to do.
fn tls(error: &rustls::Error) -> String {
    const OURS: &str = "If that is right (a private endpoint, or a proxy that looks into TLS), name the file with its \
                        authority's certificate in AWS_CA_BUNDLE";
    match error {
        rustls::Error::InvalidMessage(_) => {
            "what answers there does not speak TLS. If it speaks plain HTTP, its address begins with http://".to_owned()
        }
        rustls::Error::InvalidCertificate(certificate) => match certificate {
            CertificateError::UnknownIssuer => {
                format!("its certificate is not signed by an authority that this machine trusts. {OURS}")
            }
            // The name that rustls uses internally for a self-signed certificate.
            CertificateError::Other(other) if other.to_string() == "CaUsedAsEndEntity" => {
                format!("its certificate is signed by itself alone. {OURS}")
            }
            CertificateError::ExpiredContext { time, not_after } => format!(
                "its certificate was valid until {}, and this machine's clock says {}. If the clock is right, \
                 whoever runs that server has to renew the certificate",
                date(*not_after),
                date(*time)
            ),
            CertificateError::NotValidYetContext { time, not_before } => format!(
                "its certificate is valid from {} on, and this machine's clock says {}. Set the clock; if it is right, \
                 whoever runs that server has to replace the certificate",
                date(*not_before),
                date(*time)
            ),
            CertificateError::NotValidForNameContext { expected, presented } => format!(
                "its certificate is for {}, not for {}. Check the address, and whether something else answers in its \
                 place (a proxy, a network that wants a login first)",
                names(presented),
                expected.to_str()
            ),
            other => format!("its certificate is refused ({other}). {OURS}"),
        },
        other => format!("the TLS handshake failed ({other})"),
    }
}

/// Formats a time of a certificate or of this machine.
fn date(time: UnixTime) -> String {
    // The last second of the year 9999. HTTP's dates have four digits for the year.
    const LAST: u64 = 253_402_300_799;
    httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(time.as_secs().min(LAST)))
}

/// Returns the first names of a certificate.
///
/// Some certificates have hundreds. rustls gives each name as `DnsName("ec2.example")`.
fn names(presented: &[String]) -> String {
    const SHOWN: usize = 3;
    let bare = |name: &String| match name
        .strip_prefix("DnsName(\"")
        .and_then(|name| name.strip_suffix("\")"))
    {
        Some(name) => name.to_owned(),
        None => name.clone(),
    };
    let mut shown: Vec<String> = presented.iter().take(SHOWN).map(bare).collect();
    match presented.len() {
        0 => shown.push("nobody".to_owned()),
        all if all > SHOWN => shown.push(format!("{} more", all - SHOWN)),
        _ => {}
    }
    shown.join(", ")
}

/// Returns an error and its causes, outermost first.
fn links<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(Some(error), |link: &&'e (dyn Error + 'static)| {
        let link: &'e (dyn Error + 'static) = *link;
        match link.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            // An I/O error that wraps another error omits that error from its own chain.
            Some(inside) => Some(inside as &(dyn Error + 'static)),
            None => link.source(),
        }
    })
}

/// Returns the text of the innermost cause, without the system's error number.
///
/// The outer layers only say that something failed, and show the whole URL.
pub(crate) fn innermost(error: &(dyn Error + 'static)) -> String {
    without_error_numbers(links(error).last().map(ToString::to_string).unwrap_or_default())
}
