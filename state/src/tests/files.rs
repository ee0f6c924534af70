//! Unusable files and files of other versions.
//!
//! The tests check the messages, and that the files are left as they are.

use std::path::Path;
use std::sync::Arc;

use kim_engine::ports::{Store, StoreError};
use kim_engine::state::{Action, Doubt, Intent, Record, StateChange};
use rusqlite::{Connection, OpenFlags};

use super::{begin_run, exports, put, record, stack_id};
use crate::codec::LEVELS;
use crate::error::Location;
use crate::files::OsDisk;
use crate::migrate::{APPLICATION_ID, MIGRATIONS, backup_path, migrate};
use crate::{SqliteStore, Vault};

/// Returns the message, with the scratch folder's name replaced.
fn message(error: &StoreError, folder: &tempfile::TempDir) -> String {
    error.to_string().replace(&folder.path().display().to_string(), "/scratch")
}

fn open_error(path: &Path, folder: &tempfile::TempDir) -> String {
    message(&SqliteStore::open(path, Vault::none()).unwrap_err(), folder)
}

#[test]
fn a_missing_folder_is_created_for_its_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a/.kim/state.db");
    SqliteStore::open(&path, Vault::none()).unwrap();
    #[cfg(unix)]
    for (path, mode) in [(path.parent().unwrap(), 0o700), (&path, 0o600)] {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(
            path.metadata().unwrap().permissions().mode() & 0o777,
            mode,
            "{}",
            path.display()
        );
    }
}

#[test]
fn another_file_is_rejected_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    insta::assert_snapshot!(open_error(folder.path(), &folder), @"state file /scratch: this is a folder. Name a file in it");

    let text = folder.path().join("notes.txt");
    std::fs::write(
        &text,
        "not a database, but long enough to be taken for the header of one: ".repeat(20),
    )
    .unwrap();
    insta::assert_snapshot!(open_error(&text, &folder), @"state file /scratch/notes.txt: opening it failed: it is not a state file of kim, but something else. Move it away, or name another file for the state");
    assert!(std::fs::read_to_string(&text).unwrap().starts_with("not a database"));

    let below = open_error(&text.join("state.db"), &folder);
    assert!(
        below.starts_with("state file /scratch/notes.txt/state.db: it cannot be created ("),
        "{below}"
    );

    let foreign = folder.path().join("foreign.db");
    Connection::open(&foreign).unwrap().execute_batch("CREATE TABLE theirs (a)").unwrap();
    let before = std::fs::read(&foreign).unwrap();
    insta::assert_snapshot!(open_error(&foreign, &folder), @"state file /scratch/foreign.db: this is a database of another program. Name another file for the state; it was left as it is");
    assert_eq!(std::fs::read(&foreign).unwrap(), before);

    let newer = folder.path().join("newer.db");
    let conn = Connection::open(&newer).unwrap();
    conn.pragma_update(None, "application_id", APPLICATION_ID).unwrap();
    conn.pragma_update(None, "user_version", 99).unwrap();
    let before = std::fs::read(&newer).unwrap();
    insta::assert_snapshot!(open_error(&newer, &folder), @"state file /scratch/newer.db: it was written by a newer kim (version 99 of the file; this kim knows up to 4). Update kim; the file was left as it is");
    assert_eq!(std::fs::read(&newer).unwrap(), before);
}

#[tokio::test]
async fn a_file_that_was_cut_off_is_not_taken_for_a_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    let (store, _) = begin_run(&folder, Vault::none()).await;
    drop(store);
    let whole = std::fs::read(&path).unwrap();
    let cut_off = |bytes: usize| {
        std::fs::write(&path, &whole[..bytes]).unwrap();
        let error = open_error(&path, &folder);
        assert_eq!(std::fs::read(&path).unwrap(), &whole[..bytes], "it was changed");
        error
    };
    insta::assert_snapshot!(cut_off(0), @"state file /scratch/state.db: it is empty, so nothing can be read from it: it was cut off. It was left as it is. Put a backup of yours in its place; if nothing was ever deployed with it, delete it and run again");
    assert!(cut_off(1).contains("it has no whole header"));
    assert!(cut_off(99).contains("it has no whole header"));
    // With a backup, its name.
    std::fs::write(folder.path().join("state.db.backup-v0"), &whole).unwrap();
    assert!(cut_off(0).contains("there are: state.db.backup-v0"));
    // The ways out: the whole file again, or none.
    std::fs::write(&path, &whole).unwrap();
    let store = SqliteStore::open(&path, Vault::none()).unwrap();
    assert_eq!(store.stacks("shop").await.unwrap().len(), 1);
    drop(store);
    std::fs::remove_file(&path).unwrap();
    let store = SqliteStore::open(&path, Vault::none()).unwrap();
    assert_eq!(store.stacks("shop").await.unwrap(), []);
}

