//! Lookups of VPCs.

use std::sync::Arc;

use crate::ec2::rows::kind::all;
use crate::ec2::rows::vpc::Vpc;
use crate::service::Call;

/// Returns the region's default VPC, unless it was deleted.
pub(crate) fn default_vpc(call: &Call) -> Option<Arc<Vpc>> {
    all::<Vpc>(call).into_iter().find(|vpc| vpc.is_default)
}
