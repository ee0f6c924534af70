//! The local AWS, seen from outside: by boto3, code that nobody here wrote.

mod harness;
mod iam_kms_dlm;

use std::time::Duration;

use harness::{run, run_against};
use kim_aws_local::{Error, Fault, LocalAws, Options, Trouble};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

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
    run_against("model.py", &aws, &served()).await;
    aws.stop().await;
}

/// Every filter that AWS documents is known.
#[tokio::test(flavor = "multi_thread")]
async fn filters_are_those_that_aws_documents() {
    let aws = LocalAws::start(Options::default()).await.unwrap();
    run_against("filters.py", &aws, &served()).await;
    aws.stop().await;
}

/// Every action is called, and every answer is one that AWS could give.
#[tokio::test(flavor = "multi_thread")]
async fn answers_are_those_of_botocores_models() {
    let aws = LocalAws::start(slow()).await.unwrap();
    run_against("answers.py", &aws, &served()).await;
    aws.stop().await;
}

/// Returns every action that is served, as JSON.
fn served() -> String {
    serde_json::to_string(&kim_aws_local::actions().collect::<Vec<_>>()).expect("actions are texts")
}

/// A request that does not arrive ends its connection.
#[tokio::test(flavor = "multi_thread")]
async fn half_a_request_is_not_waited_for() {
    let request_timeout = Duration::from_millis(100);
    let aws = LocalAws::start(Options { request_timeout, ..Options::default() }).await.unwrap();
    let address = aws.endpoint().trim_start_matches("http://").to_owned();
    for half in [
        "",
        "GET /_kim/health HTTP/1.1\r\nHost: localhost\r\n",
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nhalf",
    ] {
        let mut stream = tokio::net::TcpStream::connect(&address).await.unwrap();
        stream.write_all(half.as_bytes()).await.unwrap();
        // It ends: otherwise this waits for ever.
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        assert!(!String::from_utf8_lossy(&answer).contains("200 OK"), "{half}");
    }
    aws.stop().await;
}

/// A page of a browser cannot use the control paths; a program can.
#[tokio::test(flavor = "multi_thread")]
async fn control_paths_are_not_for_pages() {
    let aws = LocalAws::start(Options::default()).await.unwrap();
    let address = aws.endpoint().trim_start_matches("http://").to_owned();
    for (header, status) in [
        ("X-Any: thing", "200 OK"),
        ("Origin: https://example.com", "403 Forbidden"),
        ("Sec-Fetch-Site: cross-site", "403 Forbidden"),
    ] {
        let mut stream = tokio::net::TcpStream::connect(&address).await.unwrap();
        let request = format!(
            "DELETE /_kim/calls HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{header}\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.contains(status), "{header}: {answer}");
    }
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
