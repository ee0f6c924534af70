//! The contract `kim:program` in Rust, as wasmtime makes it of the WIT file, and values across it.

wasmtime::component::bindgen!({
    path: "../wit/program-0.1",
    world: "program",
    imports: { default: trappable },
    exports: { default: async },
});

pub(super) use self::kim::program::values as wire;

crate::guest::wire::bridge!(wire, Wire::Output(id) => Node::Output(id),);
