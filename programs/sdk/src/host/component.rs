//! The engine's side in a component: the bindings of `kim:program@0.1.0`, and conversions of values
//! to and from nodes.

use kim_model::Value;
use kim_model::wire::{self, Limits, lower};

use crate::{Result, Stack, transforms};

#[allow(missing_docs, unreachable_pub)] // Generated; the WIT file is the documentation.
pub mod bindings {
    wit_bindgen::generate!({
        path: "../../engine/wit/program-0.1",
        world: "program",
        pub_export_macro: true,
    });
}

pub use bindings::exports::kim::program::deployment::Guest;
pub use bindings::kim::program::values::Value as Nodes;

use bindings::kim::program::values;

kim_model::wire_value!(values with outputs);

/// Implements the component's `run`.
pub fn run(deploy: fn(&Stack) -> Result<()>) -> std::result::Result<(), String> {
    deploy(&Stack::root()).map_err(|error| error.with_place())
}

/// Implements the component's `transform`.
pub fn transform(callback: u32, arguments: Vec<Nodes>) -> std::result::Result<Nodes, String> {
    let arguments = arguments.into_iter().map(lift).collect();
    transforms::call(callback, arguments)
        .map(|value| lower(&value))
        .map_err(|error| error.to_string())
}

/// Returns the value that the host passed. The host is trusted.
///
/// # Panics
/// The host passed nodes that are no value.
fn lift(nodes: Nodes) -> Value {
    match wire::lift(nodes, &Limits::NONE) {
        Ok((value, _)) => value,
        Err(error) => panic!("the host passed a broken value: {error}"),
    }
}

/// The functions that the rest of the crate calls.
pub(crate) mod imports {
    use kim_model::wire::lower;
    use kim_model::{
        Alias, Declaration, Estimate, Former, FormerParent, LookupCall, OutputId, Path, Source,
        Value,
    };

    use super::bindings::kim::program::stack as wit;
    use super::lift;
    use crate::Level;

    pub(crate) fn project() -> String {
        wit::project()
    }

    pub(crate) fn stack() -> String {
        wit::name()
    }

    pub(crate) fn settings() -> Value {
        lift(wit::settings())
    }

    pub(crate) fn register(declaration: Declaration) -> OutputId {
        OutputId(wit::register(&wit::Declaration {
            kind: declaration.kind,
            name: declaration.name,
            component: declaration.component,
            parent: declaration.parent.map(|id| id.0),
            inputs: lower(&declaration.inputs),
            options: options(declaration.options),
            source: declaration.source.map(source),
        }))
    }

    fn options(options: kim_model::Options) -> wit::Options {
        let paths = |paths: Vec<Path>| paths.iter().map(Path::to_string).collect();
        wit::Options {
            protect: options.protect,
            retain_on_delete: options.retain_on_delete,
            delete_before_replace: options.delete_before_replace,
            depends_on: options.depends_on.iter().map(|id| id.0).collect(),
            ignore_changes: paths(options.ignore_changes),
            replace_on_changes: paths(options.replace_on_changes),
            aliases: options.aliases.into_iter().map(alias).collect(),
            deleted_with: options.deleted_with.map(|id| id.0),
            replace_with: options.replace_with.iter().map(|id| id.0).collect(),
            timeouts: wit::Timeouts {
                create_seconds: options.timeouts.create_seconds,
                update_seconds: options.timeouts.update_seconds,
                delete_seconds: options.timeouts.delete_seconds,
            },
            secret_outputs: paths(options.secret_outputs),
        }
    }

    fn alias(alias: Alias) -> wit::Alias {
        match alias {
            Alias::Urn(urn) => wit::Alias::Urn(urn),
            Alias::Name(name) => wit::Alias::Name(name),
            Alias::Former(Former { name, kind, parent, project }) => {
                let parent = match parent {
                    FormerParent::Same => wit::FormerParent::Same,
                    FormerParent::Outside => wit::FormerParent::Outside,
                    FormerParent::Component(path) => wit::FormerParent::Component(path),
                };
                wit::Alias::Former(wit::Former { name, kind, parent, project })
            }
        }
    }

    fn source(source: Source) -> wit::Source {
        wit::Source { file: source.file, line: source.line }
    }

    pub(crate) fn look_up(lookup: LookupCall) -> OutputId {
        let source = lookup.source.map(source);
        OutputId(wit::look_up(&lookup.name, &lower(&lookup.arguments), source.as_ref()))
    }

    pub(crate) fn stack_reference(stack: &str) -> OutputId {
        OutputId(wit::stack_reference(stack))
    }

    pub(crate) fn get(of: OutputId, path: &Path) -> OutputId {
        OutputId(wit::get(of.0, &path.to_string()))
    }

    pub(crate) fn concat(parts: Vec<Value>) -> OutputId {
        OutputId(wit::concat(&parts.iter().map(lower).collect::<Vec<_>>()))
    }

    pub(crate) fn transform(callback: u32, arguments: Vec<Value>) -> OutputId {
        OutputId(wit::transform(callback, &arguments.iter().map(lower).collect::<Vec<_>>()))
    }

    pub(crate) fn wrap(value: Value) -> OutputId {
        OutputId(wit::wrap(&lower(&value)))
    }

    pub(crate) fn export(name: &str, value: Value) {
        wit::export(name, &lower(&value));
    }

    pub(crate) fn declare_estimate(estimate: Estimate) {
        let Estimate { label, detail, saving, micros_a_month, source } = estimate;
        wit::declare_estimate(&wit::Estimate { label, detail, saving, micros_a_month, source });
    }

    pub(crate) fn log(level: Level, message: &str) {
        let level = match level {
            Level::Debug => wit::Level::Debug,
            Level::Info => wit::Level::Info,
            Level::Warn => wit::Level::Warn,
            Level::Error => wit::Level::Error,
        };
        wit::log(level, message);
    }
}