#[tokio::test]
async fn a_damaged_file_names_its_backups() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    let (store, run) = begin_run(&folder, Vault::none()).await;
    store.commit(run, vec![put(record("a"))]).await.unwrap();
    drop(store);
    std::fs::copy(&path, folder.path().join("state.db.backup-v0")).unwrap();
    // All pages but the first, which holds the header, become noise.
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[4096..].fill(0xa5);
    std::fs::write(&path, bytes).unwrap();
    let store = SqliteStore::open(&path, Vault::none());
    let error = match store {
        Ok(store) => store.load(&stack_id()).await.unwrap_err(),
        Err(error) => error,
    };
    insta::assert_snapshot!(message(&error, &folder), @"state file /scratch/state.db: opening it failed: the file is damaged. Keep a copy of it, and put a backup in its place; there are: state.db.backup-v0");
}

#[test]
fn errors_of_sqlite_say_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    drop(SqliteStore::open(&path, Vault::none()).unwrap());
    let explain = |error: rusqlite::Error| {
        message(&Location::file(&path).explain("recording changes", error.into()), &folder)
    };
    let insert = "INSERT INTO stacks (project, name, uid, created_at) VALUES ('p', 'n', hex(zeroblob(100000)), 0)";

    let read_only = Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    insta::assert_snapshot!(explain(read_only.execute(insert, []).unwrap_err()), @"state file /scratch/state.db: recording changes failed: it may only be read. Give yourself the right to write the file and its folder (SQLite keeps two files beside it), and run again");

    let full = Connection::open(&path).unwrap();
    let pages: i64 = full.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
    full.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(())).unwrap();
    insta::assert_snapshot!(explain(full.execute(insert, []).unwrap_err()), @"state file /scratch/state.db: recording changes failed: the disk is full. Nothing of this was recorded. Make room, and run again");

    let holder = Connection::open(&path).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    full.busy_timeout(std::time::Duration::ZERO).unwrap();
    insta::assert_snapshot!(explain(full.execute(insert, []).unwrap_err()), @"state file /scratch/state.db: recording changes failed: another process has kept the file locked for too long. See which program has it open (`fuser` names it), let it end, and run again");
}

#[tokio::test]
async fn an_older_file_is_migrated_after_a_backup() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    let (store, run) = begin_run(&folder, Vault::none()).await;
    store.commit(run, vec![put(record("a"))]).await.unwrap();
    // Open all the while: what is only in the write-ahead log belongs to the backup too.
    let newer: Vec<&str> =
        MIGRATIONS.iter().copied().chain(["ALTER TABLE stacks ADD COLUMN motto TEXT"]).collect();
    let conn = Connection::open(&path).unwrap();
    migrate(&conn, Some(&path), &newer, &Location::file(&path), &OsDisk).unwrap();
    assert_eq!(conn.execute("UPDATE stacks SET motto = 'steady'", []).unwrap(), 1);
    migrate(&conn, Some(&path), &newer, &Location::file(&path), &OsDisk).unwrap();
    drop((store, conn));

    let backup = backup_path(&path, MIGRATIONS.len());
    assert_eq!(backup, folder.path().join(format!("state.db.backup-v{}", MIGRATIONS.len())));
    let old = SqliteStore::open(&backup, Vault::none()).unwrap();
    assert_eq!(old.load(&stack_id()).await.unwrap().resources.len(), 1);
    let error = SqliteStore::open(&path, Vault::none()).unwrap_err().to_string();
    assert!(error.contains("a newer kim"), "{error}");
}

#[tokio::test]
async fn a_record_of_the_first_version_is_read_after_its_migration() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    let (store, run) = begin_run(&folder, Vault::none()).await;
    let kept = Record { incomplete: Some("an update failed".to_owned()), ..record("a") };
    store.commit(run, vec![put(kept.clone())]).await.unwrap();
    drop(store);
    let conn = Connection::open(&path).unwrap();
    conn.execute_batch(
        "ALTER TABLE resources DROP COLUMN id_property;
         ALTER TABLE resources DROP COLUMN unfinished;
         ALTER TABLE resources DROP COLUMN timeouts;
         ALTER TABLE resources DROP COLUMN secret_outputs;
         ALTER TABLE dependencies DROP COLUMN follows;
         DROP TABLE doubts;
         PRAGMA user_version = 1",
    )
    .unwrap();
    drop(conn);

    let store = SqliteStore::open(&path, Vault::none()).unwrap();
    let state = store.load(&stack_id()).await.unwrap();
    assert_eq!(state.records().collect::<Vec<_>>(), [&kept]);
    assert!(backup_path(&path, 1).exists());
}

