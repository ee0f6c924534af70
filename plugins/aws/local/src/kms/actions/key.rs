//! The actions of keys.
//!
//! A key is never deleted at once. It is pending deletion for 7 to 30 days. Then it and its aliases
//! no longer exist.

use crate::error::{Answer, AwsError, refuse};
use crate::kms::actions::key_policy::{check_key_policy, default_key_policy};
use crate::kms::actions::tags::requested_key_tags;
use crate::kms::managed::{names_ebs_key, use_ebs_key};
use crate::kms::queries::{change_key, insert_material, need_key};
use crate::kms::rows::key::{DAY, Key};
use crate::kms::rules::{invalid_value, key_page, seconds};
use crate::reading;
use crate::service::{Action, Call};

pub(crate) const ACTIONS: &[Action] = &[
    Action::new(
        "CreateKey",
        "Policy Description KeyUsage=SIGN_VERIFY|ENCRYPT_DECRYPT|GENERATE_VERIFY_MAC|KEY_AGREEMENT KeySpec
        CustomerMasterKeySpec Origin=AWS_KMS|EXTERNAL|AWS_CLOUDHSM|EXTERNAL_KEY_STORE MultiRegion:b
        BypassPolicyLockoutSafetyCheck:b Tags.N{TagKey! TagValue!}",
        create,
    ),
    Action::new("DescribeKey", "KeyId! GrantTokens.N", describe),
    Action::new("ListKeys", "Limit:i Marker", list),
    Action::new("EnableKey", "KeyId!", enable),
    Action::new("DisableKey", "KeyId!", disable),
    Action::new("UpdateKeyDescription", "KeyId! Description!", update_description),
    Action::new("ScheduleKeyDeletion", "KeyId! PendingWindowInDays:i", schedule_deletion),
    Action::new("CancelKeyDeletion", "KeyId!", cancel_deletion),
];

/// Key specs that AWS has and this server does not.
const UNSUPPORTED_SPECS: &[&str] = &[
    "RSA_2048",
    "RSA_3072",
    "RSA_4096",
    "ECC_NIST_P256",
    "ECC_NIST_P384",
    "ECC_NIST_P521",
    "ECC_SECG_P256K1",
    "ECC_NIST_EDWARDS25519",
    "HMAC_224",
    "HMAC_256",
    "HMAC_384",
    "HMAC_512",
    "SM2",
    "ML_DSA_44",
    "ML_DSA_65",
    "ML_DSA_87",
];

fn check_spec(call: &Call) -> Result<(), AwsError> {
    let params = call.params();
    let (spec, old) = (params.text("KeySpec"), params.text("CustomerMasterKeySpec"));
    if spec.is_some() && old.is_some() {
        let message = "You cannot specify KeySpec and CustomerMasterKeySpec in the same request. CustomerMasterKeySpec is deprecated.";
        return refuse("ValidationException", message);
    }
    let spec = spec.or(old).unwrap_or("SYMMETRIC_DEFAULT");
    if UNSUPPORTED_SPECS.contains(&spec) {
        return refuse(
            "UnsupportedOperationException",
            format!("Keys of spec {spec} are not made on this local AWS"),
        );
    }
    if spec != "SYMMETRIC_DEFAULT" {
        return invalid_value(
            "keySpec",
            spec,
            &format!("Member must be SYMMETRIC_DEFAULT, {}", UNSUPPORTED_SPECS.join(", ")),
        );
    }
    let usage = params.text("KeyUsage").unwrap_or("ENCRYPT_DECRYPT");
    if usage != "ENCRYPT_DECRYPT" {
        return refuse(
            "ValidationException",
            format!("KeyUsage {usage} is not compatible with KeySpec {spec}"),
        );
    }
    if let Some(origin) = params.text("Origin").filter(|origin| *origin != "AWS_KMS") {
        return refuse(
            "UnsupportedOperationException",
            format!("Keys of origin {origin} are not made on this local AWS"),
        );
    }
    Ok(())
}

