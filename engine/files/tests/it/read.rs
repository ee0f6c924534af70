//! What is read, and what is refused unread.

use std::os::unix::fs::{chown, symlink};
use std::path::Path;

use kim_files::read::{Unfit, read, read_own};

fn refused(file: &Path) -> String {
    read_own(file, 8).unwrap_err().to_string()
}

#[test]
fn a_file_is_read_up_to_its_bound() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "12345678").unwrap();
    assert_eq!(read_own(&file, 8).unwrap(), "12345678");
    assert!(matches!(read(&file, 7), Err(Unfit::TooLarge(7))));
    std::fs::write(&file, [0xff]).unwrap();
    assert!(refused(&file).contains("not UTF-8"));
}

#[test]
fn what_is_no_file_is_refused_at_once() {
    assert_eq!(refused("/dev/zero".as_ref()), "is a device, not a file");
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(refused(folder.path()), "is a folder, not a file");
    let fifo = folder.path().join("fifo");
    let made = std::process::Command::new("mkfifo").arg(&fifo).status().unwrap();
    assert!(made.success());
    assert_eq!(refused(&fifo), "is a FIFO, not a file");
    let socket = folder.path().join("socket");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    assert_eq!(refused(&socket), "is a socket, not a file");
    // It says that it is a file, of size 0.
    assert!(matches!(read("/proc/self/environ".as_ref(), 0), Err(Unfit::TooLarge(0))));
}

#[test]
fn a_link_may_not_lead_out_of_its_folder() {
    let above = tempfile::tempdir().unwrap();
    let folder = above.path().join("project");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("file"), "inside").unwrap();
    std::fs::write(above.path().join("file"), "outside").unwrap();
    let link = folder.join("link");
    symlink("file", &link).unwrap();
    assert_eq!(read_own(&link, 8).unwrap(), "inside");
    for target in ["../file", "/etc/passwd", "/dev/zero"] {
        std::fs::remove_file(&link).unwrap();
        symlink(target, &link).unwrap();
        assert_eq!(refused(&link), "is a link that leads out of its folder", "{target}");
    }
}

#[test]
fn another_users_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "theirs").unwrap();
    match chown(&file, Some(54_321), None) {
        Ok(()) => assert_eq!(refused(&file), "belongs to another user (uid 54321)"),
        Err(error) => assert!(std::env::var_os("KIM_TESTS_REQUIRE").is_none(), "{error}"),
    }
}
