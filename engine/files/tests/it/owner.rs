//! Whose a folder or a file is.

use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};

use kim_files::owner::{Why, expect_own, expect_private, expect_private_file};
use kim_files::write::create_private_folder;

/// A user that this process is not.
const STRANGER: u32 = 54_321;

fn mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
}

/// Gives a path to a stranger. Returns false, with a note, where only root may do so.
fn give_away(path: &Path) -> bool {
    match chown(path, Some(STRANGER), Some(STRANGER)) {
        Ok(()) => true,
        Err(error) if std::env::var_os("KIM_TESTS_REQUIRE").is_none() => {
            eprintln!("left out: only root gives files away ({error})");
            false
        }
        Err(error) => panic!("only root gives files away: {error}"),
    }
}

/// Returns a scratch folder with a private folder, two below.
fn scratch() -> (tempfile::TempDir, PathBuf) {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path().join("above/kim");
    create_private_folder(&folder).unwrap();
    (scratch, folder)
}

fn why(folder: &Path) -> Why {
    expect_private(folder).unwrap_err().why
}

#[test]
fn a_new_folder_is_private_even_below_a_sticky_one_that_all_may_write_to() {
    let (scratch, folder) = scratch();
    assert_eq!(expect_private(&folder), Ok(()));
    assert_eq!(folder.metadata().unwrap().permissions().mode() & 0o777, 0o700);
    mode(scratch.path(), 0o1777);
    assert_eq!(expect_private(&folder), Ok(()));
}

#[test]
fn a_folder_that_others_may_write_to_or_rename_is_exposed() {
    let (scratch, folder) = scratch();
    mode(&folder, 0o770);
    assert!(matches!(why(&folder), Why::WritableByOthers(_)));
    // A sticky folder is no place for a file of one's own: others may create it first.
    mode(&folder, 0o1777);
    assert!(matches!(why(&folder), Why::WritableByOthers(_)));
    mode(&folder, 0o700);
    mode(scratch.path(), 0o777);
    let exposed = expect_private(&folder).unwrap_err();
    assert_eq!(exposed.path, scratch.path());
    assert!(matches!(exposed.why, Why::WritableByOthers(_)));
    let text = exposed.to_string();
    assert!(
        text.starts_with("other users may write to '") && text.ends_with("(mode 0777)"),
        "{text}"
    );
}

#[test]
fn a_folder_of_another_user_is_exposed_whatever_its_mode_and_so_is_what_is_in_it() {
    let (scratch, folder) = scratch();
    if !give_away(&folder) {
        return;
    }
    mode(&folder, 0o755);
    assert_eq!(why(&folder), Why::BelongsTo(STRANGER));
    assert_eq!(expect_own(&folder).unwrap_err().why, Why::BelongsTo(STRANGER));
    // The one above is enough: it is where the folder is exchanged.
    chown(&folder, Some(0), Some(0)).unwrap();
    give_away(&scratch.path().join("above"));
    let exposed = expect_private(&folder).unwrap_err();
    assert_eq!(
        (exposed.path, exposed.why),
        (scratch.path().join("above"), Why::BelongsTo(STRANGER))
    );
}

#[test]
fn a_link_counts_as_what_it_is_and_as_what_it_leads_to() {
    let (scratch, folder) = scratch();
    let link = scratch.path().join("link");
    symlink("above/../above/kim", &link).unwrap();
    assert_eq!(expect_private(&link), Ok(()));
    mode(&scratch.path().join("above"), 0o777);
    assert!(matches!(why(&link), Why::WritableByOthers(_)));
    mode(&scratch.path().join("above"), 0o755);
    let circle = scratch.path().join("circle");
    symlink("circle", &circle).unwrap();
    assert!(matches!(why(&circle), Why::NotAFolder(_)));
    if std::os::unix::fs::lchown(&link, Some(STRANGER), None).is_ok() {
        let exposed = expect_private(&link).unwrap_err();
        assert_eq!((exposed.path, exposed.why), (link, Why::BelongsTo(STRANGER)));
    }
    assert_eq!(expect_private(&folder), Ok(()));
}

#[test]
fn a_file_in_a_private_folder_is_regular_and_nobody_elses() {
    let (_scratch, folder) = scratch();
    let file = folder.join("code");
    let why = |file: &Path| expect_private_file(file).unwrap_err().why;
    assert!(matches!(why(&file), Why::Unreadable(_)));
    std::fs::write(&file, "code").unwrap();
    assert_eq!(expect_private_file(&file), Ok(()));
    let link = folder.join("link");
    symlink("code", &link).unwrap();
    assert_eq!(why(&link), Why::NotAFile("a link"));
    assert_eq!(why(&folder), Why::NotAFile("a folder"));
    mode(&file, 0o666);
    assert!(matches!(why(&file), Why::WritableByOthers(_)));
    mode(&file, 0o644);
    if give_away(&file) {
        assert_eq!(why(&file), Why::BelongsTo(STRANGER));
        assert_eq!(expect_own(&file).unwrap_err().why, Why::BelongsTo(STRANGER));
    }
}
