//! Certificates: `config.tls`.

use kim::{Result, ensure};

use crate::cluster::Tls;

/// The nodes' certificates.
///
/// Kimberlite 0.9.1 does not read them yet. They are for the release that does. A self-signed
/// certificate is not renewed by itself: first boot, run again, creates a new one in its last 30
/// days.
#[kim::config]
#[derive(Default)]
#[serde(default)]
pub struct TlsConfig {
    /// The signer of the certificates. By default `self-signed`.
    pub certificates: Certificates,
    /// For `private-ca`: the ARN of an authority of ACM Private CA.
    pub authority: Option<String>,
    /// For `lets-encrypt`: the cluster's domain, such as `kimberlite.example.com`.
    ///
    /// Node 2 is then `node-2.kimberlite.example.com`.
    pub domain: Option<String>,
    /// For `lets-encrypt`: the id of the domain's hosted zone at Route 53, `Z…`.
    pub zone: Option<String>,
    /// For `lets-encrypt`: the email address for its notices. By default none.
    pub email: Option<String>,
}

/// The signer of the certificates.
#[kim::config]
#[derive(Copy, PartialEq, Eq, Default)]
pub enum Certificates {
    /// Each node signs for itself: encryption, but no proof of a node's identity.
    #[default]
    SelfSigned,
    /// An authority of ACM Private CA.
    PrivateCa,
    /// Let's Encrypt, with proof by DNS at Route 53.
    LetsEncrypt,
}

impl TlsConfig {
    pub(super) fn check(&self, region: &str) -> Result<Tls> {
        self.only("authority", self.authority.is_some(), Certificates::PrivateCa, "private-ca")?;
        for (key, given) in [
            ("domain", self.domain.is_some()),
            ("zone", self.zone.is_some()),
            ("email", self.email.is_some()),
        ] {
            self.only(key, given, Certificates::LetsEncrypt, "lets-encrypt")?;
        }
        match self.certificates {
            Certificates::SelfSigned => Ok(Tls::SelfSigned),
            Certificates::PrivateCa => self.private_ca(region),
            Certificates::LetsEncrypt => self.lets_encrypt(),
        }
    }

    /// Rejects a key that the chosen signer does not use.
    fn only(&self, key: &str, given: bool, way: Certificates, name: &str) -> Result<()> {
        ensure!(
            !given || self.certificates == way,
            "config.tls.{key}: it is for certificates = \"{name}\" alone; choose that, or leave {key} out"
        );
        Ok(())
    }

    fn private_ca(&self, region: &str) -> Result<Tls> {
        let Some(authority) = &self.authority else {
            kim::bail!(
                "config.tls.authority is missing: certificates = \"private-ca\" needs the ARN of an authority, \
                 arn:aws:acm-pca:{region}:<account>:certificate-authority/<id>"
            );
        };
        let parts: Vec<&str> = authority.split(':').collect();
        let plain = authority.chars().all(|c| c.is_ascii_alphanumeric() || "-:/".contains(c));
        let valid = plain
            && matches!(parts[..], ["arn", _, "acm-pca", _, account, resource]
                if account.len() == 12
                    && account.chars().all(|c| c.is_ascii_digit())
                    && resource.strip_prefix("certificate-authority/").is_some_and(|id| !id.is_empty()));
        ensure!(
            valid,
            "config.tls.authority: '{authority}' is not the ARN of an authority; they look like \
             arn:aws:acm-pca:{region}:123456789012:certificate-authority/<id>"
        );
        ensure!(
            parts[3] == region,
            "config.tls.authority: it is in {}, the cluster in {region} (aws.region); an authority serves its own region",
            parts[3]
        );
        Ok(Tls::PrivateCa { authority: authority.clone() })
    }

    fn lets_encrypt(&self) -> Result<Tls> {
        let (Some(domain), Some(zone)) = (&self.domain, &self.zone) else {
            let missing = if self.domain.is_none() { "domain" } else { "zone" };
            let example = if self.domain.is_none() {
                "kimberlite.example.com"
            } else {
                "Z0123456789ABCDEFGHIJ"
            };
            kim::bail!(
                "config.tls.{missing} is missing: certificates = \"lets-encrypt\" needs the domain and its hosted zone at \
                 Route 53; add {missing} = \"{example}\""
            );
        };
        let label = |label: &str| {
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            (1..=63).contains(&label.len())
                && label.chars().all(plain)
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        ensure!(
            domain.len() <= 200
                && domain.split('.').count() >= 2
                && domain.split('.').all(label)
                && domain.ends_with(|c: char| c.is_ascii_lowercase()),
            "config.tls.domain: '{domain}' is not a domain; they look like kimberlite.example.com"
        );
        ensure!(
            zone.starts_with('Z')
                && (2..=32).contains(&zone.len())
                && zone.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit()),
            "config.tls.zone: '{zone}' is not a hosted zone's id; they look like Z0123456789ABCDEFGHIJ"
        );
        if let Some(email) = &self.email {
            let plain = |c: char| c.is_ascii_alphanumeric() || "@.-_+".contains(c);
            ensure!(
                email.split('@').count() == 2
                    && email.split('@').all(|part| !part.is_empty())
                    && email.chars().all(plain)
                    && !email.starts_with('-'),
                "config.tls.email: '{email}' is not an email address"
            );
        }
        Ok(Tls::LetsEncrypt {
            domain: domain.clone(),
            zone: zone.clone(),
            email: self.email.clone(),
        })
    }
}

/// Returns true if a node has to reach an authority.
pub(super) fn needs_internet(tls: &Tls) -> bool {
    !matches!(tls, Tls::SelfSigned)
}
