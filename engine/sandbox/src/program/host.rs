//! The interface `stack`: records what a program declares.
//!
//! Invariants:
//! - An output that is referenced exists.
//! - What is recorded is bounded ([`RESOURCES`], [`OUTPUTS`], [`ESTIMATES`], [`MEMORY`]).
//! - Nothing is declared after `run` returned.
//! - An error that stops the program says how far the program came.

use kim_engine::ports::RunContext;
use kim_model::wire::lower;
use kim_model::{
    Alias, Declaration, Declarations, Estimate, Expr, Former, FormerParent, LookupCall, Options,
    OutputId, Path, Source, Timeouts, Transform, Value,
};
use wasmtime_wasi::{WasiCtxView, WasiView};

use super::bindings::kim::program::stack::{self, Host};
use super::bindings::wire;
use crate::guest::log::{Level, OnLine, shortened};
use crate::guest::stop::Stopped;
use crate::guest::wasi::Guest;
use crate::guest::wire::lift;

/// The most resources, components and lookups together, per run.
pub(crate) const RESOURCES: usize = 250_000;
/// The most outputs and exports together, per run.
///
/// Each resource is an output, and so is each property that is read.
pub(crate) const OUTPUTS: usize = 2_500_000;
/// The most estimates of costs and savings, per run.
pub(crate) const ESTIMATES: usize = 1_000;
/// The most memory in the host that the declarations of a run may take, in bytes.
const MEMORY: usize = 1 << 30;
/// About the memory of a resource, in bytes, without its values and texts.
const RESOURCE: usize = 512;
/// About the memory of an expression, in bytes, without its values and texts.
const EXPRESSION: usize = 160;

/// The state of one program instance: its guest, and what it declared so far.
pub(crate) struct Recorder {
    pub(crate) guest: Guest,
    context: RunContext,
    on_line: OnLine,
    declarations: Declarations,
    /// About the memory of the declarations, in bytes.
    memory: usize,
    /// True after `run` returned: nothing more may be declared.
    ended: bool,
}

/// About the memory of an alias, in bytes, without its texts.
const ALIAS: usize = 128;

/// A result whose error is a message for the program's author.
type Refusable<T> = Result<T, String>;

impl Recorder {
    pub(crate) fn new(guest: Guest, context: RunContext, on_line: OnLine) -> Recorder {
        Recorder {
            guest,
            context,
            on_line,
            declarations: Declarations::default(),
            memory: 0,
            ended: false,
        }
    }

    /// Takes what was declared. From then on the program may declare nothing more.
    pub(crate) fn end(&mut self) -> Declarations {
        self.ended = true;
        std::mem::take(&mut self.declarations)
    }

    /// Returns how far the program came, as far as the host knows.
    ///
    /// The text names the last resource that it declared.
    pub(crate) fn came_to(&self) -> String {
        match self.declarations.resources.last() {
            Some(last) => {
                format!(
                    "the last resource that it declared is {}",
                    described(&last.kind, &last.name, last.source.as_ref())
                )
            }
            None => "it had declared nothing yet".to_owned(),
        }
    }

    /// Returns the error that stops the guest, with why and how far the program came.
    fn refuse(&self, why: &str) -> wasmtime::Error {
        if self.ended {
            Stopped::refuse(why)
        } else {
            Stopped::refuse(format!("{why}; {}", self.came_to()))
        }
    }

    /// Rejects a declaration that comes after `run` returned, or that exceeds a bound.
    fn may_declare(&self) -> Refusable<()> {
        if self.ended {
            return Err(
                "declared something inside a closure; closures only compute, all resources are declared while \
                        the program runs"
                    .to_owned(),
            );
        }
        let Declarations { resources, lookups, expressions, exports, .. } = &self.declarations;
        let too_many = |what: &str, most: usize| {
            Err(format!(
                "declared more than {most} {what}: look for a loop that does not end, or split the stack"
            ))
        };
        if resources.len() + lookups.len() > RESOURCES {
            return too_many("resources", RESOURCES);
        }
        if expressions.len() + exports.len() > OUTPUTS {
            return too_many("outputs", OUTPUTS);
        }
        Ok(())
    }

