//! The acts of plugins. Each has the name by which `tests/programs/hostile-plugin` knows it.

use crate::act::{Act, Promise};
use crate::server::Answer;
use crate::stage::Stage;

const SHORT: &str = "computing = 2, waiting = 30";

/// All of them.
pub(crate) fn acts() -> Vec<Act> {
    let groups = [
        takes_too_much(),
        answers(),
        does_not_fit(),
        polls(),
        says(),
        secrets(),
        asks(),
        network(),
        schemas(),
    ];
    groups.concat()
}

fn takes_too_much() -> Vec<Act> {
    use Promise::{Interrupts, Memory, Time};
    vec![
        Act::plugin("create: loop", Time).limits(SHORT).says(&["computed for more than 2 s"]),
        Act::plugin("create: sleep", Time).limits("waiting = 3").says(&["3 s"]),
        Act::plugin("create: exit", Time),
        Act::plugin("create: panic", Time).says(&["no thing is called that"]),
        Act::plugin("read: loop", Time).limits(SHORT).says(&["computed for more than 2 s"]),
        Act::plugin("delete: loop", Time).limits(SHORT).says(&["computed for more than 2 s"]),
        Act::plugin("check: loop", Time).limits(SHORT).says(&["computed for more than 2 s"]),
        Act::plugin("price: loop", Time).limits(SHORT).harmless(),
        Act::plugin("create: recurse", Memory).says(&["recursed too deeply"]),
        Act::plugin("create: hoard", Memory).says(&["256 MB"]),
        Act::plugin("read: hoard", Memory).says(&["256 MB"]),
        Act::plugin("create: log 130 MB", Memory).says(&["128 MB in one call"]),
        Act { name: "create: hoard, by 100", ..Act::plugin("create: hoard", Memory) }
            .times(100)
            .slow(),
        Act { name: "create: sleep, interrupted", ..Act::plugin("create: sleep", Interrupts) }
            .interrupted(2),
    ]
}

fn answers() -> Vec<Act> {
    use Promise::{Answers, Words};
    vec![
        Act::plugin("create: id of 3 KB", Answers).says(&["2048"]),
        Act::plugin("create: id of 100 MB", Answers).says(&["2048"]),
        Act::plugin("create: long partial", Answers).says(&["2048"]),
        Act::plugin("create: partial of 3 KB", Answers).says(&["2048"]),
        Act::plugin("create: partial without an id", Answers),
        Act::plugin("create: exit, find: id of 3 KB", Answers),
        Act::plugin("create: a million nodes", Answers).says(&["nodes"]),
        Act::plugin("create: 70 MB", Answers),
        Act::plugin("create: 65 levels", Answers).says(&["64 levels"]),
        Act::plugin("create: a million levels", Answers).says(&["64 levels"]),
        Act::plugin("create: few nodes for many", Answers).times(100).slow(),
        Act::plugin("read: few nodes for many", Answers).times(100).slow(),
        Act::plugin("create: 60 MB", Answers).times(20).slow(),
        Act::plugin("check: violations", Answers),
        Act::plugin("check: violation at length", Words),
        Act::plugin("check: violation at a long path", Words),
        Act::plugin("check: violation at a bad path", Promise::Fit),
        Act::plugin("price: basis at length", Words).harmless(),
        Act::plugin("price: without end", Answers).times(3).harmless(),
    ]
}

fn does_not_fit() -> Vec<Act> {
    use Promise::{Fit, Values};
    vec![
        Act::plugin("create: no id", Fit),
        Act::plugin("create: unknown property", Fit).says(&["titel"]),
        Act::plugin("create: wrong type", Fit).says(&["size"]),
        Act::plugin("create: a text", Fit),
        Act::plugin("create: null", Fit),
        Act::plugin("create: unknown", Fit),
        Act::plugin("create: infinity", Values).says(&["finite"]),
        Act::plugin("create: NaN", Values).says(&["finite"]),
        Act::plugin("create: circle", Values),
        Act::plugin("create: no nodes", Values),
        Act::plugin("create: key twice", Values),
        Act::plugin("settle: another id", Fit),
        Act::plugin("update: another id", Fit),
        Act::plugin("read: another id", Fit),
        Act::plugin("read: exchanged", Fit).times(2),
        Act::plugin("read: short", Fit),
        Act::plugin("read: long", Fit),
        Act::plugin("read: no id", Fit),
        Act::plugin("read: unknown property", Fit),
        Act::plugin("read: infinity", Values),
        Act::plugin("look-up: wrong type", Fit),
        Act::plugin("look-up: a text", Fit),
        Act::plugin("look-up: unknown", Fit),
        Act::project("a configuration of another type", Fit, |stage| {
            stage.plugin_config.insert("size", "\"large\"".to_owned());
            vec!["up", "--yes"]
        })
        .says(&["size"]),
        Act::project("a configuration with a typo", Fit, |stage| {
            stage.plugin_config.insert("sise", "7".to_owned());
            vec!["up", "--yes"]
        })
        .says(&["sise"]),
    ]
}

