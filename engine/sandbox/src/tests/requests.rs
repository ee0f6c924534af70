//! Requests to AWS: what goes out, what is repeated, what is not.

use std::sync::Mutex;

use super::guests::{aws_at, keys};
use super::server::{Arrived, Reaction, Server};
use crate::aws::{Answer, Aws, Call, Egress};
use crate::{AwsSettings, Environment};

fn call(service: &str, body: &str) -> Call {
    Call {
        service: service.to_owned(),
        region: None,
        method: "POST".to_owned(),
        path_and_query: "/".to_owned(),
        headers: vec![
            ("Content-Type".to_owned(), "application/x-www-form-urlencoded".to_owned()),
            ("Authorization".to_owned(), "AWS4-HMAC-SHA256 Credential=stolen".to_owned()),
            ("X-Amz-Date".to_owned(), "20000101T000000Z".to_owned()),
            ("x-amz-security-token".to_owned(), "stolen".to_owned()),
            ("X-Amz-Target".to_owned(), "TrentService.DescribeKey".to_owned()),
            ("Host".to_owned(), "evil.example".to_owned()),
        ],
        body: body.as_bytes().to_vec(),
    }
}

/// A call without a target, whose operation is in its form.
fn form(action: &str) -> Call {
    let mut call = call("ec2", &format!("Action={action}&Version=2016-11-15"));
    call.headers.truncate(1);
    call
}

async fn send(aws: &Aws, call: Call) -> (Result<Answer, Egress>, Vec<String>) {
    let events = Mutex::new(Vec::new());
    let result = aws.send(call, &|_, event| events.lock().unwrap().push(event.to_owned())).await;
    (result, events.into_inner().unwrap())
}

const THROTTLED: &str = "<Response><Errors><Error><Code>RequestLimitExceeded</Code></Error></Errors></Response>";

