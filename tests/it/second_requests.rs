//! Updates and deletes of several requests: the first is carried out, and AWS refuses a later one.
//!
//! What happened is recorded, so the next run completes the resource, or ends its delete.

use kim_aws_local::{Fault, Trouble};
use kim_tests::{Boto, Cloud, Project};
use serde_json::json;

/// Networks with a gateway, and roles with a profile and a policy.
const PROGRAM: &str = r##"
use kim::prelude::*;
use kim_aws::{ec2, iam};

#[kim::config]
#[derive(Default)]
#[serde(default)]
struct Config {
    /// Other values for all that takes several requests to change.
    changed: bool,
}

#[kim::program]
fn deploy(stack: &Stack) -> Result<()> {
    let changed = stack.config::<Config>()?.changed;
    let vpc = |name: &str, cidr: &str| ec2::Vpc::new(name).cidr_block(cidr);
    let one = vpc("one", "10.1.0.0/16")
        .enable_dns_hostnames(changed)
        .tag(if changed { "New" } else { "Old" }, "x")
        .declare(stack);
    let two = vpc("two", "10.2.0.0/16").declare(stack);
    ec2::InternetGateway::new("main")
        .vpc_id(if changed { two.id() } else { one.id() })
        .declare(stack);
    let role = |name: &str| {
        let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
        iam::Role::new(name).role_name(name).assume_role_policy_document(trust)
    };
    let first = role("first").declare(stack);
    let second = role("second").declare(stack);
    iam::InstanceProfile::new("main")
        .instance_profile_name("main")
        .role_name(if changed { second.id() } else { first.id() })
        .declare(stack);
    let action = if changed { "ec2:DescribeVolumes" } else { "ec2:DescribeVpcs" };
    iam::Policy::new("main")
        .policy_name("main")
        .policy_document(format!(r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"{action}","Resource":"*"}}]}}"#))
        .tag(if changed { "New" } else { "Old" }, "x")
        .declare(stack);
    Ok(())
}
"##;

fn deployed(name: &str) -> Option<(Cloud, Project, Boto)> {
    let cloud = Cloud::start();
    let boto = cloud.boto()?;
    let project = Project::of_source(name, PROGRAM, &cloud.account());
    project.up().succeeds();
    Some((cloud, project, boto))
}

/// The next call of an action is refused, and not sent again.
fn refused(action: &str) -> Fault {
    let (code, message) = ("AccessDenied".to_owned(), "not now".to_owned());
    Fault::next(action, Trouble::Fail { code, message, status: 403 })
}

/// What is recorded says that an operation began and did not end.
#[track_caller]
fn expect_incomplete(project: &Project, kind: &str, name: &str, action: &str) {
    let record = project.record(kind, name);
    assert!(record["incomplete"].is_string(), "{action}: {record}");
}

#[test]
fn an_update_that_is_refused_half_way_is_completed_by_the_next_run() {
    let Some((cloud, mut project, boto)) = deployed("half-updated") else { return };
    for (changed, action, kind, name) in [
        ("true", "CreateTags", "aws:ec2:Vpc", "one"),
        ("false", "ModifyVpcAttribute", "aws:ec2:Vpc", "one"),
        ("true", "AttachInternetGateway", "aws:ec2:InternetGateway", "main"),
        ("false", "AddRoleToInstanceProfile", "aws:iam:InstanceProfile", "main"),
        ("true", "TagPolicy", "aws:iam:Policy", "main"),
        ("false", "CreatePolicyVersion", "aws:iam:Policy", "main"),
    ] {
        project.set("changed", changed);
        cloud.faults().inject(refused(action));
        project.up().exits(1).contains(&["not now"]);
        assert!(cloud.faults().waiting().is_empty(), "{action} was never called");
        expect_incomplete(&project, kind, name, action);
        project.up().succeeds();
        project.expect_no_changes();
        project.matches(&boto);
    }
}

#[test]
fn a_delete_that_is_refused_half_way_is_ended_or_undone_by_the_next_run() {
    let Some((cloud, mut project, boto)) = deployed("half-deleted") else { return };
    // The policy gets a second version, which its delete deletes first.
    project.set("changed", "true").up().succeeds();
    project.set("changed", "false").up().succeeds();
    for (action, kind, name) in [
        ("DeleteInternetGateway", "aws:ec2:InternetGateway", "main"),
        ("DeleteInstanceProfile", "aws:iam:InstanceProfile", "main"),
        ("DeletePolicy", "aws:iam:Policy", "main"),
    ] {
        cloud.faults().inject(refused(action));
        project.destroy().exits(1).contains(&["not now"]);
        assert!(cloud.faults().waiting().is_empty(), "{action} was never called");
        expect_incomplete(&project, kind, name, action);
        project.up().succeeds();
        project.expect_no_changes();
        project.matches(&boto);
        project.set("changed", "true").up().succeeds();
        project.set("changed", "false").up().succeeds();
    }
    cloud.faults().inject(refused("DeletePolicy"));
    project.destroy().exits(1);
    project.destroy().succeeds();
    let left = boto.call("iam", "list_policies", json!({ "Scope": "Local" }));
    assert_eq!(left["Policies"], json!([]));
    assert_eq!(boto.inventory(), Default::default(), "something is left");
}
