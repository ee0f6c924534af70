//! The contracts of the ports, as suites of tests (feature `testing`).
//!
//! They are for implementations of the ports.
//!
//! A suite is a macro. It expands to one `#[test]` for each case, and each case gets a fixture of
//! its own:
//!
//! ```
//! use std::sync::Arc;
//!
//! use kim_engine::MemoryStore;
//! use kim_engine::ports::{Store, async_trait};
//! use kim_engine::testing::store::StoreFixture;
//!
//! /// An empty store for one case. A file or a database would be opened or created here.
//! #[derive(Default)]
//! struct Memory(Arc<MemoryStore>);
//!
//! #[async_trait]
//! impl StoreFixture for Memory {
//!     async fn open(&self) -> Arc<dyn Store> {
//!         self.0.clone()
//!     }
//! }
//!
//! kim_engine::store_contract!(Memory::default());
//! # fn main() {}
//! ```
//!
//! | suite | fixture | what it holds for |
//! |---|---|---|
//! | [`store_contract!`](crate::store_contract!) | [`store::StoreFixture`] | every [`Store`](crate::ports::Store) |
//! | [`durable_store_contract!`](crate::durable_store_contract!) | [`store::DurableStoreFixture`] | a store that outlives its process |
//! | [`provider_contract!`](crate::provider_contract!) | [`provider::ProviderFixture`] | every [`Provider`](crate::ports::Provider) |
//!
//! The expression in the macro is evaluated once for each case, inside an async block, so it may
//! await. Two suites in one module need modules of their own if they have cases of the same name.
//!
//! Invariants: a case uses nothing but the port and its fixture. A case that fails names the rule
//! that does not hold.

// A case that cannot continue fails.
#![allow(clippy::unwrap_used, reason = "a case that cannot go on fails")]

mod case;
pub mod provider;
pub mod sample;
pub mod store;

#[doc(hidden)]
pub use case::run_case;
pub use case::{Case, failing_cases};

/// Expands to one `#[test]` for each rule that every store keeps.
///
/// The argument is an expression of a type that implements
/// [`store::StoreFixture`](crate::testing::store::StoreFixture). The module
/// [`testing`](crate::testing) has an example.
#[macro_export]
macro_rules! store_contract {
    ($fixture:expr) => {
        $crate::__store_cases! { __contract_tests store ($fixture) }
    };
}

/// Expands to one `#[test]` for each rule of a store that outlives its process.
///
/// The argument is an expression of a type that implements
/// [`store::DurableStoreFixture`](crate::testing::store::DurableStoreFixture). Such a store also
/// keeps the rules of [`store_contract!`](crate::store_contract!).
#[macro_export]
macro_rules! durable_store_contract {
    ($fixture:expr) => {
        $crate::__durable_store_cases! { __contract_tests store ($fixture) }
    };
}

/// Expands to one `#[test]` for each rule that every provider keeps.
///
/// The argument is an expression of a type that implements
/// [`provider::ProviderFixture`](crate::testing::provider::ProviderFixture).
#[macro_export]
macro_rules! provider_contract {
    ($fixture:expr) => {
        $crate::__provider_cases! { __contract_tests provider ($fixture) }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __list_of_cases {
    (() $($case:ident)*) => {
        &[$($crate::testing::Case { name: stringify!($case), check: |fixture| Box::pin($case(fixture)) }),*]
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __contract_tests {
    ($suite:ident ($fixture:expr) $($case:ident)*) => {$(
        #[test]
        fn $case() {
            $crate::testing::run_case(async { $crate::testing::$suite::$case(&$fixture).await });
        }
    )*};
}
