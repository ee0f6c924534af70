//! The code that the AWS plugins share: an HTTP client for the AWS SDK, tags, failures and
//! policies.
//!
//! Invariants: no credential, endpoint or signature is created here (the host does that). Nothing
//! waits or retries. The reserved tags of kim and AWS are never shown as properties.

mod failure;
mod meaning;
pub mod policy;
mod step;
pub mod tags;
mod transport;
mod undo;

pub use aws_smithy_async::time::SystemTimeSource;
pub use failure::{At, answer, classify, failure, failure_at};
pub use step::{Step, next_of_delete};
pub use transport::{HostClient, HostSigner};
pub use undo::after_undo;

/// Creates a client of an AWS SDK crate that sends through the host.
///
/// Write it as `kim_plugin_aws::client!(aws_sdk_kms)?`. Retries, timeouts and credentials are off:
/// the host signs, limits the rate and retries. The expression is a `Result<Client,
/// kim_plugin::Failure>`. It fails if no region is configured.
#[macro_export]
macro_rules! client {
    ($sdk:ident) => {
        $crate::region().map(|region| {
            $sdk::Client::from_conf(
                $sdk::Config::builder()
                    .behavior_version($sdk::config::BehaviorVersion::latest())
                    .region($sdk::config::Region::new(region))
                    .http_client($crate::HostClient)
                    .push_auth_scheme($crate::HostSigner)
                    .identity_cache($sdk::config::IdentityCache::no_cache())
                    .retry_config($sdk::config::retry::RetryConfig::disabled())
                    .timeout_config($sdk::config::timeout::TimeoutConfig::disabled())
                    .stalled_stream_protection(
                        $sdk::config::StalledStreamProtectionConfig::disabled(),
                    )
                    .time_source($crate::SystemTimeSource::new())
                    .build(),
            )
        })
    };
}

/// Returns the configured region.
///
/// # Errors
/// [`kim_plugin::Failure::Denied`] if no region is configured.
pub fn region() -> Result<String, kim_plugin::Failure> {
    Ok(kim_plugin::aws::region()?)
}

/// Returns the id of the account, twelve digits.
///
/// # Errors
/// Those of the host's request to STS.
pub fn account() -> Result<String, kim_plugin::Failure> {
    Ok(kim_plugin::aws::account()?)
}

/// Implements `Kind` natively, for a kind whose operations need an AWS SDK.
///
/// The SDKs are compiled for components alone. Schema, checks and prices are real. Every operation
/// fails, and its error says why.
///
/// Write it as `component_only!(Key, check: key::rules, price: key::price)`. `check` and `price`
/// are optional.
#[macro_export]
macro_rules! component_only {
    ($kind:ty $(, check: $check:path)? $(, price: $price:path)?) => {
        impl ::kim_plugin::Kind for $kind {
            async fn create(_: Self, _: &str) -> Result<::kim_plugin::State<Self>, ::kim_plugin::Failure> {
                Err($crate::only_as_component::<Self>())
            }

            async fn read(
                _: Vec<::kim_plugin::Live<Self>>,
            ) -> Result<Vec<Option<::kim_plugin::State<Self>>>, ::kim_plugin::Failure> {
                Err($crate::only_as_component::<Self>())
            }

            async fn delete(_: &str, _: Self) -> Result<::kim_plugin::Deletion, ::kim_plugin::Failure> {
                Err($crate::only_as_component::<Self>())
            }

            async fn find(_: &str, _: Self) -> Result<Option<::kim_plugin::State<Self>>, ::kim_plugin::Failure> {
                Err($crate::only_as_component::<Self>())
            }

            $(fn check(inputs: &::kim_plugin::Inputs) -> Vec<::kim_plugin::Violation> {
                $check(inputs)
            })?

            $(fn price(inputs: &::kim_plugin::Inputs) -> Option<::kim_plugin::Price> {
                $price(inputs)
            })?
        }
    };
}

/// Returns the failure of the operations of [`component_only!`].
#[doc(hidden)]
pub fn only_as_component<K: kim_plugin::Resource>() -> kim_plugin::Failure {
    let kind = K::KIND;
    kim_plugin::Failure::Other(format!(
        "{kind} works only inside a component: build the plugin for wasm32-wasip2"
    ))
}
