//! The proxy of a request.
//!
//! It comes from `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` of the environment.
//!
//! Invariants: requests to this machine and to the metadata service of cloud machines use no proxy;
//! of a proxy's URL a message holds only host and port.

use hyper_util::client::proxy::matcher::Matcher;
use url::Url;

use crate::environment::Environment;

/// Hosts that are always reached without a proxy.
///
/// They are this machine, and the metadata service of cloud machines.
const NEVER: &str = "localhost,127.0.0.0/8,::1,169.254.0.0/16,fd00:ec2::254";

/// A proxy and the variable that names it.
#[derive(Clone, Debug)]
pub(crate) struct Proxy {
    /// The URL of the proxy, with user name and password if they are set.
    pub(crate) url: Url,
    /// The environment variable that names the proxy.
    pub(crate) variable: &'static str,
}

impl Proxy {
    /// Returns `host:port`, to show to a user.
    pub(crate) fn host_and_port(&self) -> String {
        let port =
            self.url.port_or_known_default().map(|port| format!(":{port}")).unwrap_or_default();
        format!("{}{port}", self.url.host_str().unwrap_or_default())
    }
}

/// The proxy for the URLs of one scheme; `None`: no proxy.
///
/// An error concerns only requests that would use the proxy. It names the variable, but not its
/// value, which may hold a password.
type Chosen = Result<Option<Proxy>, String>;

/// The proxies of an environment.
pub(crate) struct Proxies {
    https: Chosen,
    http: Chosen,
    /// Matches every URL except those that are reached without a proxy.
    served: Matcher,
}

impl Proxies {
    /// Reads the variables of an environment.
    ///
    /// A wrong value is not an error until a request would use it.
    pub(crate) fn of(environment: &Environment) -> Proxies {
        let named = environment.first(&["NO_PROXY", "no_proxy"]);
        let exceptions = named.map_or(NEVER.to_owned(), |list| format!("{list},{NEVER}"));
        Proxies {
            https: proxy(environment, &["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]),
            http: proxy(environment, &["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"]),
            served: Matcher::builder().all("http://proxy").no(exceptions).build(),
        }
    }

    /// Returns the proxy for a URL; `None`: none.
    ///
    /// # Errors
    /// The URL would be reached through a proxy, but the variable is not the URL of one.
    pub(crate) fn of_url(&self, url: &Url) -> Result<Option<&Proxy>, String> {
        let served = url.as_str().parse().is_ok_and(|uri| self.served.intercept(&uri).is_some());
        let chosen = if url.scheme() == "https" { &self.https } else { &self.http };
        if served { chosen.as_ref().map(Option::as_ref).map_err(Clone::clone) } else { Ok(None) }
    }
}

/// Returns the proxy in the first of the variables that is set.
fn proxy(environment: &Environment, variables: &[&'static str]) -> Chosen {
    let set = variables.iter().find_map(|variable| Some((*variable, environment.get(variable)?)));
    let Some((variable, address)) = set else { return Ok(None) };
    let whole =
        if address.contains("://") { address.to_owned() } else { format!("http://{address}") };
    let parsed = Url::parse(&whole)
        .ok()
        .filter(|url| url.has_host() && matches!(url.scheme(), "http" | "https"));
    let url = parsed.ok_or_else(|| {
        format!(
            "{variable} is not the address of a proxy; it has to look like http://host:port. Correct it, or unset it"
        )
    })?;
    Ok(Some(Proxy { url, variable }))
}
