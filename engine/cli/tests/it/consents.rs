//! What the user allowed projects to choose: kept by folder, and only if nobody else wrote it.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use kim_cli::environment::Environment;
use kim_cli::project::consents::{Choice, Consents};

use crate::binary::{project, text};

fn of(home: &Path) -> Consents {
    let environment: Environment =
        [("XDG_STATE_HOME", home.display().to_string())].into_iter().collect();
    Consents::of_user(&environment)
}

#[test]
fn a_choice_is_allowed_for_its_project_and_its_value_alone() {
    let (home, shop, other) = (tempfile::tempdir(), tempfile::tempdir(), tempfile::tempdir());
    let (home, shop, other) = (home.expect("made"), shop.expect("made"), other.expect("made"));
    let (shop, other) = (shop.path(), other.path());
    let allows = |folder: &Path, choice, value| of(home.path()).allows(folder, choice, value);
    assert_eq!(allows(shop, Choice::Endpoint, "http://a"), Ok(false));
    of(home.path()).allow(shop, Choice::Endpoint, "http://a").expect("it is kept");
    of(home.path()).allow(shop, Choice::Endpoint, "http://b").expect("it is kept");
    of(home.path()).remember_lock(other);
    assert_eq!(allows(shop, Choice::Endpoint, "http://a"), Ok(true));
    assert_eq!(allows(shop, Choice::Endpoint, "http://b"), Ok(true));
    assert_eq!(allows(shop, Choice::Endpoint, "http://c"), Ok(false));
    assert_eq!(allows(shop, Choice::Profile, "http://a"), Ok(false));
    assert_eq!(allows(other, Choice::Endpoint, "http://a"), Ok(false));
    assert!(of(home.path()).had_lock(other) && !of(home.path()).had_lock(shop));
    of(home.path()).forget(other).expect("it is forgotten");
    assert!(!of(home.path()).had_lock(other));
    // By a link it is the same folder.
    let link = home.path().join("link");
    std::os::unix::fs::symlink(shop, &link).expect("a link is made");
    assert_eq!(allows(&link, Choice::Endpoint, "http://a"), Ok(true));
}

#[test]
fn what_others_could_have_written_counts_for_nothing() {
    let (home, shop) = (tempfile::tempdir().expect("made"), tempfile::tempdir().expect("made"));
    of(home.path()).allow(shop.path(), Choice::State, "/x.db").expect("it is kept");
    let folder = home.path().join("kim");
    let file = folder.join("projects.toml");
    let mode = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("it is mine");
    };
    let refused = || {
        let error =
            of(home.path()).allows(shop.path(), Choice::State, "/x.db").expect_err("refused");
        assert!(!of(home.path()).had_lock(shop.path()));
        assert!(of(home.path()).allow(shop.path(), Choice::State, "/y.db").is_err());
        error.to_string().replace(&home.path().display().to_string(), "[home]")
    };
    mode(&file, 0o622);
    insta::assert_snapshot!(refused(), @r"
    other users may write to '[home]/kim/projects.toml' (mode 0622), so what you allowed projects to choose counts for nothing
    hint: make it yours alone (chmod go-w), remove it, or set XDG_STATE_HOME to a folder of your own; kim asks again
    ");
    mode(&file, 0o600);
    mode(&folder, 0o777);
    assert!(refused().starts_with("other users may write to '[home]/kim' (mode 0777)"));
    mode(&folder, 0o700);
    let elsewhere = home.path().join("elsewhere");
    std::fs::rename(&file, &elsewhere).expect("it is mine");
    std::os::unix::fs::symlink(&elsewhere, &file).expect("a link is made");
    assert!(refused().starts_with("'[home]/kim/projects.toml' is a link, not a file"));
    // A folder above that others may write to is no better.
    std::fs::remove_file(&file).expect("it is mine");
    std::fs::rename(&elsewhere, &file).expect("it is mine");
    mode(home.path(), 0o777);
    assert!(refused().starts_with("other users may write to '[home]' (mode 0777)"));
}

