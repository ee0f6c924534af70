//! Plugins: the port `Provider` with real instances.
//!
//! The tests also cover what happens to plugins that misbehave.

use std::time::Duration;

use kim_engine::Interrupt;
use kim_engine::ports::{Deletion, Live, Progress, Provider};
use kim_model::{Capability, Failure, Limit, Limited, Path, Remedy, Value};

use super::guests::Setup;
use super::server::{Reaction, Server};
use crate::guest::room::Room;
use crate::{Grants, Level, Limits, PluginComponent};

async fn create(plugin: &PluginComponent, kind: &str, inputs: Value) -> Result<Value, Failure> {
    plugin.create(kind, &inputs, "token").await.map(|state| state.properties)
}

/// Lets the plugin send a request, and returns its text about the result.
async fn sent(plugin: &PluginComponent, request: &str) -> String {
    create(plugin, "send", request.into()).await.unwrap().as_text().unwrap().to_owned()
}

#[tokio::test]
async fn every_operation_goes_there_and_back() {
    let plugin = Setup::default().load().await.plugin;
    assert_eq!(
        (plugin.schema().name.as_str(), plugin.schema().version.as_str()),
        ("test", "1.2.3")
    );
    let inputs: Value = [("password", Value::secret("s3cret".into())), ("later", Value::Unknown)]
        .into_iter()
        .collect();
    let made = plugin.create("echo", &inputs, "t-1").await.unwrap();
    assert_eq!((made.id.as_str(), &made.properties), ("t-1", &inputs));
    let settled = plugin.settle("echo", "pending", &inputs, &inputs).await.unwrap();
    assert_eq!(settled, Progress::Again { after_ms: 250, status: "pending".to_owned() });
    let lives = ["a", "gone", "b"].map(|id| Live { id: id.to_owned(), properties: Value::map() });
    let read = plugin.read("echo", &lives).await.unwrap();
    assert_eq!(read.iter().map(Option::is_some).collect::<Vec<_>>(), [true, false, true]);
    let updated = plugin.update("echo", "a", &inputs, &Value::map()).await.unwrap();
    assert!(matches!(updated, Progress::Done(state) if state.properties == inputs));
    assert_eq!(plugin.delete("echo", "a", &inputs).await.unwrap(), Deletion::Gone);
    assert!(matches!(
        plugin.delete("echo", "busy", &inputs).await.unwrap(),
        Deletion::Again { after_ms: 100, .. }
    ));
    assert_eq!(
        plugin.delete("echo", "missing", &inputs).await.unwrap_err(),
        Failure::NotFound("it is gone".to_owned())
    );
    assert!(plugin.find("echo", "known", &inputs).await.unwrap().is_some());
    assert!(plugin.find("echo", "unknown", &inputs).await.unwrap().is_none());
    assert_eq!(plugin.look_up("test:any", &inputs).await.unwrap(), inputs);
    assert_eq!(plugin.price("echo", &inputs).await.unwrap().unwrap().micros_a_month, 1_500_000);
    assert_eq!(
        create(&plugin, "config", Value::Null).await.unwrap().get("host"),
        Some(&"nowhere.example".into())
    );
    assert_eq!(plugin.requests(), 0);
}

#[tokio::test]
async fn violations_and_failures_keep_their_paths() {
    let plugin = Setup::default().load().await.plugin;
    let found = plugin.check("bad", &Value::Null).await.unwrap();
    assert_eq!((&found[0].path, found[0].warning), (&Path::key("size"), false));
    assert!(found[1].path.is_root() && found[1].message.contains("[: is no path"));
    let invalid = create(&plugin, "invalid", Value::Null).await.unwrap_err();
    assert_eq!(invalid, Failure::invalid("rules[0].port".parse().unwrap(), "is no port"));
    let partial = create(&plugin, "partial", "x".into()).await.unwrap_err();
    let Failure::Partial { id, outputs, .. } = partial else { panic!("{partial:?}") };
    assert_eq!((id.as_str(), outputs), ("p-1", "x".into()));
    let partial = create(&plugin, "partial-bad", "x".into()).await.unwrap_err();
    assert!(
        matches!(partial, Failure::Partial { id, .. } if id == "p-1"),
        "the id of what exists is not lost"
    );
}

#[tokio::test]
async fn a_failure_has_no_number_of_the_system() {
    let plugin = Setup::default().load().await.plugin;
    let failure = create(&plugin, "number", Value::Null).await.unwrap_err();
    assert_eq!(failure, Failure::Other("cannot read it: broken pipe".to_owned()));
}

