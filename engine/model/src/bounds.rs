//! Every bound on what a guest, a cloud or a project makes kim hold or compute, in one table.
//!
//! Invariants: code that bounds something takes the number from here, and a bound that is not in
//! [`ALL`] does not exist. The tables in `docs/sandbox.md` are made from it.

use std::fmt;

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
                let power = (0..4).rev().find(|power| amount % (1 << (10 * power)) == 0);
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
    most: 256 << 20,
    unit: Unit::Octets,
    beyond: "the operation fails",
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

/// All bounds, in the order of the documentation.
pub const ALL: &[&Bound] = &[
    &ID,
    &ANSWER_NODES,
    &ANSWER_BYTES,
    &ANSWERS,
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
    &COMPONENT,
    &CODE,
    &FUNCTION,
    &MODULES,
    &COMPILING,
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
