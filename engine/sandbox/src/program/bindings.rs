//! The contract `kim:program` in Rust, which wasmtime generates from the WIT file, and the conversion of its values.

wasmtime::component::bindgen!({
    path: "../wit/program-0.1",
    world: "program",
    imports: { default: trappable },
    exports: { default: async },
});

pub(super) use self::kim::program::values as wire;

kim_model::wire_value!(wire with outputs);
