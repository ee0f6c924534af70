//! Every bound on what a guest, a cloud or a project makes kim hold or compute, in one table.
//!
//! Invariants: code that bounds something takes the number from here, and a bound that is not in
//! [`ALL`] does not exist. The tables in `docs/sandbox.md` are made from it.

use std::fmt;
use std::time::Duration;

/// What is counted, how much of it is allowed, and what happens beyond that.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bound {
    /// Who has to keep it.
    pub of: Of,
    /// What is counted: "the depth of components".
    pub what: &'static str,
    /// The largest amount that is allowed, or the smallest if the unit is a pause.
    pub most: u64,
    /// What the amount is an amount of.
    pub unit: Unit,
    /// What happens beyond it: "the program is stopped".
    pub beyond: &'static str,
}

/// Who has to keep a bound.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Of {
    /// A deployment program.
    Program,
    /// A plugin.
    Plugin,
    /// Programs and plugins alike.
    Guest,
    /// All guests and clouds together, for as long as the process of kim runs.
    Process,
    /// A project: its files and settings.
    Project,
}

/// What an amount is an amount of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unit {
    /// Things, in the plural: "nodes".
    Count(&'static str),
    /// Octets.
    Octets,
    /// Milliseconds.
    Millis,
}

impl Bound {
    /// Returns the amount as a `usize`.
    pub const fn most(&self) -> usize {
        // No bound is beyond 32 bits of octets on a machine that has fewer of them than that.
        self.most as usize
    }

    /// Returns the amount as a time. It is one only if the unit is milliseconds.
    pub const fn time(&self) -> Duration {
        Duration::from_millis(self.most)
    }

    /// Returns true if so much is beyond the bound.
    pub const fn is_exceeded_by(&self, amount: u64) -> bool {
        amount > self.most
    }
}

impl fmt::Display for Bound {
    /// Writes the amount with its unit: `64 MB`, `10 s`, `5,000,000 nodes`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.unit.write(self.most, f)
    }
}

impl Unit {
    fn write(self, amount: u64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [&str; 4] = ["bytes", "KB", "MB", "GB"];
        match self {
            Unit::Count(things) => write!(f, "{} {things}", Grouped(amount)),
            Unit::Octets => {
                let power = (0..4).rev().find(|power| amount.is_multiple_of(1 << (10 * power)));
                let power = power.filter(|_| amount > 0).unwrap_or(0);
                write!(f, "{} {}", Grouped(amount >> (10 * power)), UNITS[power as usize])
            }
            Unit::Millis if amount.is_multiple_of(60_000) => write!(f, "{} min", amount / 60_000),
            Unit::Millis if amount.is_multiple_of(1_000) => write!(f, "{} s", amount / 1_000),
            Unit::Millis => write!(f, "{amount} ms"),
        }
    }
}

/// A number with commas between its thousands.
struct Grouped(u64);

impl fmt::Display for Grouped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                f.write_str(",")?;
            }
            write!(f, "{digit}")?;
        }
        Ok(())
    }
}

/// The nodes of a value that a guest passes.
///
/// A node that is referenced twice counts twice.
pub const VALUE_NODES: Bound = Bound {
    of: Of::Guest,
    what: "one value",
    most: 1_000_000,
    unit: Unit::Count("nodes"),
    beyond: "the program is stopped; the operation fails",
};

/// The levels of a value that a guest passes.
pub const VALUE_LEVELS: Bound = Bound {
    of: Of::Guest,
    what: "the depth of a value",
    most: 64,
    unit: Unit::Count("levels"),
    beyond: "the program is stopped; the operation fails",
};

/// The texts, keys and byte strings of a value that a guest passes.
pub const VALUE_BYTES: Bound = Bound {
    of: Of::Guest,
    what: "the texts, keys and bytes of a value",
    most: 64 << 20,
    unit: Unit::Octets,
    beyond: "the program is stopped; the operation fails",
};

/// The bytes that a guest passes to the host in one call.
///
/// Bounds what is copied before it is checked.
pub const CALL: Bound = Bound {
    of: Of::Guest,
    what: "data that passes in one call",
    most: 128 << 20,
    unit: Unit::Octets,
    beyond: "the program is stopped; the operation fails",
};

/// The native stack that a guest's calls may use.
pub const STACK: Bound = Bound {
    of: Of::Guest,
    what: "the native stack of its calls, beside 1 MB of Rust's own",
    most: 1 << 20,
    unit: Unit::Octets,
    beyond: "it *recursed too deeply*",
};

