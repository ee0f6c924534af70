//! Aliases. They have no tags, so `find` recognises a created alias by its name and target.

use std::collections::BTreeMap;

use aws_sdk_kms::Client;
use aws_sdk_kms::types::AliasListEntry;
use kim_plugin::prelude::*;
use kim_plugin::schema::Form;
use kim_plugin_aws::{answer, failure};

use super::client;
use crate::Alias;
use crate::alias::rules;

impl Kind for Alias {
    async fn create(inputs: Alias, _: &str) -> Result<State<Alias>, Failure> {
        let kms = client()?;
        let request =
            kms.create_alias().alias_name(&inputs.alias_name).target_key_id(&inputs.target_key_id);
        match request.send().await.map_err(failure) {
            Ok(_) => Ok(State { id: inputs.alias_name.clone(), properties: inputs }),
            Err(Failure::Conflict(why)) if why.starts_with("AlreadyExistsException") => {
                let id = inputs.alias_name.clone();
                match current(&id).await? {
                    Some(live) if is_target(&live.properties, &inputs) => Ok(live),
                    Some(_) => Err(Failure::Conflict(format!(
                        "{why}; it points to another key: import it instead"
                    ))),
                    // Its target is not known yet. The alias may have been created by this token,
                    // so this is not a conflict.
                    None => Err(Failure::Transient(format!(
                        "the alias '{id}' exists, but KMS does not list it yet"
                    ))),
                }
            }
            Err(other) => Err(other),
        }
    }

    async fn read(aliases: Vec<Live<Alias>>) -> Result<Vec<Option<State<Alias>>>, Failure> {
        let aliases_by_name = list(&client()?).await?;
        let found = |asked: Live<Alias>| {
            let live = aliases_by_name.get(&asked.id)?;
            let target_key_id = live.target_key_id().unwrap_or_default().to_owned();
            let arn = live.alias_arn().unwrap_or_default().to_owned();
            let properties = Alias { alias_name: asked.id.clone(), target_key_id, arn };
            Some(State { id: asked.id, properties })
        };
        Ok(aliases.into_iter().map(found).collect())
    }

    async fn update(id: &str, inputs: Alias, _: Alias) -> Result<Progress<Alias>, Failure> {
        let Some(State { properties: live, .. }) = current(id).await? else {
            return Err(Failure::NotFound(format!("the alias '{id}'")));
        };
        if !is_target(&live, &inputs) {
            let request =
                client()?.update_alias().alias_name(id).target_key_id(&inputs.target_key_id);
            request.send().await.map_err(failure)?;
        }
        Ok(Progress::Done(State {
            id: id.to_owned(),
            properties: Alias { arn: live.arn, ..inputs },
        }))
    }

    async fn delete(id: &str, _: Alias) -> Result<Deletion, Failure> {
        answer(client()?.delete_alias().alias_name(id).send().await)?;
        Ok(Deletion::Gone)
    }

    async fn find(_: &str, inputs: Alias) -> Result<Option<State<Alias>>, Failure> {
        let found = current(&inputs.alias_name).await?;
        Ok(found.filter(|state| is_target(&state.properties, &inputs)))
    }

    fn check(inputs: &Inputs) -> Vec<Violation> {
        rules(inputs)
    }
}

/// Returns true if two aliases point to one key, by its id or its ARN.
fn is_target(one: &Alias, other: &Alias) -> bool {
    Form::Arn.same(&one.target_key_id, &other.target_key_id)
}

async fn current(name: &str) -> Result<Option<State<Alias>>, Failure> {
    let asked = Live { id: name.to_owned(), properties: None };
    Ok(<Alias as Kind>::read(vec![asked]).await?.pop().flatten())
}

/// Returns all aliases of the region by name. KMS cannot list only some of them.
async fn list(kms: &Client) -> Result<BTreeMap<String, AliasListEntry>, Failure> {
    let (mut by_name, mut marker) = (BTreeMap::new(), None);
    loop {
        let page =
            kms.list_aliases().limit(100).set_marker(marker).send().await.map_err(failure)?;
        marker = page.next_marker.filter(|_| page.truncated);
        let aliases = page.aliases.unwrap_or_default();
        by_name.extend(
            aliases.into_iter().filter_map(|alias| Some((alias.alias_name()?.to_owned(), alias))),
        );
        if marker.is_none() {
            return Ok(by_name);
        }
    }
}
