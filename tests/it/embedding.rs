//! Embedding: the example `embed` of kim-sandbox uses kim's libraries, and `docs/embedding.md`
//! shows its code.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use kim_tests::{Output, plugin, root, small};
use tempfile::TempDir;

/// Returns the example, which is beside this test binary: `<target>/<profile>/deps/<binary>`.
fn embed() -> PathBuf {
    let binary = std::env::current_exe().expect("this test has a path");
    let folder = binary.ancestors().nth(2).expect("it lies in the target folder");
    let embed = folder.join("examples/embed");
    assert!(
        embed.is_file(),
        "there is no {}: `cargo test --workspace --no-run` makes it",
        embed.display()
    );
    embed
}

fn folder(config: &str) -> TempDir {
    let folder = tempfile::Builder::new().prefix("embed-").tempdir().expect("a scratch folder");
    std::fs::write(folder.path().join("config.json"), config).expect("it is written");
    folder
}

const PASSWORD: &str = "swordfish-is-no-good-password";

fn start(verb: &str, folder: &Path) -> Child {
    let mut embed = Command::new(embed());
    embed.arg(verb).arg(folder).arg(small()).args([plugin("ec2"), plugin("kms")]);
    // The AWS settings of this process must not matter.
    embed.env("AWS_ENDPOINT_URL", "http://127.0.0.1:1").env("AWS_REGION", "nowhere-1");
    embed.env("KIM_CACHE_DIR", root().join("target/programs/cache"));
    embed.env("KIM_PASSPHRASE", "correct horse battery staple").env("EMBED_PASSWORD", PASSWORD);
    embed.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    embed.spawn().unwrap_or_else(|error| panic!("embed does not start: {error}"))
}

fn end(process: Child, said: String) -> Output {
    let output = process.wait_with_output().expect("it ends");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Output {
        code: output.status.code(),
        stdout: said + &text(&output.stdout),
        stderr: text(&output.stderr),
    }
}

fn run(verb: &str, folder: &Path) -> Output {
    let output = end(start(verb, folder), String::new());
    assert!(!format!("{output}").contains(PASSWORD), "{verb} shows the secret");
    output
}

#[test]
fn another_program_previews_deploys_and_destroys() {
    let folder = folder(r#"{ "volumes": 2 }"#);
    run("preview", folder.path())
        .exits(0)
        .contains(&["Create aws:ec2:Vpc main", "Create aws:ec2:Volume data-1"]);
    let up = run("up", folder.path())
        .exits(0)
        .contains(&["/8] Create aws:kms:Key data: done", "Succeeded"]);
    assert_eq!(up.stdout.matches(": done").count(), 8, "{up}");
    let up = up.contains(&["vpc = \"vpc-", "password = \"[secret]\""]);
    assert!(!up.stdout.contains("nothing to do"), "{up}");
    // Cloud and state are in files: another process continues with them.
    run("preview", folder.path()).exits(0).contains(&["nothing to do", "vpc = \"vpc-"]);
    std::fs::write(folder.path().join("config.json"), r#"{ "volumes": 1 }"#)
        .expect("it is written");
    run("up", folder.path()).exits(0).contains(&["Delete aws:ec2:Volume data-1", "[  1/1] "]);
    for file in std::fs::read_dir(folder.path()).expect("it is there").flatten() {
        // The cloud may have it: there the secret is a tag.
        let bytes = std::fs::read(file.path()).unwrap_or_default();
        let holds = bytes.windows(PASSWORD.len()).any(|part| part == PASSWORD.as_bytes());
        let of_state = file.file_name().to_string_lossy().starts_with("state.db");
        assert!(!(holds && of_state), "{} holds the secret", file.path().display());
    }
    run("destroy", folder.path()).exits(0).contains(&["Delete aws:ec2:Vpc main: done"]);
    run("destroy", folder.path()).exits(0).contains(&["nothing to do"]);
}

#[test]
fn an_interrupt_leaves_a_state_that_the_next_run_continues_from() {
    let folder = folder(r#"{ "volumes": 150 }"#);
    let mut process = start("up", folder.path());
    let mut lines = BufReader::new(process.stdout.take().expect("asked for"));
    let mut said = String::new();
    while !said.contains(": done") {
        assert!(lines.read_line(&mut said).expect("it is text") > 0, "no step ended:\n{said}");
    }
    let kill = Command::new("kill").args(["-INT", &process.id().to_string()]).status();
    assert!(kill.is_ok_and(|status| status.success()), "it has ended already:\n{said}");
    lines.read_to_string(&mut said).expect("it is text");
    let output = end(process, said).exits(1).contains(&["skipped, interrupted", "Interrupted: "]);
    let done = output.stdout.matches(": done").count();
    assert!(done < 156, "{output}");
    let rest = run("up", folder.path()).exits(0);
    assert_eq!(done + rest.stdout.matches(": done").count(), 156, "{rest}");
    run("preview", folder.path()).exits(0).contains(&["nothing to do"]);
}

#[test]
fn a_run_that_cannot_begin_says_why() {
    let folder = folder(r#"{ "volumes": "many" }"#);
    run("up", folder.path()).exits(1).contains(&["error: the program failed", "config.volumes"]);
    let lost =
        Command::new(embed()).args(["up", ".", "lost.wasm"]).current_dir(folder.path()).output();
    let lost = String::from_utf8(lost.expect("it runs").stderr).expect("text");
    assert!(lost.contains("lost.wasm"), "{lost}");
}

/// The page shows code that compiles and runs: it is the example's.
#[test]
fn the_page_shows_the_example() {
    let read = |path: &str| {
        std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    };
    let (page, example) = (read("docs/embedding.md"), read("engine/sandbox/examples/embed.rs"));
    let blocks: Vec<&str> =
        page.split("```rust\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(blocks.len() > 5, "the page has lost its code");
    for block in blocks {
        assert!(
            example.contains(block),
            "docs/embedding.md shows what embed.rs does not have:\n{block}"
        );
    }
}
