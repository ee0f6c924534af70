//! The options that a program sets for one resource.

use std::time::Duration;

use kim_model::{Alias, FormerParent, Path};

use crate::Dependency;

/// The options of a resource.
///
/// Set them by `.options(|o| o.protect().depends_on(&other))`.
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
/// # assert!(run.declarations.resources[1].options.protect == Some(true));
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Options(pub(crate) kim_model::Options);

impl Options {
    /// Makes the engine refuse to delete or replace the resource.
    ///
    /// On a component it protects everything inside that is not [unprotected](Options::unprotect).
    pub fn protect(mut self) -> Options {
        self.0.protect = Some(true);
        self
    }

    /// Protects the resource, as [`Options::protect`] does, if the condition is true.
    ///
    /// A false condition changes nothing.
    pub fn protect_if(self, condition: bool) -> Options {
        if condition { self.protect() } else { self }
    }

    /// Leaves the resource unprotected, also inside a component that is protected.
    pub fn unprotect(mut self) -> Options {
        self.0.protect = Some(false);
        self
    }

    /// Makes a delete remove the resource from the state and leave it in the cloud.
    ///
    /// On a component it concerns everything inside that does not
    /// [say otherwise](Options::delete_in_cloud).
    pub fn retain_on_delete(mut self) -> Options {
        self.0.retain_on_delete = Some(true);
        self
    }

    /// Makes a delete remove the resource from the cloud too.
    ///
    /// It does so also inside a component with [`Options::retain_on_delete`].
    pub fn delete_in_cloud(mut self) -> Options {
        self.0.retain_on_delete = Some(false);
        self
    }

    /// Sets the order of a replacement, whatever the default of the kind is.
    ///
    /// If `first` is true, the old resource is deleted before the new one is created; else after.
    /// The plan is refused if both would have a key that no two have.
    pub fn delete_before_replace(mut self, first: bool) -> Options {
        self.0.delete_before_replace = Some(first);
        self
    }

    /// Makes the resource wait for another resource or output.
    ///
    /// It waits although no input refers to the other one. May be called repeatedly.
    pub fn depends_on(mut self, other: &impl Dependency) -> Options {
        self.0.depends_on.push(other.output_id());
        self
    }

    /// Makes the engine ignore changes of an input.
    ///
    /// The input is a property path: `tags.Team`, `rules[0].port`, `tags["a.b"]`. May be called
    /// repeatedly.
    ///
    /// # Panics
    /// If the text is not a property path, which is a mistake in the program.
    #[track_caller]
    pub fn ignore_changes(mut self, path: &str) -> Options {
        self.0.ignore_changes.push(parse(path));
        self
    }

    /// Makes a change of an input replace the resource.
    ///
    /// It does so even if the plugin could update the resource in place. May be called repeatedly.
    ///
    /// # Panics
    /// If the text is not a property path, which is a mistake in the program.
    #[track_caller]
    pub fn replace_on_changes(mut self, path: &str) -> Options {
        self.0.replace_on_changes.push(parse(path));
        self
    }

    /// Declares a former name of the resource or component, so that a rename keeps it.
    ///
    /// A text is its name in the same component. [`Former`] says what else was different. May be
    /// called repeatedly: of all former names, the first that is recorded counts.
    ///
    /// That of a component reaches everything inside it, at any depth, combined with the former
    /// names of what is inside.
    pub fn formerly(mut self, former: impl Into<Former>) -> Options {
        let Former(former) = former.into();
        self.0.aliases.push(match former {
            kim_model::Former {
                name: Some(name),
                kind: None,
                parent: FormerParent::Same,
                project: None,
            } => Alias::Name(name),
            former => Alias::Former(former),
        });
        self
    }

    /// Declares a former URN of the resource or component. May be called repeatedly.
    ///
    /// The engine rejects a text that is not a URN.
    pub fn formerly_urn(mut self, urn: impl Into<String>) -> Options {
        self.0.aliases.push(Alias::Urn(urn.into()));
        self
    }

    /// Declares that a deletion of `other` deletes this resource too.
    ///
    /// If `other` is deleted, the engine makes no call for this resource.
    pub fn deleted_with(mut self, other: &impl Dependency) -> Options {
        self.0.deleted_with = Some(other.output_id());
        self
    }

    /// Makes a replacement of `other` replace this resource too.
    ///
    /// May be called repeatedly. Of a component, everything inside it counts. The resource also
    /// waits for `other`.
    ///
    /// ```
    /// # use kim::prelude::*;
    /// # fn deploy(stack: &Stack) -> Result<()> {
    /// let volume = Resource::new("aws:ec2:Volume", "data").input("size", 10).declare(stack);
    /// Resource::new("aws:ec2:Instance", "db").options(|o| o.replace_with(&volume)).declare(stack);
    /// # Ok(())
    /// # }
    /// # let run = kim::testing::run(deploy, kim::json!({})).unwrap();
    /// # assert_eq!(run.declarations.resources[1].options.replace_with.len(), 1);
    /// ```
    pub fn replace_with(mut self, other: &impl Dependency) -> Options {
        self.0.replace_with.push(other.output_id());
        self
    }