/// The entries of one WebAssembly table.
///
/// The largest guests have some ten thousand.
pub const TABLE: Bound = Bound {
    of: Of::Guest,
    what: "one table of functions",
    most: 1 << 20,
    unit: Unit::Count("entries"),
    beyond: "the table does not grow",
};

/// The tables of a guest.
pub const TABLES: Bound = Bound {
    of: Of::Guest,
    what: "its tables",
    most: 100,
    unit: Unit::Count("tables"),
    beyond: "it is not instantiated",
};

/// The linear memories of a guest.
pub const MEMORIES: Bound = Bound {
    of: Of::Guest,
    what: "its linear memories",
    most: 16,
    unit: Unit::Count("memories"),
    beyond: "it is not instantiated",
};

/// The core instances of a guest.
pub const INSTANCES: Bound = Bound {
    of: Of::Guest,
    what: "its core instances",
    most: 100,
    unit: Unit::Count("instances"),
    beyond: "it is not instantiated",
};

/// The random bytes that a guest asks for in one call.
pub const RANDOM: Bound = Bound {
    of: Of::Guest,
    what: "random numbers in one call",
    most: 1 << 20,
    unit: Unit::Octets,
    beyond: "the guest is stopped",
};

/// A text that a guest or a cloud wrote for people.
pub const TEXT: Bound = Bound {
    of: Of::Guest,
    what: "a line of the log, the text of an error, a status or an estimate",
    most: 16 << 10,
    unit: Unit::Octets,
    beyond: "it is cut",
};

/// The memory of a program's instance: the sum over its linear memories.
pub const PROGRAM_MEMORY: Bound = Bound {
    of: Of::Program,
    what: "memory",
    most: 512 << 20,
    unit: Unit::Octets,
    beyond: "the program is stopped",
};

/// The time that one call of a program may compute.
pub const PROGRAM_COMPUTING: Bound = Bound {
    of: Of::Program,
    what: "computing in `run`, and in each closure",
    most: 30_000,
    unit: Unit::Millis,
    beyond: "the program is stopped",
};

/// The time that one call of a program may take.
pub const PROGRAM_WAITING: Bound = Bound {
    of: Of::Program,
    what: "`run`, and each closure, with all waiting",
    most: 120_000,
    unit: Unit::Millis,
    beyond: "the program is stopped (it can wait only for a sleep)",
};

/// The resources, components and lookups of a run.
pub const RESOURCES: Bound = Bound {
    of: Of::Program,
    what: "resources, components and lookups together",
    most: 250_000,
    unit: Unit::Count("resources"),
    beyond: "the program is stopped",
};

/// The outputs and exports of a run.
///
/// Each resource is an output, and so is each property that is read.
pub const OUTPUTS: Bound = Bound {
    of: Of::Program,
    what: "outputs (each resource, each property that is read, each expression) and exports together",
    most: 1_000_000,
    unit: Unit::Count("outputs"),
    beyond: "the program is stopped",
};

/// The estimates of costs and savings of a run.
pub const ESTIMATES: Bound = Bound {
    of: Of::Program,
    what: "estimates of costs and savings",
    most: 1_000,
    unit: Unit::Count("estimates"),
    beyond: "the program is stopped",
};

/// The lines that are kept of a program's run.
pub const PROGRAM_LINES: Bound = Bound {
    of: Of::Program,
    what: "log",
    most: 10_000,
    unit: Unit::Count("lines"),
    beyond: "the rest is dropped, and a line reports it",
};

/// The text of the lines that are kept of a program's run.
pub const PROGRAM_LOG: Bound = Bound {
    of: Of::Program,
    what: "the text of the log",
    most: 8 << 20,
    unit: Unit::Octets,
    beyond: "the rest is dropped, and a line reports it",
};

/// The lines that are shown of a program that failed: the last ones.
pub const LAST_LINES: Bound = Bound {
    of: Of::Program,
    what: "the log that is shown of a failure",
    most: 20,
    unit: Unit::Count("lines"),
    beyond: "the last ones are shown",
};

/// The errors of a program that are shown.
///
/// A loop can report thousands, and would bury the first ones.
pub const ERRORS: Bound = Bound {
    of: Of::Program,
    what: "errors that are shown",
    most: 20,
    unit: Unit::Count("errors"),
    beyond: "the rest is counted",
};

