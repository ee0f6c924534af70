//! Which references are followed to find out what depends on what, and how many.
//!
//! Invariant: what is followed in a run is at most [`REFERENCES`], so the sets that are made of it
//! are bounded, too.

use std::sync::Arc;

use kim_model::bounds::REFERENCES;

use super::graph::References;

/// Counts the references that are followed in a run.
#[derive(Default)]
pub(super) struct Followed(u64);

/// The error for more references than may be followed.
pub(super) struct TooMany;

impl Followed {
    /// Counts references that are about to be followed.
    pub(super) fn count(&mut self, references: usize) -> Result<(), TooMany> {
        self.0 = self.0.saturating_add(references as u64);
        if REFERENCES.is_exceeded_by(self.0) { Err(TooMany) } else { Ok(()) }
    }
}

impl TooMany {
    /// Returns what is wrong and what to do.
    pub(super) fn message(&self) -> String {
        format!(
            "what depends on what takes more than {REFERENCES} to find out; that happens where many values each hold all that were \
             declared before them: refer to the resources that are needed, or split the stack"
        )
    }
}

/// The references of several outputs, shared as long as they are those of one.
#[derive(Default)]
pub(super) struct Union {
    shared: Option<Arc<References>>,
    own: Option<References>,
}

impl Union {
    /// Adds the references of an output.
    pub(super) fn add(
        &mut self,
        references: &Arc<References>,
        followed: &mut Followed,
    ) -> Result<(), TooMany> {
        let is_same = self.shared.as_ref().is_some_and(|shared| Arc::ptr_eq(shared, references));
        if is_same || **references == References::default() {
            return Ok(());
        }
        if self.shared.is_none() && self.own.is_none() {
            self.shared = Some(Arc::clone(references));
            return Ok(());
        }
        if let Some(shared) = self.shared.take() {
            followed.count(shared.len())?;
            self.own.get_or_insert_default().add(&shared);
        }
        followed.count(references.len())?;
        self.own.get_or_insert_default().add(references);
        Ok(())
    }

    /// Returns the references as a set of its own, to add to.
    pub(super) fn own(&mut self, followed: &mut Followed) -> Result<&mut References, TooMany> {
        if let Some(shared) = self.shared.take() {
            followed.count(shared.len())?;
            self.own = Some(References::clone(&shared));
        }
        Ok(self.own.get_or_insert_default())
    }

    /// Returns the references; `None` if there are none.
    pub(super) fn finish(self) -> Option<Arc<References>> {
        self.own.map(Arc::new).or(self.shared)
    }
}