    /// Counts memory of the declarations, in bytes.
    ///
    /// Rejects more than [`MEMORY`] in all.
    fn keep(&mut self, bytes: usize) -> Refusable<()> {
        self.memory = self.memory.saturating_add(bytes);
        if self.memory <= MEMORY {
            return Ok(());
        }
        Err(format!(
            "declared more than {} MB of values: put large data where it can be fetched from, or split the stack",
            MEMORY >> 20
        ))
    }

    /// Converts a value of the program.
    ///
    /// Rejects a malformed one, and references to outputs that do not exist.
    fn value(&mut self, value: wire::Value) -> Refusable<Value> {
        let (value, size) = lift(value).map_err(|why| format!("passed a bad value: {why}"))?;
        self.keep(size.memory)?;
        for output in value.outputs() {
            self.output(output.0)?;
        }
        Ok(value)
    }

    fn values(&mut self, values: Vec<wire::Value>) -> Refusable<Vec<Value>> {
        values.into_iter().map(|value| self.value(value)).collect()
    }

    /// Returns the id of an output. Rejects one that does not exist.
    fn output(&self, id: u32) -> Refusable<OutputId> {
        match self.declarations.expression(OutputId(id)) {
            Some(_) => Ok(OutputId(id)),
            None => Err(format!(
                "referred to output {id}, which does not exist ({} do so far): use only outputs of this run, \
                 and do not keep their numbers",
                self.declarations.expressions.len()
            )),
        }
    }

    /// Records an expression, and returns the id of its output.
    fn express(&mut self, expr: Expr) -> Refusable<u32> {
        self.may_declare()?;
        self.keep(EXPRESSION)?;
        Ok(self.declarations.express(expr).0)
    }

    /// Records a part of an output, and returns the id of the new output.
    fn part(&mut self, of: u32, path: &str) -> Refusable<u32> {
        let of = self.output(of)?;
        self.keep(size_of_path(path))?;
        let path = path.parse().map_err(|why| format!("asked for a part of an output: {why}"))?;
        self.express(Expr::Get(of, path))
    }

    /// Records an estimate. Its texts are cut to the length of a log line.
    fn estimate(&mut self, estimate: stack::Estimate) -> Refusable<()> {
        self.may_declare()?;
        if self.declarations.estimates.len() >= ESTIMATES {
            return Err(format!(
                "declared more than {ESTIMATES} estimates: look for a loop that does not end, or add some of them up"
            ));
        }
        let stack::Estimate { label, detail, saving, micros_a_month, source } = estimate;
        let (label, detail, source) = (shortened(label), shortened(detail), shortened(source));
        if let Some((from, to)) = micros_a_month.filter(|(from, to)| from > to) {
            return Err(format!(
                "estimated '{label}' from {from} to {to} millionths of a dollar a month: the first must not be above the \
                 second"
            ));
        }
        self.keep(EXPRESSION + label.len() + detail.len() + source.len())?;
        self.declarations.estimates.push(Estimate {
            label,
            detail,
            saving,
            micros_a_month,
            source,
        });
        Ok(())
    }

    /// Converts parent, inputs and options of a declaration.
    ///
    /// Rejects a parent that is not a component.
    fn contents(
        &mut self,
        parent: Option<u32>,
        inputs: wire::Value,
        options: stack::Options,
    ) -> Refusable<(Option<OutputId>, Value, Options)> {
        let parent = parent.map(|id| self.output(id)).transpose()?;
        if let Some(OutputId(id)) =
            parent.filter(|parent| self.declarations.resource_of(*parent).is_none())
        {
            return Err(format!("named output {id} as a parent, which is not a component"));
        }
        Ok((parent, self.value(inputs)?, self.options(options)?))
    }