/// The levels of a value that the engine passes on: evaluated, or answered.
///
/// Beyond some thousand, a value exhausts the stack of a thread that reads it.
pub const EVALUATED_LEVELS: Bound = Bound {
    of: Of::Program,
    what: "the depth of a value that was evaluated, answered or read back",
    most: 128,
    unit: Unit::Count("levels"),
    beyond: "the step that needs it fails",
};

/// The old copies that one new copy is compared with in one pass.
pub const RENAMES: Bound = Bound {
    of: Of::Program,
    what: "old copies that a new one is compared with, to find a rename",
    most: 300,
    unit: Unit::Count("copies"),
    beyond: "a rename that only ignored inputs tell may be missed",
};

/// The length of a name for which a similar one is searched.
pub const SUGGESTED: Bound = Bound {
    of: Of::Program,
    what: "a name that is compared with known ones",
    most: 100,
    unit: Unit::Octets,
    beyond: "no name is suggested",
};

/// The lines of a text that are compared.
///
/// The comparison takes quadratic time and memory.
pub const COMPARED: Bound = Bound {
    of: Of::Program,
    what: "a text that is compared line by line in a plan",
    most: 2_000,
    unit: Unit::Count("lines"),
    beyond: "it is shown as changed",
};

/// The memory of a plugin's instance: the sum over its linear memories.
pub const PLUGIN_MEMORY: Bound = Bound {
    of: Of::Plugin,
    what: "memory of an operation",
    most: 256 << 20,
    unit: Unit::Octets,
    beyond: "the operation fails",
};

/// The time that one call of a plugin may compute.
pub const PLUGIN_COMPUTING: Bound = Bound {
    of: Of::Plugin,
    what: "computing in an operation",
    most: 10_000,
    unit: Unit::Millis,
    beyond: "the operation fails",
};

/// The time that one call of a plugin may take.
pub const PLUGIN_WAITING: Bound = Bound {
    of: Of::Plugin,
    what: "an operation with all waiting",
    most: 120_000,
    unit: Unit::Millis,
    beyond: "the operation fails, and names the host that had not answered",
};

/// The time of a create, an update or a delete, from the start of its step.
pub const STEP: Bound = Bound {
    of: Of::Plugin,
    what: "a create, update or delete with all its operations and the pauses between them, without [timeouts](options.md#timeouts) of the resource",
    most: 2_700_000,
    unit: Unit::Millis,
    beyond: "the step fails",
};

/// The longest pause between two calls of an operation that goes on.
pub const POLL: Bound = Bound {
    of: Of::Plugin,
    what: "the pause before the next call of an operation that goes on, at most",
    most: 60_000,
    unit: Unit::Millis,
    beyond: "a longer one counts as that",
};

/// The length of a schema, as JSON.
pub const SCHEMA: Bound = Bound {
    of: Of::Plugin,
    what: "the schema, as JSON",
    most: 16 << 20,
    unit: Unit::Octets,
    beyond: "the plugin is not loaded",
};

/// The misfits that are reported of one answer.
pub const MISFITS: Bound = Bound {
    of: Of::Plugin,
    what: "faults of one answer that are reported",
    most: 5,
    unit: Unit::Count("faults"),
    beyond: "the rest is left out",
};

/// The lines that a plugin logs in one operation.
pub const OPERATION_LINES: Bound = Bound {
    of: Of::Plugin,
    what: "log of an operation",
    most: 1_000,
    unit: Unit::Count("lines"),
    beyond: "the rest is dropped, and a line reports it",
};

/// The text that a plugin logs in one operation.
///
/// The line that exceeds it is still passed on.
pub const OPERATION_LOG: Bound = Bound {
    of: Of::Plugin,
    what: "the text of the log of an operation",
    most: 1 << 20,
    unit: Unit::Octets,
    beyond: "the rest is dropped, and a line reports it",
};

/// The body of an answer of a cloud.
pub const BODY: Bound = Bound {
    of: Of::Plugin,
    what: "an answer from the network",
    most: 64 << 20,
    unit: Unit::Octets,
    beyond: "the plugin gets the failure `no-answer`",
};

/// How long an answer may take, connecting and its body included.
pub const ANSWER_TIME: Bound = Bound {
    of: Of::Plugin,
    what: "an answer from the network, from the start of the request to the end of its body",
    most: 60_000,
    unit: Unit::Millis,
    beyond: "the plugin gets the failure `no-answer`",
};

