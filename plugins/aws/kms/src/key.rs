//! `aws:kms:Key`: its properties, and the rules across them.

use std::collections::BTreeMap;

use kim_plugin::prelude::*;
use kim_plugin_aws::{policy, tags};

use crate::lockout;

/// A key of AWS KMS.
///
/// A destroy schedules the key's deletion, after `pending_window_in_days`. Until then the key costs
/// nothing and can be restored.
#[derive(Clone, Debug, PartialEq, Resource)]
#[kim(kind = "aws:kms:Key", id = "key_id", read_batch = 1, priced, tokenless)]
pub struct Key {
    /// The purpose of the key. It must not be confidential: AWS shows it in clear.
    #[kim(default = "", len = 0..=8192)]
    pub description: String,
    /// The key policy, JSON of at most 32 KB.
    ///
    /// AWS's default policy lets the account's IAM policies decide.
    #[kim(computed, input, json, form = "policy", pattern = r"[\t\n\r -\u{ff}]+", len = 1..=32768)]
    pub policy: Option<String>,
    /// If true, AWS accepts a policy that locks out its author.
    ///
    /// Such a key can become unmanageable. Only AWS support can then help.
    #[kim(default = false, write_only)]
    pub bypass_policy_lockout_safety_check: bool,
    /// The operations that the key is used for.
    #[kim(
        immutable,
        default = "ENCRYPT_DECRYPT",
        one_of("ENCRYPT_DECRYPT", "SIGN_VERIFY", "GENERATE_VERIFY_MAC", "KEY_AGREEMENT")
    )]
    pub key_usage: String,
    /// The type of the key material.
    #[kim(
        immutable,
        default = "SYMMETRIC_DEFAULT",
        one_of(
            "SYMMETRIC_DEFAULT",
            "RSA_2048",
            "RSA_3072",
            "RSA_4096",
            "ECC_NIST_P256",
            "ECC_NIST_P384",
            "ECC_NIST_P521",
            "ECC_NIST_EDWARDS25519",
            "ECC_SECG_P256K1",
            "HMAC_224",
            "HMAC_256",
            "HMAC_384",
            "HMAC_512",
            "ML_DSA_44",
            "ML_DSA_65",
            "ML_DSA_87",
            "SM2"
        )
    )]
    pub key_spec: String,
    /// If true, the key can be replicated into other regions.
    #[kim(immutable, default = false)]
    pub multi_region: bool,
    /// If true, the key can be used.
    #[kim(default = true)]
    pub enabled: bool,
    /// If true, AWS replaces the key material regularly. Only for SYMMETRIC_DEFAULT.
    #[kim(default = false)]
    pub enable_key_rotation: bool,
    /// Days between rotations of the key material. AWS's default is 365.
    #[kim(computed, input, volatile, range = 90..=2560)]
    pub rotation_period_in_days: Option<i64>,
    /// Days from the destroy to the deletion of the key. Until then it can be restored.
    #[kim(default = 30, range = 7..=30, write_only)]
    pub pending_window_in_days: i64,
    /// The tags, at most 49.
    pub tags: BTreeMap<String, String>,
    /// The key's id.
    #[kim(computed)]
    pub key_id: String,
    /// The key's ARN.
    #[kim(computed)]
    pub arn: String,
}

/// Returns the usages that a key spec allows.
fn uses(spec: &str) -> &'static [&'static str] {
    match spec {
        "SYMMETRIC_DEFAULT" => &["ENCRYPT_DECRYPT"],
        "RSA_2048" | "RSA_3072" | "RSA_4096" => &["ENCRYPT_DECRYPT", "SIGN_VERIFY"],
        "ECC_NIST_P256" | "ECC_NIST_P384" | "ECC_NIST_P521" => &["SIGN_VERIFY", "KEY_AGREEMENT"],
        "SM2" => &["ENCRYPT_DECRYPT", "SIGN_VERIFY", "KEY_AGREEMENT"],
        hmac if hmac.starts_with("HMAC_") => &["GENERATE_VERIFY_MAC"],
        _ => &["SIGN_VERIFY"],
    }
}

/// Returns the violations of the rules across a key's properties.
pub(crate) fn rules(inputs: &Inputs) -> Vec<Violation> {
    let mut found = tags::check(inputs, "tags");
    let spec = inputs.get::<String>("key_spec").known();
    if let (Some(spec), Known(usage)) = (&spec, inputs.get::<String>("key_usage")) {
        let uses = uses(spec);
        if !uses.contains(&usage.as_str()) {
            let message = format!(
                "a key of {spec} cannot be used for {usage}; it can be used for {}",
                uses.join(" or ")
            );
            found.push(Violation::error("key_usage", message));
        }
    }
    match (inputs.get::<bool>("enable_key_rotation"), inputs.get::<i64>("rotation_period_in_days"))
    {
        (Known(true), _) if spec.as_deref().is_some_and(|spec| spec != "SYMMETRIC_DEFAULT") => {
            found.push(Violation::error(
                "enable_key_rotation",
                "AWS rotates keys of SYMMETRIC_DEFAULT only",
            ));
        }
        (Known(false), Known(_)) => {
            let message = "has no effect without enable_key_rotation";
            found.push(Violation::warning("rotation_period_in_days", message));
        }
        _ => {}
    }
    if let Known(document) = inputs.get::<String>("policy") {
        found.extend(policy_rules(
            &document,
            inputs.get::<bool>("bypass_policy_lockout_safety_check") == Known(true),
        ));
    }
    found
}

fn policy_rules(document: &str, bypass: bool) -> Option<Violation> {
    let statements = match policy::statements(document) {
        Ok(statements) => statements,
        Err(why) => return Some(Violation::error("policy", why)),
    };
    if let Some(at) = statements
        .iter()
        .position(|s| s.get("Principal").is_none() && s.get("NotPrincipal").is_none())
    {
        let message = format!("statement {} of a key policy needs a Principal", at + 1);
        return Some(Violation::error("policy", message));
    }
    match lockout::access(&statements) {
        lockout::Access::Account => None,
        lockout::Access::Some => Some(Violation::warning(
            "policy",
            "no statement gives the account itself (arn:aws:iam::<account>:root) control of the key: if the principals that \
             have it are deleted, only AWS support can help",
        )),
        lockout::Access::None if bypass => Some(Violation::warning(
            "policy",
            "no principal may change this policy afterwards (no kms:PutKeyPolicy)",
        )),
        lockout::Access::None => Some(Violation::error(
            "policy",
            "locks everybody out: no statement allows kms:PutKeyPolicy, so AWS refuses it; add a statement that allows kms:* \
             to arn:aws:iam::<account>:root",
        )),
    }
}

/// Returns a key's price, without its requests.
pub(crate) fn price(_: &Inputs) -> Option<Price> {
    Some(Price {
        micros_a_month: 1_000_000,
        basis: "a customer managed key, without requests".to_owned(),
    })
}

#[cfg(not(target_arch = "wasm32"))]
kim_plugin_aws::component_only!(Key, check: rules, price: price);
