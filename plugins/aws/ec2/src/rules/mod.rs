//! Rules of EC2 as pure functions, without inputs, cloud or SDK.

pub(crate) mod cidr;
pub(crate) mod storage;