/// How long one connect may take.
pub const CONNECTING: Bound = Bound {
    of: Of::Plugin,
    what: "a connection to a host",
    most: 10_000,
    unit: Unit::Millis,
    beyond: "the plugin gets the failure `no-answer`",
};

/// The attempts of a request, the first included.
pub const REQUEST_ATTEMPTS: Bound = Bound {
    of: Of::Plugin,
    what: "attempts of a request, without `AWS_MAX_ATTEMPTS`",
    most: 8,
    unit: Unit::Count("attempts"),
    beyond: "the operation fails",
};

/// The attempts of a call to a plugin that may be retried, the first included.
pub const CALL_ATTEMPTS: Bound = Bound {
    of: Of::Plugin,
    what: "attempts of an operation that may be retried",
    most: 8,
    unit: Unit::Count("attempts"),
    beyond: "the step fails",
};

/// The time for which a run waits for what it cannot see, from its last change.
pub const UNSEEN: Bound = Bound {
    of: Of::Plugin,
    what: "the wait for what the run does not see, from its last change",
    most: 90_000,
    unit: Unit::Millis,
    beyond: "the step fails",
};

/// The plugin instances at the same time.
///
/// Each reserves addresses, not memory.
pub const OPERATIONS_AT_ONCE: Bound = Bound {
    of: Of::Process,
    what: "operations at once",
    most: 64,
    unit: Unit::Count("operations"),
    beyond: "further ones wait",
};

/// The requests in flight at once, of one account, region and service.
pub const REQUESTS_AT_ONCE: Bound = Bound {
    of: Of::Process,
    what: "requests in flight at once, for each account, region and service",
    most: 64,
    unit: Unit::Count("requests"),
    beyond: "further ones wait",
};

/// How long the whole chain of credentials may take.
///
/// A user may have to type a code into a credential process.
pub const CREDENTIALS: Bound = Bound {
    of: Of::Project,
    what: "finding the credentials, with everything that the profile starts",
    most: 60_000,
    unit: Unit::Millis,
    beyond: "the request fails",
};

/// The memory that a sealed value asks for to make its key.
pub const KEY_MEMORY: Bound = Bound {
    of: Of::Project,
    what: "memory for the key of sealed values",
    most: 256 << 20,
    unit: Unit::Octets,
    beyond: "the value is not opened",
};

/// The passes over that memory that a sealed value asks for.
pub const KEY_PASSES: Bound = Bound {
    of: Of::Project,
    what: "passes over the memory for the key of sealed values",
    most: 16,
    unit: Unit::Count("passes"),
    beyond: "the value is not opened",
};

/// The lanes that a sealed value asks for.
pub const KEY_LANES: Bound = Bound {
    of: Of::Project,
    what: "lanes of the memory for the key of sealed values",
    most: 4,
    unit: Unit::Count("lanes"),
    beyond: "the value is not opened",
};

/// The length of an id.
pub const ID: Bound = Bound {
    of: Of::Plugin,
    what: "an id",
    most: 2048,
    unit: Unit::Octets,
    beyond: "the operation fails",
};

/// The nodes of the values of one answer of a plugin.
///
/// A node that is referenced twice counts twice.
pub const ANSWER_NODES: Bound = Bound {
    of: Of::Plugin,
    what: "the values of one answer",
    most: 1_000_000,
    unit: Unit::Count("nodes"),
    beyond: "the operation fails",
};

/// The text and bytes of the values of one answer of a plugin.
pub const ANSWER_BYTES: Bound = Bound {
    of: Of::Plugin,
    what: "the text and bytes of one answer",
    most: 64 << 20,
    unit: Unit::Octets,
    beyond: "the operation fails",
};

/// The memory that the large answers of a run take.
///
/// What counts of each is beyond [`SHARE`], so a stack may have any number of resources.
pub const ANSWERS: Bound = Bound {
    of: Of::Plugin,
    what: "the memory of all answers of a run, without the first 16 KB of each",
    most: 96 << 20,
    unit: Unit::Octets,
    beyond: "the operation fails",
};

/// The memory of the recorded properties that one read hands a plugin.
///
/// The answer is about as large. Each alone is small enough for one.
pub const READ: Bound = Bound {
    of: Of::Plugin,
    what: "the memory of the resources of one read",
    most: 8 << 20,
    unit: Unit::Octets,
    beyond: "the rest is read by further calls",
};

