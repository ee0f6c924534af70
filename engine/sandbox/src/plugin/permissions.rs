//! What a plugin may reach: what its schema requests *and* the project grants.
//!
//! Invariant: anything else is rejected. The error says which of the two is missing, and how to add it.

use kim_model::{Value, schema};

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

/// What one plugin requests, and what of that it is granted. The default reaches nothing.
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
    /// Computes what a plugin may reach, from its configuration, its schema's capabilities and the grants.
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
        let hosts = asked.http.iter().map(|host| configured(plugin, config, host)).collect::<Result<_, _>>()?;
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
    pub(super) fn expect_service(&self, service: &str) -> Result<(), String> {
        self.expect(&self.services, "use the AWS service", "aws", service)
    }

    /// Rejects a host that it may not send requests to.
    pub(super) fn expect_host(&self, host: &str) -> Result<(), String> {
        self.expect(&self.hosts, "send requests to", "http", host)
    }

    fn expect(&self, Asked { asked, granted }: &Asked, to: &str, key: &str, wanted: &str) -> Result<(), String> {
        if granted.iter().any(|one| one == wanted) {
            return Ok(());
        }
        let plugin = &self.plugin;
        let why = if asked.iter().any(|one| one == wanted) {
            let list: Vec<String> =
                granted.iter().map(String::as_str).chain([wanted]).map(|one| format!("{one:?}")).collect();
            format!(
                "the project does not grant it; to do so, write {key} = [{}] into the plugin's entry in Kim.toml",
                list.join(", ")
            )
        } else {
            let asks = if asked.is_empty() { "nothing of that sort".to_owned() } else { asked.join(", ") };
            format!("its schema does not ask for it (it asks for {asks}); this is a fault of the plugin")
        };
        Err(format!("the plugin '{plugin}' may not {to} '{wanted}': {why}"))
    }
}

/// Returns a host that the schema requests: as it is, or for `config:<property>` that property of the configuration.
fn configured(plugin: &str, config: &Value, asked: &str) -> Result<String, LoadError> {
    let Some(property) = asked.strip_prefix("config:") else { return Ok(asked.to_owned()) };
    config.get(property).and_then(Value::as_text).map(str::to_owned).ok_or_else(|| {
        LoadError::new(format!(
            "the plugin '{plugin}' takes the host that it talks to from its configuration, but '{property}' is not \
             set; `kim config set {plugin}.{property} <host>`"
        ))
    })
}
