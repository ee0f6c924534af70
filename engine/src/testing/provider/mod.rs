//! The contract of providers.

mod cases;
mod fixture;
mod subject;

pub use cases::*;
pub use fixture::ProviderFixture;

use super::case::Case;

#[doc(hidden)]
#[macro_export]
macro_rules! __provider_cases {
    ($then:ident $($with:tt)*) => {
        $crate::$then! { $($with)*
            a_schema_describes_its_kind
            a_check_accepts_valid_and_unknown_inputs
            a_created_resource_has_an_id_and_its_inputs
            a_created_resource_is_read
            a_resource_is_read_by_its_id_alone
            a_missing_resource_is_read_as_missing
            a_read_keeps_the_order
            a_repeated_create_makes_no_second_resource
            a_token_finds_what_it_created
            an_unused_token_finds_nothing
            a_settle_can_be_repeated
            an_update_changes_the_resource
            an_update_can_be_repeated
            a_delete_can_be_repeated
            a_delete_takes_one_resource
            creates_may_overlap
        }
    };
}

/// The cases of [`provider_contract!`](crate::provider_contract!).
pub const PROVIDER_CASES: &[Case<dyn ProviderFixture>] = __provider_cases! { __list_of_cases () };
