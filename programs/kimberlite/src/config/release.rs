//! The release and how it is started: `version`, `package`, `sha256`, `arguments` and
//! `environment`.

use std::collections::BTreeMap;

use kim::{Result, ensure};

use super::Config;
use crate::cluster::Release;

/// The release that this program was tried with.
pub const TRIED: &str = "0.9.1";

/// Variables that the program sets itself, or that must stay unset.
const RESERVED: [(&str, &str); 8] = [
    ("KMB_REPLICA_ID", "it follows from the node's number"),
    ("KMB_CLUSTER_PEERS", "it follows from config.nodes and the addresses"),
    ("KMB_CLUSTER_CLIENT_PEERS", "it follows from config.nodes and the addresses"),
    ("KMB_SINGLE_NODE", "it follows from config.nodes"),
    ("KMB_HTTP_PORT", "monitoring and security group expect 9090"),
    ("KMB_ENABLE_FOLLOWER_PROJECTION", "without it only the leader's disks hold the data"),
    ("KMB_ENABLE_CHAOS_ENDPOINTS", "it lets anybody break the cluster on purpose"),
    ("NO_COLOR", "it is set, so that the log is plain text"),
];

impl Config {
    /// Returns the release to install.
    ///
    /// # Errors
    /// Keys exclude each other, an address, path or SHA-256 is not valid, or the SHA-256 is
    /// missing.
    pub(super) fn release(&self) -> Result<Release> {
        if let Some(sum) = &self.sha256 {
            let valid = sum.len() == 64 && sum.chars().all(|c| c.is_ascii_hexdigit());
            ensure!(
                valid,
                "config.sha256: '{sum}' is not a SHA-256: it has 64 hexadecimal digits; the release's page has it in SHA256SUMS"
            );
            ensure!(
                self.version.is_some() || self.package.is_some(),
                "config.sha256: a sum of what? Add the version or the package that it is for"
            );
        }
        let sha256 = self.sha256.as_ref().map(|sum| sum.to_ascii_lowercase());
        match (&self.version, &self.package) {
            (Some(_), Some(_)) => {
                kim::bail!(
                    "config.package: version and package name two releases; leave one of them out"
                )
            }
            (Some(version), None) => {
                let number =
                    |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
                let plain = version.split('-').next().unwrap_or_default();
                let rest = version[plain.len()..]
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || ".-".contains(c));
                ensure!(
                    plain.split('.').count() == 3 && plain.split('.').all(number) && rest,
                    "config.version: '{version}' is not a release; write it like {TRIED}"
                );
                Ok(Release::Version { version: version.clone(), sha256 })
            }
            (None, Some(package)) => self.package(package, sha256),
            (None, None) => Ok(Release::Tried),
        }
    }

    fn package(&self, package: &str, sha256: Option<String>) -> Result<Release> {
        let is_address = package.starts_with("https://") && package.len() > "https://".len();
        let plain = package
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-._~:/?#[]@!&()*+,;=%".contains(c));
        ensure!(
            plain && (is_address || package.starts_with('/')),
            "config.package: '{package}' is neither an https:// address nor a path on the image (/…)"
        );
        let path = package.split(['?', '#']).next().unwrap_or_default();
        let name = path.rsplit('/').next().unwrap_or_default();
        ensure!(
            name.len() > 4 && (name.ends_with(".zip") || name.ends_with(".deb")),
            "config.package: '{package}' is neither a release archive (.zip) nor a Debian package (.deb)"
        );
        ensure!(
            !is_address || sha256.is_some(),
            "config.sha256 is missing: what comes from an address is checked before it runs; add the SHA-256 of {package}"
        );
        Ok(Release::Package { from: package.to_owned(), sha256 })
    }

    /// Returns the arguments to add.
    pub(super) fn arguments(&self) -> Result<Vec<String>> {
        for (index, argument) in self.arguments.iter().enumerate() {
            let plain = |c: char| c.is_ascii_alphanumeric() || "-._:/=,".contains(c);
            ensure!(
                !argument.is_empty() && argument.chars().all(plain),
                "config.arguments[{index}]: '{argument}' may have letters, digits and -._:/=, alone"
            );
            let name = argument.split('=').next().unwrap_or_default();
            let own = ["--cluster", "--address", "--development"].contains(&name)
                || name.starts_with("-a");
            ensure!(!own, "config.arguments[{index}]: {name} is the program's own; leave it out");
            ensure!(
                name.starts_with('-'),
                "config.arguments[{index}]: '{argument}' is not an option; write an option with its value as --name=value"
            );
        }
        Ok(self.arguments.clone())
    }

    /// Returns the variables to add.
    pub(super) fn environment(&self) -> Result<BTreeMap<String, String>> {
        for (name, value) in &self.environment {
            let letters = |c: char| c.is_ascii_alphanumeric() || c == '_';
            ensure!(
                name.chars().all(letters) && name.starts_with(|c: char| c.is_ascii_alphabetic()),
                "config.environment.{name}: a variable's name has letters, digits and _ alone"
            );
            if let Some((_, why)) = RESERVED.iter().find(|(reserved, _)| reserved == name) {
                kim::bail!("config.environment.{name}: {why}; leave it out");
            }
            let plain = |c: char| c.is_ascii_graphic() && !"'\"\\$`".contains(c);
            ensure!(
                !value.is_empty() && value.chars().all(plain),
                "config.environment.{name}: the value may have no space, quote, backslash or $"
            );
        }
        Ok(self.environment.clone())
    }
}
