//! `kim config`: secret settings. How the file is edited is in `config_file`.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::binary::{kim, project, text};

/// Runs the binary with this on its standard input.
fn piped(dir: &Path, args: &[&str], input: &[u8]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kim"));
    command.args(args).current_dir(dir).env_remove("KIM_STACK").env("KIM_PASSPHRASE", "sesame");
    let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = pipes.spawn().expect("kim runs");
    // A process that takes no more closes its end.
    let _ = process.stdin.take().expect("a pipe").write_all(input);
    process.wait_with_output().expect("kim ends")
}

#[test]
fn what_comes_from_a_pipe_is_read_whole() {
    let dir = project(&[("Kim.toml", "name = \"p\"\n")]);
    assert!(kim(dir.path(), &["stack", "init", "dev"]).status.success());
    let key = "-----BEGIN KEY-----\n  abc\n\n-----END KEY-----";
    for (input, expect) in [
        (format!("{key}\n"), key),
        (format!("{key}\r\n"), key),
        (key.to_owned(), key),
        (" x \n\n".to_owned(), " x \n"),
        ("007\n".to_owned(), "007"),
        ("\n".to_owned(), ""),
        (String::new(), ""),
    ] {
        for args in [&["config", "set", "key"][..], &["config", "set", "key", "--secret"]] {
            let set = piped(dir.path(), args, input.as_bytes());
            assert!(set.status.success(), "{}", text(&set.stderr));
            let got = piped(dir.path(), &["config", "get", "key", "--json"], b"");
            let got: String = serde_json::from_slice(&got.stdout).expect("a text");
            assert_eq!(got, expect, "{input:?}");
        }
    }
    let list = piped(dir.path(), &["config", "set", "zones"], b"[\n  \"a\",\n  \"b\",\n]\n");
    assert!(list.status.success(), "{}", text(&list.stderr));
    let got = kim(dir.path(), &["config", "get", "zones"]);
    assert_eq!(text(&got.stdout), "[\"a\",\"b\"]\n");
}

#[test]
fn what_does_not_fit_a_setting_is_refused_and_what_may_surprise_is_said() {
    let dir = project(&[("Kim.toml", "name = \"p\"\n")]);
    assert!(kim(dir.path(), &["stack", "init", "dev"]).status.success());
    let set = ["config", "set", "key"];
    let said = [
        piped(dir.path(), &set, &[b'x'; (1 << 20) + 1]),
        piped(dir.path(), &set, b"\xff\xfe"),
        piped(dir.path(), &["config", "set", "key", "[1,"], b""),
        piped(dir.path(), &["config", "set", "key", "-1"], b""),
        piped(dir.path(), &["config", "set", "key", "--text", "--", "--text"], b""),
        kim(dir.path(), &["config", "get", "key"]),
    ]
    .map(|output| {
        let code = output.status.code().expect("a code");
        format!("{code}: {}{}", text(&output.stdout), text(&output.stderr))
    });
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn a_secret_setting_is_sealed_in_the_file() {
    let dir = project(&[("Kim.toml", "name = \"p\"\n")]);
    let run = |args: &[&str], passphrase: Option<&str>| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kim"));
        command
            .args(args)
            .current_dir(dir.path())
            .env_remove("KIM_PASSPHRASE")
            .env_remove("KIM_STACK");
        passphrase.iter().for_each(|text| {
            command.env("KIM_PASSPHRASE", text);
        });
        command.output().expect("kim runs")
    };
    assert!(run(&["stack", "init", "dev"], None).status.success());
    let without = run(&["config", "set", "--secret", "password", "hunter2"], None);
    assert_eq!(without.status.code(), Some(1));
    assert!(text(&without.stderr).contains("KIM_PASSPHRASE"), "{}", text(&without.stderr));
    let set = run(&["config", "set", "--secret", "password", "hunter2"], Some("open sesame"));
    assert!(set.status.success(), "{}", text(&set.stderr));
    let file = std::fs::read_to_string(dir.path().join("Kim.dev.toml")).expect("the file is there");
    assert!(file.contains("secure") && !file.contains("hunter2"), "{file}");
    assert_eq!(text(&run(&["config", "get", "password"], Some("open sesame")).stdout), "hunter2\n");
    let wrong = run(&["config", "get", "password"], Some("open barley"));
    assert_eq!(wrong.status.code(), Some(1));
    let listed = text(&run(&["config", "ls"], None).stdout);
    assert!(listed.contains("[secret]") && !listed.contains("hunter2"), "{listed}");
}