#[tokio::test]
async fn a_file_of_version_1_gets_a_table_of_doubts() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    let conn = Connection::open(&path).unwrap();
    migrate(&conn, Some(&path), &MIGRATIONS[..1], &Location::file(&path), &OsDisk).unwrap();
    drop(conn);
    let (store, run) = begin_run(&folder, Vault::none()).await;
    assert!(backup_path(&path, 1).exists());
    let record = record("a");
    let intent = Intent {
        id: 1,
        urn: record.urn.clone(),
        action: Action::Create,
        generation: 0,
        token: "t".into(),
        record,
    };
    let doubt = Arc::new(Doubt { intent, since: 7 });
    store.commit(run, vec![StateChange::OpenDoubt(Arc::clone(&doubt))]).await.unwrap();
    assert_eq!(store.load(&stack_id()).await.unwrap().doubts["t"], *doubt);
}

#[tokio::test]
async fn a_file_of_version_1_gets_the_columns_of_the_options() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    let conn = Connection::open(&path).unwrap();
    migrate(&conn, None, &MIGRATIONS[..1], &Location::file(&path), &OsDisk).unwrap();
    conn.execute_batch(
        "INSERT INTO stacks (id, project, name, uid, created_at) VALUES (1, 'shop', 'dev', 'u', 0);
         INSERT INTO resources (id, stack, urn, generation, standing, component, cloud_id, inputs, properties,
             protect, retain_on_delete, create_before_delete, tainted)
         VALUES (1, 1, 'kim:shop/dev/test:Volume/a', 0, 'current', 0, 'vol-a', '{}', '{}', 1, 0, 0, 0),
                (2, 1, 'kim:shop/dev/test:Volume/b', 0, 'current', 0, 'vol-b', '{}', '{}', 0, 0, 0, 1);
         INSERT INTO dependencies (resource, stack, dependency) VALUES (2, 1, 'kim:shop/dev/test:Volume/a');",
    )
    .unwrap();
    drop(conn);
    let store = SqliteStore::open(&path, Vault::none()).unwrap();
    let state = store.load(&stack_id()).await.unwrap();
    let [a, b] = &state.records().collect::<Vec<_>>()[..] else { panic!("{state:?}") };
    assert!(a.protect && b.tainted && b.dependencies.contains(&a.urn));
    for record in [a, b] {
        assert!(record.follows.is_empty() && record.secret_outputs.is_empty());
        assert_eq!(record.timeouts, kim_model::Timeouts::default());
    }
    assert!(backup_path(&path, 1).exists());
}

#[test]
fn a_migration_that_fails_leaves_the_file_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    drop(SqliteStore::open(&path, Vault::none()).unwrap());
    let broken: Vec<&str> =
        MIGRATIONS.iter().copied().chain(["DROP TABLE steps; nonsense"]).collect();
    let conn = Connection::open(&path).unwrap();
    migrate(&conn, Some(&path), &broken, &Location::file(&path), &OsDisk).unwrap_err();
    drop(conn);
    SqliteStore::open(&path, Vault::none()).unwrap();
}

#[test]
fn a_new_file_can_be_opened_by_many_at_once() {
    for _ in 0..10 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.db");
        std::thread::scope(|scope| {
            let opening: Vec<_> =
                (0..8).map(|_| scope.spawn(|| SqliteStore::open(&path, Vault::none()))).collect();
            opening.into_iter().for_each(|opened| drop(opened.join().unwrap().unwrap()));
        });
    }
}

/// Returns the error of a stack whose only resource has a column set by SQL.
async fn load_with(column: &str, value: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let (store, run) = begin_run(&folder, Vault::none()).await;
    store.commit(run, vec![put(record("a"))]).await.unwrap();
    drop(store);
    let path = folder.path().join("state.db");
    let conn = Connection::open(&path).unwrap();
    conn.execute(&format!("UPDATE resources SET {column} = {value}"), []).unwrap();
    drop(conn);
    let store = SqliteStore::open(&path, Vault::none()).unwrap();
    message(&store.load(&stack_id()).await.unwrap_err(), &folder)
}

