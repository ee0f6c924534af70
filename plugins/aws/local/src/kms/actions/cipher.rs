//! Encryption with a key's material, for real.
//!
//! The cipher is XChaCha20-Poly1305 under 32 random bytes, which are kept in the world and never
//! leave it. Only the key and the encryption context that sealed a ciphertext open it.
//!
//! A ciphertext is a version byte, the key's id behind its length, a nonce of 24 bytes and the
//! sealed bytes. It looks like AWS's only in that it is opaque.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};

use crate::error::{Answer, AwsError, refuse};
use crate::kms::queries::{find_key, internal, need_key, random_bytes};
use crate::kms::rows::key::Key;
use crate::kms::rows::material::Material;
use crate::kms::rules::invalid_value;
use crate::node::Node;
use crate::service::{Action, Call};

pub(crate) const ACTIONS: &[Action] = &[
    Action::new(
        "Encrypt",
        "KeyId! Plaintext! EncryptionContext:j EncryptionAlgorithm=SYMMETRIC_DEFAULT GrantTokens.N DryRun:b",
        encrypt,
    ),
    Action::new(
        "Decrypt",
        "CiphertextBlob! EncryptionContext:j KeyId EncryptionAlgorithm=SYMMETRIC_DEFAULT GrantTokens.N DryRun:b",
        decrypt,
    ),
    Action::new(
        "ReEncrypt",
        "CiphertextBlob! SourceEncryptionContext:j SourceKeyId DestinationKeyId! DestinationEncryptionContext:j
        SourceEncryptionAlgorithm=SYMMETRIC_DEFAULT DestinationEncryptionAlgorithm=SYMMETRIC_DEFAULT GrantTokens.N DryRun:b",
        re_encrypt,
    ),
    Action::new(
        "GenerateDataKey",
        "KeyId! EncryptionContext:j NumberOfBytes:i KeySpec=AES_256|AES_128 GrantTokens.N DryRun:b",
        |call| generate(call, true),
    ),
    Action::new(
        "GenerateDataKeyWithoutPlaintext",
        "KeyId! EncryptionContext:j NumberOfBytes:i KeySpec=AES_256|AES_128 GrantTokens.N DryRun:b",
        |call| generate(call, false),
    ),
    Action::new("GenerateRandom", "NumberOfBytes!:i", random),
];

const BLOB_VERSION: u8 = 1;

const NONCE: usize = 24;

fn cipher(call: &Call, key: &Key) -> Result<XChaCha20Poly1305, AwsError> {
    let material: Option<Arc<Material>> = call.world.get(call.region(), &key.key_id);
    let secret = material.and_then(|material| STANDARD.decode(&material.secret).ok());
    let cipher = secret.and_then(|secret| XChaCha20Poly1305::new_from_slice(&secret).ok());
    cipher.ok_or_else(|| internal("the key's material is missing from the world"))
}

/// Returns what a ciphertext is bound to.
///
/// That is the key and every pair of the context, each text after its length.
fn associated(key_id: &str, context: &BTreeMap<&str, &str>) -> Vec<u8> {
    let pairs = context.iter().flat_map(|(name, value)| [*name, *value]);
    let mut bytes = Vec::new();
    for text in std::iter::once(key_id).chain(pairs) {
        bytes.extend((text.len() as u64).to_be_bytes());
        bytes.extend(text.as_bytes());
    }
    bytes
}

fn seal(
    call: &Call,
    key: &Key,
    plaintext: &[u8],
    context: &BTreeMap<&str, &str>,
) -> Result<String, AwsError> {
    let nonce = random_bytes(NONCE)?;
    let payload = Payload { msg: plaintext, aad: &associated(&key.key_id, context) };
    let sealed = cipher(call, key)?.encrypt(&to_nonce(&nonce)?, payload);
    let sealed = sealed.map_err(|_| internal("the plaintext could not be sealed"))?;
    let mut blob = vec![BLOB_VERSION, u8::try_from(key.key_id.len()).unwrap_or(u8::MAX)];
    blob.extend(key.key_id.as_bytes());
    blob.extend(nonce);
    blob.extend(sealed);
    Ok(STANDARD.encode(blob))
}

fn to_nonce(bytes: &[u8]) -> Result<XNonce, AwsError> {
    XNonce::try_from(bytes).map_err(|_| internal("a nonce has the wrong length"))
}

/// Returns the key that sealed a ciphertext, the nonce and the sealed bytes.
fn split_blob(blob: &[u8]) -> Option<(&str, &[u8], &[u8])> {
    let (&[BLOB_VERSION, length], rest) = blob.split_first_chunk::<2>()? else { return None };
    let (id, rest) = rest.split_at_checked(usize::from(length))?;
    let (nonce, sealed) = rest.split_at_checked(NONCE)?;
    Some((std::str::from_utf8(id).ok()?, nonce, sealed))
}

