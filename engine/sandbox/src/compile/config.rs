//! How wasmtime is set, and the clock by which it bounds the time of guests.
//!
//! Invariants: there is exactly one constructor of [`wasmtime::Config`]; an epoch passes every [`TICK`] for as long as
//! its ticker lives, so no guest keeps a thread for longer than that.
//!
//! What of wasmtime is compiled in, and what not: `runtime`, `component-model` and `cranelift` are the point of it;
//! `async` lets a guest wait for the network without holding a thread; `parallel-compilation` halves the wait after
//! each edit of a program; `pooling-allocator` for plugins (see `sandbox`); `std` for files. Left out: `cache` (its
//! lookup costs 20 ms a plugin, `compile/cache.rs` half a one), `component-model-async`, `threads`, `gc` and
//! `stack-switching` (guests of Rust need none; each costs time per call or build), `backtrace`, `addr2line`,
//! `demangle`, `coredump`, `debug` and `profiling` (a person is shown the panic's own message and place), `wat` (guests
//! come as binaries).

use std::sync::mpsc::{self, RecvTimeoutError};

use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

use crate::guest::limits::TICK;

/// How deep guests may nest calls, in octets of native stack.
const STACK: usize = 1 << 20;

/// How many plugin instances there are at the same time; others wait for a place. Each is a reservation of addresses,
/// not memory.
pub(super) const PLACES: u32 = 64;

/// The only constructor of a configuration.
pub(super) fn config() -> Config {
    let mut config = Config::new();
    config
        // Deadlines: compiled code looks at a counter in each loop and function.
        .epoch_interruption(true)
        // Guests' exports are synchronous; without this each call is markedly faster.
        .concurrency_support(false)
        .max_wasm_stack(STACK)
        .async_stack_size(2 * STACK)
        // The only frame that a person could use is in the panic's message.
        .wasm_backtrace_max_frames(None)
        .generate_address_map(false);
    config
}

/// The same with memory for plugins reserved: none of the sizes is a limit that [`crate::guest::limits::Limits`] does
/// not set lower.
pub(super) fn pooled(mut config: Config) -> Config {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(PLACES)
        .total_core_instances(4 * PLACES)
        .total_memories(2 * PLACES)
        .total_tables(4 * PLACES)
        .total_stacks(PLACES)
        .max_memory_size(1 << 32)
        .table_elements(1 << 16)
        .max_core_instance_size(4 << 20)
        .max_component_instance_size(4 << 20)
        // What a call touched is wiped, not given back, up to these sizes: most calls touch less.
        .linear_memory_keep_resident(1 << 20)
        .table_keep_resident(64 << 10)
        // Where Linux can tell what was touched, only that is wiped, and nothing is given back.
        .pagemap_scan(Enabled::Auto)
        .async_stack_keep_resident(64 << 10);
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    config
}

/// Moves the engine's epoch on until the sender is dropped.
pub(super) fn start_ticker(engine: &Engine) -> std::io::Result<mpsc::Sender<()>> {
    let (alive, ended) = mpsc::channel();
    let engine = engine.weak();
    std::thread::Builder::new().name("kim-epochs".into()).spawn(move || {
        while let (Err(RecvTimeoutError::Timeout), Some(engine)) = (ended.recv_timeout(TICK), engine.upgrade()) {
            engine.increment_epoch();
        }
    })?;
    Ok(alive)
}
