//! `DescribeInstances` and `DescribeInstanceStatus`.

use crate::ec2::rows::instance::Instance;
use crate::ec2::views::instance::show_reservation;
use crate::ec2::views::listing::{ItemPage, select};
use crate::error::Answer;
use crate::node::Node;
use crate::service::Call;

/// Returns instances by reservation.
pub(crate) fn describe_instances(call: &mut Call) -> Answer {
    let ItemPage { items, next } = select::<Instance>(call)?;
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

/// Reports running instances as healthy; `IncludeAllInstances` adds the others.
pub(crate) fn describe_instance_status(call: &mut Call) -> Answer {
    let all = call.params().flag("IncludeAllInstances") == Some(true);
    let mut page = select::<Instance>(call)?;
    page.items.retain(|item| all || item.node.leaves("instanceState.name") == ["running"]);
    for item in &mut page.items {
        let Some(instance) = call.world.get::<Instance>(call.region(), &item.key) else { continue };
        let is_running = instance.state(call.now()) == "running";
        let status = || {
            let status = if is_running { "ok" } else { "not-applicable" };
            let details =
                is_running.then(|| node! { "name" => "reachability", "status" => "passed" });
            node! { "status" => status, "details" => Node::list(details) }
        };
        item.node = node! {
            "instanceId" => &item.key, "availabilityZone" => &instance.zone, "instanceState" => instance.show_state(call),
            "instanceStatus" => status(), "systemStatus" => status(),
        };
    }
    Ok(page.into_answer("instanceStatusSet"))
}