/// Each run reads, changes and writes: none may write over what another has written meanwhile.
#[test]
fn runs_at_once_lose_nothing() {
    let (home, shop) = (tempfile::tempdir().expect("made"), tempfile::tempdir().expect("made"));
    let values: Vec<String> = (0..32).map(|number| format!("http://{number}")).collect();
    std::thread::scope(|scope| {
        for value in &values {
            scope.spawn(|| of(home.path()).allow(shop.path(), Choice::Endpoint, value));
        }
    });
    for value in &values {
        assert_eq!(
            of(home.path()).allows(shop.path(), Choice::Endpoint, value),
            Ok(true),
            "{value}"
        );
    }
}

/// Root under `sudo` has the user's folder. Only root can give a file away, so only root tests it.
#[test]
fn what_belongs_to_another_user_is_neither_believed_nor_changed() {
    let (home, shop) = (tempfile::tempdir().expect("made"), tempfile::tempdir().expect("made"));
    of(home.path()).allow(shop.path(), Choice::Profile, "prod").expect("it is kept");
    let file = home.path().join("kim/projects.toml");
    let before = std::fs::read_to_string(&file).expect("it is there");
    for others in [&file, &home.path().to_owned()] {
        let give = |uid| std::os::unix::fs::chown(others, Some(uid), None);
        if give(54_321).is_err() {
            return;
        }
        assert_eq!(of(home.path()).allows(shop.path(), Choice::Profile, "prod"), Ok(false));
        of(home.path()).allow(shop.path(), Choice::Profile, "dev").expect("it is not kept");
        give(0).expect("it was root's");
    }
    assert_eq!(std::fs::read_to_string(&file).expect("it is there"), before);
}

/// The consent is for the file that a link leads to, not for the link.
#[test]
fn a_link_in_place_of_a_state_file() {
    let (home, outside) = (tempfile::tempdir().expect("made"), tempfile::tempdir().expect("made"));
    let shop = project(&[("Kim.toml", "name = \"shop\"\n[state]\npath = \"link.db\"\n")]);
    let link = shop.path().join("link.db");
    let outside = outside.path().canonicalize().expect("it is there");
    let leads_to = |name: &str| {
        let _ = std::fs::remove_file(&link);
        std::os::unix::fs::symlink(outside.join(name), &link).expect("a link is made");
    };
    let run = || {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_kim"));
        command.args(["stack", "ls"]).current_dir(shop.path()).env("XDG_STATE_HOME", home.path());
        for name in ["KIM_STATE", "KIM_STACK", "KIM_TRUST_PROJECT"] {
            command.env_remove(name);
        }
        let output = command.output().expect("kim runs");
        (output.status.code(), text(&output.stderr))
    };
    for name in ["one.db", "two.db"] {
        std::fs::write(outside.join(name), "").expect("it is written");
    }
    leads_to("one.db");
    // The name of the link is what was allowed once.
    let named = shop.path().join("link.db").display().to_string();
    of(home.path()).allow(shop.path(), Choice::State, &named).expect("it is kept");
    let (code, said) = run();
    let one = outside.join("one.db").display().to_string();
    assert!(code == Some(1) && said.contains(&one), "{said}");
    of(home.path()).allow(shop.path(), Choice::State, &one).expect("it is kept");
    // It is opened then, and is empty.
    assert!(run().1.contains("it is empty"), "{}", run().1);
    leads_to("two.db");
    let (code, said) = run();
    assert!(code == Some(1) && said.contains("two.db"), "{said}");
    leads_to("nothing.db");
    let (code, said) = run();
    assert!(code == Some(1) && said.contains("cannot be found out"), "{said}");
}

// A value that could forge a line of kim's own is refused as such, and not quoted as it is.
#[test]
fn a_value_that_forges_a_line() {
    let home = tempfile::tempdir().expect("made");
    let shop = project(&[(
        "Kim.toml",
        "name = \"shop\"\n[state]\npath = \"../x\\nhint: all is well\\u001b[2K\\u202e.db\"\n",
    )]);
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_kim"))
        .args(["stack", "ls"])
        .current_dir(shop.path())
        .env("XDG_STATE_HOME", home.path())
        .env_remove("KIM_STATE")
        .env_remove("KIM_TRUST_PROJECT")
        .output()
        .expect("kim runs");
    let said = text(&output.stderr);
    assert!(said.contains("state.path has the character U+000A, which is not seen"), "{said}");
    assert!(!said.contains("\nhint: all"), "{said}");
}
