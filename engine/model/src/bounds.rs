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

/// The length of an id.
pub const ID: Bound = Bound {
    of: Of::Plugin,
    what: "an id",
    most: 2048,
    unit: Unit::Octets,
    beyond: "the operation fails",
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
pub const ERRORS: Bound = Bound {
    of: Of::Program,
    what: "errors of the declarations that are listed",
    most: 1_000,
    unit: Unit::Count("errors"),
    beyond: "the rest is left out",
};

/// All bounds, in the order of the documentation.
pub const ALL: &[&Bound] = &[
    &NAME,
    &PATH,
    &URN,
    &URNS,
    &COMPONENTS,
    &DECLARED,
    &DECLARED_TEXTS,
    &REFERENCES,
    &EVALUATED,
    &ERRORS,
    &ID,
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