// Rule 27.
#[tokio::test]
async fn every_operation_is_a_fresh_instance_and_many_run_at_once() {
    let plugin = Setup::default().load().await.plugin;
    let calls = (0..50).map(|_| plugin.create("count", &Value::Null, "token"));
    for state in futures_util::future::join_all(calls).await {
        assert_eq!(state.unwrap().id, "0");
    }
}

#[tokio::test]
async fn nonsense_from_a_plugin_is_blamed_on_it() {
    let plugin = Setup::default().load().await.plugin;
    for (kind, expected) in [("empty", "returned an empty id"), ("cycle", "returned a bad value")] {
        let message = create(&plugin, kind, Value::Null).await.unwrap_err().to_string();
        assert!(message.contains(expected) && message.contains("'guest_plugin'"), "{message}");
        assert!(message.contains(&format!("create of {kind}")), "{message}");
    }
    let lives = [Live { id: "a".to_owned(), properties: Value::map() }];
    let message = plugin.read("short", &lives).await.unwrap_err().to_string();
    assert!(message.contains("answered for 0 resources when asked for 1"), "{message}");
}

#[tokio::test]
async fn what_a_schema_does_not_allow_is_refused_and_the_id_of_what_exists_is_kept() {
    let plugin = Setup::default().load().await.plugin;
    let inputs: Value = [("size", "eight")].into_iter().collect();
    let Failure::Partial { id, outputs, message } =
        create(&plugin, "typed", inputs.clone()).await.unwrap_err()
    else {
        panic!("the id is lost")
    };
    assert_eq!((id.as_str(), outputs), ("token", Value::map()));
    assert!(
        message.contains("size is text, but must be a whole number (create of typed)"),
        "{message}"
    );
    let lives = [Live { id: "a".to_owned(), properties: inputs }];
    let read = plugin.read("typed", &lives).await.unwrap_err();
    assert!(
        matches!(&read, Failure::Other(message) if message.contains("size is text")),
        "{read:?}"
    );
}

#[tokio::test]
async fn a_plugin_that_misbehaves_fails_one_operation_alone() {
    let time = (Duration::from_millis(500), Duration::from_secs(300));
    let limits = Limits { memory: 32 << 20, computing: time.0, waiting: time.1 };
    let loaded = Setup { limits, ..Setup::default() }.load().await;
    let of = || Limited::Plugin("guest_plugin".to_owned());
    for (kind, expected, limit) in [
        ("panic", "panicked at plugin/src/lib.rs:", None),
        ("loop", "computed for more than 0.5 s", Some(Limit::Computing)),
        ("memory", "needed more than the 32 MB of memory", Some(Limit::Memory)),
    ] {
        let failure = create(&loaded.plugin, kind, Value::Null).await.unwrap_err();
        assert!(!failure.nothing_happened());
        let remedy = limit.map(|limit| Remedy::RaiseLimit { of: of(), limit });
        assert_eq!(failure.remedy(), remedy.as_ref());
        let message = failure.to_string();
        assert!(
            message.contains(expected) && message.contains(&format!("(create of {kind})")),
            "{message}"
        );
        assert!(message.lines().count() == 1, "{message}");
    }
    assert_eq!(create(&loaded.plugin, "echo", "x".into()).await.unwrap(), "x".into());
}

// Rule 27.
#[tokio::test]
async fn a_deadline_holds_while_the_network_is_awaited() {
    let server = Server::start(|_, _| Reaction::Hang).await;
    let limits = Limits { waiting: Duration::from_millis(500), ..Limits::plugin() };
    let loaded = Setup { limits, endpoint: server.url.clone(), ..Setup::default() }.load().await;
    let failure =
        create(&loaded.plugin, "send", "ec2||POST|/|Action=RunInstances".into()).await.unwrap_err();
    assert!(!failure.is_retryable() && !failure.nothing_happened(), "{failure:?}");
    let of = Limited::Plugin("guest_plugin".to_owned());
    assert_eq!(failure.remedy(), Some(&Remedy::RaiseLimit { of, limit: Limit::Waiting }));
    let message = failure.to_string();
    assert!(
        message.contains("within 0.5 s") && message.contains("AWS ec2 had not answered"),
        "{message}"
    );
    assert_eq!(server.arrived().len(), 1);
}

