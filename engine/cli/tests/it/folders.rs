//! Folders and files of other users, and of strangers' projects: what is read, what is written
//! where, and what the processes that kim starts are told.
#![cfg(unix)]

use std::collections::BTreeMap;
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::Path;
use std::process::{Command, Output};

use kim_cli::load::installed::Installed;

use crate::binary::{kim, project, text};

/// A user that this process is not.
const STRANGER: u32 = 54_321;
const PROJECT: (&str, &str) = ("Kim.toml", "name = \"shop\"\n");

/// Gives a path to a user. Returns false, with a note, where only root may do so.
fn give(path: &Path, uid: u32) -> bool {
    match chown(path, Some(uid), None) {
        Err(error) if std::env::var_os("KIM_TESTS_REQUIRE").is_none() => {
            eprintln!("left out: only root gives files away ({error})");
            false
        }
        given => {
            given.expect("root gives files away");
            true
        }
    }
}

/// Returns the message of a command that is refused as a wrong request.
fn refused(dir: &Path, output: &Output) -> String {
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    let dir = dir.canonicalize().expect("it is there");
    said.replace(&format!("{}/", dir.display()), "").replace(&dir.display().to_string(), "<dir>")
}

fn mkfifo(path: &Path) {
    let made = Command::new("mkfifo").arg(path).status().expect("mkfifo runs");
    assert!(made.success());
}

#[test]
fn settings_that_are_no_file_of_this_users_are_refused_and_not_quoted() {
    let secret = tempfile::NamedTempFile::new().expect("a scratch file");
    std::fs::write(secret.path(), "root:$6$hash:19000:0\n").expect("it is written");
    let ask: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("Kim.toml", &["config", "ls", "-s", "dev"][..]),
        ("Kim.dev.toml", &["config", "set", "size", "3", "-s", "dev"][..]),
        ("kim.lock", &["plugin", "ls"][..]),
    ]);
    let mut said = String::new();
    for (name, command) in ask {
        let dir = project(&[PROJECT]);
        assert!(kim(dir.path(), &["stack", "init", "dev"]).status.success());
        let file = dir.path().join(name);
        let before = std::fs::read(&file).unwrap_or_default();
        let mut refuse = |how: &str| {
            let message = refused(dir.path(), &kim(dir.path(), command));
            assert!(!message.contains("hash"), "{message}");
            let message = message.replace(&secret.path().display().to_string(), "<elsewhere>");
            said.push_str(&format!("══ {name} {how}\n{message}"));
            std::fs::remove_file(&file).expect("it is there");
        };
        let _ = std::fs::remove_file(&file);
        symlink(secret.path(), &file).expect("a link is made");
        refuse("is a link to a file of root's");
        symlink("/dev/zero", &file).expect("a link is made");
        refuse("is a link to a device");
        symlink("nowhere.toml", &file).expect("a link is made");
        refuse("is a link to nothing");
        mkfifo(&file);
        refuse("is a FIFO");
        std::fs::write(dir.path().join("inside"), "root:$6$hash:19000:0\n").expect("it is written");
        symlink("inside", &file).expect("a link is made");
        refuse("is a link to a file inside that is no TOML");
        let sparse = std::fs::File::create(&file).expect("it is made");
        sparse.set_len(6 << 30).expect("it is sparse");
        refuse("has 6 GB");
        std::fs::write(&file, before).expect("it is written");
        if give(&file, STRANGER) {
            refuse("is a stranger's");
        } else {
            return;
        }
    }
    insta::assert_snapshot!(said);
}

