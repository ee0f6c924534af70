//! The contract `kim:plugin` in Rust, and the conversion of its values.
//!
//! wasmtime generates the contract from the WIT file.

wasmtime::component::bindgen!({
    path: "../wit/plugin-0.1",
    world: "plugin",
    imports: {
        "kim:plugin/aws": async | trappable,
        "kim:plugin/http": async | trappable,
        default: trappable,
    },
    exports: { default: async },
});

pub(super) use self::kim::plugin::values as wire;

kim_model::wire_value!(wire);
