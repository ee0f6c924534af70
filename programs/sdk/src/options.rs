//! What a program wants of the engine for one resource.

use kim_model::{Alias, Path};

use crate::Dependency;

/// Options of a resource, given by `.options(|o| o.protect().depends_on(&other))`.
///
/// ```
/// # use kim::prelude::*;
/// # fn deploy(stack: &Stack) -> Result<()> {
/// let key = Resource::new("aws:kms:Key", "data").declare(stack);
/// Resource::new("aws:ec2:Volume", "data")
///     .input("size", 10)
///     .options(|o| o.protect().depends_on(&key).ignore_changes("tags.Team").formerly("storage"))
///     .declare(stack);
/// # Ok(())
/// # }
/// # let run = kim::testing::run(deploy, kim::json!({})).unwrap();
/// # assert!(run.declarations.resources[1].options.protect);
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Options(pub(crate) kim_model::Options);

impl Options {
    /// Refuse to delete or replace it.
    pub fn protect(mut self) -> Options {
        self.0.protect = true;
        self
    }

    /// Protects it where the condition holds.
    pub fn protect_if(mut self, condition: bool) -> Options {
        self.0.protect |= condition;
        self
    }

    /// When it is deleted, forget it and leave it in the cloud.
    pub fn retain_on_delete(mut self) -> Options {
        self.0.retain_on_delete = true;
        self
    }

    /// In a replacement, delete the old one before the new one is created (`true`) or after (`false`), whatever its
    /// kind says.
    pub fn delete_before_replace(mut self, first: bool) -> Options {
        self.0.delete_before_replace = Some(first);
        self
    }

    /// Wait for another resource (or anything derived from one) although no input mentions it.
    pub fn depends_on(mut self, other: &impl Dependency) -> Options {
        self.0.depends_on.push(other.output_id());
        self
    }

    /// Ignore changes of an input: `tags.Team`, `rules[0].port`, `tags["a.b"]`.
    ///
    /// # Panics
    /// If the text is no property path: a mistake in the program.
    #[track_caller]
    pub fn ignore_changes(mut self, path: &str) -> Options {
        self.0.ignore_changes.push(parse(path));
        self
    }

    /// Replace the resource if an input changes that could otherwise be updated in place.
    ///
    /// # Panics
    /// If the text is no property path: a mistake in the program.
    #[track_caller]
    pub fn replace_on_changes(mut self, path: &str) -> Options {
        self.0.replace_on_changes.push(parse(path));
        self
    }

    /// The resource had this name before, below the same component.
    pub fn formerly(mut self, name: impl Into<String>) -> Options {
        self.0.aliases.push(Alias::Name(name.into()));
        self
    }

    /// The resource had this URN before.
    pub fn formerly_urn(mut self, urn: impl Into<String>) -> Options {
        self.0.aliases.push(Alias::Urn(urn.into()));
        self
    }

    /// The resource goes with another one: where that is deleted, no call is made for this.
    pub fn deleted_with(mut self, other: &impl Dependency) -> Options {
        self.0.deleted_with = Some(other.output_id());
        self
    }
}

#[track_caller]
fn parse(path: &str) -> Path {
    match path.parse() {
        Ok(path) => path,
        Err(error) => panic!("{error}"),
    }
}
