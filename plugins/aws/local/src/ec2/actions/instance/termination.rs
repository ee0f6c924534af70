//! The end of instances.
//!
//! Their interfaces and volumes are detached or deleted. Later the instances themselves are
//! removed.

use crate::ec2::actions::interface::detach_terminated;
use crate::ec2::rows::instance::Instance;
use crate::ec2::rows::interface::Interface;
use crate::ec2::rows::kind::{all, erase, put};
use crate::ec2::rows::termination::Termination;
use crate::ec2::rows::volume::Volume;
use crate::service::Call;
use crate::world::Resource;

/// How long a terminated instance stays visible, in milliseconds.
const TERMINATED_VISIBLE_FOR: i64 = 60 * 60 * 1000;

/// Carries out terminations that are due.
///
/// A termination deletes or detaches interfaces and volumes. Later it removes the instance.
pub(crate) fn apply_due_terminations(call: &mut Call) {
    let region = call.region();
    for ending in call.world.list::<Termination>(region) {
        if ending.due > call.now() {
            continue;
        }
        if ending.is_settled {
            erase::<Instance>(call, &ending.instance_id);
            call.world.remove::<Termination>(region, &ending.instance_id);
            continue;
        }
        detach_all(call, &ending.instance_id);
        let due = ending.due + TERMINATED_VISIBLE_FOR;
        call.world
            .put(region, Termination { due, is_settled: true, ..Termination::clone(&ending) });
    }
}

fn detach_all(call: &mut Call, instance_id: &str) {
    for interface in all::<Interface>(call) {
        if interface.instance_id(call.now()) == Some(instance_id) {
            detach_terminated(call, &interface);
        }
    }
    for volume in all::<Volume>(call) {
        let attachments = volume.attachments.iter();
        let Some(attachment) =
            attachments.clone().find(|attachment| attachment.instance_id == instance_id)
        else {
            continue;
        };
        if attachment.delete_on_termination {
            erase::<Volume>(call, volume.id());
        } else {
            let mut volume = Volume::clone(&volume);
            volume.attachments.retain(|attachment| attachment.instance_id != instance_id);
            put(call, volume);
        }
    }
}