/// The memory of an answer that does not count towards [`ANSWERS`], in bytes.
pub const SHARE: u64 = 16 << 10;

/// The memory of an operation that runs beside others of its size.
///
/// One that needs more waits until no other one does.
pub const SMALL_OPERATION: Bound = Bound {
    of: Of::Process,
    what: "the memory of an operation beside others of its size",
    most: 16 << 20,
    unit: Unit::Octets,
    beyond: "the operation waits until it is the only one of that size",
};

/// The part of an answer that is kept in the host beside others of its size.
///
/// It holds for the body of an answer of a cloud, and for the values of an answer of a plugin.
pub const SMALL_ANSWER: Bound = Bound {
    of: Of::Process,
    what: "an answer in flight beside others of its size",
    most: 4 << 20,
    unit: Unit::Octets,
    beyond: "the operation waits until it is the only one of that size",
};

/// The violations that one check reports.
pub const VIOLATIONS: Bound = Bound {
    of: Of::Plugin,
    what: "the violations of one check",
    most: 100,
    unit: Unit::Count("violations"),
    beyond: "the operation fails",
};

/// The pause that a plugin may ask for at least before it is called again.
pub const POLL_PAUSE: Bound = Bound {
    of: Of::Plugin,
    what: "the pause before the next call of an operation that goes on",
    most: 100,
    unit: Unit::Millis,
    beyond: "a shorter one counts as that",
};

/// The texts of status of one step.
pub const STEP_STATUS: Bound = Bound {
    of: Of::Plugin,
    what: "the texts of status of one step",
    most: 256 << 10,
    unit: Unit::Octets,
    beyond: "the rest is not shown",
};

/// The texts of status of a run.
pub const RUN_STATUS: Bound = Bound {
    of: Of::Plugin,
    what: "the texts of status of a run",
    most: 16 << 20,
    unit: Unit::Octets,
    beyond: "the rest is not shown",
};

/// The lines that a plugin logs in a run.
pub const RUN_LINES: Bound = Bound {
    of: Of::Plugin,
    what: "the log of a run",
    most: 100_000,
    unit: Unit::Count("lines"),
    beyond: "the rest is dropped, and a line reports it",
};

/// The text that a plugin logs in a run.
pub const RUN_LOG: Bound = Bound {
    of: Of::Plugin,
    what: "the text of the log of a run",
    most: 16 << 20,
    unit: Unit::Octets,
    beyond: "the rest is dropped, and a line reports it",
};

/// The kinds and lookups of a schema.
pub const KINDS: Bound = Bound {
    of: Of::Plugin,
    what: "the kinds and lookups of a schema",
    most: 10_000,
    unit: Unit::Count("kinds"),
    beyond: "the plugin is not loaded",
};

/// The properties of a schema, those inside others included.
pub const PROPERTIES: Bound = Bound {
    of: Of::Plugin,
    what: "the properties of a schema, those inside others included",
    most: 100_000,
    unit: Unit::Count("properties"),
    beyond: "the plugin is not loaded",
};

/// The length of a name in a schema: of a kind, a lookup or a property.
pub const NAME_IN_SCHEMA: Bound = Bound {
    of: Of::Plugin,
    what: "the name of a kind, a lookup or a property",
    most: 200,
    unit: Unit::Octets,
    beyond: "the plugin is not loaded",
};

/// The memory of one compiled pattern of a schema.
pub const PATTERN: Bound = Bound {
    of: Of::Plugin,
    what: "the memory of a compiled pattern of a schema",
    most: 4 << 20,
    unit: Unit::Octets,
    beyond: "the plugin is not loaded",
};

/// The memory of all compiled patterns of a schema.
pub const PATTERNS: Bound = Bound {
    of: Of::Plugin,
    what: "the memory of all compiled patterns of a schema",
    most: 32 << 20,
    unit: Unit::Octets,
    beyond: "the plugin is not loaded",
};

/// The faults of a schema that are reported.
pub const SCHEMA_FAULTS: Bound = Bound {
    of: Of::Plugin,
    what: "faults of the schema that are reported",
    most: 20,
    unit: Unit::Count("faults"),
    beyond: "the rest is left out",
};

