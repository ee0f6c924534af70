//! `aws:kms:Key`: its properties, and the rules across them.

use std::collections::BTreeMap;

use kim_plugin::prelude::*;
use kim_plugin_aws::{policy, tags};

use crate::lockout;

/// A key of AWS KMS. Destroying it schedules its deletion; until then it costs nothing and can be restored.
#[derive(Clone, Debug, PartialEq, Resource)]
#[kim(kind = "aws:kms:Key", id = "key_id", read_batch = 1, priced)]
pub struct Key {
    /// What the key is for. Not a place for anything confidential.
    #[kim(default = "", len = 0..=8192)]
    pub description: String,
    /// The key policy, JSON of at most 32 KB. Without one AWS lets the account's root decide through IAM.
    #[kim(computed, input, json, pattern = r"[\t\n\r -\u{ff}]+", len = 1..=32768)]
    pub policy: Option<String>,
    /// Permits a policy that locks its own author out. Leave it off unless you mean it.
    #[kim(default = false, write_only)]
    pub bypass_policy_lockout_safety_check: bool,
    /// What the key does.
    #[kim(
        immutable,
        default = "ENCRYPT_DECRYPT",
        one_of("ENCRYPT_DECRYPT", "SIGN_VERIFY", "GENERATE_VERIFY_MAC", "KEY_AGREEMENT")
    )]
    pub key_usage: String,
    /// What the key is made of.
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
    /// Whether it can be replicated into other regions.
    #[kim(immutable, default = false)]
    pub multi_region: bool,
    /// Whether it can be used.
    #[kim(default = true)]
    pub enabled: bool,
    /// Whether AWS replaces the key material regularly. Only for SYMMETRIC_DEFAULT.
    #[kim(default = false)]
    pub enable_key_rotation: bool,
    /// Days between rotations; AWS takes 365.
    #[kim(computed, input, range = 90..=2560)]
    pub rotation_period_in_days: Option<i64>,
    /// Days that a deletion waits, in which it can be taken back.
    #[kim(default = 30, range = 7..=30, write_only)]
    pub pending_window_in_days: i64,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// The key's id.
    #[kim(computed)]
    pub key_id: String,
    /// The key's ARN.
    #[kim(computed)]
    pub arn: String,
}

/// Which uses a key spec has.
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

/// The rules across a key's properties.
pub(crate) fn rules(inputs: &Inputs) -> Vec<Violation> {
    let mut found = tags::check(inputs, "tags");
    let spec = inputs.get::<String>("key_spec").known();
    if let (Some(spec), Known(usage)) = (&spec, inputs.get::<String>("key_usage")) {
        let uses = uses(spec);
        if !uses.contains(&usage.as_str()) {
            let message = format!("a key of {spec} cannot be for {usage}; it can be for {}", uses.join(" or "));
            found.push(Violation::error("key_usage", message));
        }
    }
    match (inputs.get::<bool>("enable_key_rotation"), inputs.get::<i64>("rotation_period_in_days")) {
        (Known(true), _) if spec.as_deref().is_some_and(|spec| spec != "SYMMETRIC_DEFAULT") => {
            found.push(Violation::error("enable_key_rotation", "AWS rotates keys of SYMMETRIC_DEFAULT only"));
        }
        (Known(false), Known(_)) => {
            let message = "has no effect without enable_key_rotation";
            found.push(Violation::warning("rotation_period_in_days", message));
        }
        _ => {}
    }
    if let Known(document) = inputs.get::<String>("policy") {
        found.extend(policy_rules(&document, inputs.get::<bool>("bypass_policy_lockout_safety_check") == Known(true)));
    }
    found
}

fn policy_rules(document: &str, bypass: bool) -> Option<Violation> {
    let statements = match policy::statements(document) {
        Ok(statements) => statements,
        Err(why) => return Some(Violation::error("policy", why)),
    };
    if let Some(at) = statements.iter().position(|s| s.get("Principal").is_none() && s.get("NotPrincipal").is_none()) {
        let message = format!("statement {} of a key policy needs a Principal", at + 1);
        return Some(Violation::error("policy", message));
    }
    match lockout::access(&statements) {
        lockout::Access::Account => None,
        lockout::Access::Some => Some(Violation::warning(
            "policy",
            "no statement gives the account itself (arn:aws:iam::<account>:root) control of the key: should the principals \
             that have it be deleted, only AWS support can help",
        )),
        lockout::Access::Nobody if bypass => {
            Some(Violation::warning("policy", "nobody may change this policy afterwards (no kms:PutKeyPolicy)"))
        }
        lockout::Access::Nobody => Some(Violation::error(
            "policy",
            "locks everybody out: no statement allows kms:PutKeyPolicy, which AWS refuses; add a statement that allows kms:* \
             to arn:aws:iam::<account>:root",
        )),
    }
}

/// A key's monthly price, without its requests.
pub(crate) fn price(_: &Inputs) -> Option<Price> {
    Some(Price { micros_a_month: 1_000_000, basis: "a customer managed key, without requests".to_owned() })
}

#[cfg(not(target_arch = "wasm32"))]
kim_plugin_aws::component_only!(Key, check: rules, price: price);