/// Opens the request's ciphertext.
///
/// `key_id` and `context` name the parameters that it is checked against.
fn open(call: &Call, key_id: &str, context: &str) -> Result<(Arc<Key>, Vec<u8>), AwsError> {
    let unreadable = || {
        AwsError::new(
            "InvalidCiphertextException",
            "The ciphertext is not one of a key in this region, was changed, or has another encryption context",
        )
    };
    let blob = bytes(call, "CiphertextBlob", 6144)?;
    let (sealed_by, nonce, sealed) = split_blob(&blob).ok_or_else(unreadable)?;
    let key = find_key(call.world, call.region(), sealed_by).ok_or_else(unreadable)?;
    if let Some(claimed) = call.params().text(key_id)
        && need_key(call, claimed, true)?.key_id != key.key_id
    {
        let message =
            "The key ID in the request does not identify a CMK that can perform this operation.";
        return refuse("IncorrectKeyException", message);
    }
    key.usable()?;
    let context = read_context(call, context)?;
    let payload = Payload { msg: sealed, aad: &associated(&key.key_id, &context) };
    let plaintext =
        cipher(call, &key)?.decrypt(&to_nonce(nonce)?, payload).map_err(|_| unreadable())?;
    Ok((key, plaintext))
}

/// Returns the 1 to `most` bytes of a parameter in base64.
fn bytes(call: &Call, name: &str, most: usize) -> Result<Vec<u8>, AwsError> {
    let decoded = STANDARD.decode(call.text(name));
    let decoded = decoded
        .map_err(|_| AwsError::new("SerializationException", format!("{name} is not base64")))?;
    if decoded.is_empty() || decoded.len() > most {
        // The value itself may be a secret.
        return invalid_value(
            name,
            &format!("{} bytes", decoded.len()),
            &format!("Member must have 1 to {most} bytes"),
        );
    }
    Ok(decoded)
}

fn read_context<'a>(call: &Call<'a>, name: &str) -> Result<BTreeMap<&'a str, &'a str>, AwsError> {
    let Some(context) = call.params().get(name) else { return Ok(BTreeMap::new()) };
    if context.value().is_some() {
        return invalid_value(name, "text", "Member must be a map");
    }
    let pairs = context.members().map(|(key, value)| match value.value() {
        Some(value) => Ok((key, value)),
        None => invalid_value(name, key, "Member must have text values"),
    });
    pairs.collect()
}

/// Returns the answer of a request that is right, or a dry run's refusal.
///
/// A dry run is refused at the end, when everything else was right.
fn done(call: &Call, node: Node) -> Answer {
    if call.params().flag("DryRun") == Some(true) {
        let message = "The request would have succeeded, but the DryRun option is set.";
        return refuse("DryRunOperationException", message);
    }
    Ok(node)
}

fn usable_key(call: &Call, parameter: &str) -> Result<Arc<Key>, AwsError> {
    let key = need_key(call, call.text(parameter), true)?;
    key.usable().map(|()| key)
}

fn encrypt(call: &mut Call) -> Answer {
    let plaintext = bytes(call, "Plaintext", 4096)?;
    let key = usable_key(call, "KeyId")?;
    let blob = seal(call, &key, &plaintext, &read_context(call, "EncryptionContext")?)?;
    done(
        call,
        node! { "CiphertextBlob" => blob, "KeyId" => &key.arn, "EncryptionAlgorithm" => "SYMMETRIC_DEFAULT" },
    )
}

fn decrypt(call: &mut Call) -> Answer {
    let (key, plaintext) = open(call, "KeyId", "EncryptionContext")?;
    let node = node! {
        "KeyId" => &key.arn, "Plaintext" => STANDARD.encode(plaintext), "EncryptionAlgorithm" => "SYMMETRIC_DEFAULT",
    };
    done(call, node)
}

fn re_encrypt(call: &mut Call) -> Answer {
    let (source, plaintext) = open(call, "SourceKeyId", "SourceEncryptionContext")?;
    let key = usable_key(call, "DestinationKeyId")?;
    let blob = seal(call, &key, &plaintext, &read_context(call, "DestinationEncryptionContext")?)?;
    let node = node! {
        "CiphertextBlob" => blob, "SourceKeyId" => &source.arn, "KeyId" => &key.arn,
        "SourceEncryptionAlgorithm" => "SYMMETRIC_DEFAULT", "DestinationEncryptionAlgorithm" => "SYMMETRIC_DEFAULT",
    };
    done(call, node)
}

fn generate(call: &mut Call, with_plaintext: bool) -> Answer {
    let params = call.params();
    let count = match (params.number("NumberOfBytes"), params.text("KeySpec")) {
        (Some(count), None) => count,
        (None, Some("AES_128")) => 16,
        (None, Some(_)) => 32,
        _ => {
            return refuse(
                "ValidationException",
                "Please specify either number of bytes or key spec.",
            );
        }
    };
    let plaintext = random_bytes(check_count(count)?)?;
    let key = usable_key(call, "KeyId")?;
    let blob = seal(call, &key, &plaintext, &read_context(call, "EncryptionContext")?)?;
    let plaintext = with_plaintext.then(|| STANDARD.encode(plaintext));
    done(call, node! { "CiphertextBlob" => blob, "Plaintext" => plaintext, "KeyId" => &key.arn })
}

fn random(call: &mut Call) -> Answer {
    let count = check_count(call.params().number("NumberOfBytes").unwrap_or_default())?;
    Ok(node! { "Plaintext" => STANDARD.encode(random_bytes(count)?) })
}

fn check_count(count: i64) -> Result<usize, AwsError> {
    match usize::try_from(count) {
        Ok(count @ 1..=1024) => Ok(count),
        _ => invalid_value(
            "numberOfBytes",
            &count.to_string(),
            "Member must have value between 1 and 1024",
        ),
    }
}
