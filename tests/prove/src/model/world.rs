//! What the model holds true of the state and of the cloud. Ids are numbers of copies until the
//! engine has said which id a copy got.

use std::collections::{BTreeMap, BTreeSet};

use super::program::Expression;

/// The number of a copy of a resource, unique in a life.
pub(super) type Copied = usize;

/// A value in a record or in the cloud.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Known {
    Plain(String),
    Id(Copied),
    Upper(Copied),
    /// It is decided by a step that has not ended.
    Unknown,
}

/// Inputs by name.
pub(super) type Inputs = BTreeMap<String, Known>;

/// The place of a copy among those of its URN.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Place {
    Current,
    Old,
    /// It was deleted for a replacement that does not exist yet.
    Pending,
}

/// True, false, or not said by the rules.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Perhaps {
    No,
    Yes,
    Maybe,
}

/// What is recorded of a copy.
#[derive(Clone, Debug)]
pub(super) struct Recorded {
    pub(super) urn: String,
    pub(super) copy: Copied,
    pub(super) place: Place,
    /// The inputs as last applied.
    pub(super) inputs: Inputs,
    /// What the cloud said of them then.
    pub(super) seen: Inputs,
    pub(super) dependencies: BTreeSet<String>,
    pub(super) container: Option<String>,
    pub(super) protect: bool,
    pub(super) retain: bool,
    pub(super) incomplete: Perhaps,
    /// True if its create was not seen to end: it is settled before it is updated.
    pub(super) unsettled: bool,
}

impl Recorded {
    /// Returns the name in its URN.
    pub(super) fn name(&self) -> &str {
        self.urn.split_once('/').map_or("", |(_, name)| name)
    }
}

/// Something in the cloud.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Item {
    pub(super) kind: String,
    pub(super) inputs: Inputs,
}

/// State and cloud.
#[derive(Clone, Debug, Default)]
pub(super) struct World {
    pub(super) records: Vec<Recorded>,
    pub(super) items: BTreeMap<Copied, Item>,
    pub(super) exports: BTreeMap<String, Known>,
    /// The id of each copy that was ever created.
    pub(super) ids: BTreeMap<Copied, String>,
    next: Copied,
}

impl World {
    /// Returns the record that stands for a URN: the current copy, or one that is pending.
    pub(super) fn standing(&self, urn: &str) -> Option<&Recorded> {
        self.records.iter().find(|record| record.urn == urn && record.place != Place::Old)
    }

    /// Returns the current copy of a URN.
    pub(super) fn current(&self, urn: &str) -> Option<&Recorded> {
        self.standing(urn).filter(|record| record.place == Place::Current)
    }

    /// Returns the record of a copy.
    pub(super) fn record(&mut self, copy: Copied) -> &mut Recorded {
        self.records.iter_mut().find(|record| record.copy == copy).expect("a recorded copy")
    }

    /// Returns a value as far as it is known: ids of current copies.
    pub(super) fn value(&self, expression: &Expression) -> Known {
        let copy = |urn: &String| self.current(urn).map(|record| record.copy);
        match expression {
            Expression::Plain(text) => Known::Plain(text.clone()),
            Expression::Id(urn) => copy(urn).map_or(Known::Unknown, Known::Id),
            Expression::Upper(urn) => copy(urn).map_or(Known::Unknown, Known::Upper),
            Expression::Size(urn) => {
                let size = self.current(urn).and_then(|record| record.inputs.get("size"));
                size.cloned().unwrap_or(Known::Plain(String::new()))
            }
        }
    }

    /// Renames a resource, in every place that refers to it: rule 4.
    pub(super) fn rename(&mut self, from: &str, to: &str) {
        let renamed = |urn: &mut String| {
            if urn == from {
                *urn = to.to_owned();
            }
        };
        for record in &mut self.records {
            renamed(&mut record.urn);
            record.container.iter_mut().for_each(renamed);
            if record.dependencies.remove(from) {
                record.dependencies.insert(to.to_owned());
            }
        }
    }

    /// Returns the number of a new copy.
    pub(super) fn new_copy(&mut self) -> Copied {
        self.next += 1;
        self.next
    }

    /// Deletes an item with its parts, and theirs.
    pub(super) fn delete(&mut self, copy: Copied) {
        self.items.remove(&copy);
        let is_part =
            |item: &Item| item.kind == "Part" && item.inputs.get("fixed") == Some(&Known::Id(copy));
        let parts: Vec<Copied> =
            self.items.iter().filter(|(_, item)| is_part(item)).map(|(copy, _)| *copy).collect();
        parts.into_iter().for_each(|part| self.delete(part));
    }

    /// Returns the text that a value has in the cloud.
    pub(super) fn text(&self, value: &Known) -> String {
        match value {
            Known::Plain(text) => text.clone(),
            Known::Id(copy) => self.ids.get(copy).cloned().unwrap_or_default(),
            Known::Upper(copy) => self.ids.get(copy).cloned().unwrap_or_default().to_uppercase(),
            Known::Unknown => "unknown".to_owned(),
        }
    }
}
