//! The configuration of wasmtime, and the ticker that bounds the time of guests.
//!
//! Invariants: [`wasmtime::Config`] is constructed in one place; an epoch passes every [`TICK`] for
//! as long as the ticker runs, so no guest holds a thread for longer than that.
//!
//! wasmtime's features that are compiled in:
//! - `runtime`, `component-model` and `cranelift` compile and run components.
//! - `async` lets a guest wait for the network without holding a thread.
//! - `parallel-compilation` halves the wait after each edit of a program.
//! - `pooling-allocator` is for plugins (see `sandbox`).
//! - `std` is for files.
//!
//! Those that are left out:
//! - `cache`: its lookup takes 20 ms per plugin, that of `compile/cache.rs` half a millisecond.
//! - `component-model-async`, `threads`, `gc` and `stack-switching`: guests in Rust need none of
//!   them. Each costs time per call or per build.
//! - `backtrace`, `addr2line`, `demangle`, `coredump`, `debug` and `profiling`: users see the
//!   panic's own message and place.
//! - `wat`: guests come as binaries.

use std::sync::mpsc::{self, RecvTimeoutError};

use kim_model::bounds;
use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

use crate::guest::limits::TICK;

/// The native stack that a guest's calls may use, in bytes.
const STACK: usize = bounds::STACK.most();

/// The most plugin instances at the same time, per sandbox.
///
/// Further ones wait. Each reserves addresses, not memory.
pub(super) const SLOTS: u32 = bounds::OPERATIONS_AT_ONCE.most() as u32;
// An operation that waits for room may hold the place of a request in flight. The one that has the
// room must find a place all the same.
const _: () = assert!(bounds::OPERATIONS_AT_ONCE.most <= bounds::REQUESTS_AT_ONCE.most);

/// Returns the configuration of programs' engine, on which that of plugins builds.
pub(super) fn config() -> Config {
    let mut config = Config::new();
    config
        // Deadlines: compiled code checks a counter in each loop and function.
        .epoch_interruption(true)
        // Guests' exports are synchronous. Without concurrency each call is markedly faster.
        .concurrency_support(false)
        .max_wasm_stack(STACK)
        .async_stack_size(2 * STACK)
        // The only frame that a user could use is in the panic's message.
        .wasm_backtrace_max_frames(None)
        .generate_address_map(false);
    config
}

/// Adds the pool in which plugins' memory is reserved.
///
/// Its sizes are above [`crate::guest::limits::Limits`], so they never stop a guest.
pub(super) fn pooled(mut config: Config) -> Config {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(SLOTS)
        .total_core_instances(4 * SLOTS)
        .total_memories(2 * SLOTS)
        .total_tables(4 * SLOTS)
        .total_stacks(SLOTS)
        .max_memory_size(1 << 32)
        .table_elements(1 << 16)
        .max_core_instance_size(4 << 20)
        .max_component_instance_size(4 << 20)
        // Up to these sizes, memory that a call touched is zeroed and kept: most calls touch less.
        .linear_memory_keep_resident(1 << 20)
        .table_keep_resident(64 << 10)
        // If Linux can report what was touched, only that is zeroed, and nothing is returned to the
        // system.
        .pagemap_scan(Enabled::Auto)
        .async_stack_keep_resident(64 << 10);
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    config
}

/// Starts a thread that increments the engine's epoch every [`TICK`].
///
/// The thread ends when the returned sender or the engine is dropped.
pub(super) fn start_ticker(engine: &Engine) -> std::io::Result<mpsc::Sender<()>> {
    let (alive, ended) = mpsc::channel();
    let engine = engine.weak();
    std::thread::Builder::new().name("kim-epochs".into()).spawn(move || {
        while let (Err(RecvTimeoutError::Timeout), Some(engine)) =
            (ended.recv_timeout(TICK), engine.upgrade())
        {
            engine.increment_epoch();
        }
    })?;
    Ok(alive)
}