    fn options(&mut self, options: stack::Options) -> Refusable<Options> {
        let texts = options.ignore_changes.iter().chain(&options.replace_on_changes);
        let texts = texts.chain(&options.secret_outputs);
        let texts: usize = texts.map(|text| size_of_path(text)).sum();
        let aliases = options.aliases.iter().map(|alias| match alias {
            stack::Alias::Urn(text) | stack::Alias::Name(text) => ALIAS + text.len(),
            stack::Alias::Former(former) => ALIAS + size_of_former(former),
        });
        self.keep(
            texts
                + aliases.sum::<usize>()
                + 4 * (options.depends_on.len() + options.replace_with.len()),
        )?;
        let paths = |texts: Vec<String>, option: &str| -> Refusable<Vec<Path>> {
            texts
                .iter()
                .map(|text| text.parse().map_err(|why| format!("{option}: {why}")))
                .collect()
        };
        Ok(Options {
            protect: options.protect,
            retain_on_delete: options.retain_on_delete,
            delete_before_replace: options.delete_before_replace,
            depends_on: options
                .depends_on
                .into_iter()
                .map(|id| self.output(id))
                .collect::<Result<_, _>>()?,
            ignore_changes: paths(options.ignore_changes, "ignore_changes")?,
            replace_on_changes: paths(options.replace_on_changes, "replace_on_changes")?,
            aliases: options.aliases.into_iter().map(alias).collect(),
            deleted_with: options.deleted_with.map(|id| self.output(id)).transpose()?,
            replace_with: options
                .replace_with
                .into_iter()
                .map(|id| self.output(id))
                .collect::<Result<_, _>>()?,
            timeouts: Timeouts {
                create_seconds: options.timeouts.create_seconds,
                update_seconds: options.timeouts.update_seconds,
                delete_seconds: options.timeouts.delete_seconds,
            },
            secret_outputs: paths(options.secret_outputs, "secret_outputs")?,
        })
    }
}

/// Returns the most memory that a path takes, in bytes.
///
/// Counts its text, and a step for each key and index.
fn size_of_path(text: &str) -> usize {
    text.len() + 64 * (2 + text.matches(['.', '[']).count())
}

/// Returns kind, name and place of a declaration for messages.
///
/// For example `aws:ec2:Vpc 'main' (src/lib.rs:12)`.
fn described(kind: &str, name: &str, source: Option<&Source>) -> String {
    let at = source.map_or(String::new(), |source| format!(" ({source})"));
    format!("{} '{}'{at}", shortened(kind.to_owned()), shortened(name.to_owned()))
}

fn alias(alias: stack::Alias) -> Alias {
    match alias {
        stack::Alias::Urn(urn) => Alias::Urn(urn),
        stack::Alias::Name(name) => Alias::Name(name),
        stack::Alias::Former(stack::Former { name, kind, parent, project }) => {
            let parent = match parent {
                stack::FormerParent::Same => FormerParent::Same,
                stack::FormerParent::Outside => FormerParent::Outside,
                stack::FormerParent::Component(path) => FormerParent::Component(path),
            };
            Alias::Former(Former { name, kind, parent, project })
        }
    }
}