fn polls() -> Vec<Act> {
    use Promise::{Interrupts, Polls, Words};
    let ended = |name, as_| Act { name, ..Act::plugin(as_, Polls) };
    vec![
        ended("settle: again at once, interrupted", "settle: again at once")
            .interrupted(2)
            .also(few_calls),
        ended("delete: again at once, interrupted", "delete: again at once")
            .interrupted(2)
            .also(few_calls),
        Act {
            name: "settle: again at the end of time, interrupted",
            ..Act::plugin("settle: again at the end of time", Interrupts)
        }
        .interrupted(2),
        Act {
            name: "settle: again at length, interrupted",
            ..Act::plugin("settle: again at length", Words)
        }
        .interrupted(2),
        Act {
            name: "settle: again with another status, interrupted",
            ..Act::plugin("settle: again with another status", Words)
        }
        .interrupted(2)
        .also(few_calls),
    ]
}

/// Four seconds have room for forty calls with a pause of 100 ms.
fn few_calls(_: &Stage, seen: &crate::watch::Seen) -> Option<String> {
    let lines = seen.text().matches("pending").count();
    (lines > 100).then(|| format!("{lines} lines of status in seconds"))
}

fn says() -> Vec<Act> {
    use Promise::{Terminal, Words};
    vec![
        Act::plugin("create: log lines", Words).harmless(),
        Act::plugin("create: print lines", Words).harmless(),
        Act::plugin("create: log 5 MB", Words).harmless(),
        Act::plugin("create: fail at length", Words).also(is_cut),
        Act::plugin("create: panic at length", Words).also(is_cut),
        Act::plugin("create: dirty log", Terminal).harmless(),
        Act::plugin("create: dirty failure", Terminal),
        Act::plugin("create: dirty denied", Terminal),
        Act::plugin("create: dirty invalid", Terminal),
        Act::plugin("create: dirty panic", Terminal),
        Act::plugin("create: dirty partial", Terminal),
        Act::plugin("check: dirty violation", Terminal),
        Act::plugin("price: dirty basis", Terminal).harmless(),
        Act {
            name: "settle: dirty again, interrupted",
            ..Act::plugin("settle: dirty again", Terminal)
        }
        .interrupted(2),
    ]
}

fn is_cut(_: &Stage, seen: &crate::watch::Seen) -> Option<String> {
    (seen.text().len() > 256 << 10).then(|| "it is not cut".to_owned())
}

fn secrets() -> Vec<Act> {
    let told = |name| Act::plugin(name, Promise::Secrets);
    vec![
        told("create: secret log").harmless(),
        told("create: secret print").harmless(),
        told("create: secret failure"),
        told("create: secret denied"),
        told("create: secret conflict"),
        told("create: secret throttled"),
        told("create: secret invalid"),
        told("create: secret panic"),
        told("create: secret partial"),
        told("create: secret id"),
        told("create: secret with escapes"),
        told("create: secret in a URL"),
        told("create: secret in lower case"),
        Act::project(
            "a key of a plugin that the settings have in clear",
            Promise::Secrets,
            |stage| {
                stage.config.insert("does", "\"things\"".to_owned());
                stage.plugin_config.insert("does", "\"create: all configuration\"".to_owned());
                stage.plugin_config.insert("key", "\"key-in-clear-7\"".to_owned());
                vec!["up", "--yes"]
            },
        )
        .says(&["[secret]"])
        .never(&["key-in-clear-7"]),
        told("create: echo").harmless(),
        told("create: echo in a text").harmless(),
        told("look-up: echo").harmless(),
        told("look-up: secret failure"),
        told("check: secret violation"),
        told("check: secret warning").harmless(),
        told("price: secret basis").harmless(),
        Act { name: "settle: secret again, interrupted", ..told("settle: secret again") }
            .interrupted(2),
    ]
}

