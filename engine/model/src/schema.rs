//! The schema of a plugin: its kinds, their properties, its lookups, and what it needs from the
//! host.
//!
//! Invariants: the schema crosses the sandbox as JSON ([`Plugin`] through serde). The engine checks
//! and diffs with the schema alone, so an unchanged resource costs no call into a plugin. A new
//! field must be optional, so that the engine can still load an older plugin.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::json;
use crate::path::{Path, Step};
use crate::value::Value;

/// The schema of a plugin.
///
/// ```
/// use kim_model::schema::{Plugin, Type};
///
/// let plugin: Plugin = serde_json::from_str(
///     r#"{ "name": "wiki", "version": "1.0.0", "kinds": [{
///         "name": "wiki:main:Page", "id": "page_id",
///         "properties": {
///             "title": { "type": "text", "required": true, "immutable": true, "max": 100 },
///             "page_id": { "type": "text", "computed": true }
///         }
///     }] }"#,
/// )?;
/// let title = &plugin.kind("wiki:main:Page").unwrap().properties["title"];
/// assert!(title.is_input() && title.ty == Type::Text);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Plugin {
    /// The plugin's name, such as `aws-ec2`.
    pub name: String,
    /// The plugin's version, in semver.
    pub version: String,
    /// What the plugin is for.
    #[serde(default)]
    pub docs: String,
    /// The capabilities that the plugin needs. The host refuses all others.
    #[serde(default)]
    pub capabilities: Capabilities,
    /// The schema of the plugin's configuration.
    #[serde(default)]
    pub config: Object,
    /// The kinds of resources.
    #[serde(default)]
    pub kinds: Vec<Kind>,
    /// The lookups (data sources).
    #[serde(default)]
    pub lookups: Vec<Lookup>,
}

impl Plugin {
    /// Returns the kind of that name, or `None`.
    pub fn kind(&self, name: &str) -> Option<&Kind> {
        self.kinds.iter().find(|kind| kind.name == name)
    }

    /// Returns the lookup of that name, or `None`.
    pub fn lookup(&self, name: &str) -> Option<&Lookup> {
        self.lookups.iter().find(|lookup| lookup.name == name)
    }
}

/// The capabilities that a plugin asks of the host.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Capabilities {
    /// AWS services by their signing names (`ec2`, `kms`, `iam`, `dlm`).
    #[serde(default)]
    pub aws: Vec<String>,
    /// HTTP hosts, `host` or `host:port`.
    ///
    /// An entry `config:<property>` stands for the host in that property of the plugin's
    /// configuration.
    #[serde(default)]
    pub http: Vec<String>,
}

/// A kind of resource.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Kind {
    /// The name of the kind, such as `aws:ec2:Volume`.
    pub name: String,
    /// What the kind is. The first sentence is the summary.
    #[serde(default)]
    pub docs: String,
    /// The properties by name: inputs and computed outputs.
    pub properties: BTreeMap<String, Property>,
    /// The name of the computed property that holds the resource's id.
    pub id: String,
    /// The maximum number of resources in one call of `read`; 1 if absent.
    #[serde(default = "default_read_batch")]
    pub read_batch: u32,
    /// If true, a replacement must delete the old resource first, whatever it keeps.
    #[serde(default)]
    pub delete_before_replace: bool,
    /// If true, the plugin knows prices for the kind.
    ///
    /// If false, `price` is never called.
    #[serde(default)]
    pub priced: bool,
    /// If true, a successful create is complete.
    ///
    /// It returns all properties, and a read finds the resource at once.
    ///
    /// The engine then does not call `settle`, and records the id and the outcome together.
    #[serde(default, skip_serializing_if = "is_false")]
    pub ready: bool,
    /// If true, a create that is repeated may create a second resource.
    ///
    /// That is so although its token is the same. The cloud's API takes no token for it and refuses
    /// no duplicate. The engine then never repeats a create under a token whose first create may
    /// still be carried out.
    #[serde(default, skip_serializing_if = "is_false")]
    pub tokenless: bool,
    /// The keys that no two resources share.
    ///
    /// Each is the paths of the inputs that it is made of.
    ///
    /// `[["vpc_id", "name"]]`: no two in one VPC have the same name. A key of which a part is not
    /// set holds nothing. A replacement that keeps a key deletes the old resource first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unique: Vec<Vec<Path>>,
}

impl Kind {
    /// Returns the properties on the way to a path, the last one last.
    ///
    /// `None` if the schema has no such path. What is below a value of any type has its property.
    pub fn properties_to(&self, path: &Path) -> Option<Vec<&Property>> {
        let (first, rest) = path.steps().split_first()?;
        let Step::Key(name) = first else { return None };
        let mut way = vec![self.properties.get(name)?];
        for step in rest {
            let above = way.last()?;
            way.push(match (&above.ty, step) {
                (Type::Object(object), Step::Key(name)) => object.properties.get(name)?,
                (Type::Map(item), Step::Key(_)) | (Type::List(item), Step::Index(_)) => item,
                (Type::Any, _) => above,
                _ => return None,
            });
        }
        Some(way)
    }
}

fn default_read_batch() -> u32 {
    1
}

/// A lookup: a read of something that the program does not own.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Lookup {
    /// The name of the lookup, such as `aws:ec2:ami`.
    pub name: String,
    /// What the lookup finds.
    #[serde(default)]
    pub docs: String,
    /// The arguments.
    pub arguments: Object,
    /// The results.
    pub results: Object,
}