#[test]
fn a_strangers_folder_is_refused_unless_the_user_trusts_them() {
    let dir = project(&[PROJECT]);
    let trusting = |uids: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kim"));
        command.args(["config", "ls", "-s", "dev"]).current_dir(dir.path());
        command.env("KIM_TRUSTED_UIDS", uids).env_remove("KIM_STATE").output().expect("kim runs")
    };
    assert!(kim(dir.path(), &["stack", "init", "dev"]).status.success());
    if !give(dir.path(), STRANGER) {
        return;
    }
    let message = refused(dir.path(), &kim(dir.path(), &["config", "ls", "-s", "dev"]));
    assert!(message.contains("<dir> belongs to another user (uid 54321)"), "{message}");
    assert!(message.contains("KIM_TRUSTED_UIDS=54321"), "{message}");
    assert!(!trusting("1, 2").status.success());
    let trusted = trusting("1, 54321");
    assert!(trusted.status.success(), "{}", text(&trusted.stderr));
    let wrong = text(&trusting("ada").stderr);
    assert!(wrong.contains("KIM_TRUSTED_UIDS is 'ada', which is no list of numbers"), "{wrong}");
}

/// The name beside the file was fixed, and writing it followed a link.
#[test]
fn a_link_in_the_way_of_a_setting_is_not_followed() {
    let dir = project(&[
        PROJECT,
        ("bashrc", "alias ll='ls -l'\n"),
        ("Kim.dev.toml", "[config]\na = 1\n"),
    ]);
    let bashrc = dir.path().join("bashrc");
    let file = dir.path().join("Kim.dev.toml");
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o640)).expect("it is mine");
    for name in ["Kim.dev.toml.new", "Kim.dev.new"] {
        symlink(&bashrc, dir.path().join(name)).expect("a link is made");
    }
    assert!(kim(dir.path(), &["stack", "init", "dev"]).status.success());
    let set = kim(dir.path(), &["config", "set", "size", "3", "-s", "dev"]);
    assert!(set.status.success(), "{}", text(&set.stderr));
    let read = |path: &Path| std::fs::read_to_string(path).expect("it is there");
    assert_eq!(read(&bashrc), "alias ll='ls -l'\n");
    assert_eq!(read(&file), "[config]\na = 1\nsize = 3\n");
    let meta = file.symlink_metadata().expect("it is there");
    assert!(meta.is_file() && meta.permissions().mode() & 0o777 == 0o640, "{meta:?}");
    // The selection of a stack is a file of kim's too.
    let selection = dir.path().join(".kim/stack");
    let _ = std::fs::remove_file(&selection);
    symlink(&bashrc, &selection).expect("a link is made");
    assert!(kim(dir.path(), &["stack", "select", "dev"]).status.success());
    assert_eq!(read(&bashrc), "alias ll='ls -l'\n");
    assert_eq!(read(&selection), "dev\n");
}

#[test]
fn what_is_written_into_a_folder_replaces_links() {
    let dir = tempfile::tempdir().expect("a scratch folder");
    let precious = dir.path().join("precious");
    std::fs::write(&precious, "mine").expect("it is written");
    let (pages, source) = (dir.path().join("man"), dir.path().join("src"));
    for (folder, name) in [(&pages, "kim.1"), (&source, "lib.rs")] {
        std::fs::create_dir(folder).expect("a folder is made");
        symlink(&precious, folder.join(name)).expect("a link is made");
    }
    let written = kim(dir.path(), &["man", "--out", "man"]);
    assert!(written.status.success(), "{}", text(&written.stderr));
    let files = BTreeMap::from([("lib.rs".into(), "//! New.\n".to_owned())]);
    kim_generate::write(&files, &source).expect("they are written");
    assert_eq!(std::fs::read_to_string(&precious).expect("it is there"), "mine");
    assert!(pages.join("kim-plugin-sdk.1").is_file() && !pages.join("kim.1").is_symlink());
    assert!(!source.join("lib.rs").is_symlink());
}

