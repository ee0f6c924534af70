//! The contract `kim:plugin` in Rust, which wasmtime generates from the WIT file, and the conversion of its values.

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
