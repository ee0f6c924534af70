//! AWS Key Management Service: keys and aliases.
//!
//! Generated from the plugin's schema; do not edit.

use std::collections::BTreeMap;

/// A name of a key, unique in its account and region.
#[derive(Clone, Copy, Debug)]
pub struct Alias(kim::Declared);

/// The builder of [`Alias`].
#[derive(Clone, Debug)]
#[must_use = "a resource exists only once it is declared"]
pub struct AliasBuilder(kim::Resource);

impl Alias {
    /// The kind's name.
    pub const KIND: &'static str = "aws:kms:Alias";

    /// Creates a builder. The name is unique among resources of the kind in a component.
    #[allow(clippy::new_ret_no_self)]
    pub fn new(name: impl Into<String>) -> AliasBuilder {
        AliasBuilder(kim::Resource::new(Self::KIND, name))
    }

    /// The name, which begins with `alias/`.
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

    /// Returns the id: [`Self::alias_name`].
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
    /// The name, which begins with `alias/`.
    ///
    /// Required. 7 to 256 characters. A change replaces the resource.
    pub fn alias_name(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("alias_name", value))
    }

    /// The key's id or ARN.
    ///
    /// Required. 1 to 2048 characters.
    pub fn target_key_id(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("target_key_id", value))
    }

    /// Changes the options: `.options(|o| o.protect())`.
    pub fn options(self, change: impl FnOnce(kim::Options) -> kim::Options) -> Self {
        Self(self.0.options(change))
    }

    /// Declares the resource in a stack or component.
    #[track_caller]
    pub fn declare(self, stack: &kim::Stack) -> Alias {
        Alias(self.0.declare(stack))
    }
}

/// A key of AWS KMS.
///
/// A destroy schedules the key's deletion, after `pending_window_in_days`. Until then the key costs nothing and can be
/// restored.
#[derive(Clone, Copy, Debug)]
pub struct Key(kim::Declared);

/// The builder of [`Key`].
#[derive(Clone, Debug)]
#[must_use = "a resource exists only once it is declared"]
pub struct KeyBuilder(kim::Resource);

impl Key {
    /// The kind's name.
    pub const KIND: &'static str = "aws:kms:Key";

    /// Creates a builder. The name is unique among resources of the kind in a component.
    #[allow(clippy::new_ret_no_self)]
    pub fn new(name: impl Into<String>) -> KeyBuilder {
        KeyBuilder(kim::Resource::new(Self::KIND, name))
    }

    /// The key's ARN.
    pub fn arn(&self) -> kim::Output<String> {
        self.0.get("arn")
    }

    /// If true, AWS accepts a policy that locks out its author.
    ///
    /// Such a key can become unmanageable. Only AWS support can then help.
    pub fn bypass_policy_lockout_safety_check(&self) -> kim::Output<bool> {
        self.0.get("bypass_policy_lockout_safety_check")
    }

    /// The purpose of the key. It must not be confidential: AWS shows it in clear.
    pub fn description(&self) -> kim::Output<String> {
        self.0.get("description")
    }

    /// If true, AWS replaces the key material regularly. Only for SYMMETRIC_DEFAULT.
    pub fn enable_key_rotation(&self) -> kim::Output<bool> {
        self.0.get("enable_key_rotation")
    }

    /// If true, the key can be used.
    pub fn enabled(&self) -> kim::Output<bool> {
        self.0.get("enabled")
    }

    /// The key's id.
    pub fn key_id(&self) -> kim::Output<String> {
        self.0.get("key_id")
    }

    /// The type of the key material.
    pub fn key_spec(&self) -> kim::Output<String> {
        self.0.get("key_spec")
    }

    /// The operations that the key is used for.
    pub fn key_usage(&self) -> kim::Output<String> {
        self.0.get("key_usage")
    }

    /// If true, the key can be replicated into other regions.
    pub fn multi_region(&self) -> kim::Output<bool> {
        self.0.get("multi_region")
    }

    /// Days from the destroy to the deletion of the key. Until then it can be restored.
    pub fn pending_window_in_days(&self) -> kim::Output<i64> {
        self.0.get("pending_window_in_days")
    }

    /// The key policy, JSON of at most 32 KB.
    ///
    /// AWS's default policy lets the account's IAM policies decide.
    pub fn policy(&self) -> kim::Output<String> {
        self.0.get("policy")
    }