/// Returns the length of the texts of a former URN, in bytes.
fn size_of_former(former: &stack::Former) -> usize {
    let parent = match &former.parent {
        stack::FormerParent::Component(path) => path.len(),
        stack::FormerParent::Same | stack::FormerParent::Outside => 0,
    };
    let parts = [&former.name, &former.kind, &former.project];
    parent + parts.into_iter().flatten().map(String::len).sum::<usize>()
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

/// Returns what a program sees of a stack's settings: its own table, and the region of AWS.
///
/// The other tables are those of plugins, with their secrets. How AWS is reached is the host's.
fn own_settings(settings: &Value) -> Value {
    let region = settings.get("aws").and_then(|table| table.get("region")).cloned();
    let aws = region.map(|region| ("aws", [("region", region)].into_iter().collect::<Value>()));
    let config = settings.get("config").cloned().map(|table| ("config", table));
    config.into_iter().chain(aws).collect()
}

impl Host for Recorder {
    fn project(&mut self) -> wasmtime::Result<String> {
        Ok(self.context.project.clone())
    }

    fn name(&mut self) -> wasmtime::Result<String> {
        Ok(self.context.stack.clone())
    }

    fn settings(&mut self) -> wasmtime::Result<wire::Value> {
        let own = own_settings(&self.context.settings);
        Ok(lower(&own))
    }

    fn register(&mut self, declared: stack::Declaration) -> wasmtime::Result<u32> {
        let stack::Declaration { kind, name, component, parent, inputs, options, source: place } =
            declared;
        let source = source(place);
        let texts = kind.len() + name.len() + source.as_ref().map_or(0, |source| source.file.len());
        let room = self.may_declare().and_then(|()| self.keep(RESOURCE + EXPRESSION + texts));
        match room.and_then(|()| self.contents(parent, inputs, options)) {
            Ok((parent, inputs, options)) => {
                let declaration =
                    Declaration { kind, name, component, parent, inputs, options, source };
                Ok(self.declarations.register(declaration).0)
            }
            Err(why) => {
                let what = described(&kind, &name, source.as_ref());
                Err(Stopped::refuse(format!("{why}; it was declaring {what}")))
            }
        }
    }

    fn look_up(
        &mut self,
        name: String,
        arguments: wire::Value,
        place: Option<stack::Source>,
    ) -> wasmtime::Result<u32> {
        let source = source(place);
        let texts = name.len() + source.as_ref().map_or(0, |source| source.file.len());
        let room = self.may_declare().and_then(|()| self.keep(RESOURCE + EXPRESSION + texts));
        match room.and_then(|()| self.value(arguments)) {
            Ok(arguments) => {
                Ok(self.declarations.look_up(LookupCall { name, arguments, source }).0)
            }
            Err(why) => {
                let at = source.map_or(String::new(), |source| format!(" ({source})"));
                Err(Stopped::refuse(format!("{why}; it was looking up '{}'{at}", shortened(name))))
            }
        }
    }

    fn stack_reference(&mut self, stack: String) -> wasmtime::Result<u32> {
        let kept = self.keep(stack.len());
        kept.and_then(|()| self.express(Expr::StackReference(stack)))
            .map_err(|why| self.refuse(&why))
    }

    fn get(&mut self, of: u32, path: String) -> wasmtime::Result<u32> {
        self.part(of, &path).map_err(|why| self.refuse(&why))
    }

    fn concat(&mut self, parts: Vec<wire::Value>) -> wasmtime::Result<u32> {
        let parts = self.values(parts);
        parts.and_then(|parts| self.express(Expr::Concat(parts))).map_err(|why| self.refuse(&why))
    }

    fn transform(&mut self, callback: u32, arguments: Vec<wire::Value>) -> wasmtime::Result<u32> {
        let arguments = self.values(arguments);
        arguments
            .and_then(|arguments| self.express(Expr::Transform(Transform { callback, arguments })))
            .map_err(|why| self.refuse(&why))
    }

    fn wrap(&mut self, value: wire::Value) -> wasmtime::Result<u32> {
        let value = self.value(value);
        value.and_then(|value| self.express(Expr::Value(value))).map_err(|why| self.refuse(&why))
    }

    fn export(&mut self, name: String, value: wire::Value) -> wasmtime::Result<()> {
        let value = self
            .may_declare()
            .and_then(|()| self.keep(EXPRESSION + name.len()))
            .and_then(|()| self.value(value));
        let value = value.map_err(|why| {
            self.refuse(&format!("{why}; it was exporting '{}'", shortened(name.clone())))
        })?;
        if self.declarations.exports.contains_key(&name) {
            return Err(
                self.refuse(&format!("exported '{name}' twice; each name stands for one value"))
            );
        }
        self.declarations.exports.insert(name, value);
        Ok(())
    }

    fn declare_estimate(&mut self, estimate: stack::Estimate) -> wasmtime::Result<()> {
        self.estimate(estimate).map_err(|why| self.refuse(&why))
    }

    fn log(&mut self, level: stack::Level, message: String) -> wasmtime::Result<()> {
        let level = match level {
            stack::Level::Debug => Level::Debug,
            stack::Level::Info => Level::Info,
            stack::Level::Warn => Level::Warn,
            stack::Level::Error => Level::Error,
        };
        (self.on_line)(level, &shortened(message));
        Ok(())
    }
}
