//! The interface `stack`: records what a program declares.
//!
//! Invariants:
//! - An output that is referenced exists.
//! - What is recorded is bounded ([`RESOURCES`], [`OUTPUTS`], [`ESTIMATES`], [`DECLARED`],
//!   [`DECLARED_TEXTS`]), and so is the length of each name and path.
//! - Nothing is declared after `run` returned.
//! - An error that stops the program says how far the program came.

use kim_engine::ports::RunContext;
use kim_model::bounds::{self, Bound, DECLARED, DECLARED_TEXTS, NAME, PATH, URN};
use kim_model::wire::lower;
use kim_model::{
    Alias, Declaration, Declarations, Estimate, Expr, Former, FormerParent, LookupCall, Options,
    OutputId, Path, PathError, Source, Timeouts, Transform, Value,
};
use wasmtime_wasi::{WasiCtxView, WasiView};

use super::bindings::kim::program::stack::{self, Host};
use super::bindings::wire;
use crate::guest::log::{Level, OnLine, shortened};
use crate::guest::stop::Stopped;
use crate::guest::wasi::Guest;
use crate::guest::wire::lift;

/// The most resources, components and lookups together, per run.
pub(crate) const RESOURCES: usize = bounds::RESOURCES.most();
/// The most outputs and exports together, per run.
///
/// Each resource is an output, and so is each property that is read.
pub(crate) const OUTPUTS: usize = bounds::OUTPUTS.most();
/// The most estimates of costs and savings, per run.
pub(crate) const ESTIMATES: usize = bounds::ESTIMATES.most();
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
    /// The bytes of their texts, keys and byte strings.
    texts: usize,
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
            texts: 0,
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
    /// The bytes of `texts` come on top. Rejects more than [`DECLARED`] and [`DECLARED_TEXTS`].
    fn keep(&mut self, bytes: usize, texts: usize) -> Refusable<()> {
        self.memory = self.memory.saturating_add(bytes).saturating_add(texts);
        self.texts = self.texts.saturating_add(texts);
        let declared = if self.texts > DECLARED_TEXTS.most() {
            format!("{DECLARED_TEXTS} of text and bytes")
        } else if self.memory > DECLARED.most() {
            format!("{DECLARED} of values")
        } else {
            return Ok(());
        };
        Err(format!(
            "declared more than {declared}: put large data where it can be fetched from, or split the stack"
        ))
    }

    /// Converts a value of the program.
    ///
    /// Rejects a malformed one, keys that are too long, and references to outputs that do not
    /// exist.
    fn value(&mut self, value: wire::Value) -> Refusable<Value> {
        let (value, size) = lift(value).map_err(|why| format!("passed a bad value: {why}"))?;
        self.keep(size.memory - size.bytes, size.bytes)?;
        self.expect_contents(&value)?;
        Ok(value)
    }

    /// Rejects keys that are too long, and references to outputs that do not exist.
    fn expect_contents(&self, value: &Value) -> Refusable<()> {
        match value {
            Value::Output(output) => self.output(output.0).map(|_| ()),
            Value::Secret(inner) => self.expect_contents(inner),
            Value::List(items) => items.iter().try_for_each(|item| self.expect_contents(item)),
            Value::Map(map) => map.iter().try_for_each(|(key, item)| {
                expect_length("a key of a map", key, &NAME)?;
                self.expect_contents(item)
            }),
            _ => Ok(()),
        }
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
        self.keep(EXPRESSION, 0)?;
        Ok(self.declarations.express(expr).0)
    }

    /// Records a part of an output, and returns the id of the new output.
    fn part(&mut self, of: u32, path: &str) -> Refusable<u32> {
        let of = self.output(of)?;
        let path =
            self.path(path).map_err(|why| format!("asked for a part of an output: {why}"))?;
        self.express(Expr::Get(of, path))
    }

    /// Converts a path of the program. Rejects a malformed one.
    fn path(&mut self, path: &str) -> Refusable<Path> {
        expect_length("a path", path, &PATH)?;
        self.keep(size_of_path(path), 0)?;
        path.parse().map_err(|why: PathError| why.to_string())
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
        self.keep(EXPRESSION, label.len() + detail.len() + source.len())?;
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
        let inputs = self.value(inputs)?;
        if !matches!(inputs, Value::Map(_)) {
            let given = inputs.kind_name();
            return Err(format!("declared a resource with inputs that are {given}, not a map"));
        }
        Ok((parent, inputs, self.options(options)?))
    }

    fn options(&mut self, options: stack::Options) -> Refusable<Options> {
        for alias in &options.aliases {
            self.keep(ALIAS, size_of_alias(alias)?)?;
        }
        self.keep(4 * (options.depends_on.len() + options.replace_with.len()), 0)?;
        let mut paths = |texts: Vec<String>, option: &str| -> Refusable<Vec<Path>> {
            let paths = texts.iter().map(|text| self.path(text));
            paths.map(|path| path.map_err(|why| format!("{option}: {why}"))).collect()
        };
        let ignore_changes = paths(options.ignore_changes, "ignore_changes")?;
        let replace_on_changes = paths(options.replace_on_changes, "replace_on_changes")?;
        let secret_outputs = paths(options.secret_outputs, "secret_outputs")?;
        Ok(Options {
            protect: options.protect,
            retain_on_delete: options.retain_on_delete,
            delete_before_replace: options.delete_before_replace,
            depends_on: options
                .depends_on
                .into_iter()
                .map(|id| self.output(id))
                .collect::<Result<_, _>>()?,
            ignore_changes,
            replace_on_changes,
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
            secret_outputs,
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
    format!("{} '{}'{}", brief(kind), brief(name), at(source))
}

/// Returns a place for messages: ` (src/lib.rs:12)`.
fn at(source: Option<&Source>) -> String {
    source.map_or(String::new(), |Source { file, line }| format!(" ({}:{line})", brief(file)))
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

/// Returns the length of the texts of an alias, in bytes.
///
/// Rejects one that is too long.
fn size_of_alias(alias: &stack::Alias) -> Refusable<usize> {
    let former = match alias {
        stack::Alias::Urn(urn) => return expect_length("a former URN", urn, &URN),
        stack::Alias::Name(name) => return expect_length("a former name", name, &NAME),
        stack::Alias::Former(former) => former,
    };
    let parent = match &former.parent {
        stack::FormerParent::Component(path) => expect_length("a former component", path, &URN)?,
        stack::FormerParent::Same | stack::FormerParent::Outside => 0,
    };
    let parts = [&former.name, &former.kind, &former.project];
    let parts = parts.into_iter().flatten().map(|part| expect_length("a former name", part, &NAME));
    Ok(parent + parts.sum::<Refusable<usize>>()?)
}

/// Returns the length of a text, in bytes. Rejects one that is beyond its bound.
fn expect_length(what: &str, text: &str, bound: &Bound) -> Refusable<usize> {
    if text.len() <= bound.most() {
        return Ok(text.len());
    }
    Err(format!("gave {what} of {} bytes, but {bound} are the most: shorten it", text.len()))
}

/// Returns the length of kind, name and place of a declaration, in bytes.
///
/// Rejects those that are too long.
fn size_of_names(kind: &str, name: &str, source: Option<&Source>) -> Refusable<usize> {
    let file = source.map_or("", |source| source.file.as_str());
    Ok(expect_length("a kind", kind, &NAME)?
        + expect_length("a name", name, &NAME)?
        + expect_length("a file of its source", file, &NAME)?)
}

/// Cuts a name that is too long to a length that fits a message.
fn brief(name: &str) -> String {
    if name.len() <= NAME.most() {
        return name.to_owned();
    }
    format!("{}…", &name[..name.floor_char_boundary(60)])
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

/// Returns what a program sees of a stack's settings.
///
/// That is its own table, and the region of AWS.
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
        let texts = self.may_declare().and_then(|()| size_of_names(&kind, &name, source.as_ref()));
        let room = texts.and_then(|texts| self.keep(RESOURCE + EXPRESSION, texts));
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
        let texts = self.may_declare().and_then(|()| size_of_names("", &name, source.as_ref()));
        let room = texts.and_then(|texts| self.keep(RESOURCE + EXPRESSION, texts));
        match room.and_then(|()| self.value(arguments)) {
            Ok(arguments) => {
                Ok(self.declarations.look_up(LookupCall { name, arguments, source }).0)
            }
            Err(why) => {
                let at = at(source.as_ref());
                Err(Stopped::refuse(format!("{why}; it was looking up '{}'{at}", brief(&name))))
            }
        }
    }

    fn stack_reference(&mut self, stack: String) -> wasmtime::Result<u32> {
        let length = expect_length("the name of a stack", &stack, &NAME);
        length
            .and_then(|length| self.keep(0, length))
            .and_then(|()| self.express(Expr::StackReference(stack)))
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
            .and_then(|()| expect_length("a name of an output", &name, &NAME))
            .and_then(|length| self.keep(EXPRESSION, length))
            .and_then(|()| self.value(value));
        let value = value
            .map_err(|why| self.refuse(&format!("{why}; it was exporting '{}'", brief(&name))))?;
        if name.is_empty() {
            return Err(self.refuse("exported a value without a name"));
        }
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
