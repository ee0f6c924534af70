//! The macro that makes a crate a plugin.

/// Makes the crate a plugin.
///
/// On `wasm32` the crate becomes a component with the exports of `kim:plugin`. In a native build it
/// has a function `plugin()`.
///
/// `name` and `docs` are required. `aws` and `http` list the capabilities that it requests of the
/// host. `config` is the [`Object`](crate::Object) of its configuration. `kinds` and `lookups` list
/// the types. The order is fixed: `name, docs, aws, http, config, kinds, lookups`. The version is
/// that of the crate.
#[macro_export]
macro_rules! export {
    (
        name: $name:literal,
        docs: $docs:literal
        $(, aws: [$($aws:literal),* $(,)?])?
        $(, http: [$($http:literal),* $(,)?])?
        $(, config: $config:ty)?
        $(, kinds: [$($kind:ty),* $(,)?])?
        $(, lookups: [$($lookup:ty),* $(,)?])?
        $(,)?
    ) => {
        /// Returns the plugin with its kinds and lookups.
        pub fn plugin() -> $crate::Plugin {
            $crate::Plugin::new($name, env!("CARGO_PKG_VERSION"), $docs)
                $(.aws(&[$($aws),*]))?
                $(.http(&[$($http),*]))?
                $(.config::<$config>())?
                $($(.kind::<$kind>())*)?
                $($(.lookup::<$lookup>())*)?
        }

        #[cfg(target_arch = "wasm32")]
        const _: () = {
            struct Component;
            impl $crate::component::Exported for Component {
                fn plugin() -> $crate::Plugin {
                    plugin()
                }
            }
            $crate::component::export!(Component with_types_in $crate::component);
        };
    };
}
