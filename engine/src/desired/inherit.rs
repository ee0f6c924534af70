//! Options that reach from a component to everything inside it.

use kim_model::Declarations;

/// Gives each declaration the options of its component that it does not set.
///
/// They are `protect` and `retain_on_delete`. Aliases reach inside too, by `decide::alias`. All
/// other options are of one resource.
pub(super) fn inherit(declarations: &mut Declarations) {
    for index in 0..declarations.resources.len() {
        let parent = declarations.resources[index].parent;
        // A component is declared before what it contains, so its own options are complete.
        let parent = parent.and_then(|parent| declarations.resource_of(parent));
        let Some(parent) = parent.filter(|parent| *parent < index) else { continue };
        let above = &declarations.resources[parent].options;
        let (protect, retain_on_delete) = (above.protect, above.retain_on_delete);
        let options = &mut declarations.resources[index].options;
        options.protect = options.protect.or(protect);
        options.retain_on_delete = options.retain_on_delete.or(retain_on_delete);
    }
}
