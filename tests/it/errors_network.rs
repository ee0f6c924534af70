//! Errors of the network: what a person reads when credentials, certificates, proxies or endpoints
//! fail.
//!
//! Neither the state nor the cloud changes, and the next good run continues.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;

use insta::assert_snapshot;
use kim_aws_local::{Fault, Options, Trouble};
use kim_tests::{Cloud, Output, Project};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use regex::Regex;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection};

/// How many calls a fault hits that does not end.
const EVER: u64 = u64::MAX;

fn deployed() -> (Cloud, Project) {
    let cloud = Cloud::start();
    let project = Project::naughty(&cloud.account());
    project.up().succeeds();
    (cloud, project)
}

/// Returns a fault of every call of an action; with `None`, of every call.
fn always(action: Option<&str>, trouble: Trouble) -> Fault {
    Fault { service: None, action: action.map(str::to_owned), nth: 1, times: EVER, trouble }
}

/// Runs `kim up` with these variables. It fails, and neither the state nor the cloud changes.
#[track_caller]
fn refused(
    cloud: &Cloud,
    project: &mut Project,
    variables: &[(&str, &str)],
    more: &[&str],
) -> Output {
    let (before, calls) = (project.export(), cloud.calls().len());
    let endpoint = cloud.account().endpoint;
    variables.iter().for_each(|(name, value)| {
        project.env(name, value);
    });
    let output = project.kim(&[&["up", "--yes"], more].concat()).exits(1);
    variables.iter().for_each(|(name, _)| {
        project.without(name);
    });
    project.env("AWS_ENDPOINT_URL", &endpoint);
    assert_eq!(project.export(), before, "the state is another one\n{output}");
    let changing =
        |action: &String| !["Describe", "Get", "List"].iter().any(|verb| action.starts_with(verb));
    let changes: Vec<String> = cloud.actions_since(calls).into_iter().filter(changing).collect();
    assert!(changes.is_empty(), "the cloud was changed: {changes:?}\n{output}");
    output
}

/// Starts a server on loopback that serves every connection the same way, and returns its
/// `host:port`. It ends with the process.
fn server(serve: impl Fn(TcpStream) + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let place = listener.local_addr().expect("it is bound").to_string();
    let serve = Arc::new(serve);
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let serve = serve.clone();
            std::thread::spawn(move || serve(stream));
        }
    });
    place
}

/// Starts a server that gives every request the same answer, and returns its `host:port`.
fn saying(status: &'static str, kind: &'static str, body: &'static str) -> String {
    server(move |mut stream| {
        let mut bytes = [0; 16384];
        if stream.read(&mut bytes).is_ok_and(|read| read > 0) {
            let length = body.len();
            let head = format!(
                "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\nconnection: close\r\n"
            );
            // The client may have disconnected.
            let _ = stream.write_all(format!("{head}\r\n{body}").as_bytes());
        }
    })
}

/// Returns a `host:port` where nobody listens.
fn nobody() -> String {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("a free port")
        .to_string()
}

#[test]
fn expired_credentials() {
    let (cloud, mut project) = deployed();
    cloud.faults().inject(always(None, Trouble::Expired));
    assert_snapshot!(
        "expired_credentials",
        refused(&cloud, &mut project, &[], &[]).snapshot_of_reading()
    );
    let nothing = Project::naughty(&cloud.account());
    nothing.kim(&["stack", "init", "dev"]).succeeds();
    assert_snapshot!(
        "expired_credentials_before_anything_is_there",
        nothing.kim(&["preview"]).succeeds().snapshot()
    );
    cloud.faults().clear();
    project.expect_no_changes();
}

#[test]
fn credentials_that_expire_in_the_middle() {
    let cloud = Cloud::start();
    let project = Project::naughty(&cloud.account());
    cloud.faults().inject(always(Some("CreateSubnet"), Trouble::Expired));
    assert_snapshot!(project.kim(&["up", "--yes", "--parallel", "1"]).exits(1).snapshot());
    cloud.faults().clear();
    assert_eq!(project.export()["intents"], serde_json::json!([]));
    project.up().succeeds();
    project.expect_no_changes();
    cloud.boto().iter().for_each(|boto| project.matches(boto));
}

#[test]
fn a_clock_that_is_off() {
    for hours in [30, -30] {
        let cloud = Cloud::with(Options { clock_ahead: hours * 3600, ..Options::default() });
        let project = Project::naughty(&cloud.account());
        project.kim(&["stack", "init", "dev"]).succeeds();
        let output = project.kim(&["preview"]).succeeds();
        assert_snapshot!(
            format!("a_clock_that_is_off_by_{hours}_hours"),
            output.snapshot_of_reading()
        );
        project.up().succeeds();
        project.expect_no_changes();
    }
}

