//! `Show`: what `Describe…` knows of a kind.

use crate::ec2::rows::kind::Kind;
use crate::node::Node;
use crate::service::Call;

/// A kind of resource that `Describe…` lists.
pub(crate) trait Show: Kind {
    /// The request's list of ids in `Describe…`.
    const IDS: &'static str;
    /// The member of the answer that lists the resources.
    const SET: &'static str;
    /// Filters, and the path that each compares in the resource as it is shown.
    const FILTERS: &'static [(&'static str, &'static str)];
    /// The list of names in `Describe…`, if it has one.
    ///
    /// Its parameter, the path in the resource as shown, and the code for a name that is missing.
    const NAMES: Option<(&'static str, &'static str, &'static str)> = None;
    /// True if answers come in pages.
    const PAGED: bool = true;
    /// The largest `MaxResults`.
    const PAGE_LIMIT: i64 = 1000;
    /// True if `MaxResults` may come together with ids.
    const PAGES_WITH_IDS: bool = true;

    /// Returns the resource as `Describe…` shows it, with its tags.
    fn show(&self, call: &Call) -> Node;
}
