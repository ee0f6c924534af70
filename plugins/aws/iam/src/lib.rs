//! kim-plugin-aws-iam.
