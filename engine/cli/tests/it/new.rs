//! `kim new`: which files it writes, and what it rejects. The guide to programs tests that the new
//! project works.

use std::path::Path;
use std::process::{Command, Output};

/// Runs the binary in a folder, without the variables of this machine's environment that it reads,
/// except kim's sources.
fn new(folder: &Path, arguments: &[&str], sdk: Option<&str>) -> Output {
    let mut kim = Command::new(env!("CARGO_BIN_EXE_kim"));
    kim.arg("new").args(arguments).current_dir(folder).env_remove("KIM_SDK");
    sdk.iter().for_each(|sdk| {
        kim.env("KIM_SDK", sdk);
    });
    kim.output().expect("kim runs")
}

fn scratch() -> tempfile::TempDir {
    tempfile::tempdir().expect("a scratch folder")
}

/// Returns the folder of kim's sources.
fn sources() -> String {
    let root =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("it is there");
    root.display().to_string()
}

/// Returns exit code and output, without the names of this machine's folders.
fn said(folder: &Path, output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let code = output.status.code().map_or("killed".to_owned(), |code| format!("exit code {code}"));
    format!("{code}\n{}{}", text(&output.stdout), text(&output.stderr))
        .replace(&folder.display().to_string(), "FOLDER")
        .replace(&sources(), "KIM")
}

/// Returns the files below a folder with their text, in order; of the lock, only that it is kim's
/// own.
fn files(folder: &Path) -> String {
    let mut paths = vec![folder.to_owned()];
    let mut texts = Vec::new();
    while let Some(path) = paths.pop() {
        match std::fs::read_dir(&path) {
            Ok(entries) => paths.extend(entries.map(|entry| entry.expect("it is listed").path())),
            Err(_) => {
                texts.push((path.clone(), std::fs::read_to_string(&path).expect("it is a text")))
            }
        }
    }
    texts.sort();
    let locked = std::fs::read_to_string(Path::new(&sources()).join("Cargo.lock"))
        .expect("the workspace is locked");
    let show = |(path, text): (std::path::PathBuf, String)| {
        let text = if text == locked { "(kim's own)\n".to_owned() } else { text };
        format!("──── {}\n{text}", path.strip_prefix(folder).expect("it lies below").display())
    };
    texts.into_iter().map(show).collect::<String>().replace(&sources(), "KIM")
}

#[test]
fn a_new_project() {
    let scratch = scratch();
    let output = new(scratch.path(), &["web-shop"], None);
    let written = files(&scratch.path().join("web-shop"));
    insta::assert_snapshot!(format!("{}\n{written}", said(scratch.path(), &output)));
}

#[test]
fn a_project_has_the_name_that_it_is_given_and_the_sources_that_are_named() {
    let scratch = scratch();
    std::fs::create_dir(scratch.path().join("2026")).expect("a folder is made");
    // A fresh repository is as good as empty.
    std::fs::create_dir(scratch.path().join("2026/.git")).expect("a folder is made");
    // A folder on the command line has precedence over the variable.
    let output =
        new(scratch.path(), &["2026", "--name", "shop", "--sdk", &sources()], Some("/nowhere"));
    assert!(output.status.success(), "{}", said(scratch.path(), &output));
    let read = |file: &str| {
        std::fs::read_to_string(scratch.path().join("2026").join(file)).expect("it is written")
    };
    assert!(
        read("Kim.toml").contains("name = \"shop\"")
            && read("Cargo.toml").contains("name = \"shop\"")
    );
    assert!(read("tests/graph.rs").contains("shop::deploy"));
}

#[test]
fn what_cannot_be_is_refused_and_nothing_is_written() {
    let scratch = scratch();
    let folder = scratch.path();
    let write = |name: &str| {
        let file = folder.join(name);
        std::fs::create_dir_all(file.parent().expect("it lies in a folder"))
            .expect("a folder is made");
        std::fs::write(file, "mine\n").expect("a file is written");
    };
    ["used/main.tf", "used/README.md", "used/.git/HEAD", "file"].into_iter().for_each(write);
    let before = files(folder);
    let refused = [
        (&["used"][..], None),
        (&["file"], None),
        (&["2026"], None),
        (&["my shop"], None),
        (&["there", "--name", "my.shop"], None),
        (&["match"], None),
        (&["kim-aws"], None),
        (&["shop", "--sdk", "used"], None),
        (&["shop"], Some("/nowhere/kim")),
    ]
    .map(|(arguments, sdk)| {
        let output = new(folder, arguments, sdk);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let variable = sdk.map_or(String::new(), |sdk| format!("KIM_SDK={sdk} "));
        format!("$ {variable}kim new {}\n{}", arguments.join(" "), said(folder, &output))
    });
    assert_eq!(files(folder), before);
    assert!(!folder.join("shop").exists() && !folder.join("there").exists());
    insta::assert_snapshot!(refused.join("\n"));
}