fn check_key_description(text: &str) -> Result<(), AwsError> {
    if text.chars().count() > 8192 {
        return invalid_value(
            "description",
            text,
            "Member must have length less than or equal to 8192",
        );
    }
    Ok(())
}

fn create(call: &mut Call) -> Answer {
    let params = call.params();
    check_spec(call)?;
    let description = params.text("Description").unwrap_or_default();
    check_key_description(description)?;
    let tags = requested_key_tags(call)?;
    let policy = match params.text("Policy") {
        Some(policy) => check_key_policy(call, policy).map(|()| policy.to_owned())?,
        None => default_key_policy(call),
    };
    let multi_region = params.flag("MultiRegion") == Some(true);
    let hex = call.world.fresh_hex(32);
    let key_id = if multi_region {
        format!("mrk-{hex}")
    } else {
        format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
    };
    let key = Key {
        arn: call.arn(&format!("key/{key_id}")),
        key_id,
        state: "Enabled".to_owned(),
        description: description.to_owned(),
        policy,
        tags,
        multi_region,
        rotation: None,
        deletion: None,
        is_managed: false,
    };
    insert_material(call, &key.key_id)?;
    call.world.put(call.request.region.as_str(), key.clone());
    Ok(node! { "KeyMetadata" => key.show(call) })
}

fn describe(call: &mut Call) -> Answer {
    if names_ebs_key(call, call.text("KeyId")) {
        use_ebs_key(call);
    }
    let key = need_key(call, call.text("KeyId"), true)?;
    if !key.is_managed && reading::seen::<Key>(call, call.region(), &key.key_id).is_none() {
        return refuse("NotFoundException", format!("Key '{}' does not exist", key.arn));
    }
    Ok(node! { "KeyMetadata" => key.show(call) })
}

fn list(call: &mut Call) -> Answer {
    let keys = reading::seen_all::<Key>(call, call.region())
        .into_iter()
        .filter(|key| key.exists(call.now()));
    let items = keys.map(|key| (key.key_id.clone(), key)).collect();
    key_page(call, "Keys", items, (100, 1000), |key| {
        node! { "KeyId" => &key.key_id, "KeyArn" => &key.arn }
    })
}

fn enable(call: &mut Call) -> Answer {
    change_key(call, |key| key.state = "Enabled".to_owned())
}

fn disable(call: &mut Call) -> Answer {
    change_key(call, |key| key.state = "Disabled".to_owned())
}

fn update_description(call: &mut Call) -> Answer {
    let description = call.text("Description");
    check_key_description(description)?;
    change_key(call, |key| key.description = description.to_owned())
}

fn schedule_deletion(call: &mut Call) -> Answer {
    let days = call.params().number("PendingWindowInDays").unwrap_or(30);
    if !(7..=30).contains(&days) {
        return invalid_value(
            "pendingWindowInDays",
            &days.to_string(),
            "Member must have value between 7 and 30",
        );
    }
    let due = call.now() + days * DAY;
    let arn = need_key(call, call.text("KeyId"), false)?.arn.clone();
    change_key(call, |key| {
        key.state = "PendingDeletion".to_owned();
        key.deletion = Some(due);
    })?;
    Ok(node! {
        "KeyId" => arn, "DeletionDate" => seconds(due), "KeyState" => "PendingDeletion", "PendingWindowInDays" => days,
    })
}

/// Cancels a deletion; the key is then disabled.
fn cancel_deletion(call: &mut Call) -> Answer {
    let mut key = Key::clone(&*need_key(call, call.text("KeyId"), false)?);
    if key.state != "PendingDeletion" {
        return refuse("KMSInvalidStateException", format!("{} is not pending deletion.", key.arn));
    }
    key.state = "Disabled".to_owned();
    key.deletion = None;
    let arn = key.arn.clone();
    call.world.put(call.request.region.as_str(), key);
    Ok(node! { "KeyId" => arn })
}
