//! kim-plugin-aws-kms.
