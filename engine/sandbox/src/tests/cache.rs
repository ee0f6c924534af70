//! The folder of compiled components.

use crate::Cache;

#[test]
fn the_default_folder_follows_the_environment() {
    let folder = |set: &[(&str, &str)]| {
        let set: Vec<(String, String)> =
            set.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        Cache::default_folder(move |name| {
            set.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
        })
        .map(|folder| folder.display().to_string())
    };
    assert_eq!(folder(&[("HOME", "/h")]).as_deref(), Some("/h/.cache/kim"));
    assert_eq!(folder(&[("HOME", "/h"), ("XDG_CACHE_HOME", "/x")]).as_deref(), Some("/x/kim"));
    assert_eq!(
        folder(&[("HOME", "/h"), ("XDG_CACHE_HOME", "relative")]).as_deref(),
        Some("/h/.cache/kim")
    );
    assert_eq!(folder(&[("XDG_CACHE_HOME", "/x"), ("KIM_CACHE_DIR", "/k")]).as_deref(), Some("/k"));
    assert_eq!(folder(&[]), None);
}

#[cfg(unix)]
#[test]
fn a_folder_that_others_may_write_to_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let above = tempfile::tempdir().unwrap();
    let folder = above.path().join("kim");
    Cache::open(&folder).unwrap();
    let mode = || std::fs::metadata(&folder).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(), 0o700);
    std::fs::set_permissions(&folder, PermissionsExt::from_mode(0o777)).unwrap();
    let error = Cache::open(&folder).unwrap_err().message;
    assert!(error.contains("other users may write to") && error.contains("chmod 700"), "{error}");
}
