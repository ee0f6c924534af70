//! Runs Python scripts, which use boto3, against a local AWS. `KIM_PYTHON` says which Python;
//! `python3` otherwise.

use std::path::Path;
use std::process::Stdio;

use kim_aws_local::{ACCESS_KEY, LocalAws, Options, SECRET_KEY};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

/// Starts a local AWS, runs a script of this folder against it, and gives the server back. Panics
/// with what the script printed when it fails.
pub(crate) async fn run(script: &str, options: Options) -> LocalAws {
    let aws = LocalAws::start(options).await.expect("the local AWS starts");
    run_against(script, &aws, "").await;
    aws
}

/// The same against one that runs already, with a text on the script's standard input.
pub(crate) async fn run_against(script: &str, aws: &LocalAws, input: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let python = std::env::var("KIM_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let mut command = Command::new(&python);
    command.arg("-B").arg(folder.join(script)).env("PYTHONPATH", &folder);
    // Nothing of the machine's own AWS configuration may reach the script.
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("AWS_")) {
        command.env_remove(name);
    }
    command.env("AWS_CONFIG_FILE", "/dev/null").env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null");
    command
        .env("KIM_ENDPOINT", aws.endpoint())
        .env("KIM_ACCESS_KEY", ACCESS_KEY)
        .env("KIM_SECRET_KEY", SECRET_KEY);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = command
        .spawn()
        .unwrap_or_else(|error| panic!("{python} does not start: {error}; set KIM_PYTHON"));
    let mut stdin = child.stdin.take().expect("it was asked for");
    stdin.write_all(input.as_bytes()).await.expect("the script reads its input");
    drop(stdin);
    let output = child.wait_with_output().await.expect("the script ends");
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(
        !said.contains("No module named 'boto"),
        "{python} has no boto3: `{python} -m pip install boto3`, or set KIM_PYTHON"
    );
    assert!(output.status.success(), "{script} failed:\n{said}");
}
