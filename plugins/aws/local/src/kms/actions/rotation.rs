//! Rotation of keys: switched and shown here; the material stays as it is.

use crate::error::Answer;
use crate::kms::queries::{change_key, need_key};
use crate::kms::rows::key::DAY;
use crate::kms::rules::{invalid_value, seconds};
use crate::service::{Action, Call};

pub(crate) const ACTIONS: &[Action] = &[
    Action::new("EnableKeyRotation", "KeyId! RotationPeriodInDays:i", enable),
    Action::new("DisableKeyRotation", "KeyId!", disable),
    Action::new("GetKeyRotationStatus", "KeyId!", status),
];

/// A year, in days: KMS's default.
const DEFAULT_PERIOD: i64 = 365;

fn enable(call: &mut Call) -> Answer {
    let days = call.params().number("RotationPeriodInDays").unwrap_or(DEFAULT_PERIOD);
    if !(90..=2560).contains(&days) {
        return invalid_value(
            "rotationPeriodInDays",
            &days.to_string(),
            "Member must have value between 90 and 2560",
        );
    }
    need_key(call, call.text("KeyId"), false)?.usable()?;
    let now = call.now();
    change_key(call, |key| key.rotation = Some((days, now)))
}

fn disable(call: &mut Call) -> Answer {
    need_key(call, call.text("KeyId"), false)?.usable()?;
    change_key(call, |key| key.rotation = None)
}

fn status(call: &mut Call) -> Answer {
    let key = need_key(call, call.text("KeyId"), false)?;
    // A key that is pending deletion is not rotated, whatever was set before.
    let rotation = key.rotation.filter(|_| key.changeable().is_ok());
    let next = rotation.map(|(days, since)| {
        let periods = (call.now() - since) / (days * DAY) + 1;
        seconds(since + periods * days * DAY)
    });
    Ok(node! {
        "KeyRotationEnabled" => rotation.is_some(), "KeyId" => &key.arn,
        "RotationPeriodInDays" => rotation.map(|(days, _)| days), "NextRotationDate" => next,
    })
}
