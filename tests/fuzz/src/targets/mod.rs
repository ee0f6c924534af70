//! The targets, each in a file.

mod answers;
mod component;
mod local_aws;
mod policy;
mod project;
mod state;
mod text;
mod values;

use crate::Target;

/// All targets.
pub const TARGETS: &[Target] = &[
    Target { name: "values", run: values::run },
    Target { name: "text", run: text::run },
    Target { name: "project", run: project::run },
    Target { name: "config-set", run: project::run_set },
    Target { name: "state-values", run: state::run_values },
    Target { name: "state-rows", run: state::run_rows },
    Target { name: "state-file", run: state::run_file },
    Target { name: "component", run: component::run },
    Target { name: "aws-answers", run: answers::run },
    Target { name: "aws-profile", run: answers::run_profile },
    Target { name: "local-aws", run: local_aws::run },
    Target { name: "policy", run: policy::run },
];
