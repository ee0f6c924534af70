//! kim-plugin-aws.
