//! kim-aws-local.