/// Requests that must not leave, and reaching out by other ways.
fn asks() -> Vec<Act> {
    use Promise::{Granted, Reach, Requests};
    let out = |name, tries| Act::plugin(name, tries).says(&["out of reach: "]);
    let kept_below = |name| Act::plugin(name, Requests).also(stays_below);
    vec![
        out("create: files", Reach),
        out("create: a socket", Reach),
        out("create: environment", Reach),
        Act::plugin("create: all configuration", Granted).never(&["password"]),
        out("create: http https://example.com/", Granted),
        out("create: http http://169.254.169.254/latest/meta-data/", Granted),
        out("create: http http://127.1/", Granted),
        out("create: http http://0x7f000001/", Granted),
        out("create: http http://2130706433/", Granted),
        out("create: http http://[::1]/", Granted),
        out("create: http http://localhost/", Granted),
        out("create: http http://127.0.0.1:1@example.com/", Granted),
        out("create: http http://example.com/", Granted),
        out("create: http file:///etc/passwd", Granted),
        out("create: http ftp://127.0.0.1/", Granted),
        out("create: http http://127.0.0.1:1\\r\\nHost: x/", Granted),
        out("create: aws-service sts", Granted),
        out("create: aws-service iam", Granted),
        out("create: aws-service EC2", Granted),
        out("create: aws-service ec2.evil.example", Granted),
        out("create: aws-service ../ec2", Granted),
        out("create: aws-region evil.example/", Granted),
        out("create: aws-region us-east-1", Granted),
        out("check: account", Granted),
        out("check: http http://CLOUD/", Granted),
        out("check: aws-path /", Granted),
        out("create: aws-method TRACE", Requests),
        out("create: aws-method CONNECT", Requests),
        out("create: aws-method PURGE", Requests),
        out("create: aws-method GET / HTTP/1.1\\r\\nX: y", Requests),
        out("create: http-method TRACE", Requests),
        out("create: http-method CONNECT", Requests),
        kept_below("create: aws-path /../admin"),
        kept_below("create: aws-path /%2e%2e/admin"),
        kept_below("create: aws-path /a/../../../admin"),
        kept_below("create: aws-path //evil.example/"),
        kept_below("create: aws-path @evil.example/"),
        kept_below("create: aws-path \\\\evil.example/"),
        kept_below("create: aws-path http://evil.example/"),
        kept_below("create: aws-path /\\r\\nHost: evil.example"),
        kept_below("create: aws-path /\\0"),
        kept_below("create: aws-path /..;/admin"),
        kept_below("create: aws-header Host=evil.example"),
        kept_below("create: aws-header Authorization=mine"),
        kept_below("create: aws-header X-Amz-Security-Token=mine"),
        kept_below("create: aws-header Transfer-Encoding=chunked"),
        kept_below("create: aws-header Proxy-Authorization=mine"),
        kept_below("create: aws-header X=a\\r\\nHost: evil.example"),
        kept_below("create: http-header Host=evil.example"),
        kept_below("create: http-header Cookie=mine"),
    ]
}

/// Everything that arrived is below the endpoint, and carries the host's own headers.
fn stays_below(stage: &Stage, _: &crate::watch::Seen) -> Option<String> {
    let asked = stage.cloud.as_ref()?.asked();
    let strange = |head: &&String| {
        let path = head.split(' ').nth(1).unwrap_or_default();
        let climbs = path.contains("..") || path.to_lowercase().contains("%2e");
        let is_below = path.starts_with("/gateway/aws") && !climbs;
        let is_http = path == "/" && !head.to_lowercase().contains("authorization");
        let lower = head.to_lowercase();
        let forged = ["evil.example\r\n", ": mine\r\n", "transfer-encoding"];
        !(is_below || is_http)
            || forged.iter().any(|text| {
                lower.contains(text) && lower.contains("host: evil")
                    || text.starts_with(": mine") && lower.contains(text)
            })
    };
    asked
        .iter()
        .find(strange)
        .map(|head| format!("this arrived: {}", head.lines().next().unwrap_or_default()))
}

