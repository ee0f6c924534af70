//! The actions of snapshots.

use crate::ec2::queries::tags::{put_tags, requested_tags, tag_specification};
use crate::ec2::rows::kind::{erase, fresh, invalid, need, put};
use crate::ec2::rows::snapshot::Snapshot;
use crate::ec2::rows::volume::Volume;
use crate::ec2::views::listing::{describing, select};
use crate::ec2::views::show::Show;
use crate::error::{Answer, refuse};
use crate::service::{Action, Call};
use crate::world::{Phase, Resource};

pub(crate) const ACTIONS: &[Action] = &[
    Action::new("CreateSnapshot", tag_specification!("VolumeId! Description"), create),
    Action::new("DescribeSnapshots", describing!("SnapshotId.N Owner.N RestorableBy.N"), describe),
    Action::new("DeleteSnapshot", "SnapshotId! DryRun:b", delete),
];

fn create(call: &mut Call) -> Answer {
    let volume = need::<Volume>(call, call.text("VolumeId"))?;
    if volume.state(call.now()) == "creating" {
        return refuse(
            "IncorrectState",
            format!("Volume '{}' is in the 'creating' state.", volume.id()),
        );
    }
    let description = call.params().text("Description").unwrap_or_default();
    if description.chars().count() > 255 {
        return invalid("Description", description, "Up to 255 characters are valid.");
    }
    let requested = requested_tags(call, &["snapshot"])?;
    let snapshot = Snapshot {
        snapshot_id: fresh::<Snapshot>(call),
        volume_id: volume.id().to_owned(),
        size: volume.spec_at(call.now()).size,
        description: description.to_owned(),
        kms_key_arn: volume.spec.kms_key_arn.clone(),
        phase: Phase::moving("pending", "completed", call.due()),
        started: call.now(),
    };
    let snapshot_id = snapshot.snapshot_id.clone();
    put(call, snapshot);
    put_tags::<Snapshot>(call, &snapshot_id, &requested);
    Ok(need::<Snapshot>(call, &snapshot_id)?.show(call))
}

/// Returns the account's own snapshots; there are no others.
fn describe(call: &mut Call) -> Answer {
    let own = |who: &&str| *who == "self" || *who == call.settings.account;
    let mut is_wanted = true;
    for list in ["Owner", "RestorableBy"] {
        let who = call.params().texts(list);
        if let Some(unknown) = who.iter().find(|who| !is_account(who)) {
            let message = format!("Invalid user id: \"{unknown}\"");
            return refuse("InvalidUserID.Malformed", message);
        }
        is_wanted &= who.is_empty() || who.iter().any(own);
    }
    Ok(select::<Snapshot>(call, |_| is_wanted)?.into_answer(Snapshot::SET))
}

/// Returns true for account ids and the names of owners that AWS has.
fn is_account(who: &str) -> bool {
    matches!(who, "self" | "amazon" | "all" | "aws-marketplace")
        || who.len() == 12 && who.bytes().all(|byte| byte.is_ascii_digit())
}

fn delete(call: &mut Call) -> Answer {
    let snapshot = need::<Snapshot>(call, call.text("SnapshotId"))?;
    erase::<Snapshot>(call, snapshot.id());
    Ok(node! { "return" => true })
}
