//! What AWS answers, and the files in which people configure their access.

use kim_sandbox::{Aws, AwsSettings, Environment};

use crate::input::{folder, parts, runtime};

/// Reads an answer: status, headers (`name: value`, a line each), an empty line, the body.
pub(super) fn run(bytes: &[u8]) {
    let end = bytes.windows(2).position(|pair| pair == b"\n\n").unwrap_or(bytes.len());
    let head = String::from_utf8_lossy(&bytes[..end]);
    let body = bytes.get(end + 2..).unwrap_or_default();
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.trim().parse().ok()).unwrap_or(400);
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let said = kim_sandbox::read_answer(status, headers, body.to_vec());
    assert!(said.len() < 4096, "what is said of an answer is too long: {} bytes", said.len());
    let text = String::from_utf8_lossy(body);
    let failure = kim_plugin_aws::classify(status, &text, &head).to_string();
    assert!(!failure.is_empty());
}

/// Reads `~/.aws/config` and `~/.aws/credentials`.
pub(super) fn run_profile(bytes: &[u8]) {
    let folder = folder();
    let [config, credentials, profile] = parts(bytes);
    let write = |name: &str, text: &str| {
        let file = folder.path().join(name);
        std::fs::write(&file, text).expect("a scratch file");
        file.display().to_string()
    };
    let mut settings = vec![
        ("AWS_CONFIG_FILE", write("config", &config)),
        ("AWS_SHARED_CREDENTIALS_FILE", write("credentials", &credentials)),
    ];
    if !profile.is_empty() {
        settings.push(("AWS_PROFILE", profile));
    }
    let environment: Environment = settings.into_iter().collect();
    runtime().block_on(async {
        let aws = Aws::new(AwsSettings::default(), environment);
        if let Err(error) = aws.region().await {
            assert!(!error.to_string().is_empty());
        }
    });
}
