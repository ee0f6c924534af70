//! Checks that several kinds share. They apply the pure rules to inputs, which may be unknown in
//! places.

use kim_plugin::prelude::*;

use crate::rules::{cidr, storage};

/// The violations that a check has found so far.
#[derive(Default)]
pub(super) struct Found(Vec<Violation>);

impl Found {
    pub(super) fn new() -> Found {
        Found::default()
    }

    pub(super) fn into_violations(self) -> Vec<Violation> {
        self.0
    }

    pub(super) fn error(&mut self, path: &str, message: impl Into<String>) {
        self.0.push(Violation::error(path, message));
    }

    pub(super) fn warning(&mut self, path: &str, message: impl Into<String>) {
        self.0.push(Violation::warning(path, message));
    }

    /// Checks the tags of a resource.
    pub(super) fn tags(&mut self, inputs: &Inputs) {
        self.0.extend(kim_plugin_aws::tags::check(inputs, "tags"));
    }

    /// Checks a property that holds the address block of a VPC or subnet.
    pub(super) fn network(&mut self, inputs: &Inputs, property: &str) {
        if let Known(text) = inputs.get::<String>(property)
            && let Err(why) = cidr::network(&text)
        {
            self.error(property, why);
        }
    }

    /// Checks a property that holds an IPv4 block.
    pub(super) fn ipv4(&mut self, inputs: &Inputs, property: &str) {
        if let Known(text) = inputs.get::<String>(property)
            && let Err(why) = cidr::ipv4(&text)
        {
            self.error(property, why);
        }
    }

    /// Checks a property that holds an IPv6 block.
    pub(super) fn ipv6(&mut self, inputs: &Inputs, property: &str) {
        if let Known(text) = inputs.get::<String>(property)
            && let Err(why) = cidr::ipv6(&text)
        {
            self.error(property, why);
        }
    }

    /// Checks that exactly one of these properties is set.
    ///
    /// An unknown property may be absent. So two are too many only if both are known, and too few
    /// are set only if all are absent.
    pub(super) fn exactly_one(&mut self, inputs: &Inputs, properties: &[&str]) {
        let given = |name: &&&str| matches!(inputs.get::<Value>(name), Known(_));
        let possible = properties.iter().any(|name| inputs.get::<Value>(name).is_given());
        let known: Vec<_> = properties.iter().filter(given).copied().collect();
        if !possible {
            self.error("", format!("one of {} is required", properties.join(", ")));
        } else if let [_, second, ..] = known[..] {
            self.error(
                second,
                format!(
                    "only one of {} may be set, not {} together",
                    properties.join(", "),
                    known.join(" and ")
                ),
            );
        }
    }

    /// Checks the limits of an EBS volume.
    ///
    /// Its properties have the `prefix` `""` or `"root_volume."`.
    pub(super) fn storage(&mut self, inputs: &Inputs, prefix: &str) {
        let number = |name: &str| match inputs.get::<i64>(&format!("{prefix}{name}")) {
            Known(n) => storage::Number::Is(n),
            Unknown => storage::Number::NotKnownYet,
            Absent => storage::Number::Absent,
        };
        let Some(volume_type) = text_or(inputs, &format!("{prefix}volume_type"), "gp3") else {
            return;
        };
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
            self.error(&key, format!("a key has no effect unless {prefix}encrypted is true"));
        }
    }
}

/// Returns a text, or the schema's default. Returns `None` if it is unknown.
pub(super) fn text_or(inputs: &Inputs, path: &str, default: &str) -> Option<String> {
    match inputs.get::<String>(path) {
        Known(text) => Some(text),
        Absent => Some(default.to_owned()),
        Unknown => None,
    }
}
