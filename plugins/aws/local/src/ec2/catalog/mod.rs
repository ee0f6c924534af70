//! What AWS offers in every world: instance types and images.

pub(crate) mod image;
pub(crate) mod instance_type;