/// The engine takes a step back whose call was not sent.
// Rule 25.
#[tokio::test]
async fn what_waited_at_the_interrupt_may_be_retried_and_nothing_happened() {
    const THROTTLED: &str =
        "<Response><Errors><Error><Code>RequestLimitExceeded</Code></Error></Errors></Response>";
    let server = Server::start(|_, _| Reaction::Answer(503, THROTTLED)).await;
    let loaded = Setup { endpoint: server.url.clone(), ..Setup::default() }.load().await;
    let interrupt = Interrupt::default();
    interrupt.interrupt();
    let of_run = loaded.plugin.for_run(&interrupt).unwrap();
    // The first ones are sent, and cut the rate, until one would have to wait.
    let inputs = "ec2||POST|/|Action=CreateVpc&Version=2016-11-15".into();
    let failure = loop {
        let sent = server.arrived().len();
        let failure = of_run.create("lost", &inputs, "t").await.unwrap_err();
        if server.arrived().len() == sent {
            break failure;
        }
    };
    assert_eq!(failure.to_string(), "ec2 CreateVpc was not sent: the run was interrupted");
    assert!(failure.is_retryable() && failure.nothing_happened(), "{failure:?}");
    // No instance is free.
    let plugins = loaded.sandbox.plugins().unwrap();
    let mut slots = Vec::new();
    loop {
        tokio::select! {
            biased;
            slot = plugins.acquire_slot() => slots.push(slot),
            () = std::future::ready(()) => break,
        }
    }
    let failure = of_run.create("lost", &inputs, "t").await.unwrap_err();
    assert_eq!(
        failure.to_string(),
        "the plugin 'guest_plugin' was not called: the run was interrupted (create of lost)"
    );
    assert!(failure.is_retryable() && failure.nothing_happened(), "{failure:?}");
}

#[tokio::test]
async fn only_what_is_asked_for_and_granted_can_be_reached() {
    let server = Server::start(|_, _| Reaction::Answer(200, "<ok/>")).await;
    let asked = Setup { endpoint: server.url.clone(), ..Setup::default() }.load().await.plugin;
    assert_eq!(sent(&asked, "ec2||POST|/|Action=DescribeVpcs").await, "200 <ok/>");
    let not_asked = sent(&asked, "s3||GET|/bucket|").await;
    assert!(
        not_asked.contains("Forbidden")
            && not_asked.contains("'s3': its schema does not request it (it requests ec2, kms)"),
        "{not_asked}"
    );
    let elsewhere = sent(&asked, "ec2|us-west-2|POST|/|Action=DescribeVpcs").await;
    assert!(elsewhere.contains("this stack is in 'eu-central-1'"), "{elsewhere}");
    let path = sent(&asked, "ec2||GET|//evil.example/|").await;
    assert!(path.contains("Forbidden"), "{path}");
    let grants = Grants::Only { aws: vec!["kms".to_owned(), "s3".to_owned()], http: vec![] };
    let granted =
        Setup { grants, endpoint: server.url.clone(), ..Setup::default() }.load().await.plugin;
    assert!(sent(&granted, "s3||GET|/|").await.contains("Forbidden"), "granted, but not asked for");
    assert!(
        sent(&granted, "ec2||GET|/|").await.contains("Forbidden"),
        "asked for, but not granted"
    );
    let denied = create(&granted, "refused", "ec2||GET|/|".into()).await.unwrap_err();
    let all = vec!["kms".to_owned(), "ec2".to_owned()];
    let remedy =
        Remedy::Grant { plugin: "guest_plugin".to_owned(), capability: Capability::Aws, all };
    assert_eq!(denied.remedy(), Some(&remedy));
    let checked = asked.check("network", &"ec2||POST|/|Action=DescribeVpcs".into()).await.unwrap();
    assert!(checked[0].message.contains("the network is closed"), "{}", checked[0].message);
    assert_eq!(server.arrived().len(), 1);
    assert_eq!(asked.requests(), 1);
}

/// Loads the test plugin with grants, at a server that knows the account.
async fn asked_for_its_account(grants: Grants) -> (String, usize) {
    let account =
        "<GetCallerIdentityResult><Account>123456789012</Account></GetCallerIdentityResult>";
    let server = Server::start(move |_, _| Reaction::Answer(200, account)).await;
    let setup = Setup { grants, endpoint: server.url.clone(), ..Setup::default() };
    let plugin = setup.load().await.plugin;
    let answer = create(&plugin, "account", Value::Null).await;
    let said = answer.map(|said| said.as_text().unwrap_or_default().to_owned());
    (said.unwrap_or_else(|failure| failure.to_string()), server.arrived().len())
}

