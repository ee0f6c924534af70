//! STS: the identity of the caller, which every client asks for first.

use crate::error::Answer;

use crate::protocol::Protocol;
use crate::service::{Action, Call, Service};

/// The service.
pub const SERVICE: Service = Service {
    name: "sts",
    protocol: Protocol::Query {
        version: "2011-06-15",
        namespace: "https://sts.amazonaws.com/doc/2011-06-15/",
    },
    global: true,
    before: None,
    actions: &[&[Action::new("GetCallerIdentity", "", get_caller_identity)]],
};

fn get_caller_identity(call: &mut Call) -> Answer {
    let account = &call.settings.account;
    Ok(
        node! { "Arn" => format!("arn:aws:iam::{account}:root"), "UserId" => account, "Account" => account },
    )
}
