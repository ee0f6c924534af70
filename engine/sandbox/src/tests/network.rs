//! Requests that reach no service.
//!
//! The tests cover which proxy is used, and the message if nothing answers.

use std::io::{Read, Write};
use std::net::TcpListener;

use kim_engine::Interrupt;

use super::guests::keys;
use crate::aws::Aws;
use crate::aws::request::Call;
use crate::net::message::SendError;
use crate::net::proxy::{Proxies, Proxy};
use crate::{AwsSettings, Environment};

fn taken(variables: &[(&str, &str)], url: &str) -> Option<String> {
    let environment: Environment = variables.iter().copied().collect();
    Proxies::of(&environment).of_url(&url.parse().unwrap()).unwrap().map(Proxy::host_and_port)
}

#[test]
fn variables_say_which_hosts_take_which_proxy() {
    let both = [("HTTPS_PROXY", "http://me:secret@secure:3128"), ("http_proxy", "plain:8080")];
    assert_eq!(
        taken(&both, "https://ec2.eu-central-1.amazonaws.com/").as_deref(),
        Some("secure:3128")
    );
    assert_eq!(taken(&both, "http://aws.example/").as_deref(), Some("plain:8080"));
    for never in ["http://127.0.0.1:4566/", "https://localhost/", "http://169.254.169.254/latest"] {
        assert_eq!(taken(&both, never), None, "{never}");
    }
    let except = [("ALL_PROXY", "http://all:1"), ("NO_PROXY", "amazonaws.com, 10.0.0.0/8")];
    assert_eq!(taken(&except, "https://ec2.eu-central-1.amazonaws.com/"), None);
    assert_eq!(taken(&except, "https://10.1.2.3/"), None);
    assert_eq!(taken(&except, "https://aws.example/").as_deref(), Some("all:1"));
    assert_eq!(
        taken(&[("NO_PROXY", "*"), ("ALL_PROXY", "http://all:1")], "https://aws.example/"),
        None
    );
}

#[test]
fn what_is_no_proxy_is_named_and_not_shown() {
    let environment: Environment =
        [("ALL_PROXY", "socks5://me:secret@there")].into_iter().collect();
    let proxies = Proxies::of(&environment);
    let error = proxies.of_url(&"https://aws.example/".parse().unwrap()).map(|_| ()).unwrap_err();
    assert!(error.starts_with("ALL_PROXY") && !error.contains("secret"), "{error}");
    // A wrong proxy does not affect a request that uses none.
    assert!(proxies.of_url(&"http://127.0.0.1:4566/".parse().unwrap()).unwrap().is_none());
}

/// Sends a change, and returns why it never reached the endpoint.
async fn no_way(endpoint: &str, variables: &[(&str, &str)]) -> String {
    let settings = AwsSettings {
        region: Some("eu-central-1".to_owned()),
        endpoint: Some(endpoint.to_owned()),
        credentials: Some(keys()),
        ..AwsSettings::default()
    };
    let call = Call {
        service: "ec2".to_owned(),
        region: None,
        method: "POST".to_owned(),
        path_and_query: "/".to_owned(),
        headers: Vec::new(),
        body: b"Action=CreateVpc".to_vec().into(),
        room: Default::default(),
    };
    let aws = Aws::new(settings, variables.iter().copied().collect());
    match aws.send(call, &|_, _| {}, &Interrupt::default()).await {
        Err(SendError::NeverReached(why)) => why,
        other => panic!("{other:?}"),
    }
}

/// Starts a server that sends the same bytes on each connection.
///
/// It ends with the test's process.
fn server(says: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut read = [0; 4096];
            if stream.read(&mut read).is_ok() {
                let _ = stream.write_all(says.as_bytes());
            }
        }
    });
    place
}

fn nobody() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

#[tokio::test]
async fn what_stands_in_the_way_is_named_and_what_to_do_about_it() {
    let (empty, plain) = (nobody(), server("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"));
    let asks = server("HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n");
    let forbids = server("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
    let page = server(
        "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 55\r\n\r\n<html><body><h1>Please  sign in</h1></body></html>     ",
    );
    let through = |proxy: &str| format!("http://me:secret@{proxy}");
    let mut said = Vec::new();
    for (title, endpoint, proxy) in [
        ("nobody listens", format!("http://{empty}"), None),
        ("no such name", "https://nowhere.invalid".to_owned(), None),
        ("plain HTTP on an address for TLS", format!("https://{plain}"), None),
        ("a page", format!("http://{page}"), None),
        ("a proxy that is not there", "https://aws.example".to_owned(), Some(through(&empty))),
        ("a proxy that asks who it is", "https://aws.example".to_owned(), Some(through(&asks))),
        ("the same without TLS", "http://aws.example".to_owned(), Some(through(&asks))),
        ("a proxy that refuses", "https://aws.example".to_owned(), Some(through(&forbids))),
        (
            "what is no proxy",
            "https://aws.example".to_owned(),
            Some("ftp://me:secret@there".to_owned()),
        ),
    ] {
        let proxy = proxy
            .as_deref()
            .map_or(Vec::new(), |proxy| vec![("HTTPS_PROXY", proxy), ("HTTP_PROXY", proxy)]);
        let why = no_way(&endpoint, &proxy).await;
        assert!(!why.contains("secret"), "{why}");
        said.push(format!("{title}: {why}"));
    }
    let mut said = said.join("\n");
    for (place, name) in [
        (&empty, "EMPTY"),
        (&plain, "PLAIN"),
        (&asks, "ASKS"),
        (&forbids, "FORBIDS"),
        (&page, "PAGE"),
    ] {
        said = said.replace(place.as_str(), name);
    }
    // The system's own words differ from machine to machine.
    let (before, after) = said.split_once("does not resolve (").unwrap();
    let said = format!("{before}does not resolve (WHY){}", after.split_once(')').unwrap().1);
    insta::assert_snapshot!(said);
}
