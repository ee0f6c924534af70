//! Signature Version 4, verified.
//!
//! It proves the sender of a request, its service and region, and that it arrived as it was signed.
//! Secrets enter here and never leave: no error and no `Debug` shows one.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use crate::error::{AwsError, refuse};
use crate::params::{decode_form, percent_encode};
use crate::protocol::{Incoming, Protocol};

/// How far a request's time may be off, in seconds.
const SKEW: i64 = 300;

/// The same for STS, whose refusals name 15 minutes.
const STS_SKEW: i64 = 900;

/// What the `Authorization` header says.
#[derive(Debug, PartialEq, Eq)]
pub struct Scope {
    /// The public half of the credential.
    pub access_key: String,
    /// `YYYYMMDD`.
    pub date: String,
    /// The region, such as `eu-central-1`.
    pub region: String,
    /// The service, such as `ec2`.
    pub service: String,
    signed_headers: Vec<String>,
    signature: String,
}

impl Scope {
    /// Reads the `Authorization` header; refuses in the words of the protocol.
    pub fn of(incoming: &Incoming, protocol: Protocol) -> Result<Scope, AwsError> {
        let Some(header) = incoming.header("authorization") else {
            return Err(missing_token(protocol, "Request is missing Authentication Token"));
        };
        parse(header).ok_or_else(|| {
            let message = "The Authorization header is not a complete AWS4-HMAC-SHA256 one: Credential (with date, region, service and aws4_request), SignedHeaders and Signature are needed";
            let code = if matches!(protocol, Protocol::Ec2 { .. }) { "AuthFailure" } else { "IncompleteSignature" };
            AwsError::new(code, message).status(if code == "AuthFailure" { 401 } else { 400 })
        })
    }

    /// Verifies that the holder of `secret` signed the request.
    ///
    /// The request is at most five minutes from `now` (fifteen for STS), in seconds since 1970.
    /// `secret` is `None` for an unknown access key.
    pub fn verify(
        &self,
        incoming: &Incoming,
        secret: Option<&str>,
        now: i64,
        protocol: Protocol,
    ) -> Result<(), AwsError> {
        let Some(secret) = secret else { return Err(unknown_key(protocol)) };
        let stamp = incoming.header("x-amz-date").unwrap_or_default();
        let time =
            jiff::fmt::strtime::parse("%Y%m%dT%H%M%SZ", stamp).and_then(|time| time.to_datetime());
        let time = time.and_then(|time| time.to_zoned(jiff::tz::TimeZone::UTC));
        let Ok(time) = time else {
            return mismatch(protocol, "X-Amz-Date is missing or not YYYYMMDDTHHMMSSZ");
        };
        let required = ["host", "x-amz-date"];
        if !stamp.starts_with(&self.date)
            || !required.iter().all(|name| self.signed_headers.iter().any(|signed| signed == name))
        {
            return mismatch(
                protocol,
                "The scope's date must be that of X-Amz-Date, and Host and X-Amz-Date must be signed",
            );
        }
        let skew = if self.service == "sts" { STS_SKEW } else { SKEW };
        let ahead = time.timestamp().as_second() - now;
        if ahead.abs() > skew {
            return Err(wrong_time(protocol, stamp, now, ahead.signum() * skew));
        }
        let body_digest = hex(&Sha256::digest(&incoming.body));
        if incoming.header("x-amz-content-sha256").is_some_and(|claimed| claimed != body_digest) {
            return mismatch(protocol, "X-Amz-Content-Sha256 is not the digest of the body");
        }
        let canonical = self.canonical_request(incoming, &body_digest);
        let expected = sign(secret, &self.date, &self.region, &self.service, stamp, &canonical);
        if !equal(expected.as_bytes(), self.signature.as_bytes()) {
            return mismatch(protocol, "Check your AWS Secret Access Key and signing method");
        }
        Ok(())
    }

