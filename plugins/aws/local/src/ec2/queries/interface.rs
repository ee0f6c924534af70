//! The public addresses of interfaces, and the check that an interface is free.

use crate::ec2::rows::address::Address;
use crate::ec2::rows::instance::Instance;
use crate::ec2::rows::interface::Interface;
use crate::ec2::rows::kind::all;
use crate::error::{AwsError, refuse};
use crate::service::Call;

impl Interface {
    /// Returns the elastic address that is associated with a private address.
    pub(crate) fn elastic(&self, call: &Call, private_ip: &str) -> Option<std::sync::Arc<Address>> {
        all::<Address>(call).into_iter().find(|address| {
            let association = address.association.as_ref();
            association.is_some_and(|association| {
                association.interface_id == self.interface_id
                    && association.private_ip == private_ip
            })
        })
    }

    /// Returns the public address that was given at launch.
    ///
    /// It exists while the instance is pending, running or stopping.
    pub(crate) fn launch_address(&self, call: &Call) -> Option<String> {
        let instance = call.world.get::<Instance>(call.region(), self.instance_id(call.now())?)?;
        self.public_ip
            .clone()
            .filter(|_| matches!(instance.state(call.now()), "pending" | "running" | "stopping"))
    }

    /// Returns the public address of the primary address, elastic or given at launch.
    pub(crate) fn public_address(&self, call: &Call) -> Option<String> {
        let elastic =
            self.elastic(call, self.primary_address()).map(|address| address.public_ip.clone());
        elastic.or_else(|| self.launch_address(call))
    }
}

/// Rejects an interface that is attached.
pub(crate) fn require_free(call: &Call, interface: &Interface) -> Result<(), AwsError> {
    if interface.attachment(call.now()).is_none() && !interface.is_managed() {
        return Ok(());
    }
    let message = format!("Network interface '{}' is currently in use.", interface.interface_id);
    refuse("InvalidNetworkInterface.InUse", message)
}
