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

/// The length of a text that a guest or a cloud says.
pub const WORDS: Bound = Bound {
    of: Of::Guest,
    what: "a text: an error, a failure, a status, a line of the log",
    most: 16 << 10,
    unit: Unit::Octets,
    beyond: "it is cut",
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
pub const ALL: &[&Bound] = &[&ID, &WORDS, &SECRETS];

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
