//! The secret texts of a run, as they are searched for.
//!
//! Invariant: to add a secret costs the same whatever is known already, and to search costs a few
//! instructions a byte. An automaton would be built anew with each secret that a run makes.

use std::collections::{BTreeMap, HashMap};
use std::ops::{Bound, Range};

use super::forms::{Form, KEPT, fold, forms};

/// The bytes by which a form is found. Each form has at least as many.
const KEY: usize = 6;

/// The number of bits of the filter in front of the table.
const FILTER_BITS: u32 = 16;

/// What is known of the forms that begin alike.
#[derive(Clone, Copy, Debug)]
struct Needle {
    /// The length of the longest of them, in bytes.
    length: usize,
    /// True if an answer is secret that one of them stands in.
    ///
    /// It is not by a line of a secret, and not by what is only recorded as secret.
    marks: bool,
}

/// The forms of secrets, by their first bytes.
#[derive(Debug)]
pub(super) struct Needles {
    /// A bit for each hash of a key that is there.
    ///
    /// By it most places need no look at the table.
    filter: Box<[u64]>,
    /// The beginnings of forms in order, by key: many secrets may begin alike.
    by_key: HashMap<u64, Alike>,
}

/// Beginnings of forms that have a key in common.
type Alike = BTreeMap<Box<[u8]>, Needle>;

impl Default for Needles {
    fn default() -> Needles {
        let filter = vec![0; (1 << FILTER_BITS) / 64].into_boxed_slice();
        Needles { filter, by_key: HashMap::new() }
    }
}

/// Returns the word and the bit of a key in the filter.
fn place(key: u64) -> (usize, u64) {
    let hash = key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - FILTER_BITS);
    ((hash / 64) as usize, 1 << (hash % 64))
}

/// Returns the key that follows when a byte comes after those of a key.
fn shifted(key: u64, byte: u8) -> u64 {
    (key << 8 | u64::from(fold(byte))) & ((1 << (8 * KEY)) - 1)
}

impl Needles {
    /// Returns true if there is nothing to search for.
    pub(super) fn is_empty(&self) -> bool {
        self.by_key.is_empty()
    }

    /// Adds all forms of a text. `marks` as in [`Needle`].
    pub(super) fn add(&mut self, text: &[u8], marks: bool) {
        for Form { begin, length } in forms(text) {
            let Some(first) = begin.first_chunk::<KEY>() else { continue };
            let key = first.iter().fold(0, |key, byte| shifted(key, *byte));
            let (word, bit) = place(key);
            self.filter[word] |= bit;
            let alike = self.by_key.entry(key).or_default();
            let needle = alike.entry(begin).or_insert(Needle { length, marks });
            needle.length = needle.length.max(length);
            needle.marks |= marks;
        }
    }

    /// Returns true if a secret stands in it by which an answer is secret.
    pub(super) fn stand_in(&self, text: &[u8]) -> bool {
        self.candidates(text).any(|(at, alike)| {
            matches(alike, &Folded::new(&text[at..])).any(|(_, needle)| needle.marks)
        })
    }

    /// Returns the ranges of a text that are secret, in order.
    ///
    /// The beginning of a secret counts where it is cut off: by an ellipsis, or by the text's end.
    pub(super) fn find(&self, text: &str) -> Vec<Range<usize>> {
        let mut found: Vec<Range<usize>> = Vec::new();
        for (at, alike) in self.candidates(text.as_bytes()) {
            let rest = &text.as_bytes()[at..];
            let folded = Folded::new(rest);
            let length = match matches(alike, &folded).next() {
                // Of a long form only the beginning is compared.
                Some((KEPT, needle)) => needle.length.min(rest.len()),
                Some((length, _)) => length,
                None => 0,
            };
            let begun = longest_beginning(alike, &folded);
            let length = if is_cut_off(&rest[begun..]) { length.max(begun) } else { length };
            if length == 0 {
                continue;
            }
            let end = text.ceil_char_boundary(at + length);
            match found.last_mut() {
                Some(last) if at <= last.end => last.end = last.end.max(end),
                _ => found.push(text.floor_char_boundary(at)..end),
            }
        }
        found
    }

    /// Returns the places of a text where a form may begin, with the forms.
    fn candidates<'t>(&'t self, text: &'t [u8]) -> impl Iterator<Item = (usize, &'t Alike)> + 't {
        let mut key = 0;
        text.iter().enumerate().filter_map(move |(at, byte)| {
            key = shifted(key, *byte);
            let (word, bit) = place(key);
            if at + 1 < KEY || self.filter[word] & bit == 0 {
                return None;
            }
            Some((at + 1 - KEY, self.by_key.get(&key)?))
        })
    }
}

/// The beginning of a text, folded.
struct Folded {
    bytes: [u8; KEPT],
    length: usize,
}

impl Folded {
    fn new(text: &[u8]) -> Folded {
        let mut bytes = [0; KEPT];
        bytes.iter_mut().zip(text).for_each(|(to, from)| *to = fold(*from));
        Folded { bytes, length: text.len().min(KEPT) }
    }

    fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

/// Returns the forms that a text begins with, the longest first, with lengths.
fn matches<'n>(alike: &'n Alike, text: &'n Folded) -> impl Iterator<Item = (usize, Needle)> + 'n {
    let mut probe = text.as_bytes();
    std::iter::from_fn(move || {
        loop {
            let (begin, needle) = before(alike, probe)?;
            let common = common(begin, probe);
            if common == begin.len() {
                // The next one is shorter.
                probe = &probe[..common.checked_sub(1)?];
                return Some((common, *needle));
            }
            probe = &probe[..common];
        }
    })
}

/// Returns how much of a text is the beginning of a form.
fn longest_beginning(alike: &Alike, text: &Folded) -> usize {
    let text = text.as_bytes();
    let after = alike.range::<[u8], _>((Bound::Excluded(text), Bound::Unbounded)).next();
    let after = after.map(|(begin, needle)| (begin.as_ref(), needle));
    let near = before(alike, text).into_iter().chain(after);
    near.map(|(begin, _)| common(begin, text)).max().unwrap_or(0)
}

/// Returns the last beginning in order that is not after a text.
fn before<'n>(alike: &'n Alike, text: &[u8]) -> Option<(&'n [u8], &'n Needle)> {
    let found = alike.range::<[u8], _>((Bound::Unbounded, Bound::Included(text))).next_back();
    found.map(|(begin, needle)| (begin.as_ref(), needle))
}

fn common(one: &[u8], other: &[u8]) -> usize {
    one.iter().zip(other).take_while(|(one, other)| one == other).count()
}

/// Returns true if what is before this rest of a text was cut off there.
fn is_cut_off(rest: &[u8]) -> bool {
    rest.is_empty() || rest.starts_with("…".as_bytes()) || rest.starts_with(b"...")
}
