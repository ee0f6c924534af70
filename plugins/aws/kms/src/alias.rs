//! `aws:kms:Alias`: its properties, and the rules across them.

use kim_plugin::prelude::*;

/// A name of a key, unique in its account and region.
#[derive(Clone, Debug, PartialEq, Resource)]
// The key is of CreateAlias: "The alias must be unique in the account and Region".
#[kim(kind = "aws:kms:Alias", id = "alias_name", read_batch = 100, unique = "alias_name")]
pub struct Alias {
    /// The name, which begins with `alias/`.
    #[kim(immutable, pattern = "alias/[a-zA-Z0-9/_-]+", len = 7..=256)]
    pub alias_name: String,
    /// The key's id or ARN.
    // `CreateAlias` takes the id or the ARN; `AliasListEntry` has the id (botocore's model of KMS).
    #[kim(form = "arn", len = 1..=2048)]
    pub target_key_id: String,
    /// The alias's ARN.
    #[kim(computed)]
    pub arn: String,
}

/// Returns the violations of the rules across an alias's properties.
pub(crate) fn rules(inputs: &Inputs) -> Vec<Violation> {
    let mut found = Vec::new();
    if let Known(name) = inputs.get::<String>("alias_name")
        && name.starts_with("alias/aws/")
    {
        found.push(Violation::error(
            "alias_name",
            "names that begin with 'alias/aws/' are AWS's own",
        ));
    }
    if let Known(target) = inputs.get::<String>("target_key_id")
        && (target.starts_with("alias/") || target.contains(":alias/"))
    {
        found.push(Violation::error(
            "target_key_id",
            "an alias points to a key's id or ARN, not to another alias",
        ));
    }
    found
}

#[cfg(not(target_arch = "wasm32"))]
kim_plugin_aws::component_only!(Alias, check: rules);
