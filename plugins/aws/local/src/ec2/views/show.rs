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
    /// The filters that AWS documents.
    ///
    /// Each has the path that it compares in the resource as shown.
    /// A path that no resource has here matches nothing.
    const FILTERS: &'static [(&'static str, &'static str)];
    /// The list of names in `Describe…`, if it has one.
    ///
    /// Its parameter, and the code for a name that is missing.
    const NAMES: Option<(&'static str, &'static str)> = None;
    /// True if answers come in pages.
    const PAGED: bool = true;
    /// The largest `MaxResults`.
    const PAGE_LIMIT: i64 = 1000;
    /// True if `MaxResults` may come together with ids.
    const PAGES_WITH_IDS: bool = true;
    /// The lists that `Describe…` leaves out when they are empty.
    ///
    /// Create calls return them. Source: the examples of the AWS CLI's manual.
    const LEAVES_OUT: &'static [&'static str] = &["tagSet"];

    /// Returns the resource with its tags, as the call that creates it returns it.
    fn show(&self, call: &Call) -> Node;

    /// Returns true if it is the one that `Describe…` finds by this name.
    fn is_named(&self, _call: &Call, _name: &str) -> bool {
        false
    }
}