#[test]
fn an_endpoint_that_is_not_there() {
    let (cloud, mut project) = deployed();
    let endpoint = format!("http://{}", nobody());
    assert_snapshot!(
        "nobody_listens",
        refused(&cloud, &mut project, &[("AWS_ENDPOINT_URL", &endpoint)], &[])
            .snapshot_of_reading()
    );
    let nowhere = [("AWS_ENDPOINT_URL", "https://nowhere.invalid")];
    assert_snapshot!(
        "no_such_name",
        refused(&cloud, &mut project, &nowhere, &[]).snapshot_of_reading()
    );
    let typo = [("AWS_ENDPOINT_URL", "127.0.0.1:4566")];
    assert_snapshot!(
        "no_endpoint",
        refused(&cloud, &mut project, &typo, &[]).snapshot_of_reading()
    );
    project.expect_no_changes();
}

/// Starts a server on loopback with this certificate, and returns its URL.
fn with_certificate(certificate: &CertificateDer<'static>, key: &KeyPair) -> String {
    let key = PrivateKeyDer::try_from(key.serialize_der()).expect("it is a key");
    let config =
        ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("TLS starts")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.clone()], key)
            .expect("they go together");
    let config = Arc::new(config);
    let place = server(move |mut stream| {
        let mut connection = ServerConnection::new(config.clone()).expect("TLS starts");
        // It ends when the client rejects the certificate.
        while connection.is_handshaking() && connection.complete_io(&mut stream).is_ok() {}
    });
    format!("https://{place}")
}

/// Returns a certificate for that name, valid from the first of January of one year to that of
/// another.
fn certificate(name: &str, from: i32, to: i32) -> CertificateParams {
    let mut certificate = CertificateParams::new([name.to_owned()]).expect("it is a name");
    certificate.not_before = date_time_ymd(from, 1, 1);
    certificate.not_after = date_time_ymd(to, 1, 1);
    certificate
}

fn key() -> KeyPair {
    KeyPair::generate().expect("keys are made")
}

#[test]
fn certificates_that_nobody_can_trust() {
    let (cloud, mut project) = deployed();
    let mut authority = certificate("127.0.0.1", 2000, 4000);
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, key()).expect("it signs");
    let key = key();
    let signed = |params: CertificateParams| params.signed_by(&key, &authority).expect("it signs");
    let mut said = |name: &str, endpoint: &str, bundle: Option<&str>| {
        let bundle = bundle.map(|bundle| ("AWS_CA_BUNDLE", bundle));
        let variables: Vec<_> =
            [("AWS_ENDPOINT_URL", endpoint)].into_iter().chain(bundle).collect();
        assert_snapshot!(
            name,
            refused(&cloud, &mut project, &variables, &[]).snapshot_of_reading()
        );
    };
    let unknown = with_certificate(signed(certificate("127.0.0.1", 2000, 4000)).der(), &key);
    said("signed_by_somebody", &unknown, None);
    let own = with_certificate(authority.der(), authority.key());
    said("self_signed", &own, None);
    said("no_authorities", &own, Some("nowhere.pem"));
    let plain = cloud.account().endpoint.replace("http://", "https://");
    said("no_tls", &plain, None);

    // The authority is known: what remains wrong is the certificate itself.
    let folder = tempfile::tempdir().expect("a scratch folder");
    let bundle = folder.path().join("authority.pem").display().to_string();
    std::fs::write(&bundle, authority.pem()).expect("it is written");
    for (name, certificate) in [
        ("expired", certificate("127.0.0.1", 2000, 2001)),
        ("not_valid_yet", certificate("127.0.0.1", 2999, 4000)),
        ("another_name", certificate("ec2.example", 2000, 4000)),
    ] {
        said(
            &format!("certificate_{name}"),
            &with_certificate(signed(certificate).der(), &key),
            Some(&bundle),
        );
    }
    project.expect_no_changes();
}

/// Returns what `kim up` says in the end of a fault that does not pass. Each request is tried three
/// times instead of eight, so that it takes a quarter of a minute and not two.
#[track_caller]
fn given_up(cloud: &Cloud, project: &mut Project, endpoint: &str) -> String {
    let few = [("AWS_ENDPOINT_URL", endpoint), ("AWS_MAX_ATTEMPTS", "3")];
    told_once(&refused(cloud, project, &few, &[]).snapshot_of_reading())
}

/// Replaces repeated notices by one: how many there are, and of which call, depends on random
/// pauses.
fn told_once(said: &str) -> String {
    let told = Regex::new(r"(?m)(^notice: waiting for AWS: .*(; attempt 3 of 3)\n)+")
        .expect("it is a pattern");
    told.replace_all(said, "notice: waiting for AWS: [what]$2\n").into_owned()
}

