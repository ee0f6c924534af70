//! The whole life of a resource, with a network that works.

use kim_engine::plan::Fate;
use kim_engine::ports::{Deletion, Live, LiveState, Progress, Provider};
use kim_engine::state::Record;
use kim_model::schema::{self, Property, Type};
use kim_model::{Failure, Value};

use super::report::Report;
use super::sample::{Samples, Stage, value_text};
use super::trial::{Trial, differences, fate_name};
use super::watched::WatchedPlugin;
use crate::hints::explained;

/// The life of one kind's sample.
pub(super) struct Life<'l> {
    pub(super) kind: &'l schema::Kind,
    pub(super) trial: &'l Trial,
    pub(super) plugin: &'l WatchedPlugin,
    pub(super) samples: &'l Samples,
}

type Checked = Result<(), String>;

impl Life<'_> {
    fn name(&self) -> &str {
        &self.kind.name
    }

    /// Runs the life. Returns true if it completed.
    pub(super) async fn run(&self, report: &mut Report) -> bool {
        let created = self.trial.up(Stage::Created).await.map(|_| ());
        if !report.check("create makes one", created) {
            return false;
        }
        report.check("read gives what was asked for", self.check_read(Stage::Created).await);
        report.check(
            "nothing differs afterwards",
            self.trial.expect_no_changes(Stage::Created).await,
        );
        const SECOND: &str = "creating it again with its token makes no second one";
        if self.kind.tokenless {
            report.skip(SECOND, "the kind is tokenless");
        } else {
            report.check(SECOND, self.check_second_create().await);
        }
        report.check("find finds it by its token", self.check_find().await);
        report.check(
            "find finds nothing for a token that created nothing",
            self.check_find_unknown().await,
        );
        report.check("read needs no more than its id", self.check_read_by_id().await);
        self.update_steps(report).await;
        self.replace_steps(report).await;
        self.delete_steps(report).await
    }

    async fn live(&self, record: &Record) -> Result<LiveState, String> {
        let found =
            self.trial.read(self.name(), &record.id, record.properties.as_ref().clone()).await?;
        found.ok_or_else(|| format!("'{}' was created, but reads as gone", record.id))
    }

    async fn check_read(&self, stage: Stage) -> Checked {
        let record = self.trial.record(self.name()).await?;
        let live = self.live(&record).await?;
        if live.id != record.id {
            return Err(format!("it was created as '{}', but read as '{}'", record.id, live.id));
        }
        let id = live.properties.get(&self.kind.id);
        if id.and_then(Value::as_text) != Some(&record.id) {
            return Err(format!(
                "its property {} is {}, but its id is '{}'",
                self.kind.id,
                value_text(id),
                record.id
            ));
        }
        for (name, wanted) in self.samples.inputs(self.name(), stage) {
            let Some(property) = self.kind.properties.get(&name) else { continue };
            let read = live.properties.get(&name);
            if !property.write_only && !read.is_some_and(|read| agrees(property, &wanted, read)) {
                let (wanted, read) = if property.secret {
                    ("a secret".to_owned(), "something else".to_owned())
                } else {
                    (value_text(Some(&wanted)), value_text(read))
                };
                return Err(format!(
                    "{name} should be {wanted}, but reads as {read} (write samples as the service spells them; what it \
                     never returns is `write_only`)"
                ));
            }
        }
        Ok(())
    }

    /// Repeats the last create with its token.
    async fn check_second_create(&self) -> Checked {
        let one = self.trial.created(self.name())?;
        let first = one.id.clone().unwrap_or_default();
        let second = match self.plugin.create(self.name(), &one.inputs, &one.token).await {
            Ok(live) => live,
            Err(failure) => return Err(format!("the second create failed: {failure}")),
        };
        if second.id == first {
            return Ok(());
        }
        // The test deletes what it created.
        let _ = self.plugin.delete(self.name(), &second.id, &second.properties).await;
        self.plugin.created().pop();
        Err(format!(
            "the first create gave '{first}', the second '{}'; pass the token to the service, or look for it before creating",
            second.id
        ))
    }

    async fn check_find(&self) -> Checked {
        let one = self.trial.created(self.name())?;
        let record = self.trial.record(self.name()).await?;
        match self
            .plugin
            .find(self.name(), &one.token, &one.inputs)
            .await
            .map_err(|failure| explained(&failure))?
        {
            Some(live) if live.id == record.id => Ok(()),
            Some(live) => {
                Err(format!("it was created as '{}', but find returned '{}'", record.id, live.id))
            }
            None => Err(format!(
                "'{}' was created with it, but find returned nothing: after a lost answer the engine would assume that \
                 it was not created",
                record.id
            )),
        }
    }

    async fn check_find_unknown(&self) -> Checked {
        let one = self.trial.created(self.name())?;
        let token = "0".repeat(one.token.len());
        match self
            .plugin
            .find(self.name(), &token, &one.inputs)
            .await
            .map_err(|failure| explained(&failure))?
        {
            None => Ok(()),
            Some(live) => Err(format!(
                "find returned '{}', which another token created: the engine would adopt it",
                live.id
            )),
        }
    }

    /// Reads the resource by its id alone, as an import does.
    async fn check_read_by_id(&self) -> Checked {
        let record = self.trial.record(self.name()).await?;
        let known = self.live(&record).await?;
        match self.trial.read(self.name(), &record.id, Value::map()).await? {
            Some(found)
                if found.properties.without_secrets() == known.properties.without_secrets() =>
            {
                Ok(())
            }
            Some(_) => Err("read by its id alone it differs; an import has only the id".to_owned()),
            None => Err("read by its id alone it is gone; an import has only the id".to_owned()),
        }
    }

    async fn update_steps(&self, report: &mut Report) {
        if !self.samples.has(self.name(), Stage::Updated) {
            return report.skip("update changes it", "the samples have no `update`");
        }
        if report.check("update changes it in place", self.check_update().await) {
            report.check(
                "nothing differs after the update",
                self.trial.expect_no_changes(Stage::Updated).await,
            );
            report.check(
                "an update that is repeated changes nothing more",
                self.check_second_update().await,
            );
        }
    }

    async fn check_update(&self) -> Checked {
        let before = self.trial.record(self.name()).await?;
        let plan = self.trial.up(Stage::Updated).await?;
        let fate = plan
            .resources
            .iter()
            .find(|one| one.urn.kind() == self.name())
            .map_or(Fate::Same, |one| one.fate);
        if fate != Fate::Update {
            let why = match differences(&plan) {
                none if none.is_empty() => "the sample's `update` changes nothing".to_owned(),
                differences => differences,
            };
            return Err(format!("that is not an update, but: {} ({why})", fate_name(fate)));
        }
        let after = self.trial.record(self.name()).await?;
        if after.id != before.id {
            return Err(format!("it was '{}' before, and is '{}' now", before.id, after.id));
        }
        self.check_computed(&before, &after)?;
        self.check_read(Stage::Updated).await
    }

    /// Fails if an update changed what the plan told would stay.
    fn check_computed(&self, before: &Record, after: &Record) -> Checked {
        let stays = |name: &str, property: &Property| {
            let given = after.inputs.get(name).is_some() || before.inputs.get(name).is_some();
            property.computed && !property.volatile && !given
        };
        let value = |record: &Record, name: &str| {
            record.properties.get(name).map(Value::without_secrets).unwrap_or_default()
        };
        let changed = self.kind.properties.iter().find(|(name, property)| {
            stays(name, property) && value(before, name) != value(after, name)
        });
        changed.map_or(Ok(()), |(name, _)| {
            Err(format!(
                "the update changed {name}, which only the service sets; mark it `volatile`, or what refers to it fails"
            ))
        })
    }

    async fn check_second_update(&self) -> Checked {
        let record = self.trial.record(self.name()).await?;
        let done =
            self.plugin.update(self.name(), &record.id, &record.inputs, &record.properties).await;
        match done.map_err(|failure| explained(&failure))? {
            Progress::Done(live) if live.id == record.id => {
                self.trial.expect_no_changes(Stage::Updated).await
            }
            Progress::Done(live) => {
                Err(format!("it was '{}' before, and is '{}' now", record.id, live.id))
            }
            Progress::Again { status, .. } => {
                Err(format!("it still waits for something: {status}"))
            }
        }
    }

    async fn replace_steps(&self, report: &mut Report) {
        let (from, to) = (self.trial.record(self.name()).await, Stage::Replaced);
        if !self.samples.has(self.name(), to) {
            return report.skip("a replacement makes a new one", "the samples have no `replace`");
        }
        let Ok(before) = from else { return };
        if report.check("a replacement makes a new one", self.check_replace(&before).await) {
            let beside = self.check_read_of_deleted(&before).await;
            report.check("read answers in order, and with nothing for what is gone", beside);
        }
    }

    async fn check_replace(&self, before: &Record) -> Checked {
        let plan = self.trial.up(Stage::Replaced).await?;
        let fate = plan
            .resources
            .iter()
            .find(|one| one.urn.kind() == self.name())
            .map_or(Fate::Same, |one| one.fate);
        if !matches!(fate, Fate::ReplaceCreateFirst | Fate::ReplaceDeleteFirst) {
            return Err(format!(
                "what `replace` changes does not force a replacement: the plan was to {} (mark the property `immutable`)",
                fate_name(fate)
            ));
        }
        let after = self.trial.record(self.name()).await?;
        if after.id == before.id {
            return Err(format!("the new one has the old one's id, '{}'", after.id));
        }
        self.trial.expect_no_changes(Stage::Replaced).await
    }

    async fn check_read_of_deleted(&self, gone: &Record) -> Checked {
        let here = self.trial.record(self.name()).await?;
        let live = |record: &Record| Live {
            id: record.id.clone(),
            properties: record.properties.as_ref().clone(),
        };
        let both = [live(gone), live(&here)];
        let read = match self.kind.read_batch {
            // The engine reads this kind one at a time.
            1 => {
                let mut read = Vec::new();
                for one in &both {
                    read.extend(
                        self.plugin
                            .read(self.name(), std::slice::from_ref(one))
                            .await
                            .map_err(|failure| explained(&failure))?,
                    );
                }
                read
            }
            _ => {
                self.plugin.read(self.name(), &both).await.map_err(|failure| explained(&failure))?
            }
        };
        match &read[..] {
            [None, Some(second)] if second.id == here.id => Ok(()),
            [Some(first), _] => {
                Err(format!("'{}' is deleted, but '{}' was read in its place", gone.id, first.id))
            }
            _ => Err(format!("'{}' is there, but was not read", here.id)),
        }
    }

    async fn delete_steps(&self, report: &mut Report) -> bool {
        let Ok(record) = self.trial.record(self.name()).await else { return false };
        if !report.check("delete deletes it", self.trial.destroy().await.map(|_| ())) {
            return false;
        }
        let gone =
            self.trial.read(self.name(), &record.id, record.properties.as_ref().clone()).await;
        let gone = gone.and_then(|live| {
            live.map_or(Ok(()), |live| Err(format!("'{}' is still read", live.id)))
        });
        let gone = report.check("what is deleted reads as gone", gone);
        let again = match self.plugin.delete(self.name(), &record.id, &record.properties).await {
            Ok(Deletion::Gone) | Err(Failure::NotFound(_)) => Ok(()),
            Ok(Deletion::Again { status, .. }) => {
                Err(format!("it still waits for something: {status}"))
            }
            Err(failure) => Err(format!("{failure} (deleting what is already gone must succeed)")),
        };
        report.check("deleting it again is fine", again);
        report.check(
            "its token finds nothing any more",
            self.trial.expect_nothing_left(self.name()).await,
        ) && gone
    }
}

