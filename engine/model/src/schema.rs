//! What a plugin says of itself: its kinds, their properties, its lookups, and what it needs from the host.
//!
//! The schema crosses the sandbox as JSON (`Plugin` through serde). The engine checks and diffs from it alone, so an
//! unchanged resource costs no call into a plugin. New fields must be optional: an older plugin stays loadable.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::json;
use crate::value::Value;

/// A plugin's schema.
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
    /// The plugin's name, `aws-ec2`.
    pub name: String,
    /// Its version, semver.
    pub version: String,
    /// What it is for.
    #[serde(default)]
    pub docs: String,
    /// What it needs from the host; anything else is refused.
    #[serde(default)]
    pub capabilities: Capabilities,
    /// The shape of its configuration.
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
    /// The kind of that name.
    pub fn kind(&self, name: &str) -> Option<&Kind> {
        self.kinds.iter().find(|kind| kind.name == name)
    }

    /// The lookup of that name.
    pub fn lookup(&self, name: &str) -> Option<&Lookup> {
        self.lookups.iter().find(|lookup| lookup.name == name)
    }
}

/// What a plugin asks of the host.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Capabilities {
    /// AWS services by signing name (`ec2`, `kms`, `iam`, `dlm`).
    #[serde(default)]
    pub aws: Vec<String>,
    /// HTTP hosts, `host` or `host:port`; the value may be `config:<property>` to take it from the plugin's configuration.
    #[serde(default)]
    pub http: Vec<String>,
}

/// A kind of resource.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Kind {
    /// `aws:ec2:Volume`.
    pub name: String,
    /// What it is; the first sentence is its summary.
    #[serde(default)]
    pub docs: String,
    /// Its properties: inputs and computed outputs.
    pub properties: BTreeMap<String, Property>,
    /// The computed property that holds the resource's id.
    pub id: String,
    /// The most resources that one `read` takes.
    #[serde(default = "one")]
    pub read_batch: u32,
    /// A replacement has to delete the old one first (its name or place is unique).
    #[serde(default)]
    pub delete_before_replace: bool,
    /// The plugin knows prices for it; where not, it is never asked.
    #[serde(default)]
    pub priced: bool,
    /// A create that answered is complete: it tells all properties, and can be read at once. So the plugin is not
    /// asked to settle, and id and outcome are recorded at once.
    #[serde(default, skip_serializing_if = "is_false")]
    pub ready: bool,
}

fn one() -> u32 {
    1
}

/// A lookup: a read of something that the program does not own.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Lookup {
    /// `aws:ec2:ami`.
    pub name: String,
    /// What it finds.
    #[serde(default)]
    pub docs: String,
    /// Its arguments.
    pub arguments: Object,
    /// What it answers.
    pub results: Object,
}

/// An object type: named properties.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Object {
    /// The properties by name.
    #[serde(default)]
    pub properties: BTreeMap<String, Property>,
    /// The Rust name of the type, for generated SDKs; empty for the outermost object.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
}

/// The type of a value.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Type {
    /// True or false.
    Bool,
    /// A whole number.
    Int,
    /// Any number.
    Float,
    /// Text.
    Text,
    /// Text that is a JSON document; spelling and order of keys do not matter.
    Json,
    /// Octets.
    Bytes,
    /// A list in order, or (with [`Property::set`]) a set.
    List(Box<Property>),
    /// Values by name.
    Map(Box<Property>),
    /// An object with named properties.
    Object(Object),
    /// Anything.
    Any,
}

/// One property. The defaults are: optional, an input, updatable, not secret.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Property {
    /// Its type.
    #[serde(rename = "type")]
    pub ty: Type,
    /// What it means, in which unit.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub docs: String,
    /// It must be given (or have a default).
    #[serde(default, skip_serializing_if = "is_false")]
    pub required: bool,
    /// The plugin sets it; a program cannot. With `input` as well: the cloud fills it in where the program does not.
    #[serde(default, skip_serializing_if = "is_false")]
    pub computed: bool,
    /// A program may set it although it is computed (an "optional and computed" property): where the program says nothing,
    /// whatever the cloud holds is no difference.
    #[serde(default, skip_serializing_if = "is_false")]
    pub input: bool,
    /// Changing it means replacing the resource.
    #[serde(default, skip_serializing_if = "is_false")]
    pub immutable: bool,
    /// Computed, and an update of the resource may change it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub volatile: bool,
    /// It is secret, whatever the program says.
    #[serde(default, skip_serializing_if = "is_false")]
    pub secret: bool,
    /// The cloud never tells it back; the recorded input stands for it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub write_only: bool,
    /// A list whose order and repetition do not matter.
    #[serde(default, skip_serializing_if = "is_false")]
    pub set: bool,
    /// Text that the cloud gives back in lower case or otherwise spelled; compared without regard to case.
    #[serde(default, skip_serializing_if = "is_false")]
    pub ignore_case: bool,
    /// What it is where the program says nothing.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "plain")]
    pub default: Option<Value>,
    /// The smallest number, or length of text, list or map.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// The largest number, or length of text, list or map.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
    /// The only texts allowed.
    #[serde(default, skip_serializing_if = "Vec::is_empty", rename = "enum")]
    pub one_of: Vec<String>,
    /// A regular expression (the `regex` crate's syntax) that the whole text matches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
}

fn is_false(flag: &bool) -> bool {
    !flag
}

impl Property {
    /// An optional input of a type, without any limit.
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
            default: None,
            min: None,
            max: None,
            one_of: Vec::new(),
            pattern: None,
        }
    }

    /// Whether a program may set it.
    pub fn is_input(&self) -> bool {
        !self.computed || self.input
    }
}

/// Defaults are plain JSON in a schema: they are never secret or unknown.
mod plain {
    use super::{Value, json};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(value: &Option<Value>, serializer: S) -> Result<S::Ok, S::Error> {
        value.as_ref().map(json::revealed).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
        Ok(Option::<serde_json::Value>::deserialize(deserializer)?.map(|json| json::from_json(&json)))
    }
}