#[test]
fn pages_of_html_where_aws_should_be() {
    let (cloud, mut project) = deployed();
    let login = saying(
        "200 OK",
        "text/html",
        "<html><body><h1>Hotel Bellevue</h1><p>Please sign in</p></body></html>",
    );
    let endpoint = format!("http://{login}");
    assert_snapshot!(
        "a_login",
        refused(&cloud, &mut project, &[("AWS_ENDPOINT_URL", &endpoint)], &[])
            .snapshot_of_reading()
    );
    let broken = saying(
        "502 Bad Gateway",
        "text/html",
        "<html><body><h1>502 Bad Gateway</h1></body></html>",
    );
    let endpoint = format!("http://{broken}");
    assert_snapshot!("a_broken_balancer", given_up(&cloud, &mut project, &endpoint));
    project.env("AWS_ENDPOINT_URL", &endpoint);
    ended_while_it_waits(&project).contains(&[": HTTP 502; attempt 3 of 8"]);
    project.env("AWS_ENDPOINT_URL", &cloud.account().endpoint);
    project.expect_no_changes();
}

/// A portal asks for a login during a run: its answer says nothing about the outcome of the change.
#[test]
fn a_page_of_html_in_the_middle() {
    let cloud = Cloud::start();
    let project = Project::naughty(&cloud.account());
    cloud.faults().inject(always(Some("CreateSubnet"), Trouble::HtmlPage));
    let output = project.kim(&["up", "--yes", "--parallel", "1"]).exits(1);
    cloud.faults().clear();
    assert_eq!(project.export()["intents"], serde_json::json!([]));
    let next = project.kim(&["up", "--yes", "--parallel", "1"]).succeeds();
    project.expect_no_changes();
    cloud.boto().iter().for_each(|boto| project.matches(boto));
    assert_snapshot!(format!(
        "══ a page\n{}\n══ the next run\n{}",
        output.snapshot(),
        next.snapshot()
    ));
}

#[test]
fn a_connection_that_is_cut() {
    let (cloud, mut project) = deployed();
    let cut = server(|mut stream| {
        let mut bytes = [0; 16384];
        let _ = stream.read(&mut bytes);
        // Half an answer.
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n<Describe");
        let _ = stream.shutdown(Shutdown::Write);
        // The rest is read, or the system would report that the connection was reset.
        let _ = std::io::copy(&mut stream, &mut std::io::sink());
    });
    let endpoint = format!("http://{cut}");
    assert_snapshot!("a_cut_connection", given_up(&cloud, &mut project, &endpoint));
    project.env("AWS_ENDPOINT_URL", &endpoint);
    ended_while_it_waits(&project)
        .contains(&["broke off before the answer was complete", "; attempt 3 of 8"]);
    project.env("AWS_ENDPOINT_URL", &cloud.account().endpoint);
    project.expect_no_changes();
}

#[test]
fn proxies() {
    let (cloud, mut project) = deployed();
    let endpoint = ("AWS_ENDPOINT_URL", "https://ec2.example");
    let asks = saying("407 Proxy Authentication Required", "text/plain", "");
    let forbids = saying("403 Forbidden", "text/plain", "");
    for (name, place) in
        [("that_is_not_there", nobody()), ("that_asks", asks), ("that_forbids", forbids)]
    {
        let proxy = format!("http://me:secret@{place}");
        let output = refused(&cloud, &mut project, &[endpoint, ("HTTPS_PROXY", &proxy)], &[]);
        assert!(!format!("{output}").contains("secret"), "{output}");
        assert_snapshot!(format!("a_proxy_{name}"), output.snapshot_of_reading());
    }
    let output =
        refused(&cloud, &mut project, &[endpoint, ("HTTPS_PROXY", "ftp://me:secret@there")], &[]);
    assert_snapshot!("no_proxy_at_all", output.snapshot_of_reading());
    // A proxy that works gets plain HTTP, with the host that it is for.
    let (to, aws) = ("aws.example", cloud.account().endpoint.replace("http://", ""));
    let relay = server(move |mut stream| {
        let mut there = TcpStream::connect(&aws).expect("the cloud is there");
        let mut back = there.try_clone().expect("a socket has two ends");
        let mut here = stream.try_clone().expect("a socket has two ends");
        std::thread::spawn(move || std::io::copy(&mut back, &mut here));
        let _ = std::io::copy(&mut stream, &mut there);
    });
    project
        .env("AWS_ENDPOINT_URL", &format!("http://{to}"))
        .env("HTTP_PROXY", &format!("http://{relay}"));
    project.kim(&["preview", "--expect-no-changes"]).succeeds();
    // The local AWS is reached without a proxy.
    project
        .env("AWS_ENDPOINT_URL", &cloud.account().endpoint)
        .env("HTTP_PROXY", &format!("http://{}", nobody()));
    project.expect_no_changes();
}

