//! What components do to what is declared inside them: their transforms.
//!
//! Invariants: the transforms of the innermost scope come first, so the outermost has the last
//! word. What a transform declares itself is not transformed.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use kim_model::OutputId;

use crate::Resource;

/// A change to the resources that are declared inside a scope.
pub(crate) type ChildTransform = Rc<dyn Fn(Resource) -> Resource>;

/// The scopes of a run: its components by their outputs, and the stack.
///
/// `None` stands for the stack itself.
#[derive(Default)]
struct Scopes {
    /// Of each scope that has any, in the order of registration.
    transforms: HashMap<Option<OutputId>, Vec<ChildTransform>>,
    /// The scope around each component.
    around: HashMap<OutputId, Option<OutputId>>,
}

thread_local! {
    static SCOPES: RefCell<Scopes> = RefCell::default();
    /// True while a transform runs.
    static TRANSFORMING: Cell<bool> = const { Cell::new(false) };
}

/// Registers a component, and the scope around it.
pub(crate) fn add_component(component: OutputId, around: Option<OutputId>) {
    SCOPES.with_borrow_mut(|scopes| scopes.around.insert(component, around));
}

/// Registers a transform of a scope.
pub(crate) fn add_transform(scope: Option<OutputId>, transform: ChildTransform) {
    SCOPES.with_borrow_mut(|scopes| scopes.transforms.entry(scope).or_default().push(transform));
}

/// Returns a resource as the scopes around it change it.
pub(crate) fn transformed(mut resource: Resource, scope: Option<OutputId>) -> Resource {
    if TRANSFORMING.get() {
        return resource;
    }
    // No borrow is held while they run: a transform may declare something.
    let transforms = SCOPES.with_borrow(|scopes| scopes.around_resource(scope));
    for transform in transforms {
        TRANSFORMING.set(true);
        let _end = End;
        resource = transform(resource);
    }
    resource
}

/// Ends a transform, also if it panics.
struct End;

impl Drop for End {
    fn drop(&mut self) {
        TRANSFORMING.set(false);
    }
}

impl Scopes {
    /// Returns the transforms for a resource in a scope.
    ///
    /// Those of the innermost scope come first.
    fn around_resource(&self, mut scope: Option<OutputId>) -> Vec<ChildTransform> {
        let mut found = Vec::new();
        if self.transforms.is_empty() {
            return found;
        }
        loop {
            found.extend(self.transforms.get(&scope).into_iter().flatten().cloned());
            let Some(component) = scope else { return found };
            scope = self.around.get(&component).copied().flatten();
        }
    }
}

/// Forgets the scopes of the run that ended on this thread.
#[cfg(not(target_family = "wasm"))]
pub(crate) fn clear() {
    SCOPES.take();
}
