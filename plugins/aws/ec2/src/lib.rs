//! kim-plugin-aws-ec2.
