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
    let escapes: [fn(u8, &mut Vec<u8>); 7] = [
        |byte, to| percent(byte, b"-_.~", to),
        |byte, to| percent(byte, b"-_.~;,/?:@&=+$!*'()#", to),
        |byte, to| if byte == b' ' { to.push(b'+') } else { percent(byte, b"-_.*", to) },
        |byte, to| json(byte, b"", to),
        |byte, to| json(byte, b"/", to),
        xml,
        // Of what is quoted twice, each backslash is escaped again.
        |byte, to| {
            let mut once = Vec::new();
            json(byte, b"", &mut once);
            once.into_iter().for_each(|byte| json(byte, b"", to));
        },
    ];
    for escape in escapes {
        if let Some(form) = escaped(secret, escape) {
            forms.push(form);
        }
    }
    let mut each: Vec<Form> = Vec::with_capacity(forms.len());
    for form in forms {
        if !each.contains(&form) {
            each.push(form);
        }
    }
    each
}

/// Returns the form that an escape makes, or `None` if it changes nothing.
fn escaped(secret: &[u8], escape: fn(u8, &mut Vec<u8>)) -> Option<Form> {
    let (mut begin, mut length, mut one) = (Vec::new(), 0, Vec::new());
    for byte in secret {
        one.clear();
        escape(*byte, &mut one);
        length += one.len();
        if begin.len() < KEPT {
            begin.extend_from_slice(&one);
        }
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

fn percent(byte: u8, plain: &[u8], to: &mut Vec<u8>) {
    if byte.is_ascii_alphanumeric() || plain.contains(&byte) {
        to.push(byte);
    } else {
        to.extend_from_slice(format!("%{byte:02x}").as_bytes());
    }
}

fn json(byte: u8, also: &[u8], to: &mut Vec<u8>) {
    let escape: &[u8] = match byte {
        b'"' => br#"\""#,
        b'\\' => br"\\",
        b'\n' => br"\n",
        b'\r' => br"\r",
        b'\t' => br"\t",
        _ if also.contains(&byte) => &[b'\\', byte],
        _ => return to.push(byte),
    };
    to.extend_from_slice(escape);
}

fn xml(byte: u8, to: &mut Vec<u8>) {
    let escape: &[u8] = match byte {
        b'&' => b"&amp;",
        b'<' => b"&lt;",
        b'>' => b"&gt;",
        b'"' => b"&quot;",
        b'\'' => b"&apos;",
        _ => return to.push(byte),
    };
    to.extend_from_slice(escape);
}