#[tokio::test]
async fn a_row_with_nonsense_is_an_error_that_says_where() {
    for (column, value) in [
        ("timeouts", "'{'"),
        ("inputs", "'{oops'"),
        ("urn", "'nothing'"),
        ("parent", "'nothing'"),
        ("secret_outputs", "'7'"),
    ] {
        let error = load_with(column, value).await;
        let place = "state file /scratch/state.db: reading the state failed: the state is damaged: the table 'resources', stack shop/dev: ";
        assert!(error.starts_with(place), "{column}: {error}");
        assert!(error.ends_with("put a backup of yours in its place"), "{column}: {error}");
    }
    let line = load_with("source_file = 'x', source_line", "-1").await;
    insta::assert_snapshot!(line, @"state file /scratch/state.db: reading the state failed: the state is damaged: the table 'resources', stack shop/dev: Integer -1 out of range at index 18. Keep a copy of it, and put a backup of yours in its place");
}

#[tokio::test]
async fn a_row_that_is_nested_without_end_is_an_error() {
    let endless = format!("'{}'", "[".repeat(100_000));
    let error = load_with("inputs", &endless).await;
    assert!(error.contains("the inputs of kim:shop/dev/test:Volume/a cannot be read"), "{error}");
}

#[tokio::test]
async fn what_is_nested_too_deep_to_be_read_is_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let (store, run) = begin_run(&folder, Vault::passphrase("p")).await;
    let nested = |levels: usize| {
        let list = (1..levels)
            .fold(kim_model::Value::Null, |inner, _| kim_model::Value::List(vec![inner]));
        exports([("deep", list.clone()), ("secret", kim_model::Value::secret(list))])
    };
    let error = store.commit(run, vec![nested(LEVELS + 1)]).await.unwrap_err().to_string();
    assert!(error.contains("nested more than 256 levels deep"), "{error}");
    store.commit(run, vec![nested(LEVELS - 1)]).await.unwrap();
    store.load(&stack_id()).await.unwrap();
}

#[cfg(unix)]
#[test]
fn a_file_that_another_user_could_have_written_is_rejected() {
    use std::os::unix::fs::{chown, symlink};
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    // What is no file would hold SQLite up.
    symlink("/dev/zero", &path).unwrap();
    insta::assert_snapshot!(open_error(&path, &folder), @"state file /scratch/state.db: '/scratch/state.db' is a device, a socket or a FIFO, not a file. It was left as it is; name another file for the state, or make this one yours");
    std::fs::remove_file(&path).unwrap();
    drop(SqliteStore::open(&path, Vault::none()).unwrap());
    // SQLite replays what is beside the file.
    let wal = folder.path().join("state.db-wal");
    symlink("/etc/passwd", &wal).unwrap();
    insta::assert_snapshot!(open_error(&path, &folder), @"state file /scratch/state.db: '/scratch/state.db-wal' is a link, not a file. It was left as it is; name another file for the state, or make this one yours");
    std::fs::remove_file(&wal).unwrap();
    let give = |path: &Path, uid: u32| match chown(path, Some(uid), None) {
        Err(error) if std::env::var_os("KIM_TESTS_REQUIRE").is_none() => {
            eprintln!("left out: only root gives files away ({error})");
            false
        }
        given => {
            given.unwrap();
            true
        }
    };
    std::fs::write(&wal, "").unwrap();
    if !give(&wal, 54_321) {
        return;
    }
    assert!(
        open_error(&path, &folder).contains("state.db-wal' belongs to another user (uid 54321)")
    );
    give(&wal, 0);
    give(&path, 54_321);
    insta::assert_snapshot!(open_error(&path, &folder), @"state file /scratch/state.db: '/scratch/state.db' belongs to another user (uid 54321). It was left as it is; name another file for the state, or make this one yours");
    give(&path, 0);
    give(folder.path(), 54_321);
    assert!(open_error(&path, &folder).contains("'/scratch' belongs to another user (uid 54321)"));
    give(folder.path(), 0);
    SqliteStore::open(&path, Vault::none()).unwrap();
}

// A backup is as private as a new file, whatever the file is that it copies.
#[cfg(unix)]
#[tokio::test]
async fn a_backup_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    let conn = Connection::open(&path).unwrap();
    migrate(&conn, None, &MIGRATIONS[..1], &Location::file(&path), &OsDisk).unwrap();
    drop(conn);
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).unwrap();
    drop(SqliteStore::open(&path, Vault::none()).unwrap());
    let mode = backup_path(&path, 1).metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}
