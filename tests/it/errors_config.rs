//! Errors in settings: what a person reads when `Kim.toml`, a stack's file or the passphrase is
//! wrong.
//!
//! The state stays as it is.

use insta::assert_snapshot;
use kim_tests::{Cloud, Project};

fn deployed() -> (Cloud, Project) {
    let cloud = Cloud::start();
    let project = Project::small(&cloud.account());
    project.up().succeeds();
    (cloud, project)
}

/// Returns what `kim preview` says about each of these changes of a file, one after the other.
/// Restores the file.
#[track_caller]
fn says(project: &Project, file: &str, changes: &[(&str, &str)]) -> String {
    let path = project.folder().join(file);
    let before = std::fs::read_to_string(&path).expect("it is there");
    let mut said = Vec::new();
    for (from, to) in changes {
        assert!(before.contains(from), "{file} has no {from}");
        project.write(file, &before.replacen(from, to, 1));
        let output = project.kim(&["preview"]);
        assert_ne!(output.code, Some(0), "{to}: {output}");
        said.push(format!("══ {to}\n{}", output.snapshot_of_reading()));
    }
    project.write(file, &before);
    project.expect_no_changes();
    said.join("\n")
}

#[test]
fn a_project_s_file_that_is_wrong() {
    let (_cloud, project) = deployed();
    let wrongs = [
        ("name =", "nmae ="),
        ("[program]", "[progam]"),
        ("wasm =", "wsam ="),
        ("[plugins]", "[plugin]"),
        ("aws-kms = { path", "aws-kms = { pth"),
        ("name = \"small\"", "name = 5"),
        ("name = \"small\"", "name = \"two words\""),
        ("[plugins]", "[plugins"),
        ("name = \"small\"", "name = \"small"),
    ];
    assert_snapshot!(says(&project, "Kim.toml", &wrongs));
}

#[test]
fn a_stack_s_file_that_is_wrong() {
    let (_cloud, project) = deployed();
    let wrongs = [
        ("[config]", "[confg]"),
        ("region =", "regoin ="),
        ("region = \"eu-central-1\"", "region = 1"),
        ("region = \"eu-central-1\"", "region = \"eu central\""),
        ("[config]", "[config]\nvolumes = \"three\""),
        ("[config]", "[config]\nvolumse = 3"),
        ("[config]", "[config]\nvolumes = "),
        ("[config]", "[config]\nvolumes = 1\nvolumes = 2"),
    ];
    assert_snapshot!(says(&project, "Kim.dev.toml", &wrongs));
}

#[test]
fn a_region_that_is_missing() {
    let (_cloud, mut project) = deployed();
    let before =
        std::fs::read_to_string(project.folder().join("Kim.dev.toml")).expect("it is there");
    project.write("Kim.dev.toml", &before.replace("region =", "# region ="));
    project.without("AWS_REGION").without("AWS_DEFAULT_REGION");
    assert_snapshot!(project.kim(&["preview"]).exits(1).snapshot_of_reading());
    project.write("Kim.dev.toml", &before);
    project.expect_no_changes();
}

#[test]
fn files_that_cannot_be_read() {
    let (_cloud, project) = deployed();
    let mut said = Vec::new();
    for name in ["Kim.toml", "Kim.dev.toml"] {
        let file = project.folder().join(name);
        let before = std::fs::read(&file).expect("it is there");
        let remove = || std::fs::remove_file(&file).expect("it is there");
        remove();
        std::fs::create_dir(&file).expect("a folder is made");
        said.push(format!(
            "══ {name} is a folder\n{}",
            project.kim(&["preview"]).exits(2).snapshot()
        ));
        std::fs::remove_dir(&file).expect("it is there");
        // Nobody can read this one, not even root.
        std::os::unix::fs::symlink(name, &file).expect("a link is made");
        said.push(format!(
            "══ {name} is a link to itself\n{}",
            project.kim(&["preview"]).exits(2).snapshot()
        ));
        remove();
        std::fs::write(&file, b"name = \"\xff\xfe\"").expect("it is written");
        said.push(format!(
            "══ {name} is no text\n{}",
            project.kim(&["preview"]).exits(2).snapshot()
        ));
        std::fs::write(&file, before).expect("it is written");
    }
    project.expect_no_changes();
    std::fs::remove_file(project.folder().join("Kim.toml")).expect("it is there");
    said.push(format!(
        "══ there is no Kim.toml\n{}",
        project.kim(&["preview"]).exits(2).snapshot()
    ));
    assert_snapshot!(said.join("\n"));
}

#[test]
fn a_stack_that_is_not_there() {
    let (_cloud, project) = deployed();
    let said = ["deb", "production", "a/b"].map(|stack| {
        format!("══ {stack}\n{}", project.kim(&["up", "--yes", "-s", stack]).exits(2).snapshot())
    });
    assert_snapshot!(said.join("\n"));
    let stacks = project.kim(&["stack", "ls", "--json"]).succeeds().document();
    assert_eq!(stacks.as_array().map(Vec::len), Some(1), "{stacks}");
}

#[test]
fn a_passphrase_that_is_missing_or_wrong() {
    let (_cloud, mut project) = deployed();
    project.kim(&["config", "set", "--secret", "password", "hunter2-is-no-good"]).succeeds();
    project.up().succeeds();
    let right = "correct horse battery staple";
    project.without("KIM_PASSPHRASE");
    let missing = project.kim(&["preview"]).exits(1).snapshot();
    project.env("KIM_PASSPHRASE", "wrong horse");
    let wrong = project.kim(&["preview"]).exits(1).snapshot();
    project.without("KIM_PASSPHRASE").env("KIM_PASSPHRASE_FILE", "nowhere.txt");
    let file = project.kim(&["preview"]).exits(1).snapshot();
    assert_snapshot!(format!("══ missing\n{missing}\n══ wrong\n{wrong}\n══ no such file\n{file}"));
    project.write("passphrase.txt", &format!("{right}\n"));
    project.env("KIM_PASSPHRASE_FILE", "passphrase.txt");
    project.expect_no_changes();
}
