//! What the user allowed projects to choose: kept by folder, and only if nobody else wrote it.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use kim_cli::environment::Environment;
use kim_cli::project::consents::{Choice, Consents};

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
        error.to_string().replace(&home.path().display().to_string(), "[home]")
    };
    mode(&file, 0o622);
    insta::assert_snapshot!(refused(), @r"
    [home]/kim/projects.toml is not yours alone, so what it allows counts for nothing: it has to belong to you, and nobody else may write to it
    hint: remove it, or set XDG_STATE_HOME to a folder of your own; kim asks again
    ");
    mode(&file, 0o600);
    mode(&folder, 0o777);
    assert!(refused().contains("[home]/kim is not yours alone"));
    mode(&folder, 0o700);
    let elsewhere = home.path().join("elsewhere");
    std::fs::rename(&file, &elsewhere).expect("it is mine");
    std::os::unix::fs::symlink(&elsewhere, &file).expect("a link is made");
    assert!(refused().contains("[home]/kim/projects.toml is not yours alone"));
}
