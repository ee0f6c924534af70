//! Key pairs. Their id is their name.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::primitives::Blob;
use aws_sdk_ec2::types::{self, Filter, ResourceType};
use kim_plugin::prelude::*;
use kim_plugin_aws::Step;

use super::{
    by_ids, by_token, client, deleted, expect_part, failed, filter, in_order, indexed,
    no_longer_exists, not_visible_yet, retag, tagged, visible,
};
use crate::kinds::KeyPair;

pub(crate) async fn create(inputs: KeyPair, token: &str) -> Result<State<KeyPair>, Failure> {
    let answer = client()?
        .import_key_pair()
        .key_name(&inputs.name)
        .public_key_material(Blob::new(inputs.public_key.trim().as_bytes()))
        .tag_specifications(tagged(ResourceType::KeyPair, &inputs.tags, token))
        .send()
        .await
        .map_err(failed);
    match answer {
        Ok(answer) => {
            let key_pair_id = expect_part(answer.key_pair_id, "ImportKeyPair")?;
            let properties = KeyPair { key_pair_id, fingerprint: answer.key_fingerprint, ..inputs };
            Ok(State { id: properties.name.clone(), properties })
        }
        // Names are unique: the conflict may be with the key that an earlier call created.
        Err(conflict @ Failure::Conflict(_)) => find(token, inputs).await?.ok_or(conflict),
        Err(failure) => Err(failure),
    }
}

pub(crate) async fn settle(
    id: &str,
    inputs: KeyPair,
    _: KeyPair,
) -> Result<Progress<KeyPair>, Failure> {
    converge(id, inputs).await?.map_or_else(not_visible_yet, Ok)
}

pub(crate) async fn update(
    id: &str,
    inputs: KeyPair,
    _: KeyPair,
) -> Result<Progress<KeyPair>, Failure> {
    converge(id, inputs).await?.map_or_else(|| no_longer_exists("key pair", id), Ok)
}

pub(crate) async fn read(
    asked: Vec<Live<KeyPair>>,
) -> Result<Vec<Option<State<KeyPair>>>, Failure> {
    let client = client()?;
    let mut pairs = Vec::new();
    for filter in by_ids("key-name", asked.iter().map(|live| live.id.as_str())) {
        pairs.extend(described(&client, filter).await?);
    }
    Ok(in_order(asked, indexed(pairs, types::KeyPairInfo::key_name), |pair, recorded| {
        state(pair, recorded.as_ref())
    }))
}

pub(crate) async fn delete(id: &str, _: KeyPair) -> Result<Deletion, Failure> {
    deleted(client()?.delete_key_pair().key_name(id).send().await.map_err(failed))
}

pub(crate) async fn find(token: &str, inputs: KeyPair) -> Result<Option<State<KeyPair>>, Failure> {
    Ok(described(&client()?, by_token(token)).await?.pop().map(|pair| state(pair, Some(&inputs))))
}

/// Makes one step towards the inputs.
///
/// Returns `None` if the resource is not visible.
async fn converge(id: &str, inputs: KeyPair) -> Result<Option<Progress<KeyPair>>, Failure> {
    let client = client()?;
    let Some(pair) = described(&client, filter("key-name", [id])).await?.pop() else {
        return Ok(None);
    };
    let mut step = Step::default();
    if let Some(number) = pair.key_pair_id() {
        retag(&client, &mut step, number, pair.tags(), &inputs.tags).await?;
    }
    let mut state = state(pair, Some(&inputs));
    state.properties.tags = inputs.tags;
    Ok(Some(step.progress(state)))
}

/// Returns key pairs with their public keys. DescribeKeyPairs has no pages.
async fn described(client: &Client, filter: Filter) -> Result<Vec<types::KeyPairInfo>, Failure> {
    let request = client.describe_key_pairs().include_public_key(true).filters(filter);
    Ok(request.send().await.map_err(failed)?.key_pairs.unwrap_or_default())
}

fn state(pair: types::KeyPairInfo, recorded: Option<&KeyPair>) -> State<KeyPair> {
    let tags = visible(pair.tags());
    let recorded = recorded.map(|pair| pair.public_key.clone());
    let live = pair.public_key.map(|key| key.trim().to_owned());
    let public_key = live.or(recorded).unwrap_or_default();
    let name = pair.key_name.unwrap_or_default();
    let properties = KeyPair {
        name: name.clone(),
        public_key,
        tags,
        key_pair_id: pair.key_pair_id.unwrap_or_default(),
        fingerprint: pair.key_fingerprint,
    };
    State { id: name, properties }
}
