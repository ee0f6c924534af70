//! Errors of the state: what a person reads when its file cannot be read or written.
//!
//! A file that cannot be read is not changed. Nothing that the cloud created is lost.

use std::path::Path;

use insta::assert_snapshot;
use kim_aws_local::{Fault, Trouble};
use kim_tests::{Cloud, Output, Project};
use rusqlite::Connection;

fn deployed() -> (Cloud, Project) {
    let cloud = Cloud::start();
    let project = Project::naughty(&cloud.account());
    project.up().succeeds();
    (cloud, project)
}

/// Returns what `kim preview` says of a damaged state. `kim up` changes neither the file nor the
/// cloud. Restores the file.
#[track_caller]
fn damaged((cloud, project): &(Cloud, Project), damage: impl Fn(&Path)) -> String {
    let (file, calls) = (project.state(), cloud.calls().len());
    let before = std::fs::read(&file).expect("it is there");
    damage(&file);
    let damaged = std::fs::read(&file).expect("it is there");
    let output = project.kim(&["preview"]).exits(1);
    project.up().exits(1);
    let after = std::fs::read(&file).expect("it is there");
    assert!(after == damaged, "the file was changed\n{output}");
    let changes = cloud
        .actions_since(calls)
        .into_iter()
        .filter(|action| !action.starts_with("Describe"))
        .count();
    // A run may ask for the identity of its credentials.
    assert!(changes <= 2, "the cloud was changed: {:?}", cloud.actions_since(calls));
    std::fs::write(&file, before).expect("it is written");
    project.expect_no_changes();
    output.snapshot()
}

fn sql(statement: &str) -> impl Fn(&Path) {
    move |file| {
        let state = Connection::open(file).expect("it is SQLite");
        state.execute_batch(statement).expect("it is SQL");
        // The change has to be in the file itself, not in its log.
        state
            .pragma_update_and_check(None, "wal_checkpoint", "TRUNCATE", |_| Ok(()))
            .expect("it is written");
    }
}

#[test]
fn a_file_that_is_damaged_or_another() {
    let stack = deployed();
    let bytes = |change: fn(&mut Vec<u8>)| {
        move |file: &Path| {
            let mut bytes = std::fs::read(file).expect("it is there");
            change(&mut bytes);
            std::fs::write(file, bytes).expect("it is written");
        }
    };
    let said = [
        ("overwritten", damaged(&stack, bytes(|bytes| bytes[4096..].fill(0xa5)))),
        ("cut off", damaged(&stack, bytes(|bytes| bytes.truncate(bytes.len() / 2)))),
        ("a text", damaged(&stack, bytes(|bytes| *bytes = b"shopping list\n".repeat(500)))),
        ("written by a newer kim", damaged(&stack, sql("PRAGMA user_version = 99"))),
        ("another program's", damaged(&stack, sql("PRAGMA application_id = 7"))),
        ("a row that is no JSON", damaged(&stack, sql("UPDATE resources SET inputs = '{oops'"))),
    ];
    assert_snapshot!(said.map(|(title, said)| format!("══ {title}\n{said}")).join("\n"));
}

#[test]
fn a_state_that_is_not_valid() {
    let stack = deployed();
    let said =
        damaged(&stack, sql("UPDATE resources SET cloud_id = '' WHERE urn LIKE '%Subnet/a'"));
    assert_snapshot!(said);
}

#[test]
fn a_place_that_cannot_be_one() {
    let (_cloud, project) = deployed();
    project.write("notes.txt", "something");
    project.write("folder/notes.txt", "something");
    let said = ["notes.txt/state.db", "folder", "notes.txt"].map(|state| {
        let output = project.kim(&["preview", "--state", state]).exits(1);
        format!("══ --state {state}\n{}", output.snapshot())
    });
    assert_snapshot!(said.join("\n"));
}

/// Returns the shell command that makes a path in the project's folder read-only.
fn read_only(path: &str) -> String {
    format!("mount --bind {path} {path} && mount -o remount,bind,ro {path} || exit 99")
}

#[test]
fn a_file_that_may_only_be_read() {
    let cloud = Cloud::start();
    let mut project = Project::small(&cloud.account());
    project.up().succeeds();
    project.set("volumes", "3");
    let mut said = Vec::new();
    for path in [".kim/state.db", ".kim"] {
        for arguments in [&["preview"][..], &["up", "--yes"]] {
            let Some(output) = project.in_namespace(&read_only(path), arguments) else { return };
            said.push(format!(
                "══ kim {}, {path} is read-only\n{}",
                arguments.join(" "),
                output.snapshot()
            ));
        }
    }
    assert_snapshot!(said.join("\n"));
    project.set("volumes", "2");
    project.expect_no_changes();
}

#[test]
fn a_disk_that_is_full_from_the_start() {
    let cloud = Cloud::start();
    let project = Project::naughty(&cloud.account());
    std::fs::create_dir(project.folder().join(".kim")).expect("a folder is made");
    let full = "mount -t tmpfs -o size=16k none .kim || exit 99; head -c 20000 /dev/zero > .kim/filler 2>/dev/null";
    let Some(output) = project.in_namespace(full, &["up", "--yes"]) else { return };
    assert_snapshot!(output.exits(1).snapshot());
    assert_eq!(cloud.actions_since(0), Vec::<String>::new());
}

