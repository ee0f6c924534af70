//! Requests to AWS: what is sent, what is retried and what is not.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use kim_engine::Interrupt;

use super::guests::{aws_at, keys};
use super::server::{Arrived, Reaction, Server};
use crate::aws::Aws;
use crate::aws::request::Call;
use crate::net::http::{Http, HttpCall};
use crate::net::message::{Answer, SendError};
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
        body: body.as_bytes().to_vec().into(),
        room: Default::default(),
    }
}

/// Returns a call without `X-Amz-Target`, whose operation is in its form.
fn form(action: &str) -> Call {
    let mut call = call("ec2", &format!("Action={action}&Version=2016-11-15"));
    call.headers.truncate(1);
    call
}

async fn send(aws: &Aws, call: Call) -> (Result<Answer, SendError>, Vec<String>) {
    send_unless_interrupted(aws, call, &Interrupt::default()).await
}

async fn send_unless_interrupted(
    aws: &Aws,
    call: Call,
    interrupt: &Interrupt,
) -> (Result<Answer, SendError>, Vec<String>) {
    let events = Mutex::new(Vec::new());
    let on_event = |_, event: &str| events.lock().unwrap().push(event.to_owned());
    let result = aws.send(call, &on_event, interrupt).await;
    (result, events.into_inner().unwrap())
}

const THROTTLED: &str =
    "<Response><Errors><Error><Code>RequestLimitExceeded</Code></Error></Errors></Response>";

