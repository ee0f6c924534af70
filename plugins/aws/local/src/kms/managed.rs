//! The key that AWS keeps for EBS in each region, `alias/aws/ebs`.
//!
//! It is made when it is first used: by an encrypted volume, or by a lookup of its alias.

use std::collections::BTreeMap;

use crate::kms::queries::insert_material;
use crate::kms::rows::alias::Alias;
use crate::kms::rows::key::Key;
use crate::service::Call;

/// The alias of the key.
pub(crate) const EBS_ALIAS: &str = "alias/aws/ebs";

/// Returns `arn:aws:kms:<region>:<account>:<rest>`, whichever service asks.
fn kms_arn(call: &Call, rest: &str) -> String {
    format!("arn:aws:kms:{}:{}:{rest}", call.region(), call.settings.account)
}

/// Returns the id of the key, which is the same in every world.
fn ebs_key_id(call: &Call) -> String {
    let hex = call.region().bytes().cycle().take(6).map(|byte| format!("{byte:02x}"));
    format!("00000000-0000-0000-0000-{}", hex.collect::<String>())
}

/// Returns the ARN of the key, made or not.
pub fn ebs_key_arn(call: &Call) -> String {
    kms_arn(call, &format!("key/{}", ebs_key_id(call)))
}

/// Returns true for the alias of the key and the alias' ARN.
pub fn names_ebs_key(call: &Call, reference: &str) -> bool {
    reference == EBS_ALIAS || reference == kms_arn(call, EBS_ALIAS)
}

/// Makes the key and its alias, unless they exist.
pub fn use_ebs_key(call: &mut Call) {
    let (key_id, region) = (ebs_key_id(call), call.region());
    if call.world.get::<Key>(region, &key_id).is_some() {
        return;
    }
    let key = Key {
        arn: ebs_key_arn(call),
        key_id: key_id.clone(),
        state: "Enabled".to_owned(),
        description: "Default key that protects my EBS volumes when no other key is defined"
            .to_owned(),
        policy: ebs_key_policy(call),
        tags: BTreeMap::new(),
        multi_region: false,
        rotation: None,
        deletion: None,
        is_managed: true,
    };
    let alias = Alias {
        name: EBS_ALIAS.to_owned(),
        arn: kms_arn(call, EBS_ALIAS),
        key_id: key_id.clone(),
        updated: call.now(),
    };
    // Without randomness there is no secret; the key then serves volumes, which hold no data.
    let _ = insert_material(call, &key_id);
    call.world.put(region, key);
    call.world.put(region, alias);
}

/// Returns the policy that lets everybody in the account use the key through EC2.
fn ebs_key_policy(call: &Call) -> String {
    let (account, region) = (&call.settings.account, call.region());
    format!(
        r#"{{"Version":"2012-10-17","Id":"auto-ebs-2","Statement":[{{"Sid":"Allow access through EBS for all principals in the account that are authorized to use EBS","Effect":"Allow","Principal":{{"AWS":"*"}},"Action":["kms:Encrypt","kms:Decrypt","kms:ReEncrypt*","kms:GenerateDataKey*","kms:CreateGrant","kms:DescribeKey"],"Resource":"*","Condition":{{"StringEquals":{{"kms:CallerAccount":"{account}","kms:ViaService":"ec2.{region}.amazonaws.com"}}}}}},{{"Sid":"Allow direct access to key metadata to the account","Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{account}:root"}},"Action":["kms:Describe*","kms:Get*","kms:List*","kms:RevokeGrant"],"Resource":"*"}}]}}"#
    )
}
