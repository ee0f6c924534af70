//! The actions of key pairs.
//!
//! Only public halves are kept: `CreateKeyPair` is not served.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};
use sha2::Sha256;

use crate::ec2::queries::tags::{put_tags, requested_tags, tag_specification};
use crate::ec2::rows::key_pair::KeyPair;
use crate::ec2::rows::kind::{Kind, all, erase, fresh, invalid, put};
use crate::ec2::views::listing::describe;
use crate::ec2::views::tags::show_tags;
use crate::error::{Answer, AwsError, refuse};
use crate::service::{Action, Call};

pub(crate) const ACTIONS: &[Action] = &[
    Action::new("ImportKeyPair", tag_specification!("KeyName! PublicKeyMaterial!"), import),
    Action::new(
        "DescribeKeyPairs",
        "KeyName.N KeyPairId.N IncludePublicKey:b Filter.N{Name! Value.N} DryRun:b",
        describe::<KeyPair>,
    ),
    Action::new("DeleteKeyPair", "KeyName KeyPairId DryRun:b", delete),
];

fn import(call: &mut Call) -> Answer {
    let name = call.text("KeyName");
    if name.is_empty() || name.len() > 255 || !name.is_ascii() || name.trim() != name {
        return invalid(
            "keyName",
            name,
            "1 to 255 ASCII characters without spaces around them are valid.",
        );
    }
    if all::<KeyPair>(call).iter().any(|pair| pair.name == name) {
        return refuse("InvalidKeyPair.Duplicate", format!("The keypair '{name}' already exists."));
    }
    let requested = requested_tags(call, &["key-pair"])?;
    let (key_type, fingerprint, public_key) = read_public_key(call.text("PublicKeyMaterial"))
        .ok_or_else(|| {
            AwsError::new("InvalidKey.Format", "Key is not in valid OpenSSH public key format")
        })?;
    let pair_id = fresh::<KeyPair>(call);
    let pair = KeyPair {
        pair_id: pair_id.clone(),
        name: name.to_owned(),
        key_type,
        fingerprint,
        public_key,
        created: call.now(),
    };
    let fingerprint = pair.fingerprint.clone();
    put(call, pair);
    put_tags::<KeyPair>(call, &pair_id, &requested);
    Ok(node! {
        "keyPairId" => &pair_id, "keyName" => name, "keyFingerprint" => fingerprint, "tagSet" => show_tags(call, &pair_id),
    })
}

/// Deletes a key pair.
///
/// A name that does not exist is not an error, as on AWS.
fn delete(call: &mut Call) -> Answer {
    let (name, id) = (call.params().text("KeyName"), call.params().text("KeyPairId"));
    if name.is_none() && id.is_none() {
        return refuse(
            "MissingParameter",
            "The request must contain the parameter KeyName or KeyPairId",
        );
    }
    let pairs = all::<KeyPair>(call);
    let is_meant = |pair: &KeyPair| {
        name.is_none_or(|name| name == pair.name) && id.is_none_or(|id| id == pair.pair_id)
    };
    let found = pairs.iter().find(|pair| is_meant(pair)).map(|pair| pair.pair_id.clone());
    if let Some(pair_id) = &found {
        erase::<KeyPair>(call, pair_id);
    } else if let Some(id) = id {
        return refuse(KeyPair::MISSING, format!("The key pair '{id}' does not exist"));
    }
    Ok(node! { "return" => true, "keyPairId" => found })
}

/// Returns type, fingerprint and OpenSSH text of a public key.
///
/// `material` is the text in base64.
fn read_public_key(material: &str) -> Option<(String, String, String)> {
    let text = String::from_utf8(STANDARD.decode(material.trim()).ok()?).ok()?;
    let mut words = text.split_whitespace();
    let (algorithm, blob) = (words.next()?, STANDARD.decode(words.next()?).ok()?);
    let mut rest = blob.as_slice();
    if field(&mut rest)? != algorithm.as_bytes() {
        return None;
    }
    match algorithm {
        "ssh-rsa" => {
            let (exponent, modulus) = (field(&mut rest)?, field(&mut rest)?);
            let bits = modulus.len().saturating_sub(usize::from(modulus.first() == Some(&0))) * 8;
            let digest = Md5::digest(rsa_info(exponent, modulus));
            let hex: Vec<String> = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            [1024, 2048, 3072, 4096]
                .contains(&bits)
                .then(|| ("rsa".to_owned(), hex.join(":"), text.clone()))
        }
        "ssh-ed25519" if field(&mut rest)?.len() == 32 => {
            Some(("ed25519".to_owned(), STANDARD.encode(Sha256::digest(&blob)), text.clone()))
        }
        _ => None,
    }
}

/// Returns the next length-prefixed field of an OpenSSH key.
fn field<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, after) = rest.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let (field, after) = (after.get(..length)?, after.get(length..)?);
    *rest = after;
    Some(field)
}

/// Returns the DER of an RSA key's SubjectPublicKeyInfo.
///
/// AWS's fingerprint of an imported RSA key is the MD5 of it.
fn rsa_info(exponent: &[u8], modulus: &[u8]) -> Vec<u8> {
    const RSA: [u8; 15] =
        [0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
    let key = der(0x30, &[der(0x02, modulus), der(0x02, exponent)].concat());
    let bits = der(0x03, &[&[0], key.as_slice()].concat());
    der(0x30, &[RSA.as_slice(), &bits].concat())
}

fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let significant: Vec<u8> = length.iter().copied().skip_while(|byte| *byte == 0).collect();
    let mut out = vec![tag];
    match u8::try_from(content.len()) {
        Ok(short) if short < 128 => out.push(short),
        // At most eight bytes of length: the count fits the low bits.
        _ => {
            out.push(0x80 | u8::try_from(significant.len()).unwrap_or(8));
            out.extend(significant);
        }
    }
    out.extend(content);
    out
}
