//! Lookups: reads of what a program does not own.

use kim_model::Failure;

use crate::field::Object;

/// A lookup (data source).
///
/// ```
/// use kim_plugin::prelude::*;
///
/// /// What to look for.
/// #[derive(Clone, Debug, Object)]
/// struct Title {
///     /// The whole title.
///     title: String,
/// }
///
/// /// A page.
/// #[derive(Clone, Debug, Object)]
/// struct Found {
///     /// Its id.
///     page_id: String,
/// }
///
/// struct PageByTitle;
///
/// impl Lookup for PageByTitle {
///     const NAME: &'static str = "wiki:main:page";
///     const DOCS: &'static str = "The page of a title.";
///     type Arguments = Title;
///     type Results = Found;
///
///     async fn look_up(arguments: Title) -> Result<Found, Failure> {
///         match arguments.title.as_str() {
///             "Home" => Ok(Found { page_id: "1".to_owned() }),
///             other => Err(Failure::NotFound(format!("there is no page called {other}"))),
///         }
///     }
/// }
///
/// let found = kim_plugin::run(PageByTitle::look_up(Title { title: "Home".to_owned() }));
/// assert_eq!(found.unwrap().page_id, "1");
/// ```
#[allow(async_fn_in_trait, reason = "a plugin has one thread, so its futures need not be Send")]
pub trait Lookup {
    /// The name of the lookup, such as `aws:ec2:ami`.
    const NAME: &'static str;
    /// What the lookup finds.
    const DOCS: &'static str = "";
    /// The type of the arguments; `()` for none.
    type Arguments: Object;
    /// The type of the results.
    type Results: Object;

    /// Returns what the lookup finds. It changes nothing.
    async fn look_up(arguments: Self::Arguments) -> Result<Self::Results, Failure>;
}
