//! Rules of EC2 as pure functions: they know no inputs, no cloud and no SDK.

pub(crate) mod cidr;
pub(crate) mod storage;