    fn canonical_request(&self, incoming: &Incoming, body_digest: &str) -> String {
        let mut query: Vec<(String, String)> = decode_form(&incoming.query)
            .unwrap_or_default()
            .into_iter()
            .map(|(name, value)| (percent_encode(&name, false), percent_encode(&value, false)))
            .collect();
        query.sort();
        let query: Vec<String> =
            query.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut headers = String::new();
        for name in &self.signed_headers {
            let values = incoming
                .headers
                .iter()
                .filter(|(key, _)| key == name)
                .map(|(_, value)| squeeze(value));
            headers.push_str(&format!("{name}:{}\n", values.collect::<Vec<_>>().join(",")));
        }
        // Every service but S3 signs the path encoded once more than it is sent.
        let path = percent_encode(&incoming.path, true);
        let signed = self.signed_headers.join(";");
        format!(
            "{}\n{path}\n{}\n{headers}\n{signed}\n{body_digest}",
            incoming.method,
            query.join("&")
        )
    }
}

fn parse(header: &str) -> Option<Scope> {
    let fields = header.strip_prefix("AWS4-HMAC-SHA256")?;
    let field = |name: &str| {
        let mut fields = fields.split(',').filter_map(|field| field.trim().split_once('='));
        fields.find(|(key, _)| *key == name).map(|(_, value)| value)
    };
    let credential: Vec<&str> = field("Credential")?.split('/').collect();
    let [access_key, date, region, service, "aws4_request"] = credential[..] else { return None };
    let complete = [access_key, date, region, service].iter().all(|part| !part.is_empty());
    complete.then_some(Scope {
        access_key: access_key.to_owned(),
        date: date.to_owned(),
        region: region.to_owned(),
        service: service.to_owned(),
        signed_headers: field("SignedHeaders")?.split(';').map(str::to_owned).collect(),
        signature: field("Signature")?.to_owned(),
    })
}

/// Returns the signature of a canonical request, in hexadecimal.
fn sign(
    secret: &str,
    date: &str,
    region: &str,
    service: &str,
    stamp: &str,
    canonical: &str,
) -> String {
    let digest = hex(&Sha256::digest(canonical));
    let to_sign =
        format!("AWS4-HMAC-SHA256\n{stamp}\n{date}/{region}/{service}/aws4_request\n{digest}");
    let parts = [date, region, service, "aws4_request", &to_sign];
    hex(&parts
        .iter()
        .fold(format!("AWS4{secret}").into_bytes(), |key, part| hmac(&key, part.as_bytes())))
}

fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Trims a value, and turns each run of spaces into one.
fn squeeze(value: &str) -> String {
    value.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Compares in a time that does not depend on where the values differ.
fn equal(left: &[u8], right: &[u8]) -> bool {
    left.len() == right.len()
        && left.iter().zip(right).fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
}

fn missing_token(protocol: Protocol, message: &str) -> AwsError {
    match protocol {
        Protocol::Json { .. } | Protocol::Rest => {
            AwsError::new("MissingAuthenticationTokenException", message)
        }
        _ => AwsError::new("MissingAuthenticationToken", message).status(403),
    }
}

fn unknown_key(protocol: Protocol) -> AwsError {
    match protocol {
        Protocol::Ec2 { .. } => {
            let message = "AWS was not able to validate the provided access credentials";
            AwsError::new("AuthFailure", message).status(401)
        }
        Protocol::Query { .. } => AwsError::new(
            "InvalidClientTokenId",
            "The security token included in the request is invalid.",
        )
        .status(403),
        _ => AwsError::new(
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
        ),
    }
}

/// Refuses a time that is more than `skew` seconds from the server's.
///
/// A negative `skew` is for a time that is too early.
fn wrong_time(protocol: Protocol, stamp: &str, now: i64, skew: i64) -> AwsError {
    let written = |seconds: i64| {
        let time = jiff::Timestamp::from_second(seconds).unwrap_or_default();
        time.strftime("%Y%m%dT%H%M%SZ").to_string()
    };
    let (sign, what) = if skew < 0 {
        ('-', "Signature expired: {} is now earlier than")
    } else {
        ('+', "Signature not yet current: {} is still later than")
    };
    let message = format!(
        "{} {} ({} {sign} {} min.)",
        what.replace("{}", stamp),
        written(now + skew),
        written(now),
        skew.abs() / 60
    );
    match protocol {
        Protocol::Ec2 { .. } => {
            AwsError::new("RequestExpired", format!("Request has expired. {message}"))
        }
        Protocol::Query { .. } => AwsError::new("SignatureDoesNotMatch", message).status(403),
        _ => AwsError::new("InvalidSignatureException", message),
    }
}

fn mismatch(protocol: Protocol, hint: &str) -> Result<(), AwsError> {
    let message = format!(
        "The request signature we calculated does not match the signature you provided. {hint}."
    );
    match protocol {
        Protocol::Json { .. } | Protocol::Rest => refuse("InvalidSignatureException", message),
        _ => Err(AwsError::new("SignatureDoesNotMatch", message).status(403)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    const PROTOCOL: Protocol = Protocol::Query { version: "2010-05-08", namespace: "" };

    /// Returns a request of AWS's published test suite.
    ///
    /// It is "get-vanilla-query-order-key-case", of 2015-08-30T12:36:00Z.
    fn vanilla() -> Incoming {
        let authorization = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500";
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        Incoming {
            method: hyper::Method::GET,
            path: "/".into(),
            query: "Param2=value2&Param1=value1".into(),
            headers: vec![
                header("host", "example.amazonaws.com"),
                header("x-amz-date", "20150830T123600Z"),
                header("authorization", authorization),
            ],
            body: Vec::new(),
        }
    }

    fn check(incoming: &Incoming, secret: Option<&str>, now: i64) -> Result<(), String> {
        let scope = Scope::of(incoming, PROTOCOL).map_err(|error| error.code)?;
        scope.verify(incoming, secret, now, PROTOCOL).map_err(|error| error.code)
    }

    const NOW: i64 = 1_440_938_160;

    #[test]
    fn the_published_vector_verifies() {
        assert_eq!(check(&vanilla(), Some(SECRET), NOW), Ok(()));
        assert_eq!(check(&vanilla(), Some(SECRET), NOW + 299), Ok(()));
    }

    #[test]
    fn whatever_differs_is_refused_by_its_name() {
        let refused = |change: &dyn Fn(&mut Incoming)| {
            let mut incoming = vanilla();
            change(&mut incoming);
            check(&incoming, Some(SECRET), NOW).unwrap_err()
        };
        assert_eq!(check(&vanilla(), Some("another"), NOW).unwrap_err(), "SignatureDoesNotMatch");
        assert_eq!(check(&vanilla(), None, NOW).unwrap_err(), "InvalidClientTokenId");
        let ec2 = Protocol::Ec2 { version: "2016-11-15" };
        let scope = Scope::of(&vanilla(), ec2).unwrap();
        let late = scope.verify(&vanilla(), Some(SECRET), NOW + 301, ec2).unwrap_err();
        assert_eq!(late.code, "RequestExpired");
        let late = scope.verify(&vanilla(), Some(SECRET), NOW + 301, PROTOCOL).unwrap_err();
        assert_eq!(
            late.message,
            "Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z (20150830T124101Z - 5 min.)"
        );
        let early = scope.verify(&vanilla(), Some(SECRET), NOW - 301, PROTOCOL).unwrap_err();
        assert_eq!(
            early.message,
            "Signature not yet current: 20150830T123600Z is still later than 20150830T123559Z (20150830T123059Z + 5 min.)"
        );
        let sts = Scope { service: "sts".to_owned(), ..scope };
        let at =
            |now: i64| sts.verify(&vanilla(), Some(SECRET), now, PROTOCOL).unwrap_err().message;
        assert!(!at(NOW + 900).contains("expired"));
        assert!(at(NOW + 901).contains("- 15 min.)"));
        assert_eq!(refused(&|incoming| incoming.body = b"x".to_vec()), "SignatureDoesNotMatch");
        assert_eq!(refused(&|incoming| incoming.path = "/x".into()), "SignatureDoesNotMatch");
        assert_eq!(refused(&|incoming| incoming.query.push('3')), "SignatureDoesNotMatch");
        assert_eq!(refused(&|incoming| incoming.headers.truncate(2)), "MissingAuthenticationToken");
        assert_eq!(
            refused(&|incoming| incoming.headers[2].1 = "Bearer x".into()),
            "IncompleteSignature"
        );
        assert_eq!(
            refused(&|incoming| incoming.headers[1].1 = "20150830T123601Z".into()),
            "SignatureDoesNotMatch"
        );
    }
}