fn network() -> Vec<Act> {
    use Promise::Network;
    let answered = |name, answer: fn(&mut Stage) -> Vec<&'static str>| Act {
        by: crate::act::By::Plugin,
        ..Act::project(name, Network, answer)
    };
    vec![
        answered("an answer without end", |stage| {
            ask(stage, Answer::Endless, "http http://CLOUD/")
        })
        .says(&["64 MB"]),
        answered("an answer of 2^40 bytes", |stage| {
            ask(stage, Answer::Promised, "http http://CLOUD/")
        })
        .says(&["64 MB"]),
        answered("an answer that drips", |stage| {
            ask(stage, Answer::Dripping, "http http://CLOUD/")
        })
        .says(&["60 s"])
        .slow(),
        answered("no answer", |stage| ask(stage, Answer::Never, "http http://CLOUD/"))
            .says(&["60 s"])
            .slow(),
        answered("an answer of 200,000 headers", |stage| {
            ask(stage, Answer::Headers, "http http://CLOUD/")
        }),
        answered("an answer that is compressed", |stage| {
            ask(stage, Answer::Compressed, "http http://CLOUD/")
        }),
        answered("a redirect", |stage| ask(stage, Answer::Redirect, "http http://CLOUD/"))
            .says(&["302"]),
        answered("an endpoint that echoes", |stage| ask(stage, Answer::Echo, "aws-path /"))
            .never(&["session-token-of-the-user"]),
        Act {
            name: "bodies of 60 MB that are throttled",
            ..answered("create: a body of 60 MB", |stage| {
                stage.config.insert("times", "4".to_owned());
                ask(stage, Answer::Throttled, "a body of 60 MB")
            })
        }
        .slow(),
    ]
}

fn ask(stage: &mut Stage, answer: Answer, what: &'static str) -> Vec<&'static str> {
    stage.serve(answer);
    if what.starts_with("http") {
        // kim's own question, whose account it is, is not for this server.
        stage.environment.insert("AWS_ENDPOINT_URL", "http://127.0.0.1:1".to_owned());
    }
    stage.config.insert("does", "\"things\"".to_owned());
    stage.plugin_config.insert("does", format!("\"create: {what}\""));
    vec!["up", "--yes"]
}

fn schemas() -> Vec<Act> {
    use Promise::{Names, Reach, Schemas, Terminal};
    vec![
        Act::schema("endless", Schemas).limits(SHORT).says(&["computed for more than 2 s"]),
        Act::schema("panicking", Schemas).says(&["the schema is not written yet"]),
        Act::schema("17 MB", Schemas).says(&["16 MB"]),
        Act::schema("130 MB", Schemas).says(&["128 MB"]),
        Act::schema("HTML", Schemas),
        Act::schema("a list", Schemas),
        Act::schema("bare", Schemas),
        Act::schema("20,000 levels", Schemas),
        Act::schema("levels of types", Schemas),
        Act::schema("200,000 kinds", Schemas).slow(),
        Act::schema("patterns", Schemas).slow(),
        Act::schema("a large pattern", Schemas),
        Act::schema("a bad pattern", Schemas),
        Act::schema("a kind with a slash", Names),
        Act::schema("a kind with a percent", Names),
        Act::schema("a long kind", Names).says(&["schema"]),
        Act::schema("a climbing name", Names),
        Act::schema("another name", Promise::Locked).harmless().says(&["calls itself"]),
        Act::schema("a climbing version", Names),
        Act::schema("a dirty kind", Terminal).says(&["schema"]),
        Act::schema("a dirty name", Terminal),
        Act::schema("a dirty version", Terminal),
        Act::schema("a dirty panic", Terminal),
        Act {
            command: &["plugin", "schema", "hostile", "--markdown"],
            ..Act::schema("dirty docs", Terminal)
        }
        .harmless(),
        Act::schema("talking", Terminal).harmless(),
        Act::schema("asking", Reach).says(&["out of reach: Err", "Err"]),
    ]
}