/// The attempts of a request for which there is no connection.
///
/// A missing endpoint will hardly appear within seconds.
pub const CONNECTIONS: Bound = Bound {
    of: Of::Plugin,
    what: "attempts of a request without a connection",
    most: 3,
    unit: Unit::Count("attempts"),
    beyond: "the operation fails",
};

/// How often a path of a request may be percent-encoded.
///
/// One that is encoded more often counts as one that climbs.
pub const ENCODINGS: Bound = Bound {
    of: Of::Plugin,
    what: "how often the path of a request is percent-encoded",
    most: 8,
    unit: Unit::Count("times"),
    beyond: "the request is refused",
};

/// The file of a component.
pub const COMPONENT: Bound = Bound {
    of: Of::Guest,
    what: "the file of a component",
    most: 128 << 20,
    unit: Unit::Octets,
    beyond: "it is not read",
};

/// The code of a component: the functions of all its modules.
pub const CODE: Bound = Bound {
    of: Of::Guest,
    what: "the code of a component",
    most: 24 << 20,
    unit: Unit::Octets,
    beyond: "it is not compiled",
};

/// The code of one function of a component.
pub const FUNCTION: Bound = Bound {
    of: Of::Guest,
    what: "one function of a component",
    most: 256 << 10,
    unit: Unit::Octets,
    beyond: "it is not compiled",
};

/// The modules and components inside a component, itself included.
pub const MODULES: Bound = Bound {
    of: Of::Guest,
    what: "the modules and components inside a component",
    most: 1_000,
    unit: Unit::Count("modules and components"),
    beyond: "it is not compiled",
};

/// The time in which a component is compiled.
pub const COMPILING: Bound = Bound {
    of: Of::Guest,
    what: "compiling a component",
    most: 180_000,
    unit: Unit::Millis,
    beyond: "it is not loaded",
};

/// The length of a name that a program gives.
///
/// It is that of a resource, a kind, an output of the stack, a key of a map, a file.
pub const NAME: Bound = Bound {
    of: Of::Program,
    what: "a name, a kind, a key of a map, a file of the source",
    most: 1 << 10,
    unit: Unit::Octets,
    beyond: "the program is stopped",
};

/// The length of a path to a property that a program writes.
pub const PATH: Bound = Bound {
    of: Of::Program,
    what: "a path to a property",
    most: 4 << 10,
    unit: Unit::Octets,
    beyond: "the program is stopped",
};

/// The length of a URN.
///
/// It is made of the names of a resource and of the components around it.
pub const URN: Bound = Bound {
    of: Of::Program,
    what: "a URN",
    most: 4 << 10,
    unit: Unit::Octets,
    beyond: "the declarations are rejected",
};

/// The length of all URNs of a run together.
pub const URNS: Bound = Bound {
    of: Of::Program,
    what: "all URNs of a run together",
    most: 64 << 20,
    unit: Unit::Octets,
    beyond: "the declarations are rejected",
};

/// How many components a resource is inside.
pub const COMPONENTS: Bound = Bound {
    of: Of::Program,
    what: "components inside each other",
    most: 64,
    unit: Unit::Count("components"),
    beyond: "the declarations are rejected",
};

/// The memory that the declarations of a run take in the host.
pub const DECLARED: Bound = Bound {
    of: Of::Program,
    what: "memory of the host for all declarations",
    most: 384 << 20,
    unit: Unit::Octets,
    beyond: "the program is stopped",
};

/// The texts, keys and byte strings of all declarations of a run.
pub const DECLARED_TEXTS: Bound = Bound {
    of: Of::Program,
    what: "texts and bytes in all declarations",
    most: 128 << 20,
    unit: Unit::Octets,
    beyond: "the program is stopped",
};

/// The references that are followed to find out what depends on what.
///
/// Each set of resources and lookups that a value, an input or an option takes over counts.
pub const REFERENCES: Bound = Bound {
    of: Of::Program,
    what: "references from outputs and inputs to resources and lookups",
    most: 5_000_000,
    unit: Unit::Count("references"),
    beyond: "the declarations are rejected",
};

/// The memory of what the expressions of a run come to.
///
/// The copies that inputs take count, too.
pub const EVALUATED: Bound = Bound {
    of: Of::Program,
    what: "memory of the host for what the expressions of a program come to",
    most: 128 << 20,
    unit: Unit::Octets,
    beyond: "what needs the value fails",
};

