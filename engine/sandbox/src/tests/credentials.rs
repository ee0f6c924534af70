//! Region, endpoint and credentials, from a given environment and given files.

use std::io::Write;

use kim_engine::Interrupt;

use super::guests::keys;
use super::server::{Reaction, Server};
use crate::aws::request::Call;
use crate::net::message::SendError;
use crate::{Aws, AwsSettings, Environment};

/// A home folder with AWS configuration files, and an environment that names it.
struct Home {
    folder: tempfile::TempDir,
    variables: Vec<(String, String)>,
}

impl Home {
    fn new(config: &str) -> Home {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config");
        std::fs::File::create(&path).unwrap().write_all(config.as_bytes()).unwrap();
        let missing = folder.path().join("credentials").display().to_string();
        let variables = [
            ("AWS_CONFIG_FILE", path.display().to_string()),
            ("AWS_SHARED_CREDENTIALS_FILE", missing),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ];
        Home { folder, variables: variables.map(|(name, value)| (name.to_owned(), value)).into() }
    }

    fn set(mut self, name: &str, value: &str) -> Home {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    fn environment(&self) -> Environment {
        self.variables.iter().cloned().collect()
    }
}

fn ask(service: &str) -> Call {
    Call {
        service: service.to_owned(),
        region: None,
        method: "POST".to_owned(),
        path_and_query: "/".to_owned(),
        headers: vec![],
        body: b"Action=DescribeVpcs".to_vec().into(),
        room: Default::default(),
    }
}

/// Returns the credential scope of the only request that arrived.
///
/// It is `key/region/service`.
fn signer(server: &Server) -> String {
    let arrived = server.arrived();
    let authorization = &arrived[0].headers["authorization"];
    let scope = authorization.split_once("Credential=").unwrap().1.split(',').next().unwrap();
    let [key, _date, region, service, _] = scope.split('/').collect::<Vec<_>>()[..] else {
        panic!("{scope}")
    };
    format!("{key}/{region}/{service}")
}

async fn send(
    settings: AwsSettings,
    environment: Environment,
    service: &str,
) -> Result<u16, SendError> {
    let answer = Aws::new(settings, environment)
        .send(ask(service), &|_, _| {}, &Interrupt::default())
        .await?;
    Ok(answer.status)
}

#[tokio::test]
async fn the_region_comes_from_the_nearest_place() {
    let profile = Home::new("[default]\nregion = eu-west-1\n[profile other]\nregion = eu-west-3\n");
    let region = async |settings: AwsSettings, environment: Environment| {
        Aws::new(settings, environment).region().await.map_err(|error| error.to_string())
    };
    assert_eq!(region(AwsSettings::default(), profile.environment()).await.unwrap(), "eu-west-1");
    let other = AwsSettings { profile: Some("other".to_owned()), ..AwsSettings::default() };
    assert_eq!(region(other, profile.environment()).await.unwrap(), "eu-west-3");
    let profile = profile.set("AWS_DEFAULT_REGION", "eu-north-1");
    assert_eq!(region(AwsSettings::default(), profile.environment()).await.unwrap(), "eu-north-1");
    let profile = profile.set("AWS_REGION", "eu-south-1");
    assert_eq!(region(AwsSettings::default(), profile.environment()).await.unwrap(), "eu-south-1");
    let explicit =
        AwsSettings { region: Some("eu-central-1".to_owned()), ..AwsSettings::default() };
    assert_eq!(region(explicit, profile.environment()).await.unwrap(), "eu-central-1");
    let none = region(AwsSettings::default(), Home::new("").environment()).await.unwrap_err();
    assert!(none.contains("set AWS_REGION"), "{none}");
    let evil = AwsSettings { region: Some("evil.example/".to_owned()), ..AwsSettings::default() };
    assert!(
        region(evil, Environment::default())
            .await
            .unwrap_err()
            .contains("is not the name of an AWS region")
    );
    let lost = AwsSettings { profile: Some("lost".to_owned()), ..AwsSettings::default() };
    let lost =
        region(lost, Home::new("[profile prod]\nregion = x\n").environment()).await.unwrap_err();
    assert!(lost.contains("no AWS profile 'lost'") && lost.contains("prod"), "{lost}");
}

#[tokio::test]
async fn the_endpoint_comes_from_the_nearest_place() {
    let [general, special] = [
        Server::start(|_, _| Reaction::Answer(200, "")).await,
        Server::start(|_, _| Reaction::Answer(200, "")).await,
    ];
    let home = Home::new("[default]\nregion = eu-west-1\nendpoint_url = http://127.0.0.1:1\n")
        .set("AWS_ENDPOINT_URL", &general.url)
        .set("AWS_ENDPOINT_URL_KMS", &special.url);
    let settings =
        AwsSettings { credentials: Some(keys()), max_attempts: Some(1), ..AwsSettings::default() };
    assert_eq!(send(settings.clone(), home.environment(), "ec2").await, Ok(200));
    assert_eq!(signer(&general), "AKIAIOSFODNN7EXAMPLE/eu-west-1/ec2");
    assert_eq!(send(settings.clone(), home.environment(), "kms").await, Ok(200));
    assert_eq!(signer(&special), "AKIAIOSFODNN7EXAMPLE/eu-west-1/kms");
    let explicit = Server::start(|_, _| Reaction::Answer(200, "")).await;
    let settings = AwsSettings { endpoint: Some(explicit.url.clone()), ..settings };
    assert_eq!(send(settings.clone(), home.environment(), "iam").await, Ok(200));
    assert_eq!(
        signer(&explicit),
        "AKIAIOSFODNN7EXAMPLE/us-east-1/iam",
        "IAM is signed for its one region"
    );
    let profile =
        Home::new(&format!("[default]\nregion = eu-west-1\nendpoint_url = {}\n", explicit.url));
    let settings = AwsSettings { endpoint: None, ..settings };
    assert_eq!(send(settings, profile.environment(), "ec2").await, Ok(200));
}

#[tokio::test]
async fn credentials_come_from_the_chain() {
    let server = Server::start(|_, _| Reaction::Answer(200, "")).await;
    let settings = || AwsSettings {
        region: Some("eu-west-1".to_owned()),
        endpoint: Some(server.url.clone()),
        ..AwsSettings::default()
    };
    let home = Home::new("")
        .set("AWS_ACCESS_KEY_ID", "AKIDFROMENV")
        .set("AWS_SECRET_ACCESS_KEY", "secret");
    assert_eq!(send(settings(), home.environment(), "ec2").await, Ok(200));
    assert_eq!(signer(&server), "AKIDFROMENV/eu-west-1/ec2");

    let server = Server::start(|_, _| Reaction::Answer(200, "")).await;
    let settings = || AwsSettings {
        region: Some("eu-west-1".to_owned()),
        endpoint: Some(server.url.clone()),
        ..AwsSettings::default()
    };
    let process = r#"{"Version":1,"AccessKeyId":"AKIDFROMPROCESS","SecretAccessKey":"secret"}"#;
    let home = Home::new("");
    let file = home.folder.path().join("keys.json");
    std::fs::write(&file, process).unwrap();
    let config = format!("[profile ci]\ncredential_process = cat {}\n", file.display());
    std::fs::write(home.folder.path().join("config"), config).unwrap();
    let settings = AwsSettings { profile: Some("ci".to_owned()), ..settings() };
    assert_eq!(send(settings, home.environment(), "ec2").await, Ok(200));
    assert_eq!(signer(&server), "AKIDFROMPROCESS/eu-west-1/ec2");
}

#[tokio::test]
async fn credentials_of_a_short_life_are_not_fetched_for_each_request() {
    let server = Server::start(|_, _| Reaction::Answer(200, "")).await;
    // They expire in two minutes, in two hours, and an hour ago: the clock is ahead.
    for seconds in [120_i64, 7200, -3600] {
        let home = Home::new("");
        let at = |name: &str| home.folder.path().join(name).display().to_string();
        let now = std::time::SystemTime::now();
        let by = std::time::Duration::from_secs(seconds.unsigned_abs());
        let end = aws_smithy_types::DateTime::from(if seconds < 0 { now - by } else { now + by });
        let end = end.fmt(aws_smithy_types::date_time::Format::DateTime).unwrap();
        let keys = format!(
            r#"{{"Version":1,"AccessKeyId":"AKID","SecretAccessKey":"s","SessionToken":"t","Expiration":"{end}"}}"#
        );
        std::fs::write(at("keys.json"), keys).unwrap();
        let script = format!("echo asked >> {}\ncat {}\n", at("asked"), at("keys.json"));
        std::fs::write(at("script"), script).unwrap();
        let config = format!("[profile ci]\ncredential_process = sh {}\n", at("script"));
        std::fs::write(home.folder.path().join("config"), config).unwrap();
        let settings = AwsSettings {
            profile: Some("ci".to_owned()),
            region: Some("eu-west-1".to_owned()),
            endpoint: Some(server.url.clone()),
            ..AwsSettings::default()
        };
        let aws = Aws::new(settings, home.environment());
        for _ in 0..5 {
            aws.send(ask("ec2"), &|_, _| {}, &Interrupt::default()).await.unwrap();
        }
        let asked = std::fs::read_to_string(at("asked")).unwrap().lines().count();
        assert_eq!(asked, 1, "credentials that expire in {seconds} s were fetched so often");
    }
}

#[tokio::test]
async fn no_credentials_are_told_with_what_to_do() {
    let settings = AwsSettings { region: Some("eu-west-1".to_owned()), ..AwsSettings::default() };
    let error = send(settings, Home::new("").environment(), "ec2").await.unwrap_err();
    let SendError::NoCredentials(why) = error else { panic!("{error:?}") };
    assert!(why.contains("no AWS credentials") && why.contains("AWS_PROFILE"), "{why}");
}

#[test]
fn secrets_are_not_shown() {
    let shown =
        format!("{:?}", AwsSettings { credentials: Some(keys()), ..AwsSettings::default() });
    assert!(
        shown.contains("AKIA") && !shown.contains("wJalr") && !shown.contains("a-session"),
        "{shown}"
    );
    let environment: Environment = [("AWS_SECRET_ACCESS_KEY", "wJalr")].into_iter().collect();
    assert!(!format!("{environment:?}").contains("wJalr"));
}
