//! When two spellings of a text mean the same.
//!
//! Pure. Each [`Form`] but [`Form::Arn`] has a normal form: two texts mean the same if theirs are
//! equal. An ARN means the same as the name at its end, and two ARNs with one name do not. A text
//! that is not what its form says means only itself.

use std::borrow::Cow;

use crate::schema::{Form, Property, Type};

pub use difference::Difference;

mod address;
mod difference;
mod key;
mod policy;
mod protocol;

impl Form {
    /// Returns true if two texts mean the same.
    pub fn same(self, one: &str, other: &str) -> bool {
        one == other
            || match self {
                Form::Arn => ends_with(one, other) || ends_with(other, one),
                _ => self.normal(one) == self.normal(other),
            }
    }

    /// Returns the one spelling of all texts that mean the same.
    ///
    /// The normal form of an ARN is itself.
    pub fn normal(self, text: &str) -> Cow<'_, str> {
        match self {
            Form::Policy => policy::normal(text),
            Form::Cidr => address::normal(text),
            Form::PublicKey => key::normal(text),
            Form::Protocol => protocol::normal(text),
            Form::Arn => text.into(),
        }
    }
}

impl Property {
    /// Returns true if two texts of the property mean the same.
    pub fn means_the_same(&self, one: &str, other: &str) -> bool {
        one == other
            || self.ignore_case && one.eq_ignore_ascii_case(other)
            || self.form.is_some_and(|form| form.same(one, other))
            || self.ty == Type::Json && same_json(one, other)
    }
}

fn same_json(one: &str, other: &str) -> bool {
    let parsed = |text| serde_json::from_str::<serde_json::Value>(text).ok();
    parsed(one).is_some_and(|one| Some(one) == parsed(other))
}

/// Returns true if a text is an ARN whose resource is or ends in a name or id.
///
/// `arn:aws:kms:eu-north-1:111122223333:key/1234` ends in `key/1234` and in `1234`. The parts of an
/// ARN: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>.
fn ends_with(arn: &str, name: &str) -> bool {
    if !arn.starts_with("arn:") || name.is_empty() || name.starts_with("arn:") {
        return false;
    }
    let resource = arn.splitn(6, ':').nth(5);
    resource
        .and_then(|resource| resource.strip_suffix(name))
        .is_some_and(|before| before.is_empty() || before.ends_with('/') || before.ends_with(':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(form: Form, one: &str, other: &str) -> bool {
        assert_eq!(form.same(one, other), form.same(other, one), "{one} and {other}");
        form.same(one, other)
    }

    #[test]
    fn an_arn_is_the_name_at_its_end() {
        let key = "arn:aws:kms:eu-north-1:111122223333:key/1234-abcd";
        assert!(same(Form::Arn, key, "1234-abcd"));
        assert!(same(Form::Arn, key, "key/1234-abcd"));
        assert!(!same(Form::Arn, key, "abcd"));
        assert!(!same(Form::Arn, key, ""));
        assert!(!same(Form::Arn, key, "arn:aws:kms:eu-north-1:999922223333:key/1234-abcd"));
        assert!(!same(Form::Arn, "1234-abcd", "abcd"));
        let alias = "arn:aws:kms:eu-north-1:111122223333:alias/disk";
        assert!(same(Form::Arn, alias, "alias/disk"));
        assert!(same(Form::Arn, "arn:aws:iam::111122223333:instance-profile/team/node", "node"));
        assert!(same(Form::Arn, "arn:aws:sns:eu-north-1:111122223333:topic", "topic"));
        assert!(!same(Form::Arn, "arn:aws:iam", "aws"));
    }

    #[test]
    fn a_text_without_a_form_means_itself() {
        let property = Property::new(Type::Text);
        assert!(property.means_the_same("a", "a"));
        assert!(!property.means_the_same("10.0.0.1/16", "10.0.0.0/16"));
        let json = Property::new(Type::Json);
        assert!(json.means_the_same(r#"{"a":1,"b":2}"#, r#"{ "b": 2, "a": 1 }"#));
        assert!(!json.means_the_same(r#"{"a":[1]}"#, r#"{"a":1}"#));
        assert!(!json.means_the_same("{", "{ "));
    }
}
