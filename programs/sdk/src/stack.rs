//! The stack: a program's argument, and the scope in which it declares.

use std::rc::Rc;

use kim_model::{OutputId, Path, Value};
use serde::de::DeserializeOwned;

use crate::{
    Any, Component, Error, Estimate, IntoValue, Output, Resource, Result, children, config, host,
};

/// A stack, or a component inside it: the scope in which resources are declared.
#[derive(Clone, Copy, Debug)]
pub struct Stack {
    parent: Option<OutputId>,
}

/// The importance of a log line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Level {
    /// For the author of the program.
    Debug,
    /// For those who run the program.
    Info,
    /// Something may be wrong.
    Warn,
    /// Something is wrong.
    Error,
}

impl Stack {
    pub(crate) fn root() -> Stack {
        Stack { parent: None }
    }

    pub(crate) fn inside(component: OutputId) -> Stack {
        Stack { parent: Some(component) }
    }

    pub(crate) fn parent(&self) -> Option<OutputId> {
        self.parent
    }

    /// Returns the stack's name, such as `dev`.
    pub fn name(&self) -> String {
        host::stack()
    }

    /// Returns the project's name.
    pub fn project(&self) -> String {
        host::project()
    }

    /// Reads the program's own configuration: the table `config` of the stack's file.
    ///
    /// # Errors
    /// If a key is missing, unknown (and the type denies unknown keys) or of another type. The
    /// error names the key.
    pub fn config<T: DeserializeOwned>(&self) -> Result<T> {
        self.settings("config")
    }

    /// Reads another table of the stack's file.
    ///
    /// Of `aws` a program sees `region`, of others nothing.
    ///
    /// A missing table counts as empty.
    ///
    /// # Errors
    /// As for [`Stack::config`].
    pub fn settings<T: DeserializeOwned>(&self, table: &str) -> Result<T> {
        let settings = host::settings();
        let empty = Value::map();
        let read = config::from_value(settings.get(table).unwrap_or(&empty), Path::key(table));
        // The stack's file is to blame, no line of the program.
        read.map_err(|error| Error::without_place(error.to_string()))
    }

    /// Declares a component, which groups all that the closure declares.
    ///
    /// The closure receives the component's scope. Returns the closure's result. A component with
    /// options is a [`Component`].
    ///
    /// ```
    /// # use kim::prelude::*;
    /// # fn deploy(stack: &Stack) -> Result<()> {
    /// let volume = stack.component("shop:Storage", "main", |scope| {
    ///     Resource::new("aws:ec2:Volume", "data").input("size", 10).declare(scope)
    /// });
    /// # Ok(())
    /// # }
    /// # kim::testing::run(deploy, kim::json!({})).unwrap();
    /// ```
    #[track_caller]
    pub fn component<R>(&self, kind: &str, name: &str, declare: impl FnOnce(&Stack) -> R) -> R {
        Component::new(kind, name).declare(self, declare)
    }

    /// Changes every resource that is declared in this scope from now on, at any depth.
    ///
    /// It does for the whole stack, or for a component from inside, what
    /// [`Component::transform`] does.
    ///
    /// ```
    /// # use kim::prelude::*;
    /// # fn deploy(stack: &Stack) -> Result<()> {
    /// stack.transform(|resource| resource.entry("tags", "CostCenter", "4711"));
    /// Resource::new("aws:ec2:Volume", "data").input("size", 10).declare(stack);
    /// # Ok(())
    /// # }
    /// # let run = kim::testing::run(deploy, kim::json!({})).unwrap();
    /// # let tags = run.declarations.resources[0].inputs.get("tags");
    /// # assert_eq!(tags, Some(&kim::json!({ "CostCenter": "4711" })));
    /// ```
    pub fn transform(&self, change: impl Fn(Resource) -> Resource + 'static) {
        children::add_transform(self.parent, Rc::new(change));
    }

    /// Exports a value as an output of the stack.
    ///
    /// The value may be a plain value, an output, or a list or map of them (see [`crate::json!`]).
    /// The name is unique in a run: kim stops a program that exports it twice.
    pub fn export(&self, name: &str, value: impl IntoValue) {
        host::export(name, value.into_value());
    }

    /// Adds a cost or a possible saving. Previews show it with the prices.
    ///
    /// ```
    /// # use kim::prelude::*;
    /// # fn deploy(stack: &Stack) -> Result<()> {
    /// let transfer = Estimate::cost("data transfer", "900 GB a month to the internet");
    /// let source = "list prices of eu-central-1, 2026-01-15";
    /// stack.estimate(transfer.micros(81_000_000).source(source));
    /// # Ok(())
    /// # }
    /// # let run = kim::testing::run(deploy, kim::json!({})).unwrap();
    /// # assert_eq!(run.declarations.estimates[0].micros_a_month, Some((81_000_000, 81_000_000)));
    /// ```
    pub fn estimate(&self, estimate: Estimate) {
        host::declare_estimate(estimate.0);
    }

    /// Returns an output of the exports, as a map, of another stack.
    ///
    /// The stack is in the same state. Name it as `stack` or `project/stack`.
    pub fn reference(&self, stack: &str) -> Output<Any> {
        Output::from_id(host::stack_reference(stack))
    }

    /// Logs a line for those who run the program.
    pub fn log(&self, level: Level, message: &str) {
        host::log(level, message);
    }
}
