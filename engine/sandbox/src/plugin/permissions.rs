//! What a plugin may reach: what its schema requests *and* the project grants.
//!
//! Invariant: anything else is rejected. The error says which of the two is missing.

use kim_model::{Capability, Remedy, Value, schema};

use crate::error::LoadError;

/// The most that a plugin may reach. It reaches only what its schema requests too.
#[derive(Clone, PartialEq, Debug, Default)]
pub enum Grants {
    /// Everything that its schema requests.
    #[default]
    AsAsked,
    /// Only these, as far as its schema requests them.
    Only {
        /// AWS services by signing name, `ec2`.
        aws: Vec<String>,
        /// HTTP hosts, `host` or `host:port`, compared as they are written.
        http: Vec<String>,
    },
}

/// Why a plugin may not reach something.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Denial {
    pub(super) message: String,
    /// What the user may do about it: grant it, if the schema requests it.
    pub(super) remedy: Option<Remedy>,
}

/// What one plugin requests, and what of that it is granted.
///
/// The default reaches nothing.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Permissions {
    plugin: String,
    services: Asked,
    hosts: Asked,
}

/// What is requested and what of that is granted, of services or of hosts.
#[derive(Clone, PartialEq, Debug, Default)]
struct Asked {
    asked: Vec<String>,
    granted: Vec<String>,
}

impl Asked {
    /// Creates one. `granted` is `None` if everything that is requested is granted.
    fn new(asked: Vec<String>, granted: Option<&Vec<String>>) -> Asked {
        let granted = match granted {
            None => asked.clone(),
            Some(list) => asked.iter().filter(|wanted| list.contains(wanted)).cloned().collect(),
        };
        Asked { asked, granted }
    }
}

impl Permissions {
    /// Computes what a plugin may reach.
    ///
    /// It depends on the plugin's configuration, its schema's capabilities and the grants.
    ///
    /// # Errors
    /// Its schema takes a host from its configuration, which does not set it.
    pub(super) fn new(
        plugin: &str,
        config: &Value,
        asked: &schema::Capabilities,
        grants: &Grants,
    ) -> Result<Permissions, LoadError> {
        let (aws, http) = match grants {
            Grants::AsAsked => (None, None),
            Grants::Only { aws, http } => (Some(aws), Some(http)),
        };
        let hosts = asked
            .http
            .iter()
            .map(|host| configured(plugin, config, host))
            .collect::<Result<_, _>>()?;
        let (services, hosts) = (Asked::new(asked.aws.clone(), aws), Asked::new(hosts, http));
        Ok(Permissions { plugin: plugin.to_owned(), services, hosts })
    }

    /// Returns true if it may reach any AWS service.
    pub(super) fn uses_aws(&self) -> bool {
        !self.services.granted.is_empty()
    }

    /// Returns the hosts that it may send requests to, `host` or `host:port`.
    pub(super) fn hosts(&self) -> &[String] {
        &self.hosts.granted
    }

    /// Rejects an AWS service that it may not use.
    pub(super) fn expect_service(&self, service: &str) -> Result<(), Denial> {
        self.expect(&self.services, "use the AWS service", Capability::Aws, service)
    }

    /// Rejects a host that it may not send requests to.
    pub(super) fn expect_host(&self, host: &str) -> Result<(), Denial> {
        self.expect(&self.hosts, "send requests to", Capability::Http, host)
    }

    fn expect(
        &self,
        Asked { asked, granted }: &Asked,
        to: &str,
        capability: Capability,
        wanted: &str,
    ) -> Result<(), Denial> {
        if granted.iter().any(|one| one == wanted) {
            return Ok(());
        }
        let plugin = self.plugin.clone();
        let denial = |why: &str, remedy| Denial {
            message: format!("the plugin '{}' may not {to} '{wanted}': {why}", self.plugin),
            remedy,
        };
        if asked.iter().any(|one| one == wanted) {
            let all = granted.iter().cloned().chain([wanted.to_owned()]).collect();
            return Err(denial(
                "the project does not grant it",
                Some(Remedy::Grant { plugin, capability, all }),
            ));
        }
        let asks =
            if asked.is_empty() { "nothing of that kind".to_owned() } else { asked.join(", ") };
        let why = format!(
            "its schema does not request it (it requests {asks}); this is a fault of the plugin"
        );
        Err(denial(&why, None))
    }
}

/// Returns a host that the schema requests.
///
/// For `config:<property>` it is that property of the configuration, else the text as it is.
fn configured(plugin: &str, config: &Value, asked: &str) -> Result<String, LoadError> {
    let Some(property) = asked.strip_prefix("config:") else { return Ok(asked.to_owned()) };
    config.get(property).and_then(Value::as_text).map(str::to_owned).ok_or_else(|| {
        let message = format!(
            "the plugin '{plugin}' takes the host that it talks to from its configuration, but '{property}' is not set"
        );
        let remedy = Remedy::Configure { plugin: plugin.to_owned(), property: property.to_owned() };
        LoadError::of_configuration(message).cured_by(remedy)
    })
}
