//! AWS Key Management Service: keys and aliases.
//!
//! Generated from the plugin's schema; do not edit.

use std::collections::BTreeMap;

/// A name for a key, unique in its account and region.
#[derive(Clone, Copy, Debug)]
pub struct Alias(kim::Declared);

/// The builder of [`Alias`].
#[derive(Clone, Debug)]
#[must_use = "a resource exists only once it is declared"]
pub struct AliasBuilder(kim::Resource);

impl Alias {
    /// The kind's name.
    pub const KIND: &'static str = "aws:kms:Alias";

    /// Begins one, by a name that is unique among its kind in the component.
    #[allow(clippy::new_ret_no_self)]
    pub fn new(name: impl Into<String>) -> AliasBuilder {
        AliasBuilder(kim::Resource::new(Self::KIND, name))
    }

    /// The name; it begins with `alias/`.
    pub fn alias_name(&self) -> kim::Output<String> {
        self.0.get("alias_name")
    }

    /// The alias's ARN.
    pub fn arn(&self) -> kim::Output<String> {
        self.0.get("arn")
    }

    /// The key's id or ARN.
    pub fn target_key_id(&self) -> kim::Output<String> {
        self.0.get("target_key_id")
    }

    /// Its id: [`Self::alias_name`].
    pub fn id(&self) -> kim::Output<String> {
        self.0.get("alias_name")
    }
}

impl kim::Dependency for Alias {
    fn output_id(&self) -> kim::OutputId {
        self.0.output_id()
    }
}

impl AliasBuilder {
    /// The name; it begins with `alias/`.
    ///
    /// Required. 7 to 256 characters. Changing it replaces the resource.
    pub fn alias_name(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("alias_name", value))
    }

    /// The key's id or ARN.
    ///
    /// Required. 1 to 2048 characters.
    pub fn target_key_id(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("target_key_id", value))
    }

    /// Says what the engine is asked to do with it: `.options(|o| o.protect())`.
    pub fn options(self, change: impl FnOnce(kim::Options) -> kim::Options) -> Self {
        Self(self.0.options(change))
    }

    /// Declares it as part of a stack or component.
    #[track_caller]
    pub fn declare(self, stack: &kim::Stack) -> Alias {
        Alias(self.0.declare(stack))
    }
}

/// A key of AWS KMS. Destroying it schedules its deletion; until then it costs nothing and can be restored.
#[derive(Clone, Copy, Debug)]
pub struct Key(kim::Declared);

/// The builder of [`Key`].
#[derive(Clone, Debug)]
#[must_use = "a resource exists only once it is declared"]
pub struct KeyBuilder(kim::Resource);

impl Key {
    /// The kind's name.
    pub const KIND: &'static str = "aws:kms:Key";

    /// Begins one, by a name that is unique among its kind in the component.
    #[allow(clippy::new_ret_no_self)]
    pub fn new(name: impl Into<String>) -> KeyBuilder {
        KeyBuilder(kim::Resource::new(Self::KIND, name))
    }

    /// The key's ARN.
    pub fn arn(&self) -> kim::Output<String> {
        self.0.get("arn")
    }

    /// Permits a policy that locks its own author out. Leave it off unless you mean it.
    pub fn bypass_policy_lockout_safety_check(&self) -> kim::Output<bool> {
        self.0.get("bypass_policy_lockout_safety_check")
    }

    /// What the key is for. Not a place for anything confidential.
    pub fn description(&self) -> kim::Output<String> {
        self.0.get("description")
    }

    /// Whether AWS replaces the key material regularly. Only for SYMMETRIC_DEFAULT.
    pub fn enable_key_rotation(&self) -> kim::Output<bool> {
        self.0.get("enable_key_rotation")
    }

    /// Whether it can be used.
    pub fn enabled(&self) -> kim::Output<bool> {
        self.0.get("enabled")
    }

    /// The key's id.
    pub fn key_id(&self) -> kim::Output<String> {
        self.0.get("key_id")
    }

    /// What the key is made of.
    pub fn key_spec(&self) -> kim::Output<String> {
        self.0.get("key_spec")
    }

    /// What the key does.
    pub fn key_usage(&self) -> kim::Output<String> {
        self.0.get("key_usage")
    }

    /// Whether it can be replicated into other regions.
    pub fn multi_region(&self) -> kim::Output<bool> {
        self.0.get("multi_region")
    }

    /// Days that a deletion waits, in which it can be taken back.
    pub fn pending_window_in_days(&self) -> kim::Output<i64> {
        self.0.get("pending_window_in_days")
    }

