//! Which proxy a request takes, as `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` of the environment say.
//!
//! Invariants: requests to this machine and to the metadata of cloud machines take none; of a proxy's address no message
//! shows more than host and port.

use hyper_util::client::proxy::matcher::Matcher;
use url::Url;

use crate::environment::Environment;

/// Hosts that no proxy serves: this machine, and the metadata of cloud machines.
const NEVER: &str = "localhost,127.0.0.0/8,::1,169.254.0.0/16,fd00:ec2::254";

/// A proxy and the variable that names it.
#[derive(Clone, Debug)]
pub(crate) struct Proxy {
    /// With user and password, if it has them.
    pub(crate) url: Url,
    pub(crate) variable: &'static str,
}

impl Proxy {
    /// `host:port`.
    pub(crate) fn place(&self) -> String {
        let port = self.url.port_or_known_default().map(|port| format!(":{port}")).unwrap_or_default();
        format!("{}{port}", self.url.host_str().unwrap_or_default())
    }
}

/// What the variables say of one scheme. An error is for those alone whose requests would take the proxy; it names the
/// variable, not its value, which may hold a password.
type Chosen = Result<Option<Proxy>, String>;

/// The proxies of an environment.
pub(crate) struct Proxies {
    https: Chosen,
    http: Chosen,
    /// Takes every address but those that need no proxy.
    served: Matcher,
}

impl Proxies {
    /// Reads the variables.
    pub(crate) fn of(environment: &Environment) -> Proxies {
        let exceptions = environment.first(&["NO_PROXY", "no_proxy"]);
        let exceptions = exceptions.map_or(NEVER.to_owned(), |list| format!("{list},{NEVER}"));
        Proxies {
            https: proxy(environment, &["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]),
            http: proxy(environment, &["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"]),
            served: Matcher::builder().all("http://proxy").no(exceptions).build(),
        }
    }

    /// The proxy that requests to an address take.
    ///
    /// # Errors
    /// They would take one, but its variable is no address of a proxy.
    pub(crate) fn of_url(&self, url: &Url) -> Result<Option<&Proxy>, String> {
        let served = url.as_str().parse().is_ok_and(|uri| self.served.intercept(&uri).is_some());
        let chosen = if url.scheme() == "https" { &self.https } else { &self.http };
        match served {
            true => chosen.as_ref().map(Option::as_ref).map_err(Clone::clone),
            false => Ok(None),
        }
    }
}

fn proxy(environment: &Environment, variables: &[&'static str]) -> Chosen {
    let set = variables.iter().find_map(|variable| Some((*variable, environment.get(variable)?)));
    let Some((variable, address)) = set else { return Ok(None) };
    let whole = if address.contains("://") { address.to_owned() } else { format!("http://{address}") };
    let url = Url::parse(&whole).ok().filter(|url| url.has_host() && matches!(url.scheme(), "http" | "https"));
    let url = url.ok_or_else(|| {
        format!("{variable} is no address of a proxy; it has to look like http://host:port. Correct it, or unset it")
    })?;
    Ok(Some(Proxy { url, variable }))
}
