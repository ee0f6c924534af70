//! The local AWS, seen from outside: by boto3, code that nobody here wrote.

mod harness;
mod iam_kms_dlm;

use std::time::Duration;

use harness::{run, run_against};
use kim_aws_local::{Error, Fault, LocalAws, Options, Trouble};

/// Transitions take longer than a script runs; scripts move the world's clock on themselves
/// (`local.STEP`).
const STEP: Duration = Duration::from_secs(10 * 60);

fn slow() -> Options {
    Options { transition: STEP, ..Options::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn networks() {
    run("ec2/network.py", slow()).await.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nat_gateways() {
    run("ec2/nat_gateways.py", slow()).await.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_rules_keys_placement_and_tags() {
    run("ec2/groups.py", slow()).await.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn volumes_and_snapshots() {
    run("ec2/storage.py", slow()).await.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn instances() {
    run("ec2/instances.py", slow()).await.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_and_faults() {
    run("callers.py", Options::default()).await.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_and_what_is_not_visible_yet() {
    let options = Options { page_size_limit: 7, consistency_delay: STEP, ..slow() };
    run("pages.py", options).await.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_request_and_no_more() {
    let options =
        Options { throttle: Some(0.000_1), verify_signatures: false, ..Options::default() };
    run("limits.py", options).await.stop().await;
}

/// What is declared is what AWS has, for all services.
#[tokio::test(flavor = "multi_thread")]
async fn declared_shapes_are_those_of_botocore() {
    let aws = LocalAws::start(Options::default()).await.unwrap();
    let actions: Vec<_> = kim_aws_local::actions().collect();
    run_against("model.py", &aws, &serde_json::to_string(&actions).unwrap()).await;
    aws.stop().await;
}

/// `docs/local-aws.md` lists what is served, and nothing else.
#[test]
fn the_documentation_names_every_action() {
    let documentation = include_str!("../../../../docs/local-aws.md");
    let table = documentation.split_once("## Actions").expect("it has a list of actions").1;
    let mut listed: Vec<&str> = table.split('`').skip(1).step_by(2).collect();
    let mut served: Vec<&str> = kim_aws_local::actions().map(|(_, action, _)| action).collect();
    listed.sort_unstable();
    served.sort_unstable();
    assert_eq!(listed, served);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_world_in_a_file_outlives_its_server_and_has_one_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { world: Some(folder.path().join("world.db")), ..Options::default() };
    let first = run("world_before.py", options.clone()).await;
    let second = LocalAws::start(options.clone()).await;
    assert!(
        matches!(&second, Err(Error::World(error)) if error.to_string().contains("is in use by another local AWS"))
    );
    first.stop().await;
    run("world_after.py", options).await.stop().await;
}

#[tokio::test]
async fn options_that_make_no_sense_are_refused() {
    let wrong = [
        Options { account: "12".to_owned(), ..Options::default() },
        Options { throttle: Some(0.0), ..Options::default() },
        Options { regions: vec!["mars-north-1".to_owned()], ..Options::default() },
    ];
    for options in wrong {
        assert!(matches!(LocalAws::start(options).await, Err(Error::Options(_))));
    }
    let aws = LocalAws::start(Options::default()).await.unwrap();
    let taken = aws.endpoint().trim_start_matches("http://").parse().unwrap();
    let second = LocalAws::start(Options { address: taken, ..Options::default() }).await;
    assert!(matches!(second, Err(Error::Listen { .. })));
    aws.faults().inject(Fault::next("DescribeVpcs", Trouble::Throttle));
    assert_eq!(aws.faults().waiting().len(), 1);
    assert!(aws.calls().is_empty());
    aws.stop().await;
}
