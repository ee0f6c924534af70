//! Instance profiles: how EC2 gives an instance a role. Each holds at most one.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::role::{self, Role};
use super::tags;
use super::{arn, check_name, check_path, check_unique, fresh_id, in_use, limit, listed, no_such, under_prefix};
use crate::error::{Answer, AwsError};
use crate::node::Node;
use crate::reading;
use crate::service::{Action, Call};
use crate::world::{GLOBAL, Resource, timestamp};

pub(super) const ACTIONS: &[Action] = &[
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

/// What EC2 gives an instance so that it can act as a role.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct InstanceProfile {
    /// Unique in the account.
    pub name: String,
    /// `AIPA…`.
    pub profile_id: String,
    /// `arn:aws:iam::<account>:instance-profile<path><name>`.
    pub arn: String,
    /// `/` or `/a/b/`.
    pub path: String,
    /// The name of its role, at most one.
    pub role: Option<String>,
    /// Tags by key.
    pub tags: BTreeMap<String, String>,
}

impl Resource for InstanceProfile {
    const KIND: &'static str = "iam:instance-profile";
    fn id(&self) -> &str {
        &self.name
    }
}

impl InstanceProfile {
    fn show(&self, call: &Call) -> Node {
        let created = call.world.created::<InstanceProfile>(GLOBAL, &self.name).unwrap_or_default();
        let role: Option<Arc<Role>> = self.role.as_ref().and_then(|name| call.world.get(GLOBAL, name));
        node! {
            "Path" => &self.path, "InstanceProfileName" => &self.name, "InstanceProfileId" => &self.profile_id,
            "Arn" => &self.arn, "CreateDate" => timestamp(created),
            "Roles" => Node::list(role.map(|role| role.show(call, false))), "Tags" => tags::show(&self.tags),
        }
    }
}

fn need(call: &Call) -> Result<InstanceProfile, AwsError> {
    let name = check_name(call, "InstanceProfileName", 128)?;
    let found: Option<Arc<InstanceProfile>> = call.world.get(GLOBAL, name);
    found.map(|profile| InstanceProfile::clone(&profile)).ok_or_else(|| missing(name))
}

fn need_seen(call: &Call) -> Result<Arc<InstanceProfile>, AwsError> {
    let name = check_name(call, "InstanceProfileName", 128)?;
    reading::seen(call, GLOBAL, name).ok_or_else(|| missing(name))
}

fn missing(name: &str) -> AwsError {
    AwsError::new("NoSuchEntity", format!("Instance Profile {name} cannot be found.")).status(404)
}

fn put(call: &mut Call, profile: InstanceProfile) -> Answer {
    call.world.put(GLOBAL, profile);
    Ok(node! {})
}

fn create(call: &mut Call) -> Answer {
    let name = check_name(call, "InstanceProfileName", 128)?;
    let path = check_path(call)?;
    let tags = tags::requested(call)?;
    check_unique(call.world, "Instance Profile", name, |profile: &InstanceProfile| &profile.name)?;
    let profile = InstanceProfile {
        name: name.to_owned(),
        profile_id: fresh_id(call, "AIPA"),
        arn: arn(call, &format!("instance-profile{path}{name}")),
        path,
        role: None,
        tags,
    };
    call.world.put(GLOBAL, profile.clone());
    Ok(node! { "InstanceProfile" => profile.show(call) })
}

fn get(call: &mut Call) -> Answer {
    let profile = need_seen(call)?;
    Ok(node! { "InstanceProfile" => profile.show(call) })
}

fn list(call: &mut Call) -> Answer {
    let mut items = Vec::new();
    for profile in reading::seen_all::<InstanceProfile>(call, GLOBAL) {
        if under_prefix(call, &profile.path)? {
            items.push((profile.name.clone(), profile.show(call)));
        }
    }
    listed(call, "InstanceProfiles", items)
}

fn list_for_role(call: &mut Call) -> Answer {
    let role = role::need_seen(call)?;
    let profiles = reading::seen_all::<InstanceProfile>(call, GLOBAL).into_iter();
    let profiles = profiles.filter(|profile| profile.role.as_ref() == Some(&role.name));
    let items = profiles.map(|profile| (profile.name.clone(), profile.show(call))).collect();
    listed(call, "InstanceProfiles", items)
}

fn delete(call: &mut Call) -> Answer {
    let profile = need(call)?;
    if profile.role.is_some() {
        return in_use("remove roles from instance profile");
    }
    call.world.remove::<InstanceProfile>(GLOBAL, &profile.name);
    Ok(node! {})
}

fn add_role(call: &mut Call) -> Answer {
    let mut profile = need(call)?;
    let role = role::need(call)?;
    if profile.role.is_some() {
        return limit("Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1".to_owned());
    }
    profile.role = Some(role.name);
    put(call, profile)
}

fn remove_role(call: &mut Call) -> Answer {
    let mut profile = need(call)?;
    let name = check_name(call, "RoleName", 64)?;
    if profile.role.as_deref() != Some(name) {
        return Err(no_such(&format!("role in instance profile {}", profile.name), name));
    }
    profile.role = None;
    put(call, profile)
}

fn tag(call: &mut Call) -> Answer {
    let mut profile = need(call)?;
    tags::add(call, &mut profile.tags)?;
    put(call, profile)
}

fn untag(call: &mut Call) -> Answer {
    let mut profile = need(call)?;
    tags::remove(call, &mut profile.tags);
    put(call, profile)
}

fn list_tags(call: &mut Call) -> Answer {
    let profile = need_seen(call)?;
    listed(call, "Tags", tags::items(&profile.tags))
}
