//! What a plugin may reach: what its schema requests *and* the project grants.
//!
//! Invariant: anything else is rejected. The error says which of the two is missing.

use kim_model::{Capability, Remedy, Value, schema};

use crate::error::LoadError;

/// The most that a plugin may reach. It reaches only what its schema requests too.
///
/// The default grants nothing.
#[derive(Clone, PartialEq, Debug)]
pub enum Grants {
    /// Everything that its schema requests, whatever that is.
    ///
    /// For a plugin of one's own. Another's may request to hand out credentials (`sts`).
    AsAsked,
    /// Only these, as far as its schema requests them.
    Only {
        /// AWS services by signing name, `ec2`.
        aws: Vec<String>,
        /// HTTP hosts, `host` or `host:port`, compared as they are written.
        ///
        /// `config:<property>` grants the host that the property names, if the schema requests it
        /// so.
        http: Vec<String>,
    },
}

impl Default for Grants {
    fn default() -> Grants {
        Grants::Only { aws: Vec::new(), http: Vec::new() }
    }
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
    /// What the schema requests and nobody granted, as the schema has it.
    not_granted: schema::Capabilities,
}

/// What is requested and what of that is granted, of services or of hosts.
#[derive(Clone, PartialEq, Debug, Default)]
struct Asked {
    asked: Vec<String>,
    granted: Vec<String>,
}

impl Asked {
    /// Creates one. `granted` is `None` if everything that is requested is granted.
    ///
    /// Each request is as the schema has it, and as it is reached. Returns the requests that are
    /// not granted, too.
    fn new(requests: Vec<(String, String)>, granted: Option<&Vec<String>>) -> (Asked, Vec<String>) {
        let is_granted = |(as_written, reached): &(String, String)| {
            granted.is_none_or(|list| list.contains(as_written) || list.contains(reached))
        };
        let (given, missing): (Vec<_>, Vec<_>) = requests.iter().cloned().partition(is_granted);
        let asked = requests.into_iter().map(|(_, reached)| reached).collect();
        let granted = given.into_iter().map(|(_, reached)| reached).collect();
        let missing = missing.into_iter().map(|(as_written, _)| as_written).collect();
        (Asked { asked, granted }, missing)
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
            .map(|host| Ok((host.clone(), configured(plugin, config, host)?)))
            .collect::<Result<_, LoadError>>()?;
        let services = asked.aws.iter().map(|name| (name.clone(), name.clone())).collect();
        let (services, aws) = Asked::new(services, aws);
        let (hosts, http) = Asked::new(hosts, http);
        let not_granted = schema::Capabilities { aws, http };
        Ok(Permissions { plugin: plugin.to_owned(), services, hosts, not_granted })
    }

    /// Returns what the schema requests and nobody granted, as the schema has it.
    pub(super) fn not_granted(&self) -> &schema::Capabilities {
        &self.not_granted
    }

    /// Returns true if it may reach any AWS service.
    pub(super) fn uses_aws(&self) -> bool {
        !self.services.granted.is_empty()
    }

    /// Returns the hosts that it may send requests to, `host` or `host:port`.
    pub(super) fn hosts(&self) -> &[String] {
        &self.hosts.granted
    }

    /// Rejects the question in which AWS account and region this is.
    ///
    /// Only a plugin that may use an AWS service may know.
    pub(super) fn expect_aws(&self) -> Result<(), Denial> {
        if self.uses_aws() {
            return Ok(());
        }
        let Asked { asked, .. } = &self.services;
        let (why, remedy) = if asked.is_empty() {
            ("its schema requests no AWS service; this is a fault of the plugin", None)
        } else {
            let (plugin, capability) = (self.plugin.clone(), Capability::Aws);
            let remedy = Remedy::Grant { plugin, capability, all: asked.clone() };
            ("the project grants it no AWS service", Some(remedy))
        };
        let message =
            format!("the plugin '{}' may not know the AWS account and region: {why}", self.plugin);
        Err(Denial { message, remedy })
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
