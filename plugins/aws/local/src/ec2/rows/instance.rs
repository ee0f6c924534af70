//! The row of an instance.

use serde::{Deserialize, Serialize};

use crate::ec2::rows::kind::Kind;
use crate::ec2::rows::profile_association::ProfileAssociation;
use crate::world::{Phase, Resource};

/// An instance.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Instance {
    pub(crate) instance_id: String,
    pub(crate) reservation_id: String,
    pub(crate) launch_index: i64,
    pub(crate) image_id: String,
    pub(crate) instance_type: String,
    pub(crate) architecture: String,
    pub(crate) key_name: Option<String>,
    pub(crate) zone: String,
    pub(crate) vpc_id: String,
    pub(crate) subnet_id: String,
    pub(crate) client_token: Option<String>,
    pub(crate) phase: Phase,
    pub(crate) reason: Option<(String, String)>,
    /// `User initiated (…)` once it was stopped or terminated; otherwise empty.
    #[serde(default)]
    pub(crate) transition_reason: String,
    pub(crate) user_data: Option<String>,
    pub(crate) profile: Option<ProfileAssociation>,
    pub(crate) metadata: MetadataOptions,
    pub(crate) placement_group: Option<String>,
    pub(crate) partition: Option<i64>,
    pub(crate) tenancy: String,
    pub(crate) monitoring: bool,
    pub(crate) ebs_optimized: bool,
    pub(crate) no_termination: bool,
    pub(crate) no_stop: bool,
    pub(crate) shutdown_behavior: String,
    pub(crate) credits: Option<String>,
    pub(crate) root_device: String,
    pub(crate) launched: i64,
    /// The ids of all interfaces that were ever attached.
    ///
    /// `volume_ids` are those of the volumes. The rows of interfaces and volumes say which still
    /// are attached.
    pub(crate) interface_ids: Vec<String>,
    pub(crate) volume_ids: Vec<String>,
}

/// How the instance reaches its metadata service.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct MetadataOptions {
    pub(crate) tokens: String,
    pub(crate) hop_limit: i64,
    pub(crate) endpoint: String,
    pub(crate) ipv6: String,
    pub(crate) tags: String,
}

impl Resource for Instance {
    const KIND: &'static str = "ec2:instance";
    fn id(&self) -> &str {
        &self.instance_id
    }
}

impl Kind for Instance {
    const PREFIX: &'static str = "i-";
    const TYPE: &'static str = "instance";
    const MISSING: &'static str = "InvalidInstanceID.NotFound";
    const MALFORMED: &'static str = "InvalidInstanceID.Malformed";
}

impl Instance {
    /// Returns the state at a time.
    pub(crate) fn state(&self, now: i64) -> &str {
        self.phase.at(now)
    }

    /// Returns true if it counts as a member of a placement group.
    pub(crate) fn is_in(&self, group: &str, now: i64) -> bool {
        self.placement_group.as_deref() == Some(group) && self.state(now) != "terminated"
    }
}