/// The errors of one program that are listed.
pub const DECLARED_ERRORS: Bound = Bound {
    of: Of::Program,
    what: "errors of the declarations that are listed",
    most: 1_000,
    unit: Unit::Count("errors"),
    beyond: "the rest is left out",
};

/// The length of a file that kim itself reads of a project.
///
/// That is its settings, `kim.lock` and `Cargo.toml`.
pub const SETTINGS_FILE: Bound = Bound {
    of: Of::Project,
    what: "a settings file, kim.lock or Cargo.toml",
    most: 1 << 20,
    unit: Unit::Octets,
    beyond: "it is not read",
};

/// The length of a file that cargo writes in a project and kim reads.
pub const CARGO_FILE: Bound = Bound {
    of: Of::Project,
    what: "Cargo.lock, and cargo's list of sources",
    most: 64 << 20,
    unit: Unit::Octets,
    beyond: "it is not read",
};

/// The secret texts that are searched for in what guests and clouds say.
pub const SECRETS: Bound = Bound {
    of: Of::Process,
    what: "secret texts, and lines of them, that are searched for in what is said",
    most: 100_000,
    unit: Unit::Count("texts"),
    beyond: "what guests and clouds say is not shown, and what they answer is secret",
};

/// All bounds, in the order of the documentation.
pub const ALL: &[&Bound] = &[
    &VALUE_NODES,
    &VALUE_LEVELS,
    &VALUE_BYTES,
    &CALL,
    &STACK,
    &TABLE,
    &TABLES,
    &MEMORIES,
    &INSTANCES,
    &RANDOM,
    &TEXT,
    &PROGRAM_MEMORY,
    &PROGRAM_COMPUTING,
    &PROGRAM_WAITING,
    &RESOURCES,
    &OUTPUTS,
    &ESTIMATES,
    &PROGRAM_LINES,
    &PROGRAM_LOG,
    &LAST_LINES,
    &ERRORS,
    &EVALUATED_LEVELS,
    &RENAMES,
    &SUGGESTED,
    &COMPARED,
    &PLUGIN_MEMORY,
    &PLUGIN_COMPUTING,
    &PLUGIN_WAITING,
    &STEP,
    &POLL,
    &ID,
    &SCHEMA,
    &MISFITS,
    &OPERATION_LINES,
    &OPERATION_LOG,
    &BODY,
    &ANSWER_TIME,
    &CONNECTING,
    &REQUEST_ATTEMPTS,
    &CALL_ATTEMPTS,
    &UNSEEN,
    &OPERATIONS_AT_ONCE,
    &REQUESTS_AT_ONCE,
    &CREDENTIALS,
    &KEY_MEMORY,
    &KEY_PASSES,
    &KEY_LANES,
    &ANSWER_NODES,
    &ANSWER_BYTES,
    &ANSWERS,
    &READ,
    &SMALL_OPERATION,
    &SMALL_ANSWER,
    &VIOLATIONS,
    &POLL_PAUSE,
    &STEP_STATUS,
    &RUN_STATUS,
    &RUN_LINES,
    &RUN_LOG,
    &KINDS,
    &PROPERTIES,
    &NAME_IN_SCHEMA,
    &PATTERN,
    &PATTERNS,
    &SCHEMA_FAULTS,
    &CONNECTIONS,
    &ENCODINGS,
    &COMPONENT,
    &CODE,
    &FUNCTION,
    &MODULES,
    &COMPILING,
    &NAME,
    &PATH,
    &URN,
    &URNS,
    &COMPONENTS,
    &DECLARED,
    &DECLARED_TEXTS,
    &REFERENCES,
    &EVALUATED,
    &DECLARED_ERRORS,
    &SETTINGS_FILE,
    &CARGO_FILE,
    &SECRETS,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_written_with_the_largest_unit_that_divides_it() {
        let write = |most, unit| Bound { most, unit, ..ID }.to_string();
        assert_eq!(write(2048, Unit::Octets), "2 KB");
        assert_eq!(write(64 << 20, Unit::Octets), "64 MB");
        assert_eq!(write(1500, Unit::Octets), "1,500 bytes");
        assert_eq!(write(0, Unit::Octets), "0 bytes");
        assert_eq!(write(2_500_000, Unit::Count("nodes")), "2,500,000 nodes");
        assert_eq!(write(120_000, Unit::Millis), "2 min");
        assert_eq!(write(100, Unit::Millis), "100 ms");
    }
}