/// Interrupts a preview once it reports that it waits for AWS. It ends at once, and changes
/// nothing.
fn ended_while_it_waits(project: &Project) -> Output {
    let before = project.export();
    let mut run = project.start(&["preview", "--json"]);
    while run
        .event()
        .is_some_and(|event| !event["message"].to_string().contains("waiting for AWS: "))
    {}
    run.signal("INT");
    let output = run.end().exits(1);
    assert_eq!(output.summary()["message"], "interrupted; nothing was changed");
    assert_eq!(project.export(), before);
    output
}

#[test]
fn throttling_that_does_not_end() {
    let (cloud, mut project) = deployed();
    cloud.faults().inject(always(None, Trouble::Throttle));
    ended_while_it_waits(&project).contains(&["throttled (HTTP", "; attempt 3 of 8"]);
    cloud.faults().clear();
    cloud.faults().inject(always(Some("DescribeVpcs"), Trouble::Throttle));
    assert_snapshot!("throttled_reads", given_up(&cloud, &mut project, &cloud.account().endpoint));
    cloud.faults().clear();
    project.expect_no_changes();
}

#[test]
fn throttling_in_the_middle_that_does_not_end() {
    let cloud = Cloud::start();
    let mut project = Project::naughty(&cloud.account());
    project.env("AWS_MAX_ATTEMPTS", "3");
    cloud.faults().inject(always(Some("CreateSubnet"), Trouble::Throttle));
    let output = project.kim(&["up", "--yes", "--parallel", "1"]).exits(1);
    cloud.faults().clear();
    assert_eq!(
        project.export()["intents"],
        serde_json::json!([]),
        "nothing happened, and that is known"
    );
    let next = project.kim(&["up", "--yes", "--parallel", "1"]).succeeds();
    project.expect_no_changes();
    cloud.boto().iter().for_each(|boto| project.matches(boto));
    assert_snapshot!(format!(
        "══ throttled\n{}\n══ the next run\n{}",
        told_once(&output.snapshot()),
        next.snapshot()
    ));
}

#[test]
fn credentials_that_are_missing_or_wrong() {
    let (cloud, mut project) = deployed();
    let account = cloud.account();
    project.without("AWS_ACCESS_KEY_ID").without("AWS_SECRET_ACCESS_KEY");
    assert_snapshot!(
        "no_credentials",
        refused(&cloud, &mut project, &[], &[]).snapshot_of_reading()
    );
    project
        .env("AWS_ACCESS_KEY_ID", "AKIANOBODYKNOWSTHIS")
        .env("AWS_SECRET_ACCESS_KEY", &account.secret_key);
    assert_snapshot!("unknown_key", refused(&cloud, &mut project, &[], &[]).snapshot_of_reading());
    project.env("AWS_ACCESS_KEY_ID", &account.access_key).env("AWS_SECRET_ACCESS_KEY", "another");
    assert_snapshot!("wrong_secret", refused(&cloud, &mut project, &[], &[]).snapshot_of_reading());
    project.env("AWS_SECRET_ACCESS_KEY", &account.secret_key).env("AWS_PROFILE", "prod");
    assert_snapshot!(
        "no_such_profile",
        refused(&cloud, &mut project, &[], &[]).snapshot_of_reading()
    );
    project.without("AWS_PROFILE");
    project.expect_no_changes();
}

#[test]
fn a_step_that_is_throttled_ends_with_the_first_interrupt() {
    let cloud = Cloud::start();
    let project = Project::naughty(&cloud.account());
    cloud.faults().inject(always(Some("CreateVpc"), Trouble::Throttle));
    let mut run = project.start(&["up", "--yes", "--json"]);
    cloud.until(|| cloud.calls().iter().filter(|call| call.action == "CreateVpc").count() > 2);
    run.signal("INT");
    let output = run.end().exits(1).contains(&["interrupted", "throttled: RequestLimitExceeded"]);
    assert_eq!(output.summary()["result"], "interrupted");
    assert_eq!(
        project.export()["intents"],
        serde_json::json!([]),
        "nothing happened, and that is known"
    );
    cloud.faults().clear();
    project.up().succeeds();
    project.expect_no_changes();
}

#[test]
fn a_deadline_ends_a_run() {
    let (cloud, mut project) = deployed();
    cloud.faults().inject(always(Some("DescribeVpcs"), Trouble::Throttle));
    let output = refused(&cloud, &mut project, &[], &["--deadline", "1s"]);
    output.contains(&["interrupted by the deadline of 1.0 s", "interrupted; nothing was changed"]);
    cloud.faults().clear();
    assert_snapshot!(project.kim(&["preview", "--deadline", "soon"]).exits(2).snapshot());
}