/// Returns true if the read value equals the wanted one.
///
/// Differences that the schema permits do not count.
fn agrees(property: &Property, wanted: &Value, read: &Value) -> bool {
    match (&property.ty, wanted.revealed(), read.revealed()) {
        (_, Value::Int(a), Value::Float(b)) | (_, Value::Float(b), Value::Int(a)) => {
            *a as f64 == *b
        }
        (_, Value::Text(a), Value::Text(b)) => property.means_the_same(a, b),
        (Type::List(item), Value::List(a), Value::List(b)) if property.set => {
            let all_in = |some: &[Value], others: &[Value]| {
                some.iter().all(|one| others.iter().any(|other| agrees(item, one, other)))
            };
            all_in(a, b) && all_in(b, a)
        }
        (Type::List(item), Value::List(a), Value::List(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| agrees(item, a, b))
        }
        (Type::Map(item), Value::Map(a), Value::Map(b)) => {
            a.len() == b.len()
                && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| agrees(item, a, b)))
        }
        // The service may fill in properties that were not given.
        (Type::Object(object), Value::Map(a), Value::Map(b)) => a.iter().all(|(key, a)| {
            let property = object.properties.get(key);
            property.zip(b.get(key)).is_some_and(|(property, b)| agrees(property, a, b))
        }),
        (_, a, b) => a == b,
    }
}
