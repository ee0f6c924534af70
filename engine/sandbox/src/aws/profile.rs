//! Region and endpoints from the selected profile in `~/.aws/config`.
//!
//! AWS's own parser reads the file.

use aws_runtime::env_config::file::EnvConfigFiles;
use aws_runtime::env_config::section::EnvConfigSections;
use aws_runtime::env_config::{EnvConfigValue, source};
use aws_types::os_shim_internal::Fs;

use crate::environment::Environment;
use crate::net::message::SendError;

/// The parsed configuration files, with the selected profile.
pub(super) struct Profile {
    sections: EnvConfigSections,
}

impl Profile {
    /// Reads the configuration files. A missing file counts as empty.
    ///
    /// # Errors
    /// A file cannot be read or parsed, or there is no profile of the name in `AWS_PROFILE`.
    pub(super) async fn load(environment: &Environment) -> Result<Profile, SendError> {
        let failed = |error: &dyn std::error::Error| {
            SendError::NoCredentials(format!(
                "the AWS configuration files cannot be read: {}",
                super::credentials::error_text(error)
            ))
        };
        let files = EnvConfigFiles::default();
        let source = source::load(&environment.for_aws(), &Fs::real(), &files)
            .await
            .map_err(|error| failed(&error))?;
        let sections = EnvConfigSections::parse(source).map_err(|error| failed(&error))?;
        if let Some(asked) =
            environment.get("AWS_PROFILE").filter(|name| sections.get_profile(name).is_none())
        {
            let mut known: Vec<&str> = sections.profiles().collect();
            known.sort_unstable();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            return Err(SendError::NoCredentials(format!(
                "there is no AWS profile '{asked}' in ~/.aws/config or ~/.aws/credentials (there are: {known})"
            )));
        }
        Ok(Profile { sections })
    }

    /// Returns the region of the profile.
    pub(super) fn region(&self) -> Option<String> {
        self.sections.get("region").map(str::to_owned)
    }

    /// Returns the configured endpoint of a service.
    ///
    /// The environment or the profile sets it for the service, or else for all services. `service`
    /// is the signing name. Returns `None` if none is set, or if configured endpoints are to be
    /// ignored.
    pub(super) fn endpoint(&self, environment: &Environment, service: &str) -> Option<String> {
        let environment = environment.for_aws();
        let ignored = EnvConfigValue::new()
            .env("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
            .profile("ignore_configured_endpoint_urls");
        if ignored
            .load(&environment, Some(&self.sections))
            .is_some_and(|(value, _)| value.eq_ignore_ascii_case("true"))
        {
            return None;
        }
        let service = service.replace('-', " ");
        let value = EnvConfigValue::new()
            .env("AWS_ENDPOINT_URL")
            .profile("endpoint_url")
            .service_id(&service);
        let found = value.load(&environment, Some(&self.sections)).map(|(url, _)| url.into_owned());
        found.filter(|url| !url.is_empty())
    }
}
