//! Lookups: reads of what a program does not own.

use kim_model::Failure;

use crate::Object;

/// A lookup (data source).
#[allow(async_fn_in_trait, reason = "a plugin has one thread; nobody asks whether its futures are Send")]
pub trait Lookup {
    /// Its name, `aws:ec2:ami`.
    const NAME: &'static str;
    /// What it finds.
    const DOCS: &'static str = "";
    /// What it is asked with; `()` for nothing.
    type Arguments: Object;
    /// What it answers.
    type Results: Object;

    /// Looks it up.
    async fn look_up(arguments: Self::Arguments) -> Result<Self::Results, Failure>;
}
