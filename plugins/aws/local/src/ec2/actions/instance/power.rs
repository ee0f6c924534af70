//! Starting, stopping, rebooting and terminating instances.
//!
//! All instances of a request change, or none.

use std::sync::Arc;

use crate::ec2::catalog::instance_type::find_instance_type;
use crate::ec2::queries::instance::require_state;
use crate::ec2::queries::placement_group::{admit, placement_group_by_name};
use crate::ec2::rows::instance::Instance;
use crate::ec2::rows::kind::{need, put};
use crate::ec2::rows::termination::Termination;
use crate::ec2::views::instance::show_instance_state;
use crate::error::{Answer, AwsError, refuse};
use crate::node::Node;
use crate::service::Call;
use crate::world::{Phase, Resource};

fn named_instances(call: &Call) -> Result<Vec<Arc<Instance>>, AwsError> {
    call.params().texts("InstanceId").into_iter().map(|id| need(call, id)).collect()
}

/// Returns the answer of an action over several instances.
fn show_changes(changes: Vec<(String, String, String)>) -> Node {
    let changes = changes.into_iter().map(|(id, from, to)| {
        node! { "instanceId" => id, "previousState" => show_instance_state(&from), "currentState" => show_instance_state(&to) }
    });
    node! { "instancesSet" => Node::list(changes) }
}

/// Returns the reason that a stopped or terminated instance shows.
fn user_initiated(now: i64) -> String {
    let time = jiff::Timestamp::from_millisecond(now).unwrap_or_default();
    format!("User initiated ({})", time.strftime("%Y-%m-%d %H:%M:%S GMT"))
}

/// Moves instances from the state `from` through `through` to `to`.
///
/// Instances in another state stay as they are.
fn shift(
    call: &mut Call,
    from: &str,
    through: &str,
    to: &str,
    reason: Option<(&str, &str)>,
) -> Answer {
    let (due, now) = (call.due(), call.now());
    let mut changes = Vec::new();
    for instance in named_instances(call)? {
        let before = instance.state(now).to_owned();
        if before == from {
            let phase = Phase::moving(through, to, due);
            let transition_reason = reason.map(|_| user_initiated(now)).unwrap_or_default();
            let reason = reason.map(|(code, message)| (code.to_owned(), message.to_owned()));
            put(call, Instance { phase, reason, transition_reason, ..Instance::clone(&instance) });
            changes.push((instance.id().to_owned(), before, through.to_owned()));
        } else {
            changes.push((instance.id().to_owned(), before.clone(), before));
        }
    }
    Ok(show_changes(changes))
}

/// Rejects an instance whose type does not have what the instance wants.
///
/// Its type or attribute was changed while it was stopped; AWS finds that out at the start.
fn check_type(instance: &Instance) -> Result<(), AwsError> {
    let instance_type = find_instance_type(&instance.instance_type)?;
    if instance.ebs_optimized && !instance_type.is_ebs_optimizable() {
        let message = "The requested configuration is currently not supported. Please check the documentation for supported configurations.";
        return refuse("Unsupported", message);
    }
    Ok(())
}

/// Starts stopped instances.
pub(crate) fn start(call: &mut Call) -> Answer {
    for instance in named_instances(call)? {
        require_state(call, &instance, &["stopped", "running", "pending"])?;
        check_type(&instance)?;
        if let Some(group) =
            instance.placement_group.as_ref().filter(|_| instance.state(call.now()) == "stopped")
        {
            let (group, instance_type) = (
                placement_group_by_name(call, group)?,
                find_instance_type(&instance.instance_type)?,
            );
            admit(call, &group, &instance_type, &instance.zone, 1, instance.partition)?;
        }
    }
    shift(call, "stopped", "pending", "running", None)
}

/// Stops running instances.
pub(crate) fn stop(call: &mut Call) -> Answer {
    for instance in named_instances(call)? {
        require_state(call, &instance, &["running", "stopping", "stopped"])?;
        if instance.no_stop {
            return protected(&instance, "stopped", "disableApiStop");
        }
    }
    if call.params().flag("Hibernate") == Some(true) {
        let message = "No instance was launched with hibernation, which is not served here.";
        return refuse("UnsupportedHibernationConfiguration", message);
    }
    let reason =
        ("Client.UserInitiatedShutdown", "Client.UserInitiatedShutdown: User initiated shutdown");
    shift(call, "running", "stopping", "stopped", Some(reason))
}

/// Checks that the instances run.
///
/// A reboot changes nothing that is shown. A terminated instance is ignored: "This operation is
/// asynchronous… The reboot of terminated instances is ignored." (EC2 API reference)
pub(crate) fn reboot(call: &mut Call) -> Answer {
    for instance in named_instances(call)? {
        require_state(call, &instance, &["running", "shutting-down", "terminated"])?;
    }
    Ok(node! { "return" => true })
}

/// Terminates instances in any state, unless they are protected.
///
/// A terminated instance stays as it is.
pub(crate) fn terminate(call: &mut Call) -> Answer {
    let (due, now) = (call.due(), call.now());
    let instances = named_instances(call)?;
    if let Some(instance) = instances.iter().find(|instance| instance.no_termination) {
        return protected(instance, "terminated", "disableApiTermination");
    }
    let mut changes = Vec::new();
    for instance in instances {
        let before = instance.state(now).to_owned();
        if matches!(before.as_str(), "shutting-down" | "terminated") {
            changes.push((instance.id().to_owned(), before.clone(), before));
            continue;
        }
        let code = "Client.UserInitiatedShutdown";
        let reason = Some((code.to_owned(), format!("{code}: User initiated shutdown")));
        let phase = Phase::moving("shutting-down", "terminated", due);
        let changed = Instance {
            phase,
            reason,
            transition_reason: user_initiated(now),
            profile: None,
            ..Instance::clone(&instance)
        };
        put(call, changed);
        let ending = Termination { instance_id: instance.id().to_owned(), due, is_settled: false };
        call.world.put(call.request.region.as_str(), ending);
        changes.push((instance.id().to_owned(), before, "shutting-down".to_owned()));
    }
    Ok(show_changes(changes))
}

fn protected<T>(instance: &Instance, verb: &str, attribute: &str) -> Result<T, AwsError> {
    let message = format!(
        "The instance '{}' may not be {verb}. Modify its '{attribute}' instance attribute and try again.",
        instance.id()
    );
    refuse("OperationNotPermitted", message)
}
