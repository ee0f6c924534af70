//! `kim config`: secret settings. How the file is edited is in `config_file`.

use std::process::Command;

use crate::binary::{project, text};

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
