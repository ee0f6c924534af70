//! The contract `kim:program` in Rust, and the conversion of its values.
//!
//! wasmtime generates the contract from the WIT file.

wasmtime::component::bindgen!({
    path: "../wit/program-0.1",
    world: "program",
    imports: { default: trappable },
    exports: { default: async },
});

pub(super) use self::kim::program::values as wire;

kim_model::wire_value!(wire with outputs);
