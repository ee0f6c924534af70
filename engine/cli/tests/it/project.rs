//! `Kim.toml` and `Kim.<stack>.toml`: how they are read, and which errors there are.

use kim_cli::project::settings::Settings;
use kim_cli::project::{Limits, Program, Project, Source};

fn scratch(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a scratch folder");
    for (name, content) in files {
        std::fs::write(dir.path().join(name), content).expect("a file is written");
    }
    dir
}

/// Returns the error of a project file, without the folder's name.
fn error(content: &str) -> String {
    let dir = scratch(&[("Kim.toml", content)]);
    let error = Project::read(dir.path()).expect_err("refused");
    assert_eq!(error.exit.code(), 2);
    error.to_string().replace(&format!("{}/", dir.path().display()), "")
}

#[test]
fn a_project_is_found_from_a_folder_inside() {
    let dir = scratch(&[(
        "Kim.toml",
        "name = \"shop\"\n[plugins]\naws-ec2 = { path = \"ec2\", aws = [\"ec2\"] }\n[aws-ec2]\nx = 1\n",
    )]);
    let dir = dir.path().canonicalize().expect("it is there");
    let inside = dir.join("src/deep");
    std::fs::create_dir_all(&inside).expect("a folder is made");
    let project = Project::find(&inside).expect("it is found");
    assert_eq!(project.name, "shop");
    assert_eq!(project.program, Program::Crate(dir.join(".")));
    assert_eq!(project.plugins[0].source, Source::Path(dir.join("ec2")));
    assert_eq!(project.plugins[0].aws, ["ec2"]);
    assert!(project.plugins[0].http.is_empty(), "what is not written is not granted");
    assert_eq!(project.state, dir.join(".kim/state.db"));
}

#[test]
fn limits_are_read_where_they_are_given() {
    let dir = scratch(&[(
        "Kim.toml",
        "name = \"shop\"\n[program]\nlimits = { memory = 64, computing = 5 }\n\
         [plugins]\nec2 = { path = \"p\", limits = { waiting = 300 } }\n",
    )]);
    let project = Project::read(dir.path()).expect("it is read");
    assert_eq!(
        project.program_limits,
        Limits { memory: Some(64), computing: Some(5), waiting: None }
    );
    assert_eq!(project.plugins[0].limits, Limits { waiting: Some(300), ..Limits::default() });
}

#[test]
fn errors_name_file_and_key() {
    let errors = [
        "",
        "name = 3",
        "name = \"a b\"",
        "nmae = \"x\"\nname = \"y\"",
        "name = \"x\"\n[progam]\npath = \".\"",
        "name = \"x\"\n[program]\npth = \".\"",
        "name = \"x\"\n[program]\npath = \".\"\nwasm = \"x.wasm\"",
        "name = \"x\"\n[plugins]\nec2 = \"there\"",
        "name = \"x\"\n[plugins]\nec2 = { aws = [\"ec2\"] }",
        "name = \"x\"\n[plugins]\nec2 = { path = \"p\", aws = \"ec2\" }",
        "name = \"x\"\n[plugins]\nec2 = { path = \"p\", awz = [] }",
        "name = \"x\"\n[plugins]\nec2 = { path = \"p\", version = \"0.1.0\" }",
        "name = \"x\"\n[plugins]\nec2 = { version = \"../0.1.0\" }",
        "name = \"x\"\nconfig = 1",
        "name = \"x\"\n[program]\nlimits = { memroy = 64 }",
        "name = \"x\"\n[program]\nlimits = { computing = 0 }",
        "name = \"x\"\n[plugins]\nec2 = { path = \"p\", limits = { waiting = \"1 min\" } }",
        "name = \"x\"\n[plugins]\nec2 = { path = \"p\", limits = 5 }",
        "name = \"x\"\nname = \"y\"",
    ]
    .map(|content| format!("{content}\n→ {}\n", error(content)));
    insta::assert_snapshot!(errors.join("\n"));
}

// Rule 50.
#[test]
fn a_text_of_a_project_steers_no_terminal_and_begins_no_line() {
    let refused = [
        r#"[program]
path = "a\u001b[2Jb""#,
        r#"[plugins]
ec2 = { path = "p\n::add-mask::x" }"#,
        r#"[program]
references = ["a", "b\u202e"]"#,
        r#""a\n::stop-commands::x" = 1"#,
    ]
    .map(|content| error(&format!("name = \"x\"\n{content}")));
    insta::assert_snapshot!(refused.join("\n"), @"
    Kim.toml: program.path has the character U+001B, which is not seen; leave it out
    Kim.toml: plugins.ec2.path has the character U+000A, which is not seen; leave it out
    Kim.toml: program.references has the character U+202E, which is not seen; leave it out
    Kim.toml: unknown key a ::stop-commands::x; there are: config, aws, name, program, plugins, state
    ");
}

#[test]
fn the_stack_s_tables_lie_over_the_project_s() {
    let dir = scratch(&[
        (
            "Kim.toml",
            "name = \"x\"\n[config]\nsize = \"small\"\nzones = [\"a\", \"b\"]\n[config.tags]\nTeam = \"db\"\nStage = \"dev\"\n",
        ),
        (
            "Kim.live.toml",
            "[aws]\nregion = \"eu-central-1\"\n[config]\nzones = [\"c\"]\n[config.tags]\nStage = \"live\"\n",
        ),
    ]);
    let project = Project::read(dir.path()).expect("it reads");
    let settings = Settings::load(&project, "live").expect("they read");
    assert_eq!(settings.aws().expect("it reads").region.as_deref(), Some("eu-central-1"));
    insta::assert_snapshot!(kim_model::json::redacted(
        &settings.redacted().expect("they are values")
    ));
    assert_eq!(
        Settings::load(&project, "other").expect("no file is fine"),
        Settings::of_project(&project)
    );
}

#[test]
fn a_stack_s_file_is_checked_too() {
    let dir = scratch(&[
        ("Kim.toml", "name = \"x\"\n"),
        ("Kim.a.toml", "[confg]\nsize = 1\n"),
        ("Kim.b.toml", "[aws]\nregoin = \"eu-central-1\"\n"),
        ("Kim.c.toml", "[aws]\nregion = 7\n"),
    ]);
    let project = Project::read(dir.path()).expect("it reads");
    let message = |stack: &str| {
        let error = Settings::load(&project, stack)
            .and_then(|settings| settings.aws())
            .expect_err("refused");
        error.to_string().replace(&format!("{}/", dir.path().display()), "")
    };
    assert_eq!(message("a"), "Kim.a.toml: unknown key confg; did you mean config?");
    assert_eq!(message("b"), "Kim.b.toml: unknown key aws.regoin; did you mean aws.region?");
    assert_eq!(message("c"), "Kim.c.toml: aws.region must be text, but is a whole number");
}
