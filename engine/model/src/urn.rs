//! URNs: the stable name of a resource in a stack, `kim:<project>/<stack>/<kind>/<path of
//! components>/<name>`.

use std::fmt;
use std::str::FromStr;

/// The stable name of a resource, unique in a state.
///
/// Two URNs are equal if and only if their texts are equal.
///
/// ```
/// use kim_model::Urn;
///
/// let urn = Urn::new("shop", "dev", "aws:ec2:Volume", &["main"], "data/1");
/// assert_eq!(urn.as_str(), "kim:shop/dev/aws:ec2:Volume/main/data%2F1");
/// assert_eq!((urn.kind(), urn.qualified_name()), ("aws:ec2:Volume", "main/data%2F1"));
/// assert_eq!(urn.to_string().parse(), Ok(urn));
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Urn(std::sync::Arc<str>);

/// The error for a text that is not a URN.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("'{0}' is not a URN: it must look like kim:<project>/<stack>/<kind>/<name>")]
pub struct UrnError(String);

impl Urn {
    /// Returns the URN of a resource.
    ///
    /// `components` are the names of its components, outermost first.
    ///
    /// A slash in a part becomes `%2F` and a `%` becomes `%25`, so that a URN splits in only one
    /// way.
    pub fn new(project: &str, stack: &str, kind: &str, components: &[&str], name: &str) -> Urn {
        let mut text =
            format!("kim:{}/{}/{}", Urn::escape(project), Urn::escape(stack), Urn::escape(kind));
        for part in components.iter().chain([&name]) {
            text.push('/');
            text.push_str(&Urn::escape(part));
        }
        Urn(text.into())
    }

    /// Returns a part as a URN writes it.
    ///
    /// A slash becomes `%2F` and a `%` becomes `%25`.
    pub fn escape(part: &str) -> String {
        part.replace('%', "%25").replace('/', "%2F")
    }

    /// Returns the name that a part of a URN stands for.
    ///
    /// The opposite of [`Urn::escape`].
    pub fn unescape(part: &str) -> String {
        part.replace("%2F", "/").replace("%25", "%")
    }

    /// Returns the whole text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn part(&self, index: usize) -> &str {
        self.0["kim:".len()..].split('/').nth(index).unwrap_or_default()
    }

    /// Returns the project's name, as escaped in the URN.
    pub fn project(&self) -> &str {
        self.part(0)
    }

    /// Returns the kind, such as `aws:ec2:Volume`, as escaped in the URN.
    pub fn kind(&self) -> &str {
        self.part(2)
    }

    /// Returns the stack's name, as escaped in the URN.
    pub fn stack(&self) -> &str {
        self.part(1)
    }

    /// Returns the name that the program gave, as escaped in the URN.
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }

    /// Returns the names of the components and the resource, such as `main/node-1`.
    pub fn qualified_name(&self) -> &str {
        self.0.splitn(4, '/').nth(3).unwrap_or_default()
    }
}

impl fmt::Display for Urn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Urn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Urn {
    type Err = UrnError;

    fn from_str(text: &str) -> Result<Urn, UrnError> {
        let well_formed = text.strip_prefix("kim:").is_some_and(|rest| {
            let parts: Vec<&str> = rest.split('/').collect();
            parts.len() >= 4 && parts.iter().all(|part| !part.is_empty())
        });
        if well_formed { Ok(Urn(text.into())) } else { Err(UrnError(text.to_owned())) }
    }
}

impl TryFrom<String> for Urn {
    type Error = UrnError;

    fn try_from(text: String) -> Result<Urn, UrnError> {
        text.parse()
    }
}

impl From<Urn> for String {
    fn from(urn: Urn) -> String {
        urn.0.to_string()
    }
}