    /// The key policy, JSON of at most 32 KB. Without one AWS lets the account's root decide through IAM.
    pub fn policy(&self) -> kim::Output<String> {
        self.0.get("policy")
    }

    /// Days between rotations; AWS takes 365.
    pub fn rotation_period_in_days(&self) -> kim::Output<i64> {
        self.0.get("rotation_period_in_days")
    }

    /// Tags.
    pub fn tags(&self) -> kim::Output<BTreeMap<String, String>> {
        self.0.get("tags")
    }

    /// Its id: [`Self::key_id`].
    pub fn id(&self) -> kim::Output<String> {
        self.0.get("key_id")
    }
}

impl kim::Dependency for Key {
    fn output_id(&self) -> kim::OutputId {
        self.0.output_id()
    }
}

impl KeyBuilder {
    /// Permits a policy that locks its own author out. Leave it off unless you mean it.
    ///
    /// Default: `false`.
    pub fn bypass_policy_lockout_safety_check(self, value: impl kim::Input<bool>) -> Self {
        Self(self.0.input("bypass_policy_lockout_safety_check", value))
    }

    /// What the key is for. Not a place for anything confidential.
    ///
    /// Default: `""`. 0 to 8192 characters.
    pub fn description(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("description", value))
    }

    /// Whether AWS replaces the key material regularly. Only for SYMMETRIC_DEFAULT.
    ///
    /// Default: `false`.
    pub fn enable_key_rotation(self, value: impl kim::Input<bool>) -> Self {
        Self(self.0.input("enable_key_rotation", value))
    }

    /// Whether it can be used.
    ///
    /// Default: `true`.
    pub fn enabled(self, value: impl kim::Input<bool>) -> Self {
        Self(self.0.input("enabled", value))
    }

    /// What the key is made of.
    ///
    /// Default: `"SYMMETRIC_DEFAULT"`. One of `SYMMETRIC_DEFAULT`, `RSA_2048`, `RSA_3072`, `RSA_4096`, `ECC_NIST_P256`,
    /// `ECC_NIST_P384`, `ECC_NIST_P521`, `ECC_NIST_EDWARDS25519`, `ECC_SECG_P256K1`, `HMAC_224`, `HMAC_256`,
    /// `HMAC_384`, `HMAC_512`, `ML_DSA_44`, `ML_DSA_65`, `ML_DSA_87`, `SM2`. Changing it replaces the resource.
    pub fn key_spec(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("key_spec", value))
    }

    /// What the key does.
    ///
    /// Default: `"ENCRYPT_DECRYPT"`. One of `ENCRYPT_DECRYPT`, `SIGN_VERIFY`, `GENERATE_VERIFY_MAC`, `KEY_AGREEMENT`.
    /// Changing it replaces the resource.
    pub fn key_usage(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("key_usage", value))
    }

    /// Whether it can be replicated into other regions.
    ///
    /// Default: `false`. Changing it replaces the resource.
    pub fn multi_region(self, value: impl kim::Input<bool>) -> Self {
        Self(self.0.input("multi_region", value))
    }

    /// Days that a deletion waits, in which it can be taken back.
    ///
    /// Default: `30`. 7 to 30.
    pub fn pending_window_in_days(self, value: impl kim::Input<i64>) -> Self {
        Self(self.0.input("pending_window_in_days", value))
    }

    /// The key policy, JSON of at most 32 KB. Without one AWS lets the account's root decide through IAM.
    ///
    /// 1 to 32768 characters.
    pub fn policy(self, value: impl kim::IntoValue) -> Self {
        Self(self.0.input_json("policy", value))
    }

    /// Days between rotations; AWS takes 365.
    ///
    /// 90 to 2560.
    pub fn rotation_period_in_days(self, value: impl kim::Input<i64>) -> Self {
        Self(self.0.input("rotation_period_in_days", value))
    }

    /// Tags.
    ///
    /// Default: `{}`.
    pub fn tags(self, value: impl kim::Input<BTreeMap<String, String>>) -> Self {
        Self(self.0.input("tags", value))
    }

    /// Adds one entry to [`Self::tags`] and keeps the others.
    pub fn tag(self, key: impl Into<String>, value: impl kim::Input<String>) -> Self {
        Self(self.0.entry("tags", key, value))
    }

    /// Says what the engine is asked to do with it: `.options(|o| o.protect())`.
    pub fn options(self, change: impl FnOnce(kim::Options) -> kim::Options) -> Self {
        Self(self.0.options(change))
    }

    /// Declares it as part of a stack or component.
    #[track_caller]
    pub fn declare(self, stack: &kim::Stack) -> Key {
        Key(self.0.declare(stack))
    }
}