    /// Days between rotations of the key material. AWS's default is 365.
    pub fn rotation_period_in_days(&self) -> kim::Output<i64> {
        self.0.get("rotation_period_in_days")
    }

    /// The tags, at most 49.
    pub fn tags(&self) -> kim::Output<BTreeMap<String, String>> {
        self.0.get("tags")
    }

    /// Returns the id: [`Self::key_id`].
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
    /// If true, AWS accepts a policy that locks out its author.
    ///
    /// Such a key can become unmanageable. Only AWS support can then help.
    ///
    /// Default: `false`.
    pub fn bypass_policy_lockout_safety_check(self, value: impl kim::Input<bool>) -> Self {
        Self(self.0.input("bypass_policy_lockout_safety_check", value))
    }

    /// The purpose of the key. It must not be confidential: AWS shows it in clear.
    ///
    /// Default: `""`. 0 to 8192 characters.
    pub fn description(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("description", value))
    }

    /// If true, AWS replaces the key material regularly. Only for SYMMETRIC_DEFAULT.
    ///
    /// Default: `false`.
    pub fn enable_key_rotation(self, value: impl kim::Input<bool>) -> Self {
        Self(self.0.input("enable_key_rotation", value))
    }

    /// If true, the key can be used.
    ///
    /// Default: `true`.
    pub fn enabled(self, value: impl kim::Input<bool>) -> Self {
        Self(self.0.input("enabled", value))
    }

    /// The type of the key material.
    ///
    /// Default: `"SYMMETRIC_DEFAULT"`. One of `SYMMETRIC_DEFAULT`, `RSA_2048`, `RSA_3072`, `RSA_4096`, `ECC_NIST_P256`,
    /// `ECC_NIST_P384`, `ECC_NIST_P521`, `ECC_NIST_EDWARDS25519`, `ECC_SECG_P256K1`, `HMAC_224`, `HMAC_256`,
    /// `HMAC_384`, `HMAC_512`, `ML_DSA_44`, `ML_DSA_65`, `ML_DSA_87`, `SM2`. A change replaces the resource.
    pub fn key_spec(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("key_spec", value))
    }

    /// The operations that the key is used for.
    ///
    /// Default: `"ENCRYPT_DECRYPT"`. One of `ENCRYPT_DECRYPT`, `SIGN_VERIFY`, `GENERATE_VERIFY_MAC`, `KEY_AGREEMENT`. A
    /// change replaces the resource.
    pub fn key_usage(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("key_usage", value))
    }

    /// If true, the key can be replicated into other regions.
    ///
    /// Default: `false`. A change replaces the resource.
    pub fn multi_region(self, value: impl kim::Input<bool>) -> Self {
        Self(self.0.input("multi_region", value))
    }

    /// Days from the destroy to the deletion of the key. Until then it can be restored.
    ///
    /// Default: `30`. 7 to 30.
    pub fn pending_window_in_days(self, value: impl kim::Input<i64>) -> Self {
        Self(self.0.input("pending_window_in_days", value))
    }

    /// The key policy, JSON of at most 32 KB.
    ///
    /// AWS's default policy lets the account's IAM policies decide.
    ///
    /// 1 to 32768 characters.
    pub fn policy(self, value: impl kim::IntoValue) -> Self {
        Self(self.0.input_json("policy", value))
    }

    /// Days between rotations of the key material. AWS's default is 365.
    ///
    /// 90 to 2560.
    pub fn rotation_period_in_days(self, value: impl kim::Input<i64>) -> Self {
        Self(self.0.input("rotation_period_in_days", value))
    }

    /// The tags, at most 49.
    ///
    /// Default: `{}`.
    pub fn tags(self, value: impl kim::Input<BTreeMap<String, String>>) -> Self {
        Self(self.0.input("tags", value))
    }

    /// Adds one entry to [`Self::tags`] and keeps the others.
    pub fn tag(self, key: impl Into<String>, value: impl kim::Input<String>) -> Self {
        Self(self.0.entry("tags", key, value))
    }

    /// Changes the options: `.options(|o| o.protect())`.
    pub fn options(self, change: impl FnOnce(kim::Options) -> kim::Options) -> Self {
        Self(self.0.options(change))
    }

    /// Declares the resource in a stack or component.
    #[track_caller]
    pub fn declare(self, stack: &kim::Stack) -> Key {
        Key(self.0.declare(stack))
    }
}
