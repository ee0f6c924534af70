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
mod on_disk {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
    use std::path::Path;
    use std::sync::Arc;
    use std::time::{Duration, SystemTime};

    use crate::compile::cache::stamp;
    use crate::{Cache, Compiling, Sandbox, Wasm};

    /// A user that this process is not.
    const STRANGER: u32 = 54_321;

    fn mode(path: &Path, mode: u32) {
        std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
    }

    /// Gives a path to a stranger.
    ///
    /// Returns false, with a note, where only root may do so.
    fn give_away(path: &Path) -> bool {
        match chown(path, Some(STRANGER), None) {
            Err(error) if std::env::var_os("KIM_TESTS_REQUIRE").is_none() => {
                eprintln!("left out: only root gives files away ({error})");
                false
            }
            given => {
                given.unwrap();
                true
            }
        }
    }

    fn refused(folder: &Path) -> String {
        Cache::open(folder).unwrap_err().message
    }

    #[test]
    fn a_folder_that_others_may_write_to_is_refused() {
        let above = tempfile::tempdir().unwrap();
        let folder = above.path().join("kim");
        Cache::open(&folder).unwrap();
        assert_eq!(std::fs::metadata(&folder).unwrap().mode() & 0o777, 0o700);
        mode(&folder, 0o777);
        let error = refused(&folder);
        assert!(
            error.contains("other users may write to") && error.contains("`chmod go-w"),
            "{error}"
        );
        mode(&folder, 0o700);
        mode(above.path(), 0o777);
        assert!(refused(&folder).contains("other users may write to"));
    }

    #[test]
    fn a_folder_of_another_user_is_refused_whatever_its_mode_and_by_a_link_too() {
        let above = tempfile::tempdir().unwrap();
        let (folder, link) = (above.path().join("kim"), above.path().join("link"));
        Cache::open(&folder).unwrap();
        symlink(&folder, &link).unwrap();
        Cache::open(&link).unwrap();
        if !give_away(&folder) {
            return;
        }
        for permissions in [0o755, 0o700, 0o555] {
            mode(&folder, permissions);
            for path in [&folder, &link] {
                let error = refused(path);
                assert!(error.contains("belongs to another user (uid 54321)"), "{error}");
                assert!(error.contains("set KIM_CACHE_DIR"), "{error}");
            }
        }
    }

    // Code under the right key that somebody else put there is not run, but made again.
    #[tokio::test]
    async fn code_of_another_user_counts_as_missing() {
        let above = tempfile::tempdir().unwrap();
        let folder = above.path().join("kim");
        let wasm = Wasm::from_bytes("empty", wat::parse_str("(component)").unwrap());
        let compiled = Arc::new(std::sync::Mutex::new(0));
        let compilations = async || {
            let counted = compiled.clone();
            let count = move |news| match news {
                Compiling::Started { .. } => *counted.lock().unwrap() += 1,
                Compiling::Finished { .. } => {}
            };
            let cache = Cache::open(&folder).unwrap();
            let sandbox = Sandbox::new(Some(cache), Arc::new(count)).unwrap();
            sandbox.compile(sandbox.engine(), &wasm).await.map(|_| ()).unwrap();
            std::mem::take(&mut *compiled.lock().unwrap())
        };
        assert_eq!(compilations().await, 1);
        assert_eq!(compilations().await, 0);
        let files = std::fs::read_dir(&folder).unwrap();
        let code = files.map(|file| file.unwrap().path()).next().unwrap();
        // By a link, which is this user's …
        let elsewhere = above.path().join("elsewhere.cwasm");
        std::fs::rename(&code, &elsewhere).unwrap();
        symlink(&elsewhere, &code).unwrap();
        assert_eq!(compilations().await, 1);
        assert!(!code.is_symlink() && compilations().await == 0);
        // … one that others may write to …
        mode(&code, 0o666);
        assert_eq!(compilations().await, 1);
        // … and a file of their own.
        if give_away(&code) {
            assert_eq!(compilations().await, 1);
            assert_eq!(compilations().await, 0);
        }
    }

    // Anybody may set `mtime`, and a change within a tick of the clock leaves `ctime` as it is.
    #[test]
    fn a_file_that_changed_just_now_has_no_stamp_whatever_its_mtime_says() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("component.wasm");
        std::fs::write(&file, "new").unwrap();
        let opened = std::fs::File::options().write(true).open(&file).unwrap();
        opened.set_modified(SystemTime::now() - Duration::from_secs(3600)).unwrap();
        assert_eq!(stamp(&file), None);
        // A file that has been there for long has one, and another file another one.
        let there = stamp("/bin/sh".as_ref());
        assert!(there.is_some() && there == stamp("/bin/sh".as_ref()));
        assert_ne!(there, stamp("/etc/passwd".as_ref()));
    }
}
