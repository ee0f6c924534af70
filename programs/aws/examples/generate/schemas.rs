//! The schemas that the sources are generated from.

use kim_model::schema::Plugin;

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
