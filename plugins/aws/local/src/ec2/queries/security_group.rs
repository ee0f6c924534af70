//! Lookups of security groups.

use std::sync::Arc;

use crate::ec2::queries::vpc::default_vpc;
use crate::ec2::rows::kind::{all, invalid, need, quota};
use crate::ec2::rows::security_group::SecurityGroup;
use crate::error::{AwsError, refuse};
use crate::service::Call;

/// Returns the VPC's default group.
pub(crate) fn default_security_group(call: &Call, vpc_id: &str) -> Option<Arc<SecurityGroup>> {
    all::<SecurityGroup>(call)
        .into_iter()
        .find(|group| group.vpc_id == vpc_id && group.is_default())
}

/// Returns the group that a request names by id, or by name in the default VPC.
pub(crate) fn named_security_group(call: &Call) -> Result<Arc<SecurityGroup>, AwsError> {
    match (call.params().text("GroupId"), call.params().text("GroupName")) {
        (Some(id), _) => need(call, id),
        (None, Some(name)) => default_vpc_group(call, name),
        (None, None) => refuse(
            "MissingParameter",
            "The request must contain the parameter groupName or groupId",
        ),
    }
}

fn default_vpc_group(call: &Call, name: &str) -> Result<Arc<SecurityGroup>, AwsError> {
    let vpc = default_vpc(call).map(|vpc| vpc.vpc_id.clone());
    let mut groups = all::<SecurityGroup>(call).into_iter();
    let found = groups.find(|group| group.name == name && Some(&group.vpc_id) == vpc.as_ref());
    let message = || format!("The security group '{name}' does not exist in default VPC");
    found.ok_or_else(|| AwsError::new("InvalidGroup.NotFound", message()))
}

/// Returns the name of a group.
pub(crate) fn group_name(call: &Call, id: &str) -> Option<String> {
    call.world.get::<SecurityGroup>(call.region(), id).map(|group| group.name.clone())
}

/// Returns the groups of a new interface.
///
/// They are those requested, which must be of the VPC. If none is requested, it is the VPC's
/// default group.
pub(crate) fn chosen_groups(
    call: &Call,
    vpc_id: &str,
    ids: &[&str],
) -> Result<Vec<String>, AwsError> {
    if ids.is_empty() {
        return Ok(default_security_group(call, vpc_id)
            .map(|group| group.group_id.clone())
            .into_iter()
            .collect());
    }
    for id in ids {
        if need::<SecurityGroup>(call, id)?.vpc_id != vpc_id {
            let message = format!(
                "You have specified two resources that belong to different networks: {id}, {vpc_id}."
            );
            return refuse("InvalidParameter", message);
        }
    }
    let mut chosen: Vec<String> = Vec::new();
    for id in ids {
        if !chosen.iter().any(|other| other == id) {
            chosen.push((*id).to_owned());
        }
    }
    let code = "SecurityGroupsPerInterfaceLimitExceeded";
    quota(call, chosen.len() - 1, 5, code, "security groups of an interface")?;
    Ok(chosen)
}

/// Rejects names and descriptions that EC2 does not allow.
///
/// At most 255 letters, digits, spaces and some punctuation characters are allowed.
pub(crate) fn check_group_text(name: &str, text: &str) -> Result<(), AwsError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || " ._-:/()#,@[]+=&;{}!$*".contains(c);
    if text.chars().count() > 255 || !text.chars().all(allowed) {
        let why =
            "Up to 255 characters of a-z, A-Z, 0-9, spaces, and ._-:/()#,@[]+=&;{}!$* are valid.";
        return invalid(name, text, why);
    }
    Ok(())
}
