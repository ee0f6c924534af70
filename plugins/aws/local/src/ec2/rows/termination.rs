//! The row of a termination.

use serde::{Deserialize, Serialize};

use crate::world::Resource;

/// A termination that runs, or an instance that is to be removed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Termination {
    pub(crate) instance_id: String,
    pub(crate) due: i64,
    pub(crate) is_settled: bool,
}

impl Resource for Termination {
    const KIND: &'static str = "ec2:ending";
    fn id(&self) -> &str {
        &self.instance_id
    }
}
