//! The actions of aliases: names for keys.
//!
//! A name is unique in account and region. An alias ends with its key.

use std::sync::Arc;

use crate::error::{Answer, AwsError, refuse};
use crate::kms::queries::{find_key, need_key};
use crate::kms::rows::alias::Alias;
use crate::kms::rows::key::Key;
use crate::kms::rules::{invalid_value, key_page, seconds};
use crate::reading;
use crate::service::{Action, Call};

pub(crate) const ACTIONS: &[Action] = &[
    Action::new("CreateAlias", "AliasName! TargetKeyId!", create),
    Action::new("UpdateAlias", "AliasName! TargetKeyId!", update),
    Action::new("DeleteAlias", "AliasName!", delete),
    Action::new("ListAliases", "KeyId Limit:i Marker", list),
];

/// Returns the request's `AliasName`, well-formed and not one of AWS's own.
fn check_alias_name<'a>(call: &Call<'a>) -> Result<&'a str, AwsError> {
    let name = call.text("AliasName");
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"/_-".contains(&byte);
    if !name.bytes().all(|byte| allowed(byte) || byte == b':')
        || name.len() > 256
        || name.is_empty()
    {
        return invalid_value(
            "aliasName",
            name,
            "Member must satisfy regular expression pattern: ^[a-zA-Z0-9:/_-]+$",
        );
    }
    let Some(rest) = name.strip_prefix("alias/") else {
        return refuse(
            "ValidationException",
            format!("Invalid identifier {name}: an alias starts with alias/"),
        );
    };
    if rest.is_empty() || rest.contains(':') {
        return refuse(
            "ValidationException",
            format!("{name} contains invalid characters for an alias"),
        );
    }
    if rest.starts_with("aws/") || rest == "aws" {
        return refuse(
            "NotAuthorizedException",
            format!("{name} is reserved: aliases of AWS managed keys start so"),
        );
    }
    Ok(name)
}

/// Returns an alias whose key still exists.
fn find_alias(call: &Call, name: &str) -> Option<Arc<Alias>> {
    let alias: Arc<Alias> = call.world.get(call.region(), name)?;
    find_key(call.world, call.region(), &alias.key_id).map(|_| alias)
}

fn need_alias(call: &Call, name: &str) -> Result<Arc<Alias>, AwsError> {
    let missing =
        || AwsError::new("NotFoundException", format!("Alias {} is not found.", call.arn(name)));
    find_alias(call, name).ok_or_else(missing)
}

/// Returns the key that the request's alias is to refer to.
///
/// It is a key of this account and region that is not pending deletion.
fn need_target(call: &Call) -> Result<Arc<Key>, AwsError> {
    let target = call.text("TargetKeyId");
    if target.contains("alias/") {
        return refuse("ValidationException", "Aliases must refer to keys. Not aliases");
    }
    let key = need_key(call, target, false)?;
    key.changeable().map(|()| key)
}

/// The most aliases of a key. (KMS developer guide, "Resource quotas")
const MAX_ALIASES: usize = 50;

/// Rejects one more alias of a key that has as many as it may.
fn check_alias_quota(call: &Call, key: &Key) -> Result<(), AwsError> {
    let aliases = call.world.list::<Alias>(call.region());
    let count = aliases.iter().filter(|alias| alias.key_id == key.key_id).count();
    if call.settings.quotas && count >= MAX_ALIASES {
        let message = format!("{} has {count} aliases, {MAX_ALIASES} are allowed.", key.arn);
        return refuse("LimitExceededException", message);
    }
    Ok(())
}

fn create(call: &mut Call) -> Answer {
    let name = check_alias_name(call)?;
    if find_alias(call, name).is_some() {
        let message = format!("An alias with the name {} already exists", call.arn(name));
        return refuse("AlreadyExistsException", message);
    }
    let key = need_target(call)?;
    check_alias_quota(call, &key)?;
    let region = call.request.region.as_str();
    // An alias of that name whose key no longer exists would give the new one its age.
    call.world.remove::<Alias>(region, name);
    let alias = Alias {
        name: name.to_owned(),
        arn: call.arn(name),
        key_id: key.key_id.clone(),
        updated: call.now(),
    };
    call.world.put(region, alias);
    Ok(node! {})
}

fn update(call: &mut Call) -> Answer {
    let name = check_alias_name(call)?;
    let mut alias = Alias::clone(&*need_alias(call, name)?);
    let key = need_target(call)?;
    if alias.key_id != key.key_id {
        check_alias_quota(call, &key)?;
    }
    alias.key_id = key.key_id.clone();
    alias.updated = call.now();
    call.world.put(call.request.region.as_str(), alias);
    Ok(node! {})
}

fn delete(call: &mut Call) -> Answer {
    let name = check_alias_name(call)?;
    need_alias(call, name)?;
    call.world.remove::<Alias>(call.request.region.as_str(), name);
    Ok(node! {})
}

fn list(call: &mut Call) -> Answer {
    let key = call.params().text("KeyId").map(|id| need_key(call, id, false)).transpose()?;
    let aliases = reading::seen_all::<Alias>(call, call.region()).into_iter();
    let wanted = aliases.filter(|alias| key.as_ref().is_none_or(|key| key.key_id == alias.key_id));
    let wanted = wanted.filter(|alias| find_alias(call, &alias.name).is_some());
    let items = wanted.map(|alias| (alias.name.clone(), alias)).collect();
    key_page(call, "Aliases", items, (50, 100), |alias| {
        let created = call.world.created::<Alias>(call.region(), &alias.name).unwrap_or_default();
        node! {
            "AliasName" => &alias.name, "AliasArn" => &alias.arn, "TargetKeyId" => &alias.key_id,
            "CreationDate" => seconds(created), "LastUpdatedDate" => seconds(alias.updated),
        }
    })
}
