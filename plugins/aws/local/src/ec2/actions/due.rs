//! What happens before each action of EC2.
//!
//! A region gets its default VPC, and transitions that are due take place.

use crate::ec2::actions::instance::termination::apply_due_terminations;
use crate::ec2::actions::nat_gateway::apply_due_deletions;
use crate::ec2::actions::vpc::insert_default_vpc;
use crate::ec2::rows::furnished::Furnished;
use crate::service::Call;

/// Carries out what is due in the region of a request.
///
/// At the first request, the region gets its default VPC. Terminations and deletions that are due
/// are carried out.
pub(crate) fn apply_due(call: &mut Call) {
    let region = call.request.region.as_str();
    if call.world.get::<Furnished>(region, Furnished::ID).is_none() {
        call.world.put(region, Furnished::new());
        insert_default_vpc(call);
    }
    apply_due_terminations(call);
    apply_due_deletions(call);
}
