//! Components with options. [`Stack::component`](crate::Stack::component) is the short form.

use std::fmt;
use std::panic::Location;
use std::rc::Rc;

use kim_model::{Declaration, Value};

use crate::children::{self, ChildTransform};
use crate::{Options, Resource, Stack, host, resource};

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
#[derive(Clone)]
#[must_use = "a component exists only once it is declared"]
pub struct Component {
    kind: String,
    name: String,
    options: Options,
    transforms: Vec<ChildTransform>,
}

impl fmt::Debug for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Component { kind, name, options, .. } = self;
        f.debug_struct("Component")
            .field("kind", kind)
            .field("name", name)
            .field("options", options)
            .finish_non_exhaustive()
    }
}

impl Component {
    /// Creates a component of a type of the program's choice, such as `shop:Storage`.
    ///
    /// The name must be unique among components of that type in the same component.
    pub fn new(kind: impl Into<String>, name: impl Into<String>) -> Component {
        Component {
            kind: kind.into(),
            name: name.into(),
            options: Options::default(),
            transforms: Vec::new(),
        }
    }

    /// Changes the options of the component. Earlier changes stay.
    pub fn options(mut self, change: impl FnOnce(Options) -> Options) -> Component {
        self.options = change(self.options);
        self
    }

    /// Changes every resource that is declared inside the component, at any depth.
    ///
    /// The closure receives each resource as the program declares it, and returns the resource that
    /// the engine gets. It may set inputs and options. May be called repeatedly; the transforms of
    /// a component further inside come first.
    ///
    /// ```
    /// # use kim::prelude::*;
    /// # fn deploy(stack: &Stack) -> Result<()> {
    /// Component::new("shop:Storage", "main")
    ///     .transform(|resource| match resource.kind() {
    ///         "aws:ec2:Volume" => resource.entry("tags", "Team", "db").options(|o| o.protect()),
    ///         _ => resource,
    ///     })
    ///     .declare(stack, |scope| {
    ///         Resource::new("aws:ec2:Volume", "data").input("size", 10).declare(scope);
    ///     });
    /// # Ok(())
    /// # }
    /// # let run = kim::testing::run(deploy, kim::json!({})).unwrap();
    /// # let data = run.resource("aws:ec2:Volume", "main/data").unwrap();
    /// # assert_eq!(data.options.protect, Some(true));
    /// # assert_eq!(data.inputs.get("tags"), Some(&kim::json!({ "Team": "db" })));
    /// ```
    pub fn transform(mut self, change: impl Fn(Resource) -> Resource + 'static) -> Component {
        self.transforms.push(Rc::new(change));
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
        children::add_component(id, stack.parent());
        for transform in self.transforms {
            children::add_transform(Some(id), transform);
        }
        declare(&Stack::inside(id))
    }
}
