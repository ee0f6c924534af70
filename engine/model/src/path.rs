//! Paths to a property inside a value: `tags.Team`, `rules[0].port`, `tags["a.b"]`.

use std::fmt;
use std::str::FromStr;

/// One step of a [`Path`].
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Step {
    /// A step into a map, by key.
    Key(String),
    /// A step into a list, by index, counted from 0.
    Index(usize),
}

/// A path to a property. The empty path, the root, is the whole value.
///
/// ```
/// use kim_model::Path;
///
/// let port: Path = "rules[0].port".parse()?;
/// assert_eq!(port, Path::key("rules").item(0).join("port"));
/// assert!(port.is_within(&Path::key("rules")));
/// assert_eq!(Path::key("tags").join("a.b").to_string(), r#"tags["a.b"]"#);
/// assert!("rules[".parse::<Path>().is_err());
/// # Ok::<(), kim_model::PathError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Path(Vec<Step>);

/// The error for a text that is not a path.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "'{text}' is not a property path: {why}; write it like tags.Team, rules[0].port or tags[\"a.b\"]"
)]
pub struct PathError {
    text: String,
    why: &'static str,
}

impl Path {
    /// Returns the path of the whole value.
    pub fn root() -> Path {
        Path::default()
    }

    /// Returns the path of a property of the outermost map.
    pub fn key(name: impl Into<String>) -> Path {
        Path(vec![Step::Key(name.into())])
    }

    /// Returns the steps, outermost first.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// Returns this path, extended by a key.
    pub fn join(&self, key: impl Into<String>) -> Path {
        let mut steps = self.0.clone();
        steps.push(Step::Key(key.into()));
        Path(steps)
    }

    /// Returns this path, extended by an index.
    pub fn item(&self, index: usize) -> Path {
        let mut steps = self.0.clone();
        steps.push(Step::Index(index));
        Path(steps)
    }

    /// Returns true if this path equals `other` or leads to something inside it.
    pub fn is_within(&self, other: &Path) -> bool {
        self.0.starts_with(&other.0)
    }

    /// Returns the path from `other` to here; `None` if this is not within `other`.
    pub fn from_within(&self, other: &Path) -> Option<Path> {
        self.0.strip_prefix(other.0.as_slice()).map(|rest| Path(rest.to_vec()))
    }

    /// Returns true if this is the path of the whole value.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the name of the outermost property.
    ///
    /// Returns `None` if the path is the root or begins with an index.
    pub fn first_key(&self) -> Option<&str> {
        match self.0.first() {
            Some(Step::Key(key)) => Some(key),
            _ => None,
        }
    }
}

impl FromIterator<Step> for Path {
    fn from_iter<I: IntoIterator<Item = Step>>(steps: I) -> Path {
        Path(steps.into_iter().collect())
    }
}

fn is_plain(key: &str) -> bool {
    !key.is_empty()
        && key
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | ':' | '/' | '@' | '*' | '$'))
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(key) if !is_plain(key) => write!(f, "[\"{}\"]", Quoted(key))?,
                Step::Key(key) if position == 0 => f.write_str(key)?,
                Step::Key(key) => write!(f, ".{key}")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

/// A key between quotes, on one line whatever is in it: a path stands in messages.
struct Quoted<'k>(&'k str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| match c {
            '\\' | '"' => write!(f, "\\{c}"),
            // The separators of lines and paragraphs break lines, too.
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') => {
                write!(f, "\\u{{{:x}}}", u32::from(c))
            }
            c => write!(f, "{c}"),
        })
    }
}

impl FromStr for Path {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Path, PathError> {
        let error = |why| PathError { text: text.to_owned(), why };
        let mut steps = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            if let Some(inside) = rest.strip_prefix("[\"") {
                let (key, after) =
                    quoted(inside).ok_or_else(|| error("a quoted key does not end"))?;
                steps.push(Step::Key(key));
                rest = after.strip_prefix(']').ok_or_else(|| error("a ']' is missing"))?;
            } else if let Some(inside) = rest.strip_prefix('[') {
                let (number, after) =
                    inside.split_once(']').ok_or_else(|| error("a ']' is missing"))?;
                steps.push(Step::Index(
                    number.parse().map_err(|_| error("an index is not a number"))?,
                ));
                rest = after;
            } else {
                let bare =
                    if steps.is_empty() { rest } else { rest.strip_prefix('.').unwrap_or(rest) };
                let end = bare.find(['.', '[']).unwrap_or(bare.len());
                if end == 0 {
                    return Err(error("a key is empty"));
                }
                steps.push(Step::Key(bare[..end].to_owned()));
                rest = &bare[end..];
            }
        }
        Ok(Path(steps))
    }
}

/// Reads a key up to its closing quote.
///
/// Undoes the escapes that `Display` writes. Returns the key and the text after the quote, or
/// `None` if the quote is missing.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut key = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((key, &text[at + 1..])),
            '\\' => match chars.next()?.1 {
                'u' if text[at + 2..].starts_with('{') => {
                    let (code, _) = text[at + 3..].split_once('}')?;
                    key.push(char::from_u32(u32::from_str_radix(code, 16).ok()?)?);
                    // The braces and what is between them.
                    chars.nth(code.chars().count() + 1)?;
                }
                other => key.push(other),
            },
            other => key.push(other),
        }
    }
    None
}

impl serde::Serialize for Path {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Path {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Path, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::Path;

    #[test]
    fn every_path_reads_back() {
        for key in [
            "plain",
            "a.b",
            "",
            "q\"uote",
            "back\\slash",
            "new\nline",
            "\u{0}\u{7f}",
            "[0]",
            "ünï",
            "\\u{a}",
            "sep\u{2028}arated",
        ] {
            let path = Path::key("tags").join(key).item(3).join(key);
            assert_eq!(path.to_string().parse(), Ok(path.clone()), "{path}");
            assert_eq!(path.to_string().lines().count(), 1, "a path is one line");
            assert!(!path.to_string().contains(char::is_control));
        }
        assert_eq!("rules[0].port".parse(), Ok(Path::key("rules").item(0).join("port")));
        assert!("a..b".parse::<Path>().is_err());
        assert!("a[x]".parse::<Path>().is_err());
    }
}
