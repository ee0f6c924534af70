//! The actions of instance profiles.
//!
//! EC2 gives an instance a role through a profile. A profile holds at most one role.

use std::sync::Arc;

use crate::error::{Answer, AwsError};
use crate::iam::queries::role::{need_role, need_seen_role};
use crate::iam::rows::profile::InstanceProfile;
use crate::iam::rules::{
    check_name, check_path, check_unique, delete_conflict, entity_page, fresh_id, iam_arn,
    limit_exceeded, no_such, under_prefix,
};
use crate::iam::tags::{add_given_tags, given_tags, remove_named_tags, tag_items};
use crate::reading;
use crate::service::{Action, Call};
use crate::world::GLOBAL;

pub(crate) const ACTIONS: &[Action] = &[
    Action::new("CreateInstanceProfile", "InstanceProfileName! Path Tags.N{Key! Value!}", create),
    Action::new("GetInstanceProfile", "InstanceProfileName!", get),
    Action::new("ListInstanceProfiles", "PathPrefix Marker MaxItems:i", list),
    Action::new("ListInstanceProfilesForRole", "RoleName! Marker MaxItems:i", list_for_role),
    Action::new("DeleteInstanceProfile", "InstanceProfileName!", delete),
    Action::new("AddRoleToInstanceProfile", "InstanceProfileName! RoleName!", add_role),
    Action::new("RemoveRoleFromInstanceProfile", "InstanceProfileName! RoleName!", remove_role),
    Action::new("TagInstanceProfile", "InstanceProfileName! Tags!.N{Key! Value!}", tag),
    Action::new("UntagInstanceProfile", "InstanceProfileName! TagKeys!.N", untag),
    Action::new("ListInstanceProfileTags", "InstanceProfileName! Marker MaxItems:i", list_tags),
];

fn need_profile(call: &Call) -> Result<InstanceProfile, AwsError> {
    let name = check_name(call, "InstanceProfileName", 128)?;
    let found: Option<Arc<InstanceProfile>> = call.world.get(GLOBAL, name);
    found.map(|profile| InstanceProfile::clone(&profile)).ok_or_else(|| missing_profile(name))
}

fn need_seen_profile(call: &Call) -> Result<Arc<InstanceProfile>, AwsError> {
    let name = check_name(call, "InstanceProfileName", 128)?;
    reading::seen(call, GLOBAL, name).ok_or_else(|| missing_profile(name))
}

fn missing_profile(name: &str) -> AwsError {
    AwsError::new("NoSuchEntity", format!("Instance Profile {name} cannot be found.")).status(404)
}

fn put_profile(call: &mut Call, profile: InstanceProfile) -> Answer {
    call.world.put(GLOBAL, profile);
    Ok(node! {})
}

fn create(call: &mut Call) -> Answer {
    let name = check_name(call, "InstanceProfileName", 128)?;
    let path = check_path(call)?;
    let tags = given_tags(call)?;
    check_unique(call.world, "Instance Profile", name, |profile: &InstanceProfile| &profile.name)?;
    let profile = InstanceProfile {
        name: name.to_owned(),
        profile_id: fresh_id(call, "AIPA"),
        arn: iam_arn(call, &format!("instance-profile{path}{name}")),
        path,
        role: None,
        tags,
    };
    call.world.put(GLOBAL, profile.clone());
    Ok(node! { "InstanceProfile" => profile.show(call) })
}

fn get(call: &mut Call) -> Answer {
    let profile = need_seen_profile(call)?;
    Ok(node! { "InstanceProfile" => profile.show(call) })
}

fn list(call: &mut Call) -> Answer {
    let mut items = Vec::new();
    for profile in reading::seen_all::<InstanceProfile>(call, GLOBAL) {
        if under_prefix(call, &profile.path)? {
            items.push((profile.name.clone(), profile));
        }
    }
    entity_page(call, "InstanceProfiles", items, |profile| profile.show(call))
}

fn list_for_role(call: &mut Call) -> Answer {
    let role = need_seen_role(call)?;
    let profiles = reading::seen_all::<InstanceProfile>(call, GLOBAL).into_iter();
    let profiles = profiles.filter(|profile| profile.role.as_ref() == Some(&role.name));
    let items = profiles.map(|profile| (profile.name.clone(), profile)).collect();
    entity_page(call, "InstanceProfiles", items, |profile| profile.show(call))
}

fn delete(call: &mut Call) -> Answer {
    let profile = need_profile(call)?;
    if profile.role.is_some() {
        return delete_conflict("remove roles from instance profile");
    }
    call.world.remove::<InstanceProfile>(GLOBAL, &profile.name);
    Ok(node! {})
}

fn add_role(call: &mut Call) -> Answer {
    let mut profile = need_profile(call)?;
    let role = need_role(call)?;
    if profile.role.is_some() {
        return limit_exceeded(
            "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1".to_owned(),
        );
    }
    profile.role = Some(role.name);
    put_profile(call, profile)
}

fn remove_role(call: &mut Call) -> Answer {
    let mut profile = need_profile(call)?;
    let name = check_name(call, "RoleName", 64)?;
    if profile.role.as_deref() != Some(name) {
        return Err(no_such(&format!("role in instance profile {}", profile.name), name));
    }
    profile.role = None;
    put_profile(call, profile)
}

fn tag(call: &mut Call) -> Answer {
    let mut profile = need_profile(call)?;
    add_given_tags(call, &mut profile.tags)?;
    put_profile(call, profile)
}

fn untag(call: &mut Call) -> Answer {
    let mut profile = need_profile(call)?;
    remove_named_tags(call, &mut profile.tags);
    put_profile(call, profile)
}

fn list_tags(call: &mut Call) -> Answer {
    let profile = need_seen_profile(call)?;
    entity_page(call, "Tags", tag_items(&profile.tags), |tag| tag)
}
