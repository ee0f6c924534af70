//! `DescribeInstances` and `DescribeInstanceStatus`.

use crate::ec2::queries::zone::zone_id;
use crate::ec2::rows::instance::Instance;
use crate::ec2::views::instance::show_reservation;
use crate::ec2::views::listing::{ItemPage, Listing, TagFilters, select, select_as};
use crate::error::Answer;
use crate::node::Node;
use crate::service::Call;
use crate::world::Resource;

/// Returns instances by reservation.
pub(crate) fn describe_instances(call: &mut Call) -> Answer {
    let ItemPage { items, next } = select::<Instance>(call, |_| true)?;
    let mut reservations: Vec<(String, Vec<Node>)> = Vec::new();
    for item in items {
        let Some(instance) = call.world.get::<Instance>(call.region(), &item.key) else { continue };
        match reservations.iter_mut().find(|(id, _)| *id == instance.reservation_id) {
            Some((_, instances)) => instances.push(item.node),
            None => reservations.push((instance.reservation_id.clone(), vec![item.node])),
        }
    }
    let shown =
        reservations.into_iter().map(|(id, instances)| show_reservation(call, &id, instances));
    Ok(node! { "reservationSet" => Node::list(shown.collect::<Vec<_>>()), "nextToken" => next })
}

/// The status of instances; no event is ever scheduled.
const STATUS: Listing = Listing {
    filters: &[
        ("attached-ebs-status.status", "attachedEbsStatus.status"),
        ("availability-zone", "availabilityZone"),
        ("availability-zone-id", "availabilityZoneId"),
        ("event.code", "eventsSet.code"),
        ("event.description", "eventsSet.description"),
        ("event.instance-event-id", "eventsSet.instanceEventId"),
        ("event.not-after", "eventsSet.notAfter"),
        ("event.not-before", "eventsSet.notBefore"),
        ("event.not-before-deadline", "eventsSet.notBeforeDeadline"),
        ("instance-state-code", "instanceState.code"),
        ("instance-state-name", "instanceState.name"),
        ("instance-status.reachability", "instanceStatus.details.status"),
        ("instance-status.status", "instanceStatus.status"),
        ("operator.managed", "operator.managed"),
        ("operator.principal", "operator.principal"),
        ("system-status.reachability", "systemStatus.details.status"),
        ("system-status.status", "systemStatus.status"),
    ],
    tags: TagFilters::No,
    page_sizes: Some(5..=1000),
};

/// Reports running instances as healthy; `IncludeAllInstances` adds the others.
pub(crate) fn describe_instance_status(call: &mut Call) -> Answer {
    let all = call.params().flag("IncludeAllInstances") == Some(true);
    let is_running = |instance: &Instance| instance.state(call.now()) == "running";
    let page = select_as::<Instance>(
        call,
        &STATUS,
        |one| all || is_running(one),
        |instance| {
            let status = || {
                let status = if is_running(instance) { "ok" } else { "not-applicable" };
                let details = is_running(instance)
                    .then(|| node! { "name" => "reachability", "status" => "passed" });
                node! { "status" => status, "details" => Node::list(details) }
            };
            node! {
                "instanceId" => instance.id(), "availabilityZone" => &instance.zone,
                "availabilityZoneId" => zone_id(call, &instance.zone), "instanceState" => instance.show_state(call),
                "instanceStatus" => status(), "systemStatus" => status(),
            }
        },
    );
    Ok(page?.into_answer("instanceStatusSet"))
}
