//! The details of a policy: type, resources, target tags and schedules.
//!
//! The schedules of two policies must not conflict.

use crate::dlm::rules::{invalid_request, read_pairs};
use crate::dlm::schedule::{Frequency, check_schedule};
use crate::error::AwsError;
use crate::node::Node;
use crate::params::Params;
use crate::shape::Shape;

/// The shape of policy details.
///
/// It leaves out event-based and default policies, Outposts, local zones, archiving and scripts. So
/// a request for one of them is refused, and the refusal names the parameter.
macro_rules! details {
    () => {
        concat!(
            "PolicyType=EBS_SNAPSHOT_MANAGEMENT|IMAGE_MANAGEMENT PolicyLanguage=STANDARD
            ResourceTypes.N=VOLUME|INSTANCE ResourceLocations.N=CLOUD TargetTags.N{Key! Value!}
            Parameters{ExcludeBootVolume:b NoReboot:b ExcludeDataVolumeTags.N{Key! Value!}} Schedules.N{",
            crate::dlm::schedule::schedule!(),
            "}"
        )
    };
}
pub(crate) use details;

/// Details that were checked against every rule.
///
/// `shown` is how they are shown, and `targets` what conflicts are found by.
#[derive(Debug)]
pub(crate) struct Details {
    pub(crate) shown: Node,
    pub(crate) targets: Targets,
}

/// What is backed up, and how often.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Targets {
    policy_type: String,
    resource_type: String,
    /// Sorted, so that equal sets are equal.
    tags: Vec<(String, String)>,
    frequencies: Vec<Frequency>,
}

impl Targets {
    /// Returns true if two policies conflict.
    ///
    /// They conflict if they would create snapshots of the same resources on the same schedule.
    pub(crate) fn conflict(&self, other: &Targets) -> bool {
        let same = self.policy_type == other.policy_type
            && self.resource_type == other.resource_type
            && self.tags == other.tags;
        same && self.frequencies.iter().any(|frequency| other.frequencies.contains(frequency))
    }

    /// Returns `VOLUME` or `INSTANCE`.
    pub(crate) fn resource_type(&self) -> &str {
        &self.resource_type
    }

    /// Returns `EBS_SNAPSHOT_MANAGEMENT` or `IMAGE_MANAGEMENT`.
    pub(crate) fn policy_type(&self) -> &str {
        &self.policy_type
    }
}

/// Reads policy details and checks them against every rule.
pub(crate) fn check_details(region: &str, params: &Params) -> Result<Details, AwsError> {
    let policy_type = params.text("PolicyType").unwrap_or("EBS_SNAPSHOT_MANAGEMENT");
    let resource_type = match params.texts("ResourceTypes")[..] {
        [only] => only,
        ref others => {
            return invalid_request(format!(
                "ResourceTypes must name exactly one type, not {}",
                others.len()
            ));
        }
    };
    if policy_type == "IMAGE_MANAGEMENT" && resource_type != "INSTANCE" {
        return invalid_request("IMAGE_MANAGEMENT policies are for ResourceTypes INSTANCE");
    }
    if params.get("ResourceLocations").is_some() && params.list("ResourceLocations").len() != 1 {
        return invalid_request("ResourceLocations must name exactly one location");
    }
    let mut tags = read_pairs(params, "TargetTags")?;
    tags.sort();
    if !(1..=50).contains(&tags.len()) {
        return invalid_request(format!("TargetTags must have 1 to 50 tags, not {}", tags.len()));
    }
    check_parameters(params.get("Parameters"), policy_type, resource_type)?;
    let schedules = params.list("Schedules");
    if !(1..=4).contains(&schedules.len()) {
        return invalid_request(format!(
            "A policy must have 1 to 4 Schedules, not {}",
            schedules.len()
        ));
    }
    let frequencies = frequencies(region, &schedules, policy_type, resource_type)?;
    let mut shown = Shape::parse(details!()).typed(params);
    if params.get("PolicyType").is_none() {
        shown = shown.with("PolicyType", policy_type);
    }
    let targets = Targets {
        policy_type: policy_type.to_owned(),
        resource_type: resource_type.to_owned(),
        tags,
        frequencies,
    };
    Ok(Details { shown, targets })
}

fn frequencies(
    region: &str,
    schedules: &[&Params],
    policy_type: &str,
    resource_type: &str,
) -> Result<Vec<Frequency>, AwsError> {
    let mut frequencies: Vec<Frequency> = Vec::new();
    for (at, params) in schedules.iter().enumerate() {
        let at = format!("Schedules[{at}]");
        let frequency = check_schedule(region, params, &at, policy_type, resource_type)?;
        if frequencies.contains(&frequency) {
            return invalid_request(format!(
                "{at} creates at the same time as another schedule of the policy"
            ));
        }
        frequencies.push(frequency);
    }
    Ok(frequencies)
}

fn check_parameters(
    params: Option<&Params>,
    policy_type: &str,
    resource_type: &str,
) -> Result<(), AwsError> {
    let Some(params) = params else { return Ok(()) };
    let instances = resource_type == "INSTANCE";
    let images = policy_type == "IMAGE_MANAGEMENT";
    let misplaced = [
        ("ExcludeBootVolume", instances && !images, "snapshot policies that target instances"),
        ("ExcludeDataVolumeTags", instances && !images, "snapshot policies that target instances"),
        ("NoReboot", images, "image policies"),
    ];
    let misplaced =
        misplaced.iter().find(|(name, allowed, _)| params.get(name).is_some() && !allowed);
    if let Some((name, _, place)) = misplaced {
        return invalid_request(format!("Parameters.{name} is only for {place}"));
    }
    if read_pairs(params, "ExcludeDataVolumeTags")?.len() > 50 {
        return invalid_request("Parameters.ExcludeDataVolumeTags must have at most 50 tags");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_keep_their_types() {
        let json = serde_json::json!({
            "ResourceTypes": ["VOLUME"], "TargetTags": [{"Key": "a", "Value": ""}],
            "Schedules": [{"CopyTags": true, "CreateRule": {"Interval": 24, "IntervalUnit": "HOURS", "Times": ["03:00"]}, "RetainRule": {"Count": 30}}],
        });
        let params = Params::from_json(&json).unwrap();
        Shape::parse(details!()).check(&params).unwrap();
        let mut expected = json;
        expected["PolicyType"] = "EBS_SNAPSHOT_MANAGEMENT".into();
        assert_eq!(check_details("eu-central-1", &params).unwrap().shown.to_json(), expected);
    }
}
