//! Which IAM instance profile an instance has.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::instance::Instance;
use super::kind::{all, change, need};
use super::listing::{Item, filter, page};
use crate::error::{Answer, AwsError, refuse};
use crate::iam::InstanceProfile;
use crate::node::Node;
use crate::params::Params;
use crate::service::{Action, Call};
use crate::world::{GLOBAL, Resource, timestamp};

pub(super) const ACTIONS: &[Action] = &[
    Action::new("AssociateIamInstanceProfile", "IamInstanceProfile!{Arn Name} InstanceId!", associate),
    Action::new(
        "DescribeIamInstanceProfileAssociations",
        "AssociationId.N Filter.N{Name! Value.N} MaxResults:i NextToken",
        describe,
    ),
    Action::new("ReplaceIamInstanceProfileAssociation", "IamInstanceProfile!{Arn Name} AssociationId!", replace),
    Action::new("DisassociateIamInstanceProfile", "AssociationId!", disassociate),
];

/// An instance's use of a profile.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Association {
    association_id: String,
    arn: String,
    profile_id: String,
    at: i64,
}

/// A profile that a request named and that may be used.
pub(super) struct Found(Arc<InstanceProfile>);

impl Found {
    pub(super) fn associate(&self, call: &Call) -> Association {
        Association {
            association_id: format!("iip-assoc-{}", call.world.fresh_hex(17)),
            arn: self.0.arn.clone(),
            profile_id: self.0.profile_id.clone(),
            at: call.now(),
        }
    }
}

impl Association {
    pub(super) fn show_profile(&self) -> Node {
        node! { "arn" => &self.arn, "id" => &self.profile_id }
    }

    fn show(&self, instance_id: &str, state: &str) -> Node {
        node! {
            "associationId" => &self.association_id, "instanceId" => instance_id, "state" => state,
            "iamInstanceProfile" => self.show_profile(), "timestamp" => timestamp(self.at),
        }
    }
}

/// The profile of that name or ARN. One that was made a moment ago is not visible to EC2 yet, as on AWS.
pub(super) fn find(call: &Call, named: &Params) -> Result<Found, AwsError> {
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
        let created = call.world.created::<InstanceProfile>(GLOBAL, profile.id()).unwrap_or_default();
        call.rules.consistency_delay == 0 || created + call.rules.consistency_delay <= call.now()
    };
    let Some(profile) = found.filter(is_visible) else {
        let message = format!(
            "Value ({value}) for parameter iamInstanceProfile.{field} is invalid. Invalid IAM Instance Profile {field}"
        );
        return refuse("InvalidParameterValue", message);
    };
    if profile.role.is_none() {
        let message = format!("IAM Instance Profile \"{}\" has no associated IAM Roles", profile.arn);
        return refuse("InvalidParameterValue", message);
    }
    Ok(Found(profile))
}

fn wanted(call: &Call) -> Result<Found, AwsError> {
    call.params().get("IamInstanceProfile").map_or_else(
        || refuse("MissingParameter", "The request must contain the parameter iamInstanceProfile"),
        |named| find(call, named),
    )
}

fn associate(call: &mut Call) -> Answer {
    let instance = need::<Instance>(call, call.text("InstanceId"))?;
    if !matches!(instance.state(call.now()), "running" | "stopped" | "pending" | "stopping") {
        return refuse("IncorrectInstanceState", format!("The instance '{}' has ended.", instance.id()));
    }
    if instance.profile.is_some() {
        let message = format!("There is an existing association for instance {}", instance.id());
        return refuse("IncorrectState", message);
    }
    let association = wanted(call)?.associate(call);
    let shown = association.show(instance.id(), "associating");
    change::<Instance>(call, instance.id(), |instance| instance.profile = Some(association))?;
    Ok(node! { "iamInstanceProfileAssociation" => shown })
}

/// The instance with an association.
fn holder(call: &Call) -> Result<Arc<Instance>, AwsError> {
    let id = call.text("AssociationId");
    let has = |instance: &Arc<Instance>| instance.profile.as_ref().is_some_and(|one| one.association_id == id);
    let message = || format!("An invalid association-id of '{id}' was given");
    all::<Instance>(call).into_iter().find(has).ok_or_else(|| AwsError::new("NoSuchAssociation", message()))
}

fn replace(call: &mut Call) -> Answer {
    let instance = holder(call)?;
    let association = wanted(call)?.associate(call);
    let shown = association.show(instance.id(), "associating");
    change::<Instance>(call, instance.id(), |instance| instance.profile = Some(association))?;
    Ok(node! { "iamInstanceProfileAssociation" => shown })
}

fn disassociate(call: &mut Call) -> Answer {
    let instance = holder(call)?;
    let shown = instance.profile.as_ref().map(|one| one.show(instance.id(), "disassociating"));
    change::<Instance>(call, instance.id(), |instance| instance.profile = None)?;
    Ok(node! { "iamInstanceProfileAssociation" => shown })
}

fn describe(call: &mut Call) -> Answer {
    let ids = call.params().texts("AssociationId");
    let instances = all::<Instance>(call);
    let with_profile = instances.iter().filter_map(|instance| Some((instance, instance.profile.as_ref()?)));
    let wanted = with_profile.filter(|(_, one)| ids.is_empty() || ids.contains(&one.association_id.as_str()));
    let mut items: Vec<Item> = wanted
        .map(|(instance, one)| Item { key: one.association_id.clone(), node: one.show(instance.id(), "associated") })
        .collect();
    if let Some(id) = ids.iter().find(|id| !items.iter().any(|item| item.key == **id)) {
        return refuse("NoSuchAssociation", format!("An invalid association-id of '{id}' was given"));
    }
    items.sort_by(|left, right| left.key.cmp(&right.key));
    let filters = [("instance-id", "instanceId"), ("state", "state")];
    Ok(page(call, filter(call.params(), items, &filters)?, 1000)?.into_answer("iamInstanceProfileAssociationSet"))
}
