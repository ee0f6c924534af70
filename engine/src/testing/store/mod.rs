//! The contract of stores.

mod change;
mod commits;
mod durable;
mod fixture;
mod layer;
mod runs;
mod stacks;

pub use commits::*;
pub use durable::*;
pub use fixture::{DurableStoreFixture, StoreFixture, abandon_run};
pub use layer::StoreLayer;
pub use runs::*;
pub use stacks::*;

use super::case::Case;

#[doc(hidden)]
#[macro_export]
macro_rules! __store_cases {
    ($then:ident $($with:tt)*) => {
        $crate::$then! { $($with)*
            a_new_stack_is_empty
            a_stack_is_created_once
            stacks_are_listed_by_name
            a_missing_stack_is_reported_with_the_existing_ones
            a_stack_with_resources_is_removed_by_force_only
            a_component_is_no_resource
            an_open_create_counts_as_a_resource
            a_locked_stack_is_not_removed
            a_removed_stack_leaves_no_history
            a_recreated_stack_has_another_id
            a_locked_stack_rejects_another_run
            a_lock_is_of_one_stack
            a_finished_run_releases_its_lock
            a_finished_run_records_nothing_more
            an_unlocked_run_records_until_another_run_begins
            a_run_that_was_taken_over_records_nothing_more
            a_run_that_was_taken_over_keeps_no_lock_of_another
            a_commit_of_nothing_checks_the_run
            run_ids_are_unique_in_the_store
            the_history_is_newest_first
            the_history_is_limited
            a_run_is_recorded_with_start_steps_and_end
            the_history_says_how_a_run_ended
            a_stack_is_listed_with_its_last_run
            a_commit_changes_what_apply_changes
            a_deep_value_is_read_back
            a_commit_changes_one_stack
            a_commit_is_seen_by_other_handles
            a_load_sees_whole_commits
            concurrent_commits_are_all_recorded
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __durable_store_cases {
    ($then:ident $($with:tt)*) => {
        $crate::$then! { $($with)*
            a_reopened_store_has_all_that_was_recorded
            a_dropped_handle_releases_its_locks
            a_dead_process_holds_no_lock
            a_dead_process_loses_no_commit
        }
    };
}

/// The cases of [`store_contract!`](crate::store_contract!).
pub const STORE_CASES: &[Case<dyn StoreFixture>] = __store_cases! { __list_of_cases () };

/// The cases of [`durable_store_contract!`](crate::durable_store_contract!).
pub const DURABLE_STORE_CASES: &[Case<dyn DurableStoreFixture>] =
    __durable_store_cases! { __list_of_cases () };