    /// Sets the longest time that a create may take, until the resource is ready.
    ///
    /// It counts from the start of the step, in whole seconds. Without it the limit is 45 minutes.
    ///
    /// ```
    /// # use kim::prelude::*;
    /// # fn deploy(stack: &Stack) -> Result<()> {
    /// use std::time::Duration;
    ///
    /// let hour = Duration::from_secs(3600);
    /// Resource::new("aws:ec2:Volume", "data")
    ///     .options(|o| o.create_timeout(2 * hour).delete_timeout(hour))
    ///     .declare(stack);
    /// # Ok(())
    /// # }
    /// # let run = kim::testing::run(deploy, kim::json!({})).unwrap();
    /// # assert_eq!(run.declarations.resources[0].options.timeouts.create_seconds, Some(7200));
    /// ```
    pub fn create_timeout(mut self, time: Duration) -> Options {
        self.0.timeouts.create_seconds = Some(whole_seconds(time));
        self
    }

    /// Sets the longest time that an update may take.
    pub fn update_timeout(mut self, time: Duration) -> Options {
        self.0.timeouts.update_seconds = Some(whole_seconds(time));
        self
    }

    /// Sets the longest time that a delete may take, until the resource is gone.
    ///
    /// It is recorded, so that it also holds once the resource is no longer declared.
    pub fn delete_timeout(mut self, time: Duration) -> Options {
        self.0.timeouts.delete_seconds = Some(whole_seconds(time));
        self
    }

    /// Makes a property secret in state, plans, events and all that derives from it.
    ///
    /// It is a property path, and needs to be named only where neither the schema nor an input
    /// makes it secret. May be called repeatedly.
    ///
    /// ```
    /// # use kim::prelude::*;
    /// # fn deploy(stack: &Stack) -> Result<()> {
    /// Resource::new("wiki:main:Page", "home")
    ///     .options(|o| o.secret_output("token"))
    ///     .declare(stack);
    /// # Ok(())
    /// # }
    /// # let run = kim::testing::run(deploy, kim::json!({})).unwrap();
    /// # assert_eq!(run.declarations.resources[0].options.secret_outputs.len(), 1);
    /// ```
    ///
    /// # Panics
    /// If the text is not a property path, which is a mistake in the program.
    #[track_caller]
    pub fn secret_output(mut self, path: &str) -> Options {
        self.0.secret_outputs.push(parse(path));
        self
    }
}

/// Returns a time in seconds, rounded up.
fn whole_seconds(time: Duration) -> u32 {
    let seconds = time.as_secs().saturating_add(u64::from(time.subsec_nanos() > 0));
    u32::try_from(seconds).unwrap_or(u32::MAX)
}

/// A former URN of a resource or component: the parts of it that were different.
///
/// What is not set is as it is now.
///
/// ```
/// # use kim::prelude::*;
/// use kim::Former;
///
/// # fn deploy(stack: &Stack) -> Result<()> {
/// // The volume was called `storage`, in the component `main`; now it is outside of any.
/// Resource::new("aws:ec2:Volume", "data")
///     .input("size", 10)
///     .options(|o| o.formerly(Former::new().name("storage").inside("main")))
///     .declare(stack);
/// # Ok(())
/// # }
/// # let run = kim::testing::run(deploy, kim::json!({})).unwrap();
/// # assert_eq!(run.declarations.resources[0].options.aliases.len(), 1);
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Former(kim_model::Former);

impl Former {
    /// Creates a former URN that has nothing different yet.
    pub fn new() -> Former {
        Former::default()
    }

    /// Sets the former name.
    pub fn name(mut self, name: impl Into<String>) -> Former {
        self.0.name = Some(name.into());
        self
    }

    /// Sets the former kind, such as `aws:ec2:Volume`.
    pub fn kind(mut self, kind: impl Into<String>) -> Former {
        self.0.kind = Some(kind.into());
        self
    }

    /// Sets the component that contained it, by its qualified name at that time.
    ///
    /// For example `main/storage`; a slash in a name is `%2F`.
    pub fn inside(mut self, component: impl Into<String>) -> Former {
        self.0.parent = FormerParent::Component(component.into());
        self
    }

    /// Says that it was outside of any component.
    pub fn outside(mut self) -> Former {
        self.0.parent = FormerParent::Outside;
        self
    }

    /// Sets the former name of the project.
    pub fn project(mut self, project: impl Into<String>) -> Former {
        self.0.project = Some(project.into());
        self
    }
}

impl From<&str> for Former {
    fn from(name: &str) -> Former {
        Former::new().name(name)
    }
}

impl From<String> for Former {
    fn from(name: String) -> Former {
        Former::new().name(name)
    }
}

impl From<&String> for Former {
    fn from(name: &String) -> Former {
        Former::new().name(name)
    }
}

#[track_caller]
fn parse(path: &str) -> Path {
    match path.parse() {
        Ok(path) => path,
        Err(error) => panic!("{error}"),
    }
}
