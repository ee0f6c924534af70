//! Lookups of IAM instance profiles, which EC2 sees with a delay.

use std::sync::Arc;

use crate::ec2::rows::profile_association::ProfileAssociation;
use crate::error::{AwsError, refuse};
use crate::iam::InstanceProfile;
use crate::params::Params;
use crate::service::Call;
use crate::world::{GLOBAL, Resource};

/// A profile that a request named and that may be used.
pub(crate) struct UsableProfile(Arc<InstanceProfile>);

impl UsableProfile {
    /// Returns a new association with the profile.
    pub(crate) fn new_association(&self, call: &Call) -> ProfileAssociation {
        ProfileAssociation {
            association_id: format!("iip-assoc-{}", call.world.fresh_hex(17)),
            arn: self.0.arn.clone(),
            profile_id: self.0.profile_id.clone(),
            at: call.now(),
        }
    }
}

/// Returns the profile of that name or ARN.
///
/// A new profile is not visible to EC2 yet, as on AWS. A profile without a role is refused.
pub(crate) fn find_profile(call: &Call, named: &Params) -> Result<UsableProfile, AwsError> {
    let (field, value) = match (named.text("Name"), named.text("Arn")) {
        (Some(name), None) => ("name", name),
        (None, Some(arn)) => ("arn", arn),
        _ => {
            let message = "The parameter iamInstanceProfile needs a name or an arn, and not both";
            return refuse("InvalidParameterCombination", message);
        }
    };
    let profiles = call.world.list::<InstanceProfile>(GLOBAL);
    let found = profiles.into_iter().find(|profile| profile.name == value || profile.arn == value);
    let is_visible = |profile: &Arc<InstanceProfile>| {
        let created =
            call.world.created::<InstanceProfile>(GLOBAL, profile.id()).unwrap_or_default();
        call.settings.consistency_delay == 0
            || created + call.settings.consistency_delay <= call.now()
    };
    let Some(profile) = found.filter(is_visible) else {
        let message = format!(
            "Value ({value}) for parameter iamInstanceProfile.{field} is invalid. Invalid IAM Instance Profile {field}"
        );
        return refuse("InvalidParameterValue", message);
    };
    if profile.role.is_none() {
        let message =
            format!("IAM Instance Profile \"{}\" has no associated IAM Roles", profile.arn);
        return refuse("InvalidParameterValue", message);
    }
    Ok(UsableProfile(profile))
}
