//! The forms in which a secret text may be written: as it is, in base64, in hexadecimal, escaped.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// The most bytes of a form that are kept to find it by.
///
/// What begins so is taken for the whole.
pub(super) const KEPT: usize = 64;

/// A way to write a secret text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Form {
    /// The beginning of it, at most [`KEPT`] bytes, [folded](fold).
    pub(super) begin: Box<[u8]>,
    /// Its whole length in bytes.
    pub(super) length: usize,
}

/// Returns a byte as it is compared.
///
/// The case does not count, nor which alphabet of base64 it is of.
pub(super) fn fold(byte: u8) -> u8 {
    match byte {
        b'-' => b'+',
        b'_' => b'/',
        other => other.to_ascii_lowercase(),
    }
}

impl Form {
    fn new(written: &[u8], length: usize) -> Form {
        let begin = written.iter().take(KEPT).map(|byte| fold(*byte)).collect();
        Form { begin, length: length.max(written.len().min(KEPT)) }
    }
}

/// Returns the forms of a secret, each once.
pub(super) fn forms(secret: &[u8]) -> Vec<Form> {
    let begin = &secret[..secret.len().min(KEPT)];
    let mut forms = vec![
        Form::new(begin, secret.len()),
        Form::new(hexadecimal(begin).as_bytes(), 2 * secret.len()),
    ];
    forms.extend([0, 1, 2].map(|shift| inside_base64(begin, secret.len(), shift)));
    forms.push(Form::new(STANDARD_NO_PAD.encode(begin).as_bytes(), (4 * secret.len()).div_ceil(3)));
    if !secret.iter().all(u8::is_ascii_alphanumeric) {
        forms.extend(ESCAPES.iter().filter_map(|escape| escaped(secret, *escape)));
    }
    let mut each: Vec<Form> = Vec::with_capacity(forms.len());
    for form in forms {
        if !each.contains(&form) {
            each.push(form);
        }
    }
    each
}

/// Writes a character, or a byte that is none, as it is escaped.
type Escape = fn(&[u8], &mut Vec<u8>);

/// The ways to escape a text.
const ESCAPES: [Escape; 16] = [
    |c, to| percent(c, b"-_.~", to),
    |c, to| percent(c, b"-_.~;,/?:@&=+$!*'()#", to),
    |c, to| if c == b" " { to.push(b'+') } else { percent(c, b"-_.*", to) },
    json,
    |c, to| if c == b"/" { to.extend_from_slice(br"\/") } else { json(c, to) },
    // Of what is quoted twice, each backslash is escaped again.
    |c, to| {
        let mut once = Vec::new();
        json(c, &mut once);
        once.iter().for_each(|byte| json(&[*byte], to));
    },
    // Python, then PHP, Go and .NET.
    |c, to| if c.is_ascii() { json(c, to) } else { code(c, to) },
    |c, to| match c {
        b"/" => to.extend_from_slice(br"\/"),
        c if c.is_ascii() => json(c, to),
        c => code(c, to),
    },
    |c, to| if is_one_of(c, b"<>&") { code(c, to) } else { json(c, to) },
    |c, to| match c {
        c if !c.is_ascii() || is_one_of(c, b"\"&'+<>`") => code(c, to),
        c => json(c, to),
    },
    |c, to| xml(c, "&quot;", "&apos;", to),
    |c, to| xml(c, "&quot;", "&#39;", to),
    |c, to| xml(c, "&quot;", "&#039;", to),
    |c, to| xml(c, "&quot;", "&#x27;", to),
    |c, to| xml(c, "&#34;", "&#39;", to),
    // Outside of attributes, quotes may stay.
    |c, to| xml(c, "\"", "'", to),
];

/// Returns the form that an escape makes, or `None` if it changes nothing.
fn escaped(secret: &[u8], escape: Escape) -> Option<Form> {
    let (mut begin, mut length, mut one) = (Vec::new(), 0, Vec::new());
    let mut add = |part: &[u8]| {
        one.clear();
        escape(part, &mut one);
        length += one.len();
        if begin.len() < KEPT {
            begin.extend_from_slice(&one);
        }
    };
    for chunk in secret.utf8_chunks() {
        let mut buffer = [0; 4];
        chunk.valid().chars().for_each(|c| add(c.encode_utf8(&mut buffer).as_bytes()));
        chunk.invalid().iter().for_each(|byte| add(&[*byte]));
    }
    (length != secret.len() || begin[..] != secret[..begin.len()])
        .then(|| Form::new(&begin, length))
}

/// Returns what base64 has for a text inside of another text.
///
/// `shift` bytes are before it in its group.
/// Those that depend on what is around it are left out.
fn inside_base64(begin: &[u8], whole: usize, shift: usize) -> Form {
    let padded: Vec<u8> = std::iter::repeat_n(0, shift).chain(begin.iter().copied()).collect();
    let encoded = STANDARD_NO_PAD.encode(&padded);
    let from = (8 * shift).div_ceil(6);
    let to = 8 * padded.len() / 6;
    Form::new(&encoded.as_bytes()[from..to], 8 * (whole + shift) / 6 - from)
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a text cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn is_one_of(c: &[u8], signs: &[u8]) -> bool {
    matches!(c, [byte] if signs.contains(byte))
}

fn percent(c: &[u8], plain: &[u8], to: &mut Vec<u8>) {
    if is_one_of(c, plain) || c[0].is_ascii_alphanumeric() {
        return to.extend_from_slice(c);
    }
    c.iter().for_each(|byte| to.extend_from_slice(format!("%{byte:02x}").as_bytes()));
}

/// Writes what every JSON escapes.
fn json(c: &[u8], to: &mut Vec<u8>) {
    let escape: &[u8] = match c {
        b"\"" => br#"\""#,
        b"\\" => br"\\",
        b"\n" => br"\n",
        b"\r" => br"\r",
        b"\t" => br"\t",
        b"\x08" => br"\b",
        b"\x0c" => br"\f",
        [0..0x20] => return code(c, to),
        _ => c,
    };
    to.extend_from_slice(escape);
}

/// Writes a character by its code, as JSON does: `\u00e4`.
fn code(c: &[u8], to: &mut Vec<u8>) {
    let Ok(text) = std::str::from_utf8(c) else { return to.extend_from_slice(c) };
    for unit in text.encode_utf16() {
        to.extend_from_slice(format!("\\u{unit:04x}").as_bytes());
    }
}

fn xml(c: &[u8], quote: &str, apostrophe: &str, to: &mut Vec<u8>) {
    let escape = match c {
        b"&" => b"&amp;".as_slice(),
        b"<" => b"&lt;",
        b">" => b"&gt;",
        b"\"" => quote.as_bytes(),
        b"'" => apostrophe.as_bytes(),
        _ => c,
    };
    to.extend_from_slice(escape);
}
