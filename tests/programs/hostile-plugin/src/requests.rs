//! Requests that should not leave, or whose answers are hostile. Each ends with a failure that says what came of it.

use crate::configured;
use crate::exports::kim::plugin::provider::Failure;
use crate::kim::plugin::{aws, host, http};

type Headers = Vec<(String, String)>;

/// Sends the request that an act names.
pub(crate) fn ask(act: &str) -> Result<(), Failure> {
    let came_to = if let Some(url) = act.strip_prefix("http ") {
        fetch("GET", url, vec![])
    } else if let Some(method) = act.strip_prefix("http-method ") {
        fetch(method, "http://CLOUD/", vec![])
    } else if let Some(header) = act.strip_prefix("http-header ") {
        fetch("GET", "http://CLOUD/", headers(header))
    } else if let Some(path) = act.strip_prefix("aws-path ") {
        send("ec2", None, "GET", path, vec![])
    } else if let Some(method) = act.strip_prefix("aws-method ") {
        send("ec2", None, method, "/", vec![])
    } else if let Some(header) = act.strip_prefix("aws-header ") {
        send("ec2", None, "GET", "/", headers(header))
    } else if let Some(service) = act.strip_prefix("aws-service ") {
        send(service, None, "GET", "/", vec![])
    } else if let Some(region) = act.strip_prefix("aws-region ") {
        send("ec2", Some(region.to_owned()), "GET", "/", vec![])
    } else {
        match act {
            "account" => aws::account().map(|account| format!("the account {account}")).map_err(of_aws),
            "region" => aws::region().map(|region| format!("the region {region}")).map_err(of_aws),
            "all configuration" => Ok(format!("{:?}", host::config())),
            "a body of 60 MB" => body(60),
            "files" => match std::fs::read("/etc/passwd") {
                Ok(_) => Ok("a file".to_owned()),
                Err(why) => Err(why.to_string()),
            },
            "a socket" => match std::net::TcpStream::connect("127.0.0.1:80") {
                Ok(_) => Ok("a socket".to_owned()),
                Err(why) => Err(why.to_string()),
            },
            "environment" => Ok(format!("{} variables", std::env::vars().count())).and_then(none),
            "clock" => Ok("the time".to_owned()).and_then(|_: String| Err("the time is real".to_owned())),
            _ => return Ok(()),
        }
    };
    // A create that is denied is not looked up afterwards, which would take seconds.
    Err(Failure::Denied(match came_to {
        Ok(what) => format!("reached: {what}"),
        Err(why) => format!("out of reach: {why}"),
    }))
}

fn none(what: String) -> Result<String, String> {
    if what.starts_with("0 ") { Err(what) } else { Ok(what) }
}

/// Returns the headers of a text `name=value`, in which `\r`, `\n` and `\0` are escaped.
fn headers(text: &str) -> Headers {
    let (name, value) = text.split_once('=').unwrap_or((text, ""));
    vec![(unescaped(name), unescaped(value))]
}

fn unescaped(text: &str) -> String {
    text.replace("\\r", "\r").replace("\\n", "\n").replace("\\0", "\0").replace("CLOUD", &configured("cloud"))
}

fn fetch(method: &str, url: &str, headers: Headers) -> Result<String, String> {
    let request = http::Request { method: method.to_owned(), url: unescaped(url), headers, body: vec![] };
    match http::send(&request) {
        Ok(answer) => Ok(format!("{} with {}", answer.status, String::from_utf8_lossy(&answer.body))),
        Err(http::Failure::Forbidden(why) | http::Failure::Unreachable(why) | http::Failure::NoAnswer(why)) => Err(why),
    }
}

fn send(service: &str, region: Option<String>, method: &str, path: &str, headers: Headers) -> Result<String, String> {
    let request = aws::Request {
        service: service.to_owned(),
        region,
        method: method.to_owned(),
        path_and_query: unescaped(path),
        headers,
        body: vec![],
    };
    match aws::send(&request) {
        Ok(answer) => Ok(format!("{} with {}", answer.status, String::from_utf8_lossy(&answer.body))),
        Err(why) => Err(of_aws(why)),
    }
}

fn body(megabytes: usize) -> Result<String, String> {
    let body = vec![b'x'; megabytes << 20];
    let request = aws::Request {
        service: "ec2".to_owned(),
        region: None,
        method: "POST".to_owned(),
        path_and_query: "/".to_owned(),
        headers: vec![],
        body,
    };
    aws::send(&request).map(|answer| answer.status.to_string()).map_err(of_aws)
}

fn of_aws(failure: aws::Failure) -> String {
    match failure {
        aws::Failure::Forbidden(why)
        | aws::Failure::NoCredentials(why)
        | aws::Failure::Unreachable(why)
        | aws::Failure::NoAnswer(why) => why,
    }
}
