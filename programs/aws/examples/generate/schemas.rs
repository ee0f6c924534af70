//! The schemas that the sources and the reference are generated from.

use std::collections::BTreeMap;
use std::path::PathBuf;

use kim_model::schema::Plugin;

/// Where the reference lies, from this crate's folder.
#[allow(dead_code, reason = "not all that generate write the reference")]
pub(crate) const REFERENCE: &str = "../../docs/reference";

/// The plugins' reference, a page a plugin.
#[allow(dead_code, reason = "not all that generate write the reference")]
pub(crate) fn reference() -> BTreeMap<PathBuf, String> {
    let page = |plugin: &Plugin| {
        (PathBuf::from(format!("{}.md", plugin.name)), kim_generate::reference(plugin))
    };
    all().iter().map(page).collect()
}

/// The AWS plugins' schemas.
pub(crate) fn all() -> Vec<Plugin> {
    [
        kim_plugin_aws_dlm::plugin(),
        kim_plugin_aws_ec2::plugin(),
        kim_plugin_aws_iam::plugin(),
        kim_plugin_aws_kms::plugin(),
    ]
    .iter()
    .map(|plugin| plugin.schema().clone())
    .collect()
}
