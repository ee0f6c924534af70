//! The loss of power and a full disk while an older file is migrated.

use kim_state::testing::{
    Trouble, backup_path, check_file, create_file_of_version, newest_version,
};
use kim_state::{SqliteStore, Vault};

use crate::power::{Machine, losses};

/// Creates a machine with a file of the first version.
fn old_machine() -> Machine {
    let machine = Machine::new();
    std::fs::create_dir(machine.path().parent().unwrap()).unwrap();
    create_file_of_version(&machine.path(), 1).unwrap();
    let disk = kim_state::testing::SimulatedDisk::new(machine.folder.path()).unwrap();
    Machine { disk, ..machine }
}

#[tokio::test]
async fn power_lost_in_a_migration_leaves_the_old_file_or_the_new_one() {
    let mut moments = 0;
    for operation in 0.. {
        let mut is_over = false;
        for loss in losses(operation) {
            let machine = old_machine();
            machine.disk.set_trouble(Trouble::PowerLoss, operation..operation + 1);
            drop(machine.open());
            is_over = !machine.disk.is_off();
            machine.disk.restart(loss).unwrap();
            check_file(&machine.path()).unwrap();
            // A backup is whole from its first moment on.
            let backup = backup_path(&machine.path(), 1);
            if backup.exists() {
                check_file(&backup).unwrap();
                drop(SqliteStore::open_simulated(&machine.disk, &backup, Vault::none()).unwrap());
            }
            // The migration is carried out, or completed; nothing is lost in between.
            drop(machine.open().unwrap());
            assert!(backup.exists(), "no backup, at {operation}, {loss:?}");
            check_file(&backup).unwrap();
            drop(SqliteStore::open_simulated(&machine.disk, &backup, Vault::none()).unwrap());
            moments += 1;
        }
        if is_over {
            break;
        }
    }
    assert!(moments > 100, "{moments}");
    assert!(newest_version() > 1);
}

#[tokio::test]
async fn a_disk_that_is_full_in_a_migration_leaves_the_old_file() {
    let mut messages = Vec::new();
    for operation in 0.. {
        let machine = old_machine();
        machine.disk.set_trouble(Trouble::Full, operation..u64::MAX);
        let Err(error) = machine.open() else { break };
        let folder = machine.disk.path("").display().to_string();
        let message = error.to_string().replace(&folder, "/scratch/");
        if !messages.contains(&message) {
            messages.push(message);
        }
        machine.disk.clear_trouble();
        drop(machine.open().unwrap());
        let backup = backup_path(&machine.path(), 1);
        check_file(&backup).unwrap();
        drop(SqliteStore::open_simulated(&machine.disk, &backup, Vault::none()).unwrap());
    }
    insta::assert_snapshot!(messages.join("\n"), @r"
    state file /scratch/.kim/state.db: opening it failed: the disk is full. Nothing of this was recorded. Make room, and run again
    state file /scratch/.kim/state.db: it is of an older version, and no backup can be written to /scratch/.kim/state.db.backup-v1 (the disk is full). The file was left as it is. Make room in its folder, or give yourself the right to write there, and run again
    ");
}