/// Gives the state a disk of its own, fills it once the test writes to `fill`, and copies its files
/// in the end.
const FILLS_UP: &str =
    "mkfifo fill filled && mkdir .kim kept && mount -t tmpfs -o size=4m none .kim || exit 99
    { read go < fill; cat /dev/zero > .kim/filler; echo > filled; } > /dev/null 2>&1 &
    \"$@\"; code=$?; rm -f .kim/filler; cp .kim/* kept; exit $code";

#[test]
fn a_disk_that_is_full_from_one_moment_to_the_next() {
    let cloud = Cloud::start();
    let project = Project::small(&cloud.account());
    cloud.faults().inject(Fault::next("CreateSubnet", Trouble::Hold));
    let Some(mut run) = project.start_in_namespace(FILLS_UP, &["up", "--yes", "--parallel", "1"])
    else {
        return;
    };
    cloud.until_hit(&mut run);
    std::fs::write(project.folder().join("fill"), "\n").expect("it is waited for");
    std::fs::read(project.folder().join("filled")).expect("it is told");
    cloud.faults().release();
    let output = run.end().exits(1);
    std::fs::remove_dir(project.folder().join(".kim")).expect("nothing is in it");
    std::fs::rename(project.folder().join("kept"), project.folder().join(".kim"))
        .expect("it is there");
    // There is room again: nothing is lost, and nothing is created twice.
    let next = project.kim(&["up", "--yes", "--parallel", "1"]).succeeds();
    project.expect_no_changes();
    cloud.boto().iter().for_each(|boto| project.matches(boto));
    assert_snapshot!(format!(
        "══ the disk is full\n{}\n══ there is room again\n{}",
        output.snapshot(),
        next.snapshot()
    ));
}

/// Runs `kim up` with files of at most this many blocks of 512 bytes.
fn up_with_little_room(project: &Project, blocks: u32) -> Output {
    let little = format!("trap '' XFSZ; ulimit -f {blocks}");
    project.in_shell(&little, &["up", "--yes", "--parallel", "1"])
}

#[test]
fn a_disk_that_fills_up_in_the_middle() {
    let mut failed = 0;
    // The state begins with some 200 blocks; a run of this program writes some 800 more.
    for blocks in [220, 260, 300, 380, 460, 540] {
        let cloud = Cloud::start();
        let project = Project::small(&cloud.account());
        project.kim(&["stack", "init", "dev"]).succeeds();
        // Compiled code is larger than that: it has to be in the cache already.
        project.kim(&["preview"]).succeeds();
        let output = up_with_little_room(&project, blocks);
        failed += u32::from(output.code == Some(1));
        assert!(
            output.code == Some(0) || format!("{output}").contains("the disk failed"),
            "{output}"
        );
        assert!(!format!("{output}").contains("os error"), "{output}");
        project.up().succeeds();
        project.expect_no_changes();
        cloud.boto().iter().for_each(|boto| project.matches(boto));
    }
    assert!(failed > 2, "it hardly ever failed");
}

#[test]
fn what_exists_is_told_when_it_cannot_be_recorded() {
    let cloud = Cloud::start();
    let project = Project::naughty(&cloud.account());
    project.kim(&["stack", "init", "dev"]).succeeds();
    // The trigger is added while a call is in flight.
    cloud.faults().inject(Fault::next("CreateVpc", Trouble::Hold));
    let mut run = project.start(&["up", "--yes"]);
    cloud.until_hit(&mut run);
    let guard =
        "CREATE TRIGGER full BEFORE INSERT ON resources BEGIN SELECT RAISE(ABORT, 'no room'); END";
    Connection::open(project.state())
        .and_then(|state| state.execute_batch(guard))
        .expect("it is SQLite");
    cloud.faults().release();
    let output = run.end().exits(1);
    assert_snapshot!(output.snapshot());
    Connection::open(project.state())
        .and_then(|state| state.execute_batch("DROP TRIGGER full"))
        .expect("it is SQLite");
    project.up().succeeds();
    project.expect_no_changes();
    cloud.boto().iter().for_each(|boto| project.matches(boto));
}

#[test]
fn a_lock() {
    let cloud = Cloud::start();
    let project = Project::naughty(&cloud.account());
    cloud.faults().inject(Fault::next("CreateVpc", Trouble::Hold));
    let mut first = project.start(&["up", "--yes", "--json"]);
    cloud.until_hit(&mut first);
    assert_snapshot!("held", project.kim(&["destroy", "--yes"]).exits(1).snapshot());
    first.signal("KILL");
    assert_eq!(first.end().code, None);
    // The cloud carries out the call that it has received.
    cloud.faults().release();
    cloud.until(|| cloud.calls().iter().any(|call| call.action == "CreateVpc"));
    // The holder of the lock is dead: the next run takes the lock over and recovers the open
    // create.
    project.up().succeeds();
    project.expect_no_changes();
    cloud.boto().iter().for_each(|boto| project.matches(boto));
}