/// An object type: properties by name.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Object {
    /// The properties by name.
    #[serde(default)]
    pub properties: BTreeMap<String, Property>,
    /// The Rust name of the type, for generated SDKs; empty for an outermost object.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
}

/// The type of a value.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Type {
    /// True or false.
    Bool,
    /// A whole number in the range of `i64`.
    Int,
    /// Any number except NaN.
    Float,
    /// Text.
    Text,
    /// Text that is a JSON document.
    ///
    /// Comparisons ignore its spelling and the order of its keys.
    Json,
    /// Bytes.
    Bytes,
    /// A list in order, or a set if [`Property::set`] is true.
    ///
    /// The property describes each item.
    List(Box<Property>),
    /// Values by name. The property describes each value.
    Map(Box<Property>),
    /// An object with named properties.
    Object(Object),
    /// A value of any type.
    Any,
}

/// A property of a kind, a lookup or an object.
///
/// By default it is optional, an input, updatable and not secret.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Property {
    /// The property's type.
    #[serde(rename = "type")]
    pub ty: Type,
    /// What the property means, and its unit.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub docs: String,
    /// If true, the program must set it, unless it has a default.
    #[serde(default, skip_serializing_if = "is_false")]
    pub required: bool,
    /// If true, the plugin sets it and a program cannot.
    ///
    /// If `input` is true too, the cloud sets it where the program does not.
    #[serde(default, skip_serializing_if = "is_false")]
    pub computed: bool,
    /// If true, a program may set it although it is computed ("optional and computed").
    ///
    /// If the program does not set it, no value in the cloud counts as a difference. An empty list
    /// that the program sets is a choice.
    #[serde(default, skip_serializing_if = "is_false")]
    pub input: bool,
    /// If true, a change of it replaces the resource.
    ///
    /// Inside a list or map, so does an item that has it and comes or goes.
    #[serde(default, skip_serializing_if = "is_false")]
    pub immutable: bool,
    /// If true, it is computed, and an update of the resource may change it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub volatile: bool,
    /// If true, its value is secret, even if the program does not mark it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub secret: bool,
    /// If true, the cloud never returns it.
    ///
    /// The recorded input stands in for its live value.
    #[serde(default, skip_serializing_if = "is_false")]
    pub write_only: bool,
    /// If true, the order and repetition of the list's items do not matter.
    #[serde(default, skip_serializing_if = "is_false")]
    pub set: bool,
    /// If true, comparisons ignore case.
    ///
    /// The cloud returns such a text in another spelling, such as lower case.
    #[serde(default, skip_serializing_if = "is_false")]
    pub ignore_case: bool,
    /// When two spellings of the text mean the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form: Option<Form>,
    /// The kinds of what it keeps from going.
    ///
    /// The text is the id of a resource of one of these kinds. The cloud refuses to delete that
    /// resource while this one refers to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holds: Vec<String>,
    /// The properties of others that stay as they are while this one is set.
    ///
    /// Each is a kind and a property, `aws:ec2:InternetGateway.vpc_id`. While this property is set,
    /// the cloud refuses to change that one of a resource on which this resource depends, also
    /// through others, and to delete that resource.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pins: Vec<String>,
    /// If true, the cloud refuses to delete the resource while this property is true.
    #[serde(default, skip_serializing_if = "is_false")]
    pub guard: bool,
    /// If true, the number can only become larger.
    #[serde(default, skip_serializing_if = "is_false")]
    pub grows: bool,
    /// The value if the program does not set it.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "plain")]
    pub default: Option<Value>,
    /// The smallest number, or the smallest length of a text, list or map; inclusive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// The largest number, or the largest length of a text, list or map; inclusive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
    /// The only texts allowed. Empty: all are.
    #[serde(default, skip_serializing_if = "Vec::is_empty", rename = "enum")]
    pub one_of: Vec<String>,
    /// A regular expression that the whole text must match.
    ///
    /// It has the syntax of the `regex` crate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
}

/// What the texts of a property are.
///
/// Two spellings of one thing count as equal.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// An IAM policy, as JSON.
    ///
    /// A list of one is that one, the order of lists does not matter, and an account is its root
    /// user in a principal.
    Policy,
    /// A block of addresses, IPv4 or IPv6.
    Cidr,
    /// A public key in OpenSSH's format, with or without a comment.
    PublicKey,
    /// An IP protocol, by its name or by its number.
    Protocol,
    /// An ARN, or the id or name at its end.
    Arn,
}

fn is_false(flag: &bool) -> bool {
    !flag
}

impl Property {
    /// Returns an optional input of a type, without limits.
    pub fn new(ty: Type) -> Property {
        Property {
            ty,
            docs: String::new(),
            required: false,
            computed: false,
            input: false,
            immutable: false,
            volatile: false,
            secret: false,
            write_only: false,
            set: false,
            ignore_case: false,
            form: None,
            holds: Vec::new(),
            pins: Vec::new(),
            guard: false,
            grows: false,
            default: None,
            min: None,
            max: None,
            one_of: Vec::new(),
            pattern: None,
        }
    }

    /// Returns true if a program may set it.
    pub fn is_input(&self) -> bool {
        !self.computed || self.input
    }
}

/// Defaults as plain JSON: they are never secret or unknown.
mod plain {
    use super::{Value, json};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(
        value: &Option<Value>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        value.as_ref().map(json::revealed).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Value>, D::Error> {
        Ok(Option::<serde_json::Value>::deserialize(deserializer)?
            .map(|json| json::from_json(&json)))
    }
}