#[test]
fn a_strangers_plugin_counts_as_not_installed() {
    let dir = tempfile::tempdir().expect("a scratch folder");
    let component = dir.path().join("shop.wasm");
    std::fs::write(&component, "code").expect("it is written");
    let folder = dir.path().join("plugins");
    let installed = Installed::at(folder.clone());
    let kept = installed.keep("shop", "0.1.0", "abc", &component).expect("it is kept");
    assert_eq!(installed.find("shop", "0.1.0", None).expect("it is there"), kept);
    let mode = |path: &Path| path.metadata().expect("it is there").permissions().mode() & 0o777;
    assert_eq!((mode(&folder), mode(&kept)), (0o700, 0o600));
    let message = || installed.find("shop", "0.1.0", None).expect_err("refused").to_string();
    let elsewhere = dir.path().join("elsewhere.wasm");
    std::fs::rename(&kept, &elsewhere).expect("it moves");
    symlink(&elsewhere, &kept).expect("a link is made");
    assert!(message().contains("is not installed"), "{}", message());
    std::fs::remove_file(&kept).expect("it is there");
    installed.keep("shop", "0.1.0", "abc", &component).expect("it is kept again");
    if give(&kept, STRANGER) {
        assert!(message().contains("is not installed"), "{}", message());
        installed.keep("shop", "0.1.0", "abc", &component).expect("it is kept again");
        give(&folder.join("shop"), STRANGER);
        let refused = message();
        assert!(refused.contains("/shop' belongs to another user (uid 54321)"), "{refused}");
        assert!(refused.contains("KIM_PLUGIN_DIR"), "{refused}");
        installed.keep("shop", "0.1.0", "def", &component).expect_err("refused");
    }
}

/// Build scripts and macros of a stranger's program are run by cargo.
#[test]
fn cargo_gets_a_named_list_of_variables() {
    let manifest = "[package]\nname = \"shop\"\nversion = \"0.1.0\"\n";
    let dir = project(&[
        PROJECT,
        ("Cargo.toml", manifest),
        ("cargo", "#!/bin/sh\nenv > \"$0.env\"\nexit 1\n"),
    ]);
    let cargo = dir.path().join("cargo");
    std::fs::set_permissions(&cargo, PermissionsExt::from_mode(0o755)).expect("it is mine");
    let withheld = [
        "KIM_PASSPHRASE",
        "KIM_STACK",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_PROFILE",
        "AWS_CONFIG_FILE",
        "GITHUB_TOKEN",
        "NPM_TOKEN",
        "DB_PASSWORD",
        "PGPASSWORD",
        "CARGO_REGISTRY_TOKEN",
        "CARGO_REGISTRIES_OURS_TOKEN",
        "CARGO_SECRET_THING",
        "RUSTUP_API_KEY",
        "LC_SECRET",
        "STRIPE_KEY",
        "CARGO_PKG_NAME",
        "CARGO_MANIFEST_DIR",
        "LD_PRELOAD",
        "ANYTHING_ELSE",
    ];
    let passed = [
        "CARGO_HOME",
        "CARGO_TARGET_DIR",
        "CARGO_REGISTRIES_OURS_INDEX",
        "RUSTUP_TOOLCHAIN",
        "RUSTFLAGS",
        "HTTPS_PROXY",
        "no_proxy",
        "SSL_CERT_FILE",
        "CC",
        "CC_wasm32_wasip2",
        "CFLAGS",
        "LC_ALL",
        "TMPDIR",
        "SSH_AUTH_SOCK",
        "CARGO_REGISTRY_GLOBAL_CREDENTIAL_PROVIDERS",
    ];
    let mut command = Command::new(env!("CARGO_BIN_EXE_kim"));
    command.args(["stack", "init", "dev"]).current_dir(dir.path());
    command.env_remove("KIM_STATE");
    assert!(command.output().expect("kim runs").status.success());
    let mut command = Command::new(env!("CARGO_BIN_EXE_kim"));
    command.args(["preview", "-s", "dev"]).current_dir(dir.path()).env_remove("KIM_STATE");
    withheld.iter().chain(&passed).for_each(|name| {
        command.env(name, "dev");
    });
    let output = command.env("CARGO", &cargo).output().expect("kim runs");
    let environment = std::fs::read_to_string(dir.path().join("cargo.env"));
    let environment = environment.unwrap_or_else(|_| panic!("{}", text(&output.stderr)));
    let has = |name: &str| environment.lines().any(|line| line.starts_with(&format!("{name}=")));
    let told: Vec<_> = withheld.iter().filter(|name| has(name)).collect();
    assert!(told.is_empty(), "{told:?}");
    let missing: Vec<_> = passed.iter().filter(|name| !has(name)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    assert!(has("PATH") && has("CARGO_TERM_COLOR"));
}
