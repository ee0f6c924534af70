//! What the values of a run may hold, counted before they are built.
//!
//! Invariant: the values of expressions, and the copies of them that inputs take, are within
//! [`EVALUATED`] at any time.

use kim_model::bounds::EVALUATED;
use kim_model::wire::SIX_ENTRIES;
use kim_model::{OutputId, Value};

use crate::ports::{MOST_LEVELS, ProgramError};

/// How much a value holds.
#[derive(Clone, Copy, Default)]
pub(super) struct Size {
    /// About its memory, in bytes.
    pub(super) memory: usize,
    /// The part of the memory that stands where the program wrote an output.
    pub(super) copied: usize,
    /// The number of levels.
    pub(super) levels: usize,
    /// True if a part of it is unknown.
    pub(super) unknown: bool,
}

impl Size {
    /// Returns the size of a value whose outputs are replaced.
    ///
    /// `output` returns the size of what replaces one.
    pub(super) fn of(value: &Value, output: &impl Fn(OutputId) -> Size) -> Size {
        let mut size = Size { memory: size_of::<Value>(), levels: 1, ..Size::default() };
        match value {
            Value::Output(id) => {
                size = output(*id);
                size.copied = size.memory;
            }
            Value::Unknown => size.unknown = true,
            Value::Text(text) => size.memory += text.len(),
            Value::Bytes(bytes) => size.memory += bytes.len(),
            Value::Secret(inner) => size.hold(Size::of(inner, output)),
            Value::List(items) => items.iter().for_each(|item| size.hold(Size::of(item, output))),
            Value::Map(map) => {
                size.memory += SIX_ENTRIES * map.len().div_ceil(6);
                for (key, item) in map {
                    size.memory += key.len();
                    size.hold(Size::of(item, output));
                }
            }
            _ => {}
        }
        size
    }

    /// Returns the size of a value without outputs.
    pub(super) fn of_plain(value: &Value) -> Size {
        Size::of(value, &|_| Size::unknown())
    }

    /// Returns the size of a value that is not known yet.
    pub(super) fn unknown() -> Size {
        Size::of(&Value::Unknown, &|_| Size::default())
    }

    /// Returns the size of a text of this length.
    pub(super) fn of_text(length: usize) -> Size {
        Size { memory: size_of::<Value>() + length, levels: 1, ..Size::default() }
    }

    /// Returns the size of two maps that become one.
    pub(super) fn of_both(one: &Value, other: &Value) -> Size {
        Size::of_plain(one).and(Size::of_plain(other))
    }

    /// Returns the size of both values, side by side.
    pub(super) fn and(self, other: Size) -> Size {
        Size {
            memory: self.memory.saturating_add(other.memory),
            copied: self.copied.saturating_add(other.copied),
            levels: self.levels.max(other.levels),
            unknown: self.unknown || other.unknown,
        }
    }

    /// Adds the size of a value that is part of this one.
    fn hold(&mut self, part: Size) {
        *self = self.and(Size { levels: part.levels + 1, ..part });
    }

    /// Rejects a value that has more levels than can be passed on.
    pub(super) fn expect_levels(self) -> Result<Size, ProgramError> {
        if self.levels <= MOST_LEVELS {
            return Ok(self);
        }
        Err(ProgramError::new(format!(
            "a value is nested more than {MOST_LEVELS} levels deep; keep fewer outputs inside one another"
        )))
    }
}

/// The size of a value that is within the budget, in few bytes: there are many.
#[derive(Clone, Copy)]
pub(super) struct Room {
    memory: u32,
    levels: u8,
    unknown: bool,
}

impl From<Size> for Room {
    fn from(size: Size) -> Room {
        Room {
            // The budget and the bound on levels are far below.
            memory: u32::try_from(size.memory).unwrap_or(u32::MAX),
            levels: u8::try_from(size.levels).unwrap_or(u8::MAX),
            unknown: size.unknown,
        }
    }
}

impl From<Room> for Size {
    fn from(Room { memory, levels, unknown }: Room) -> Size {
        Size { memory: memory as usize, copied: 0, levels: levels.into(), unknown }
    }
}

/// The memory of the values of a run, in bytes.
#[derive(Default)]
pub(super) struct Budget {
    /// That of the values of expressions, answers of closures and lookups among them.
    held: usize,
    /// That of the copies in what was resolved since the values were last renewed.
    passed_on: usize,
}

impl Budget {
    /// Counts a value that is about to be kept.
    pub(super) fn keep(&mut self, size: Size) -> Result<(), ProgramError> {
        self.expect_room(size.memory)?;
        self.held += size.memory;
        Ok(())
    }

    /// Counts a value that is no longer kept.
    pub(super) fn release(&mut self, memory: usize) {
        self.held = self.held.saturating_sub(memory);
    }

    /// Counts the copies in a value that is about to be passed on.
    pub(super) fn pass_on(&mut self, size: Size) -> Result<(), ProgramError> {
        self.expect_room(size.copied)?;
        self.passed_on += size.copied;
        Ok(())
    }

    /// Forgets what was passed on: it is resolved again from here on.
    pub(super) fn renew(&mut self) {
        self.passed_on = 0;
    }

    /// Rejects a value for which no room is left.
    pub(super) fn expect_room(&self, memory: usize) -> Result<(), ProgramError> {
        let used = self.held.saturating_add(self.passed_on);
        if used.saturating_add(memory) <= EVALUATED.most() {
            return Ok(());
        }
        Err(ProgramError::new(format!(
            "the values that the outputs of the program come to take more than {EVALUATED} of memory: {} so far, and {} for one more; \
             each copy of an output inside another value counts, so keep large data where it can be fetched from, or refer to it fewer times",
            megabytes(used),
            megabytes(memory)
        )))
    }
}

/// Returns an amount of bytes in words.
fn megabytes(bytes: usize) -> String {
    match bytes >> 20 {
        // So much is never built: only its size is known.
        1_000_000.. => "far more than any machine has".to_owned(),
        megabytes => format!("{megabytes} MB"),
    }
}
