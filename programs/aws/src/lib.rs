//! kim-aws.
