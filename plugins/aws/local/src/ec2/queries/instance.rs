//! Lookups of instances.

use std::sync::Arc;

use crate::ec2::rows::instance::Instance;
use crate::ec2::rows::interface::Interface;
use crate::ec2::rows::kind::{change, need};
use crate::ec2::rows::volume::Volume;
use crate::ec2::rows::volume_attachment::VolumeAttachment;
use crate::error::{AwsError, refuse};
use crate::service::Call;

impl Instance {
    /// Returns the interfaces that are attached, in the order of their device index.
    pub(crate) fn interfaces(&self, call: &Call) -> Vec<Arc<Interface>> {
        let interfaces = self
            .interface_ids
            .iter()
            .filter_map(|id| call.world.get::<Interface>(call.region(), id));
        let mut attached: Vec<_> = interfaces
            .filter(|interface| interface.instance_id(call.now()) == Some(&self.instance_id))
            .collect();
        attached.sort_by_key(|interface| {
            interface.attachment(call.now()).map(|attachment| attachment.device_index)
        });
        attached
    }

    /// Returns the volumes that are attached, with their attachments.
    pub(crate) fn volumes(&self, call: &Call) -> Vec<(Arc<Volume>, VolumeAttachment)> {
        let volumes =
            self.volume_ids.iter().filter_map(|id| call.world.get::<Volume>(call.region(), id));
        let attached = volumes.filter_map(|volume| {
            let mut attachments = volume.attachments(call.now());
            let found =
                attachments.find(|attachment| attachment.instance_id == self.instance_id)?.clone();
            drop(attachments);
            Some((volume, found))
        });
        attached.collect()
    }
}

/// Returns the interface at device index 0.
pub(crate) fn primary_interface(
    call: &Call,
    instance_id: &str,
) -> Result<Arc<Interface>, AwsError> {
    let instance = need::<Instance>(call, instance_id)?;
    let mut interfaces = instance.interfaces(call).into_iter();
    let primary = interfaces
        .next()
        .filter(|_| matches!(instance.state(call.now()), "running" | "stopped" | "stopping"));
    let message =
        || format!("The instance '{instance_id}' is not in a valid state for this operation.");
    primary.ok_or_else(|| AwsError::new("InvalidInstanceID", message()))
}

/// Adds an interface to those that were ever attached to an instance.
pub(crate) fn add_interface(
    call: &mut Call,
    instance_id: &str,
    interface_id: &str,
) -> Result<(), AwsError> {
    change::<Instance>(call, instance_id, |instance| {
        instance.interface_ids.retain(|id| id != interface_id);
        instance.interface_ids.push(interface_id.to_owned());
    })
}

/// Adds a volume to those that were ever attached to an instance.
pub(crate) fn add_volume(
    call: &mut Call,
    instance_id: &str,
    volume_id: &str,
) -> Result<(), AwsError> {
    change::<Instance>(call, instance_id, |instance| {
        instance.volume_ids.retain(|id| id != volume_id);
        instance.volume_ids.push(volume_id.to_owned());
    })
}

/// Rejects an instance that is in none of these states.
pub(crate) fn require_state(
    call: &Call,
    instance: &Instance,
    states: &[&str],
) -> Result<(), AwsError> {
    let state = instance.state(call.now());
    if states.contains(&state) {
        return Ok(());
    }
    let message = format!(
        "The instance '{}' is not in a state from which it can do this: it is {state}, not {}.",
        instance.instance_id,
        states.join(" or ")
    );
    refuse("IncorrectInstanceState", message)
}