// The account and the region belong to those who may use AWS.
#[tokio::test]
async fn a_plugin_without_aws_knows_neither_account_nor_region() {
    let (said, requests) = asked_for_its_account(Grants::AsAsked).await;
    assert!(said.contains("123456789012") && said.contains("eu-central-1"), "{said}");
    assert_eq!(requests, 1);
    let http_alone = Grants::Only { aws: vec![], http: vec!["nowhere.example".to_owned()] };
    for grants in [Grants::default(), http_alone] {
        let (said, requests) = asked_for_its_account(grants).await;
        assert_eq!(said.matches("may not know the AWS account and region").count(), 2, "{said}");
        assert!(said.contains("the project grants it no AWS service"), "{said}");
        assert_eq!(requests, 0, "no credential was looked for");
    }
}

// What a schema requests and nobody grants, in the words of the schema.
#[tokio::test]
async fn what_is_requested_and_not_granted_is_told() {
    let grants = |aws: &[&str], http: &[&str]| Grants::Only {
        aws: aws.iter().map(|name| (*name).to_owned()).collect(),
        http: http.iter().map(|name| (*name).to_owned()).collect(),
    };
    let missing = async |grants| {
        let plugin = Setup { grants, ..Setup::default() }.load().await.plugin;
        let missing = plugin.not_granted().clone();
        (missing.aws.join(" "), missing.http.join(" "))
    };
    let text = |aws: &str, http: &str| (aws.to_owned(), http.to_owned());
    assert_eq!(missing(Grants::default()).await, text("ec2 kms", "config:host"));
    assert_eq!(
        missing(grants(&["kms", "sts"], &["else.example"])).await,
        text("ec2", "config:host")
    );
    // The host that the setting names, or the setting itself.
    for http in ["nowhere.example", "config:host"] {
        assert_eq!(missing(grants(&["ec2", "kms"], &[http])).await, text("", ""));
    }
}

#[tokio::test]
async fn other_hosts_are_reached_only_where_allowed() {
    let server = Server::start(|number, _| match number {
        0 => Reaction::Answer(200, "hello"),
        _ => Reaction::Redirect("http://127.0.0.1:1/elsewhere".to_owned()),
    })
    .await;
    let plugin = Setup { host: server.host(), ..Setup::default() }.load().await.plugin;
    let fetch = async |url: &str| {
        create(&plugin, "fetch", url.into()).await.unwrap().as_text().unwrap().to_owned()
    };
    assert_eq!(fetch(&format!("{}/a?b=c", server.url)).await, "200 hello");
    assert_eq!(fetch(&format!("{}/moved", server.url)).await, "302 ", "a redirect is an answer");
    assert!(fetch("http://127.0.0.1:1/").await.contains("may not send requests to '127.0.0.1:1'"));
    assert!(fetch(&format!("ftp://{}/", server.host())).await.contains("use https"));
    assert!(
        fetch(&format!("http://user:pw@{}/", server.host()))
            .await
            .contains("user name or password")
    );
    let remote =
        Setup { host: "nowhere.example".to_owned(), ..Setup::default() }.load().await.plugin;
    let plain = create(&remote, "fetch", "http://nowhere.example/".into()).await.unwrap();
    assert!(plain.as_text().unwrap().contains("use https"), "{plain:?}");
    assert_eq!(server.arrived().len(), 2);
}

#[tokio::test]
async fn lines_go_to_the_log() {
    let loaded = Setup::default().load().await;
    create(&loaded.plugin, "log", Value::Null).await.unwrap();
    let lines: Vec<_> = loaded.lines().into_iter().map(|line| (line.level, line.message)).collect();
    assert!(lines.contains(&(Level::Warn, "from the plugin".to_owned())), "{lines:?}");
    assert!(lines.contains(&(Level::Debug, "printed".to_owned())), "{lines:?}");
}

