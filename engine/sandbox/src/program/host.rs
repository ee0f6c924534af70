//! The interface `stack`: what a program says, recorded.
//!
//! Invariants: an output that is mentioned exists; what is recorded is bounded ([`REGISTRATIONS`], [`TOTAL_OCTETS`]);
//! nothing is declared after `run` has returned.

use kim_engine::ports::RunContext;
use kim_model::{Alias, Declaration, Declarations, Expr, Lookup, Options, OutputId, Path, Source, Transform, Value};
use wasmtime_wasi::{WasiCtxView, WasiView};

use super::bindings::kim::program::stack::{self, Host};
use super::{lift, lower, wire};
use crate::error::Stopped;
use crate::wasi::{Guest, Level, OnLine};

/// The most expressions, resources, lookups and exports together.
pub(crate) const REGISTRATIONS: usize = 1_000_000;
/// The most nodes of all values together.
const TOTAL_NODES: usize = 10_000_000;
/// The most octets of text and bytes of all values together.
const TOTAL_OCTETS: usize = 512 << 20;

/// A program's store: its guest, and what it said so far.
pub(crate) struct Recorder {
    pub(crate) guest: Guest,
    context: RunContext,
    on_line: OnLine,
    declarations: Declarations,
    nodes: usize,
    octets: usize,
    ended: bool,
}

impl Recorder {
    pub(crate) fn new(guest: Guest, context: RunContext, on_line: OnLine) -> Recorder {
        Recorder { guest, context, on_line, declarations: Declarations::default(), nodes: 0, octets: 0, ended: false }
    }

    /// Takes what was declared; from here on nothing more is.
    pub(crate) fn end(&mut self) -> Declarations {
        self.ended = true;
        std::mem::take(&mut self.declarations)
    }

    /// Refuses what comes too late or is too much.
    fn may_declare(&self) -> wasmtime::Result<()> {
        if self.ended {
            return Err(Stopped::refuse(
                "declared something inside a closure; closures only compute, all resources are declared while the \
                 program runs",
            ));
        }
        if self.declarations.expressions.len() + self.declarations.exports.len() >= REGISTRATIONS {
            return Err(Stopped::refuse(format!(
                "declared more than {REGISTRATIONS} resources and outputs; look for a loop that does not end, or split \
                 the stack"
            )));
        }
        Ok(())
    }

    fn value(&mut self, value: wire::Value) -> wasmtime::Result<Value> {
        let (value, size) = lift(value).map_err(|why| Stopped::refuse(format!("passed a bad value: {why}")))?;
        self.nodes += size.nodes;
        self.octets += size.octets;
        if self.nodes > TOTAL_NODES || self.octets > TOTAL_OCTETS {
            return Err(Stopped::refuse(format!(
                "declared more than {TOTAL_NODES} values or {} MB of text in all; put large data where the nodes \
                 can fetch it, or split the stack",
                TOTAL_OCTETS >> 20
            )));
        }
        for output in value.outputs() {
            self.output(output.0)?;
        }
        Ok(value)
    }

    fn values(&mut self, values: Vec<wire::Value>) -> wasmtime::Result<Vec<Value>> {
        values.into_iter().map(|value| self.value(value)).collect()
    }

    fn output(&self, id: u32) -> wasmtime::Result<OutputId> {
        match self.declarations.expression(OutputId(id)) {
            Some(_) => Ok(OutputId(id)),
            None => Err(Stopped::refuse(format!(
                "mentioned output {id}, which does not exist ({} do so far)",
                self.declarations.expressions.len()
            ))),
        }
    }

    fn express(&mut self, expr: Expr) -> wasmtime::Result<u32> {
        self.may_declare()?;
        Ok(self.declarations.express(expr).0)
    }

    fn options(&self, options: stack::Options) -> wasmtime::Result<Options> {
        let paths = |texts: Vec<String>, option: &str| -> wasmtime::Result<Vec<Path>> {
            let parsed =
                texts.iter().map(|text| text.parse().map_err(|why| Stopped::refuse(format!("{option}: {why}"))));
            parsed.collect()
        };
        Ok(Options {
            protect: options.protect,
            retain_on_delete: options.retain_on_delete,
            delete_before_replace: options.delete_before_replace,
            depends_on: options.depends_on.into_iter().map(|id| self.output(id)).collect::<Result<_, _>>()?,
            ignore_changes: paths(options.ignore_changes, "ignore_changes")?,
            replace_on_changes: paths(options.replace_on_changes, "replace_on_changes")?,
            aliases: options.aliases.into_iter().map(alias).collect(),
            deleted_with: options.deleted_with.map(|id| self.output(id)).transpose()?,
        })
    }
}

