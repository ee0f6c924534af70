//! Components of programs and plugins.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use kim_engine::ports::{Program, RunContext};
use kim_model::Value;
use kim_sandbox::{Limits, PluginComponent, ProgramComponent, Sandbox, Wasm};

/// Loads an input as a program and as a plugin, and runs what loads.
///
/// An input that begins with a parenthesis is WebAssembly's text format, any other is the component.
pub(super) fn run(bytes: &[u8]) {
    let compiled;
    let bytes = match std::str::from_utf8(bytes) {
        Ok(text) if text.trim_start().starts_with('(') => match wat::parse_str(text) {
            Ok(component) => {
                compiled = component;
                &compiled[..]
            }
            Err(_) => return,
        },
        _ => bytes,
    };
    let wasm = Wasm::from_bytes("input", bytes);
    // Its clock runs: a guest is stopped by time.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        if let Ok(program) = ProgramComponent::load(sandbox(), &wasm, limits()).await {
            let context =
                RunContext { project: "shop".into(), stack: "dev".into(), settings: Value::map() };
            let _ = program.run(context).await;
        }
        let _ = PluginComponent::describe(sandbox(), &wasm, Arc::new(|_| {})).await;
    });
}

/// The engines are made once: they keep nothing of a component.
fn sandbox() -> &'static Sandbox {
    static SANDBOX: OnceLock<Sandbox> = OnceLock::new();
    SANDBOX.get_or_init(|| Sandbox::new(None, Arc::new(|_| {})).unwrap())
}

/// Limits that end a guest soon.
fn limits() -> Limits {
    Limits {
        memory: 16 << 20,
        computing: Duration::from_millis(200),
        waiting: Duration::from_secs(1),
    }
}
