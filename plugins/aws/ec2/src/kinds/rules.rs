//! Checks that several kinds share: they tie the pure rules to inputs, which may be unknown in places.

use kim_plugin::prelude::*;

use crate::rules::{cidr, storage};

/// What a check has found so far.
#[derive(Default)]
pub(super) struct Found(Vec<Violation>);

impl Found {
    pub(super) fn new() -> Found {
        Found::default()
    }

    pub(super) fn all(self) -> Vec<Violation> {
        self.0
    }

    pub(super) fn error(&mut self, path: &str, message: impl Into<String>) {
        self.0.push(Violation::error(path, message));
    }

    pub(super) fn warning(&mut self, path: &str, message: impl Into<String>) {
        self.0.push(Violation::warning(path, message));
    }

    /// The tags of a resource.
    pub(super) fn tags(&mut self, inputs: &Inputs) {
        self.0.extend(kim_plugin_aws::tags::check(inputs, "tags"));
    }

    /// A property that holds the address block of a VPC or subnet.
    pub(super) fn network(&mut self, inputs: &Inputs, property: &str) {
        if let Known(text) = inputs.get::<String>(property)
            && let Err(why) = cidr::network(&text)
        {
            self.error(property, why);
        }
    }

    /// A property that holds any canonical IPv4 block.
    pub(super) fn ipv4(&mut self, inputs: &Inputs, property: &str) {
        if let Known(text) = inputs.get::<String>(property)
            && let Err(why) = cidr::ipv4(&text)
        {
            self.error(property, why);
        }
    }

    /// A property that holds any canonical IPv6 block.
    pub(super) fn ipv6(&mut self, inputs: &Inputs, property: &str) {
        if let Known(text) = inputs.get::<String>(property)
            && let Err(why) = cidr::ipv6(&text)
        {
            self.error(property, why);
        }
    }

    /// Exactly one of these properties is given. An unknown one may turn out to be absent: two are too many only where
    /// both are known, and none is too few only where all are absent.
    pub(super) fn exactly_one(&mut self, inputs: &Inputs, properties: &[&str]) {
        let given = |name: &&&str| matches!(inputs.get::<Value>(name), Known(_));
        let possible = properties.iter().any(|name| inputs.get::<Value>(name).is_given());
        let known: Vec<_> = properties.iter().filter(given).copied().collect();
        if !possible {
            self.error("", format!("one of {} is needed", properties.join(", ")));
        } else if let [_, second, ..] = known[..] {
            self.error(
                second,
                format!("only one of {} may be given, not {} at once", properties.join(", "), known.join(" and ")),
            );
        }
    }

    /// The shape of an EBS volume whose properties are below `prefix` (`""` or `"root_volume."`).
    pub(super) fn storage(&mut self, inputs: &Inputs, prefix: &str) {
        let number = |name: &str| match inputs.get::<i64>(&format!("{prefix}{name}")) {
            Known(n) => storage::Number::Is(n),
            Unknown => storage::Number::NotKnownYet,
            Absent => storage::Number::Absent,
        };
        let Some(volume_type) = text_or(inputs, &format!("{prefix}volume_type"), "gp3") else { return };
        let shape = storage::Shape {
            volume_type: &volume_type,
            size: number("size"),
            iops: number("iops"),
            throughput: number("throughput"),
        };
        for (property, why) in storage::violations(shape) {
            self.error(&format!("{prefix}{property}"), why);
        }
        let encrypted = inputs.get::<bool>(&format!("{prefix}encrypted"));
        let key = format!("{prefix}kms_key_id");
        if inputs.get::<String>(&key).is_given() && matches!(encrypted, Absent | Known(false)) {
            self.error(&key, format!("a key encrypts nothing as long as {prefix}encrypted is not true"));
        }
    }
}

/// A text with the schema's default; none where it is not known yet.
pub(super) fn text_or(inputs: &Inputs, path: &str, default: &str) -> Option<String> {
    match inputs.get::<String>(path) {
        Known(text) => Some(text),
        Absent => Some(default.to_owned()),
        Unknown => None,
    }
}
