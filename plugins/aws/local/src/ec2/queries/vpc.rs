//! Lookups of vpcs.

use std::sync::Arc;

use crate::ec2::rows::kind::all;
use crate::ec2::rows::vpc::Vpc;
use crate::service::Call;

/// The region's default VPC, unless somebody deleted it.
pub(crate) fn default_vpc(call: &Call) -> Option<Arc<Vpc>> {
    all::<Vpc>(call).into_iter().find(|vpc| vpc.is_default)
}
