//! kim-plugin-aws-dlm.