#[tokio::test]
async fn a_request_arrives_signed_by_the_host_alone() {
    let server = Server::start(|_, _| Reaction::Answer(200, "{}")).await;
    let (answer, _) = send(&aws_at(&server.url), call("kms", r#"{"KeyId":"1"}"#)).await;
    assert_eq!(answer.unwrap().status, 200);
    let arrived: Vec<Arrived> = server.arrived();
    let Arrived { line, headers, body } = &arrived[0];
    assert_eq!((line.as_str(), body.as_str()), ("POST / HTTP/1.1", r#"{"KeyId":"1"}"#));
    let authorization = &headers["authorization"];
    assert!(
        authorization.starts_with("AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/"),
        "{authorization}"
    );
    assert!(authorization.contains("/eu-central-1/kms/aws4_request"), "{authorization}");
    for signed in
        ["host", "x-amz-date", "x-amz-content-sha256", "x-amz-security-token", "x-amz-target"]
    {
        assert!(authorization.contains(signed), "{signed} is not signed: {authorization}");
    }
    assert_eq!(headers["host"], server.host());
    assert_eq!(headers["x-amz-security-token"], "a-session");
    assert_eq!(headers["x-amz-target"], "TrentService.DescribeKey");
    assert_ne!(headers["x-amz-date"], "20000101T000000Z");
}

// Rule 27.
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
    assert_eq!(
        events[0],
        "ec2 RunInstances: throttled (HTTP 503, RequestLimitExceeded); attempt 2 of 8"
    );
}

#[tokio::test]
async fn throttling_of_json_services_is_seen_too() {
    let server = Server::start(|number, _| match number {
        0 => Reaction::Answer(
            400,
            r#"{"__type":"com.amazonaws.kms#ThrottlingException","message":"slow"}"#,
        ),
        _ => Reaction::Answer(
            400,
            r#"{"__type":"LimitExceededException","message":"a quota, not a rate"}"#,
        ),
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
    assert!(matches!(answer, Err(SendError::NoAnswer(_))), "{answer:?}");
    assert_eq!(server.arrived().len(), 1);
    let server = Server::start(|_, _| Reaction::Answer(500, "oops")).await;
    let (answer, _) = send(&aws_at(&server.url), form("CreateVolume")).await;
    assert_eq!((answer.unwrap().status, server.arrived().len()), (500, 1));
}

// Rule 27. Each of these may be carried out as a change, whatever else it says.
#[tokio::test]
async fn a_request_that_names_several_operations_counts_as_what_it_may_change() {
    let with = |path: &str, body: &str, header: Option<(&str, &str)>| {
        let header = header.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let mut call = call("ec2", body);
        call.path_and_query = path.to_owned();
        call.headers.truncate(1);
        call.headers.extend(header);
        call
    };
    let describe = "/?Action=DescribeVpcs";
    let target = ("X-Amz-Target", "TrentService.DescribeKey");
    for call in [
        with(describe, "Action=RunInstances", None),
        with("/?Action=RunInstances", "Action=DescribeVpcs", None),
        with(describe, "a=b&%41ction=RunInstances&c=d", None),
        with("/", "Action=DescribeVpcs&action=RunInstances", None),
        with("/?Action=RunInstances", "{}", Some(target)),
        with(describe, "", Some(("X-HTTP-Method-Override", "DELETE"))),
    ] {
        let server = Server::start(|_, _| Reaction::Answer(500, "oops")).await;
        let said = format!("{} {:?} {:?}", call.path_and_query, call.headers, call.body);
        let (answer, _) = send(&aws_at(&server.url), call).await;
        assert_eq!((answer.unwrap().status, server.arrived().len()), (500, 1), "{said}");
    }
    let both = with(describe, "Action=DescribeSubnets", None);
    assert!(both.only_reads());
}

const PAGE: &str = "<html><body>Please sign in</body></html>";

#[tokio::test]
async fn a_page_is_no_answer_and_nothing_is_sent_twice_for_it() {
    let server = Server::start(|_, _| Reaction::Answer(200, PAGE)).await;
    let (answer, _) = send(&aws_at(&server.url), form("RunInstances")).await;
    assert!(
        matches!(&answer, Err(SendError::NeverReached(why)) if why.contains("Please sign in")),
        "{answer:?}"
    );
    assert_eq!(server.arrived().len(), 1);
    // A page is no answer to a request that was sent once more with the right time, either.
    let server = Server::start(|number, _| match number {
        0 => Reaction::Dated(in_hours(72), 400, EXPIRED),
        _ => Reaction::Answer(200, PAGE),
    })
    .await;
    let (answer, _) = send(&aws_at(&server.url), form("RunInstances")).await;
    assert!(
        matches!(&answer, Err(SendError::NeverReached(why)) if why.contains("Please sign in")),
        "{answer:?}"
    );
    assert_eq!(server.arrived().len(), 2);
    // The service behind a broken balancer may have carried out the request.
    let server =
        Server::start(|_, _| Reaction::Answer(502, "<html><h1>Bad Gateway</h1></html>")).await;
    let (answer, _) = send(&aws_at(&server.url), form("RunInstances")).await;
    assert!(
        matches!(&answer, Err(SendError::NoAnswer(why)) if why.contains("Bad Gateway")),
        "{answer:?}"
    );
    assert_eq!(server.arrived().len(), 1);
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
    assert_eq!(
        (answer.unwrap().status, server.arrived().len()),
        (503, 2),
        "the last answer is passed on"
    );
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
    let (answer, events) =
        send(&Aws::new(settings, Environment::default()), form("RunInstances")).await;
    assert!(
        matches!(&answer, Err(SendError::NeverReached(why)) if why.contains("127.0.0.1")),
        "{answer:?}"
    );
    assert_eq!(events.len(), 1, "what was not sent may be sent again");
}

#[tokio::test]
async fn an_endpoint_that_is_none_is_told_without_its_password() {
    for endpoint in ["ftp://me:secret@aws.example:21", "me:secret@aws.example", "http://me:secret@"]
    {
        let (answer, _) = send(&aws_at(endpoint), form("DescribeVpcs")).await;
        let Err(SendError::NeverReached(why)) = answer else { panic!("{answer:?}") };
        assert!(why.contains("AWS_ENDPOINT_URL") && !why.contains("secret"), "{why}");
    }
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
async fn a_page_is_told_by_its_text_alone() {
    let bodies = [
        "{\"Keys\": []}",
        "<?xml version=\"1.0\"?>\n<DescribeVpcsResponse/>",
        "  <!DOCTYPE html><p>Sign in",
        "<HTML></HTML>",
    ];
    for (body, is_page) in bodies.into_iter().zip([false, false, true, true]) {
        let server = Server::start(move |_, _| Reaction::Page(body)).await;
        let (answer, _) = send(&aws_at(&server.url), form("RunInstances")).await;
        assert_eq!(matches!(answer, Err(SendError::NeverReached(_))), is_page, "{answer:?}");
    }
}

#[tokio::test]
async fn the_account_is_asked_once() {
    let identity =
        "<R><GetCallerIdentityResult><Account>123456789012</Account></GetCallerIdentityResult></R>";
    let server = Server::start(move |_, _| Reaction::Answer(200, identity)).await;
    let aws = aws_at(&server.url);
    assert_eq!(aws.account().await.unwrap(), "123456789012");
    assert_eq!(
        aws.describe().await,
        (Some("eu-central-1".to_owned()), Some("123456789012".to_owned()))
    );
    assert_eq!(server.arrived().len(), 1);
}

#[tokio::test]
async fn refused_credentials_are_told_without_them() {
    let server =
        Server::start(|_, _| Reaction::Answer(403, "<E><Code>InvalidClientTokenId</Code></E>"))
            .await;
    let error = aws_at(&server.url).account().await.unwrap_err().to_string();
    assert!(error.contains("HTTP 403, InvalidClientTokenId"), "{error}");
    assert!(!error.contains("AKIA") && !error.contains("wJalr"), "{error}");
}

#[tokio::test]
async fn the_receiver_of_secrets_gets_those_of_the_credentials_unless_they_are_words() {
    let server = Server::start(|_, _| Reaction::Answer(200, "{}")).await;
    let aws = aws_at(&server.url);
    let told: Arc<Mutex<Vec<String>>> = Arc::default();
    let hears = told.clone();
    aws.on_secret(Arc::new(move |secret| hears.lock().unwrap().push(secret.to_owned())));
    send(&aws, call("kms", "{}")).await.0.unwrap();
    told.lock().unwrap().dedup();
    // The session token of these credentials is a word.
    assert_eq!(*told.lock().unwrap(), [keys().secret_access_key]);
}

/// Returns the time some hours from now, in HTTP's format.
fn in_hours(hours: u64) -> String {
    httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(hours * 3600))
}

/// Collects all notices.
fn news_of(aws: &Aws) -> Arc<Mutex<Vec<String>>> {
    let told: Arc<Mutex<Vec<String>>> = Arc::default();
    let hears = told.clone();
    aws.on_news(Arc::new(move |_, text| hears.lock().unwrap().push(text.to_owned())));
    told
}

const EXPIRED: &str =
    "<Response><Errors><Error><Code>RequestExpired</Code></Error></Errors></Response>";

#[tokio::test]
async fn a_clock_that_is_off_is_put_right_and_told_of_once() {
    let server = Server::start(|_, arrived| {
        // 20261125T…: signed with the right day, or the next one.
        let wanted = httpdate::parse_http_date(&in_hours(72)).unwrap();
        let signed = &arrived.headers["x-amz-date"];
        let right = httpdate::fmt_http_date(wanted)[5..7] == signed[6..8];
        if right {
            Reaction::Answer(200, "<ok/>")
        } else {
            Reaction::Dated(in_hours(72), 400, EXPIRED)
        }
    })
    .await;
    let aws = aws_at(&server.url);
    let notices = news_of(&aws);
    for sent in [2, 3, 4] {
        let (answer, _) = send(&aws, form("RunInstances")).await;
        assert_eq!(
            (answer.unwrap().status, server.arrived().len()),
            (200, sent),
            "the right time is remembered"
        );
    }
    let news = notices.lock().unwrap();
    assert_eq!(news.len(), 1, "{news:?}");
    assert!(
        news[0].starts_with("this machine's clock is 3 days behind AWS's: here it is "),
        "{news:?}"
    );
}

#[tokio::test]
async fn credentials_that_are_over_say_so_and_are_asked_for_anew_where_that_is_possible() {
    let server = Server::start(|_, _| Reaction::Dated(in_hours(0), 400, EXPIRED)).await;
    let (answer, _) = send(&aws_at(&server.url), form("DescribeVpcs")).await;
    let advice = crate::aws::advice::advice(&answer.unwrap()).unwrap().text;
    assert!(advice.starts_with("The AWS credentials have expired"), "{advice}");
    assert_eq!(server.arrived().len(), 1, "the same keys are not tried twice");

    // A credential process that returns other keys at each call.
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("keys.sh");
    let count = folder.path().join("count");
    std::fs::write(
        &script,
        format!(
            "echo x >> {0}; echo '{{\"Version\": 1, \"AccessKeyId\": \"AKIA'$(wc -l < {0})'\", \"SecretAccessKey\": \"s\"}}'",
            count.display()
        ),
    )
    .unwrap();
    let config = folder.path().join("config");
    std::fs::write(&config, format!("[default]\ncredential_process = sh {}\n", script.display()))
        .unwrap();
    let server = Server::start(|_, arrived| {
        let is_first = arrived.headers["authorization"].contains("AKIA1/");
        if is_first {
            Reaction::Dated(in_hours(0), 400, EXPIRED)
        } else {
            Reaction::Answer(200, "<ok/>")
        }
    })
    .await;
    let settings = AwsSettings {
        region: Some("eu-central-1".to_owned()),
        endpoint: Some(server.url.clone()),
        ..AwsSettings::default()
    };
    let config = config.display().to_string();
    let variables =
        [("AWS_CONFIG_FILE", config.as_str()), ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")];
    let aws = Aws::new(settings, variables.into_iter().collect());
    let (answer, _) = send(&aws, form("DescribeVpcs")).await;
    assert_eq!((answer.unwrap().status, server.arrived().len()), (200, 2));
}

#[tokio::test]
async fn what_takes_long_is_told_of_and_ends_at_an_interrupt() {
    let server = Server::start(|_, _| Reaction::Answer(503, THROTTLED)).await;
    let aws = aws_at(&server.url);
    let news = news_of(&aws);
    let interrupt = Interrupt::default();
    let waits = {
        let (aws, stop) = (aws.clone(), interrupt.clone());
        tokio::spawn(async move { send_unless_interrupted(&aws, form("CreateVpc"), &stop).await.0 })
    };
    while news.lock().unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    interrupt.interrupt();
    assert_eq!(waits.await.unwrap().unwrap().status, 503, "the last answer is the answer");
    let told = std::mem::take(&mut *news.lock().unwrap());
    assert_eq!(
        told,
        [
            "waiting for AWS: ec2 CreateVpc: throttled (HTTP 503, RequestLimitExceeded); attempt 3 of 8"
        ]
    );
    // The rate was cut, so that another request of the run would wait: it is not sent.
    let sent = server.arrived().len();
    let (answer, _) = send_unless_interrupted(&aws, form("CreateVpc"), &interrupt).await;
    let Err(SendError::Interrupted(why)) = answer else { panic!("{answer:?}") };
    assert_eq!(why, "ec2 CreateVpc was not sent: the run was interrupted");
    assert_eq!(server.arrived().len(), sent);
    // The interrupt is that of one run: another one with the same access waits and sends.
    let (answer, _) = send(&aws, form("CreateVpc")).await;
    assert_eq!(answer.unwrap().status, 503);
    assert!(server.arrived().len() > sent);
}

#[tokio::test]
async fn a_dropped_request_is_not_retried() {
    let server = Server::start(|_, _| Reaction::Answer(503, THROTTLED)).await;
    let aws = aws_at(&server.url);
    let news = news_of(&aws);
    let waits = {
        let aws = aws.clone();
        tokio::spawn(async move { send(&aws, form("CreateVpc")).await.0 })
    };
    while news.lock().unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    // As the engine does with what is in flight once another run took the stack over.
    waits.abort();
    assert!(waits.await.unwrap_err().is_cancelled());
    let sent = server.arrived().len();
    // A later request passes the limiter after those that waited before it.
    let one = Interrupt::default();
    one.interrupt();
    drop(send_unless_interrupted(&aws, form("CreateVpc"), &one).await);
    assert_eq!(server.arrived().len(), sent);
}

#[tokio::test]
async fn an_endpoint_that_was_there_may_come_back() {
    let server = Server::start(|_, _| Reaction::Answer(200, "<ok/>")).await;
    let aws = aws_at(&server.url);
    send(&aws, form("CreateVpc")).await.0.unwrap();
    drop(server);
    let (answer, events) = send(&aws, form("DescribeVpcs")).await;
    assert!(
        matches!(answer, Err(SendError::ConnectionLost(_) | SendError::NoAnswer(_))),
        "{answer:?} {events:?}"
    );
}

// The methods that a guest must not have: a reflected request holds its signature.
#[tokio::test]
async fn a_guest_has_six_methods() {
    let server = Server::start(|_, _| Reaction::Answer(200, "<ok/>")).await;
    let http = Http::new(&Environment::default());
    let by_both = async |method: &str| {
        let signed = Call { method: method.to_owned(), ..form("DescribeVpcs") };
        let call = HttpCall {
            method: method.to_owned(),
            url: format!("{}/", server.url),
            headers: vec![],
            body: bytes::Bytes::new(),
            room: Default::default(),
        };
        let signed = send(&aws_at(&server.url), signed).await.0;
        [signed, http.send(&[server.host()], call).await]
    };
    for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] {
        for answer in by_both(method).await {
            assert_eq!(answer.unwrap().status, 200, "{method}");
        }
    }
    assert_eq!(server.arrived().len(), 12);
    for method in ["TRACE", "CONNECT", "OPTIONS", "PURGE", "get", "", "GET /x"] {
        for answer in by_both(method).await {
            let SendError::Forbidden(why) = answer.unwrap_err() else {
                panic!("{method} was sent")
            };
            assert!(why.contains("is not a method that a plugin may use"), "{why}");
        }
    }
    assert_eq!(server.arrived().len(), 12);
}

// Below an endpoint such as a gateway's, a guest's path stays below the gateway's.
#[tokio::test]
async fn a_path_stays_below_that_of_the_endpoint() {
    let server = Server::start(|_, _| Reaction::Answer(200, "<ok/>")).await;
    let aws = aws_at(&format!("{}/gateway/aws/", server.url));
    let get = async |path: &str| {
        let call = Call { method: "GET".to_owned(), path_and_query: path.to_owned(), ..form("x") };
        send(&aws, call).await.0
    };
    for path in [
        "/../admin",
        "/a/../../admin",
        "/%2e%2e/admin",
        "/%2E./admin",
        "/%252e%252e/admin",
        "/%25252e%25252e%25252fadmin",
        "/..%2fadmin",
        "/..%5cadmin",
        "/..\\admin",
        "/.\t./admin",
        "/%2e%0a%2e/admin",
        "/..;x=1/admin",
        "/a/..",
        "/%c0%ae%c0%ae/admin",
        &format!("/%{}2e./admin", "25".repeat(40)),
    ] {
        let SendError::Forbidden(why) = get(path).await.unwrap_err() else { panic!("{path}") };
        assert!(why.contains("a segment '..'"), "{path}: {why}");
    }
    assert!(server.arrived().is_empty(), "nothing was sent");
    for (path, arrives) in [
        ("/", "/gateway/aws/"),
        ("/2015-03-31/functions/a..b?x=../y", "/gateway/aws/2015-03-31/functions/a..b?x=../y"),
        ("/bucket/100%25", "/gateway/aws/bucket/100%25"),
        ("/./a", "/gateway/aws/a"),
        ("/arn%3Aaws%3Aiam", "/gateway/aws/arn%3Aaws%3Aiam"),
    ] {
        get(path).await.unwrap();
        let arrived = server.arrived();
        assert_eq!(arrived.last().unwrap().line, format!("GET {arrives} HTTP/1.1"));
    }
}