// Rule 43.
#[tokio::test]
async fn the_values_of_an_answer_are_bounded_together() {
    let plugin = Setup::default().load().await.plugin;
    let lives: Vec<Live> =
        (0..40).map(|n| Live { id: format!("{n}"), properties: Value::map() }).collect();
    let few = plugin.read("laughs", &lives[..30]).await.unwrap();
    assert_eq!(few.len(), 30);
    let message = plugin.read("laughs", &lives).await.unwrap_err().to_string();
    assert_eq!(
        message,
        "the plugin 'guest_plugin' returned values of 1310680 nodes in one answer; at most 1,000,000 nodes are allowed (read of laughs). This is a fault of the plugin: report it to its author"
    );
    // The id of what exists is not lost.
    let Failure::Partial { id, outputs, message } =
        create(&plugin, "laughs", Value::Null).await.unwrap_err()
    else {
        panic!("the id is lost")
    };
    assert_eq!((id.as_str(), outputs), ("laughs", Value::map()));
    assert!(message.contains("returned values of 2097151 nodes in one answer"), "{message}");
    let Failure::Partial { id, outputs, .. } =
        create(&plugin, "partial-laughs", Value::Null).await.unwrap_err()
    else {
        panic!("the id is lost")
    };
    assert_eq!((id.as_str(), outputs), ("p-1", Value::map()));
}

#[tokio::test]
async fn the_violations_of_a_check_are_bounded() {
    let plugin = Setup::default().load().await.plugin;
    let message = plugin.check("violations", &Value::Null).await.unwrap_err().to_string();
    assert!(
        message.contains(
            "returned 101 violations; at most 100 violations are allowed (check of violations)"
        ),
        "{message}"
    );
}

// Rules 25, 43. It waits while it runs, for an answer from the network, and for its own answer.
#[tokio::test]
async fn large_operations_run_one_after_another_and_end_at_an_interrupt() {
    const LONG: usize = 5 << 20;
    let long: &'static str = "x".repeat(LONG).leak();
    let server = Server::start(move |_, _| Reaction::Answer(200, long)).await;
    let plugin = Setup { host: server.host(), ..Setup::default() }.load().await.plugin;
    let interrupt = Interrupt::default();
    let of_run = plugin.for_run(&interrupt).unwrap();
    let place = Room::default();
    place.grow().await.unwrap();
    let url = format!("{}/", server.url);
    let (nothing, url) = (Value::Null, url.as_str().into());
    let (large, many, fetch) = tokio::join!(
        of_run.create("large", &nothing, "t"),
        of_run.create("many", &nothing, "t"),
        async {
            let fetched = of_run.create("fetch", &url, "t");
            tokio::pin!(fetched);
            // The interrupt comes once the answer is on its way.
            while server.arrived().is_empty() {
                tokio::select! {
                    early = &mut fetched => return early,
                    () = tokio::task::yield_now() => {}
                }
            }
            interrupt.interrupt();
            fetched.await
        },
    );
    let large = large.unwrap_err();
    assert_eq!(
        large.to_string(),
        "the plugin 'guest_plugin' waited until a large operation ended, when the run was interrupted (create of large)"
    );
    assert!(large.is_retryable() && large.nothing_happened(), "{large:?}");
    let Failure::Partial { id, message, .. } = many.unwrap_err() else { panic!("the id is lost") };
    assert_eq!(id, "many");
    assert!(message.contains("when the run was interrupted: its answer is not used"), "{message}");
    let fetch = fetch.unwrap().properties;
    let fetch = fetch.as_text().unwrap();
    assert!(fetch.contains("waited until a large operation ended"), "{fetch:.200}");
    // What is small needs no place.
    assert_eq!(create(&plugin, "echo", "x".into()).await.unwrap(), "x".into());
    drop(place);
    let calls = (0..4).map(|_| plugin.create("large", &nothing, "t"));
    for state in futures_util::future::join_all(calls).await {
        assert_eq!(state.unwrap().properties, (40 << 20).to_string().as_str().into());
    }
    let fetched = create(&plugin, "fetch", url).await.unwrap();
    assert_eq!(fetched.as_text().map(str::len), Some("200 ".len() + LONG));
}

// Rule 43.
#[tokio::test]
async fn the_log_of_a_run_is_bounded() {
    let loaded = Setup::default().load().await;
    for _ in 0..101 {
        create(&loaded.plugin, "flood", Value::Null).await.unwrap();
    }
    let lines = loaded.lines();
    let said = |level| lines.iter().filter(|line| line.level == level).count();
    assert_eq!((said(Level::Debug), said(Level::Warn)), (100_000, 100));
    assert_eq!(
        lines.last().unwrap().message,
        "the plugin logged too much in one run; the rest is not shown"
    );
    // Another run has its own.
    let of_run = loaded.plugin.for_run(&Interrupt::default()).unwrap();
    of_run.create("flood", &Value::Null, "t").await.unwrap();
    assert_eq!(loaded.lines().len(), lines.len() + 1_001);
}
