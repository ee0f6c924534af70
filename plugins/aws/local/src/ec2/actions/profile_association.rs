//! The actions on the IAM instance profile of an instance.

use std::sync::Arc;

use crate::ec2::queries::profile::{UsableProfile, find_profile};
use crate::ec2::rows::instance::Instance;
use crate::ec2::rows::kind::{all, change, need};
use crate::ec2::views::listing::{Listing, TagFilters, list};
use crate::error::{Answer, AwsError, refuse};
use crate::service::{Action, Call};
use crate::world::Resource;

pub(crate) const ACTIONS: &[Action] = &[
    Action::new(
        "AssociateIamInstanceProfile",
        "IamInstanceProfile!{Arn Name} InstanceId!",
        associate,
    ),
    Action::new(
        "DescribeIamInstanceProfileAssociations",
        "AssociationId.N Filter.N{Name! Value.N} MaxResults:i NextToken",
        describe,
    ),
    Action::new(
        "ReplaceIamInstanceProfileAssociation",
        "IamInstanceProfile!{Arn Name} AssociationId!",
        replace,
    ),
    Action::new("DisassociateIamInstanceProfile", "AssociationId!", disassociate),
];

fn requested_profile(call: &Call) -> Result<UsableProfile, AwsError> {
    call.params().get("IamInstanceProfile").map_or_else(
        || refuse("MissingParameter", "The request must contain the parameter iamInstanceProfile"),
        |named| find_profile(call, named),
    )
}

pub(crate) fn associate(call: &mut Call) -> Answer {
    let instance = need::<Instance>(call, call.text("InstanceId"))?;
    if !matches!(instance.state(call.now()), "running" | "stopped" | "pending" | "stopping") {
        return refuse(
            "IncorrectInstanceState",
            format!("The instance '{}' has ended.", instance.id()),
        );
    }
    if instance.profile.is_some() {
        let message = format!("There is an existing association for instance {}", instance.id());
        return refuse("IncorrectState", message);
    }
    let association = requested_profile(call)?.new_association(call);
    let shown = association.show(instance.id(), "associating");
    change::<Instance>(call, instance.id(), |instance| instance.profile = Some(association))?;
    Ok(node! { "iamInstanceProfileAssociation" => shown })
}

/// Returns the instance of the association that a request names.
fn instance_with_association(call: &Call) -> Result<Arc<Instance>, AwsError> {
    let id = call.text("AssociationId");
    let has = |instance: &Arc<Instance>| {
        instance.profile.as_ref().is_some_and(|association| association.association_id == id)
    };
    let message = || format!("An invalid association-id of '{id}' was given");
    all::<Instance>(call)
        .into_iter()
        .find(has)
        .ok_or_else(|| AwsError::new("NoSuchAssociation", message()))
}

fn replace(call: &mut Call) -> Answer {
    let instance = instance_with_association(call)?;
    let association = requested_profile(call)?.new_association(call);
    let shown = association.show(instance.id(), "associating");
    change::<Instance>(call, instance.id(), |instance| instance.profile = Some(association))?;
    Ok(node! { "iamInstanceProfileAssociation" => shown })
}

fn disassociate(call: &mut Call) -> Answer {
    let instance = instance_with_association(call)?;
    let shown = instance
        .profile
        .as_ref()
        .map(|association| association.show(instance.id(), "disassociating"));
    change::<Instance>(call, instance.id(), |instance| instance.profile = None)?;
    Ok(node! { "iamInstanceProfileAssociation" => shown })
}

const LISTING: Listing = Listing {
    filters: &[("instance-id", "instanceId"), ("state", "state")],
    tags: TagFilters::No,
    page_sizes: Some(5..=1000),
};

fn describe(call: &mut Call) -> Answer {
    let ids = call.params().texts("AssociationId");
    let instances = all::<Instance>(call);
    let with_profile =
        instances.iter().filter_map(|instance| Some((instance, instance.profile.as_ref()?)));
    let mut wanted: Vec<_> = with_profile
        .map(|(instance, association)| {
            (association.association_id.clone(), (instance, association))
        })
        .filter(|(id, _)| ids.is_empty() || ids.contains(&id.as_str()))
        .collect();
    if let Some(id) = ids.iter().find(|id| !wanted.iter().any(|(found, _)| found == **id)) {
        return refuse(
            "NoSuchAssociation",
            format!("An invalid association-id of '{id}' was given"),
        );
    }
    wanted.sort_by(|(left, _), (right, _)| left.cmp(right));
    let page = list(call, &LISTING, wanted, |(instance, association)| {
        association.show(instance.id(), "associated")
    });
    Ok(page?.into_answer("iamInstanceProfileAssociationSet"))
}