fn alias(alias: stack::Alias) -> Alias {
    match alias {
        stack::Alias::Urn(urn) => Alias::Urn(urn),
        stack::Alias::Name(name) => Alias::Name(name),
    }
}

fn source(source: Option<stack::Source>) -> Option<Source> {
    source.map(|stack::Source { file, line }| Source { file, line })
}

impl AsMut<Guest> for Recorder {
    fn as_mut(&mut self) -> &mut Guest {
        &mut self.guest
    }
}

impl WasiView for Recorder {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        self.guest.view()
    }
}

impl wire::Host for Recorder {}

impl Host for Recorder {
    fn project(&mut self) -> wasmtime::Result<String> {
        Ok(self.context.project.clone())
    }

    fn name(&mut self) -> wasmtime::Result<String> {
        Ok(self.context.stack.clone())
    }

    fn settings(&mut self) -> wasmtime::Result<wire::Value> {
        Ok(lower(&self.context.settings))
    }

    fn register(&mut self, declared: stack::Declaration) -> wasmtime::Result<u32> {
        self.may_declare()?;
        let parent = declared.parent.map(|id| self.output(id)).transpose()?;
        if let Some(parent) = parent
            && self.declarations.resource_of(parent).is_none()
        {
            return Err(Stopped::refuse(format!(
                "named output {} as the parent of {} '{}', which is no component",
                parent.0, declared.kind, declared.name
            )));
        }
        let declaration = Declaration {
            inputs: self.value(declared.inputs)?,
            options: self.options(declared.options)?,
            kind: declared.kind,
            name: declared.name,
            component: declared.component,
            parent,
            source: source(declared.source),
        };
        Ok(self.declarations.register(declaration).0)
    }

    fn look_up(&mut self, name: String, arguments: wire::Value, place: Option<stack::Source>) -> wasmtime::Result<u32> {
        self.may_declare()?;
        let lookup = Lookup { name, arguments: self.value(arguments)?, source: source(place) };
        Ok(self.declarations.look_up(lookup).0)
    }

    fn stack_reference(&mut self, stack: String) -> wasmtime::Result<u32> {
        self.express(Expr::StackReference(stack))
    }

    fn get(&mut self, of: u32, path: String) -> wasmtime::Result<u32> {
        let of = self.output(of)?;
        let path = path.parse().map_err(|why| Stopped::refuse(format!("asked for a part of an output: {why}")))?;
        self.express(Expr::Get(of, path))
    }

    fn concat(&mut self, parts: Vec<wire::Value>) -> wasmtime::Result<u32> {
        let parts = self.values(parts)?;
        self.express(Expr::Concat(parts))
    }

    fn transform(&mut self, callback: u32, arguments: Vec<wire::Value>) -> wasmtime::Result<u32> {
        let arguments = self.values(arguments)?;
        self.express(Expr::Transform(Transform { callback, arguments }))
    }

    fn wrap(&mut self, value: wire::Value) -> wasmtime::Result<u32> {
        let value = self.value(value)?;
        self.express(Expr::Value(value))
    }

    fn export(&mut self, name: String, value: wire::Value) -> wasmtime::Result<()> {
        self.may_declare()?;
        let value = self.value(value)?;
        if self.declarations.exports.insert(name.clone(), value).is_some() {
            return Err(Stopped::refuse(format!("exported '{name}' twice; each name stands for one value")));
        }
        Ok(())
    }

    fn log(&mut self, level: stack::Level, message: String) -> wasmtime::Result<()> {
        let level = match level {
            stack::Level::Debug => Level::Debug,
            stack::Level::Info => Level::Info,
            stack::Level::Warn => Level::Warn,
            stack::Level::Error => Level::Error,
        };
        (self.on_line)(level, &message);
        Ok(())
    }
}
