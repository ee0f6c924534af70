//! How files are written.

use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::Path;

use kim_files::write::{Access, Beside, replace};

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_link_is_replaced_and_what_it_leads_to_stays() {
    let folder = tempfile::tempdir().unwrap();
    let (file, link) = (folder.path().join("bashrc"), folder.path().join("link"));
    std::fs::write(&file, "mine").unwrap();
    symlink(&file, &link).unwrap();
    replace(&link, b"new").unwrap();
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
    assert_eq!(std::fs::read_to_string(&link).unwrap(), "new");
    assert!(!link.is_symlink());
    assert_eq!(names(folder.path()), ["bashrc", "link"]);
}

#[test]
fn permissions_and_owner_stay_and_are_the_umasks_for_a_new_file() {
    let folder = tempfile::tempdir().unwrap();
    let (file, other) = (folder.path().join("file"), folder.path().join("other"));
    replace(&file, b"1").unwrap();
    std::fs::write(&other, "1").unwrap();
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o7777;
    assert_eq!(mode(&file), mode(&other));
    for kept in [0o600, 0o640, 0o755] {
        std::fs::set_permissions(&file, PermissionsExt::from_mode(kept)).unwrap();
        replace(&file, b"2").unwrap();
        assert_eq!(mode(&file), kept);
    }
    if chown(&file, Some(54_321), None).is_ok() {
        replace(&file, b"3").unwrap();
        assert_eq!(file.metadata().unwrap().uid(), 54_321);
    }
}

#[test]
fn nothing_is_left_of_what_was_not_renamed() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("place");
    std::fs::create_dir(&place).unwrap();
    replace(&place, b"a folder is in the way").unwrap_err();
    assert_eq!(names(folder.path()), ["place"]);
    let beside = Beside::create(&place, Access::Owner).unwrap();
    assert_eq!(beside.file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(names(folder.path()).len(), 2);
    drop(beside);
    assert_eq!(names(folder.path()), ["place"]);
}
