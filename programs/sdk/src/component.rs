//! Components with options. [`Stack::component`](crate::Stack::component) is the short form.

use std::panic::Location;

use kim_model::{Declaration, Value};

use crate::{Options, Stack, host, resource};

/// A component to declare: a group of resources.
///
/// Nothing happens before [`Component::declare`].
///
/// ```
/// # use kim::prelude::*;
/// # fn deploy(stack: &Stack) -> Result<()> {
/// // The component was called `main`. Everything inside it is kept, at any depth.
/// Component::new("shop:Storage", "primary")
///     .options(|o| o.formerly("main"))
///     .declare(stack, |scope| {
///         Resource::new("aws:ec2:Volume", "data").input("size", 10).declare(scope);
///     });
/// # Ok(())
/// # }
/// # let run = kim::testing::run(deploy, kim::json!({})).unwrap();
/// # assert_eq!(run.declarations.resources[0].options.aliases.len(), 1);
/// ```
#[derive(Clone, Debug)]
#[must_use = "a component exists only once it is declared"]
pub struct Component {
    kind: String,
    name: String,
    options: Options,
}

impl Component {
    /// Creates a component of a type of the program's choice, such as `shop:Storage`.
    ///
    /// The name must be unique among components of that type in the same component.
    pub fn new(kind: impl Into<String>, name: impl Into<String>) -> Component {
        Component { kind: kind.into(), name: name.into(), options: Options::default() }
    }

    /// Changes the options of the component. Earlier changes stay.
    pub fn options(mut self, change: impl FnOnce(Options) -> Options) -> Component {
        self.options = change(self.options);
        self
    }

    /// Declares the component, and in it all that the closure declares.
    ///
    /// The closure receives the component's scope. Returns the closure's result.
    #[track_caller]
    pub fn declare<R>(self, stack: &Stack, declare: impl FnOnce(&Stack) -> R) -> R {
        let id = host::register(Declaration {
            kind: self.kind,
            name: self.name,
            component: true,
            parent: stack.parent(),
            inputs: Value::map(),
            options: self.options.0,
            source: resource::source(Location::caller()),
        });
        declare(&Stack::inside(id))
    }
}