#[tokio::test]
async fn a_request_arrives_signed_by_the_host_alone() {
    let server = Server::start(|_, _| Reaction::Answer(200, "{}")).await;
    let (answer, _) = send(&aws_at(&server.url), call("kms", r#"{"KeyId":"1"}"#)).await;
    assert_eq!(answer.unwrap().status, 200);
    let arrived: Vec<Arrived> = server.arrived();
    let Arrived { line, headers, body } = &arrived[0];
    assert_eq!((line.as_str(), body.as_str()), ("POST / HTTP/1.1", r#"{"KeyId":"1"}"#));
    let authorization = &headers["authorization"];
    assert!(authorization.starts_with("AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/"), "{authorization}");
    assert!(authorization.contains("/eu-central-1/kms/aws4_request"), "{authorization}");
    for signed in ["host", "x-amz-date", "x-amz-content-sha256", "x-amz-security-token", "x-amz-target"] {
        assert!(authorization.contains(signed), "{signed} is not signed: {authorization}");
    }
    assert_eq!(headers["host"], server.host());
    assert_eq!(headers["x-amz-security-token"], "a-session");
    assert_eq!(headers["x-amz-target"], "TrentService.DescribeKey");
    assert_ne!(headers["x-amz-date"], "20000101T000000Z");
}

#[tokio::test]
async fn throttling_is_waited_out_for_any_request() {
    let server = Server::start(|number, _| match number {
        0 | 1 => Reaction::Answer(503, THROTTLED),
        _ => Reaction::Answer(200, "<ok/>"),
    })
    .await;
    let (answer, events) = send(&aws_at(&server.url), form("RunInstances")).await;
    assert_eq!(answer.unwrap().status, 200);
    assert_eq!(events.len(), 2);
    assert_eq!(events[0], "ec2 RunInstances: throttled (HTTP 503, RequestLimitExceeded); attempt 2 of 8");
}

#[tokio::test]
async fn throttling_of_json_services_is_seen_too() {
    let server = Server::start(|number, _| match number {
        0 => Reaction::Answer(400, r#"{"__type":"com.amazonaws.kms#ThrottlingException","message":"slow"}"#),
        _ => Reaction::Answer(400, r#"{"__type":"LimitExceededException","message":"a quota, not a rate"}"#),
    })
    .await;
    let (answer, events) = send(&aws_at(&server.url), call("kms", "{}")).await;
    assert_eq!((answer.unwrap().status, events.len()), (400, 1));
}

#[tokio::test]
async fn reads_are_repeated_when_the_server_or_the_line_fails() {
    let server = Server::start(|number, _| match number {
        0 => Reaction::Answer(500, "oops"),
        1 => Reaction::Close,
        _ => Reaction::Answer(200, "<ok/>"),
    })
    .await;
    let (answer, events) = send(&aws_at(&server.url), form("DescribeVolumes")).await;
    assert_eq!((answer.unwrap().status, events.len()), (200, 2));
}

#[tokio::test]
async fn a_change_whose_answer_is_lost_is_never_repeated() {
    let server = Server::start(|_, _| Reaction::Close).await;
    let (answer, _) = send(&aws_at(&server.url), form("RunInstances")).await;
    assert!(matches!(answer, Err(Egress::NoAnswer(_))), "{answer:?}");
    assert_eq!(server.arrived().len(), 1);
    let server = Server::start(|_, _| Reaction::Answer(500, "oops")).await;
    let (answer, _) = send(&aws_at(&server.url), form("CreateVolume")).await;
    assert_eq!((answer.unwrap().status, server.arrived().len()), (500, 1));
}

#[tokio::test]
async fn attempts_come_to_an_end() {
    let server = Server::start(|_, _| Reaction::Answer(503, THROTTLED)).await;
    let settings = AwsSettings {
        region: Some("eu-central-1".to_owned()),
        endpoint: Some(server.url.clone()),
        credentials: Some(keys()),
        max_attempts: Some(2),
        ..AwsSettings::default()
    };
    let (answer, _) = send(&Aws::new(settings, Environment::default()), form("CreateVpc")).await;
    assert_eq!((answer.unwrap().status, server.arrived().len()), (503, 2), "the last answer is passed on");
}

#[tokio::test]
async fn nobody_at_home_means_nothing_was_sent() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let settings = AwsSettings {
        region: Some("eu-central-1".to_owned()),
        endpoint: Some(format!("http://127.0.0.1:{port}")),
        credentials: Some(keys()),
        max_attempts: Some(2),
        ..AwsSettings::default()
    };
    let (answer, events) = send(&Aws::new(settings, Environment::default()), form("RunInstances")).await;
    assert!(matches!(&answer, Err(Egress::Unreachable(why)) if why.contains("127.0.0.1")), "{answer:?}");
    assert_eq!(events.len(), 1, "what was not sent may be sent again");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let target = Server::start(|_, _| Reaction::Answer(200, "")).await;
    let to = target.url.clone();
    let server = Server::start(move |_, _| Reaction::Redirect(to.clone())).await;
    let (answer, _) = send(&aws_at(&server.url), form("DescribeVpcs")).await;
    assert_eq!((answer.unwrap().status, target.arrived().len()), (302, 0));
}

#[tokio::test]
async fn the_account_is_asked_once() {
    let identity = "<R><GetCallerIdentityResult><Account>123456789012</Account></GetCallerIdentityResult></R>";
    let server = Server::start(move |_, _| Reaction::Answer(200, identity)).await;
    let aws = aws_at(&server.url);
    assert_eq!(aws.account().await.unwrap(), "123456789012");
    assert_eq!(aws.describe().await, (Some("eu-central-1".to_owned()), Some("123456789012".to_owned())));
    assert_eq!(server.arrived().len(), 1);
}

#[tokio::test]
async fn refused_credentials_are_told_without_them() {
    let server = Server::start(|_, _| Reaction::Answer(403, "<E><Code>InvalidClientTokenId</Code></E>")).await;
    let error = aws_at(&server.url).account().await.unwrap_err().to_string();
    assert!(error.contains("HTTP 403, InvalidClientTokenId"), "{error}");
    assert!(!error.contains("AKIA") && !error.contains("wJalr"), "{error}");
}
