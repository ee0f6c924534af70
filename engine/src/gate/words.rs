//! What a foreign text may look like: its characters, its lines, its length.

use std::borrow::Cow;

use kim_model::bounds;

/// Returns true for control and format characters: what is not seen.
///
/// Some steer a terminal. A line break counts. Those of format are the category Cf of Unicode 16,
/// and the separators of lines and paragraphs.
///
/// ```
/// use kim_engine::gate::is_invisible;
///
/// assert!(['\x1b', '\n', '\u{202e}', '\u{200b}'].into_iter().all(is_invisible));
/// assert!(!['a', ' ', 'ü', '漢'].into_iter().any(is_invisible));
/// ```
pub fn is_invisible(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    matches!(c,
        '\u{80}'..='\u{9f}'
        | '\u{ad}'
        | '\u{600}'..='\u{605}'
        | '\u{61c}'
        | '\u{6dd}'
        | '\u{70f}'
        | '\u{890}'..='\u{891}'
        | '\u{8e2}'
        | '\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{110bd}'
        | '\u{110cd}'
        | '\u{13430}'..='\u{1343f}'
        | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e007f}')
}

/// Returns the first character that [is not seen](is_invisible), as `U+202E`.
///
/// `None` if every character of the text is seen.
///
/// ```
/// assert_eq!(kim_engine::gate::first_invisible("a\u{202e}b").as_deref(), Some("U+202E"));
/// assert_eq!(kim_engine::gate::first_invisible("ab"), None);
/// ```
pub fn first_invisible(text: &str) -> Option<String> {
    let c = text.chars().find(|c| is_invisible(*c))?;
    Some(format!("U+{:04X}", u32::from(c)))
}

/// Returns a text without what [is not seen](is_invisible).
///
/// Every kind of line break becomes `\n`, and a tab a space.
pub(super) fn legible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|c| c != '\n' && is_invisible(c)) {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' if chars.peek() == Some(&'\n') => {}
            '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => clean.push('\n'),
            '\t' => clean.push(' '),
            c if is_invisible(c) => {}
            c => clean.push(c),
        }
    }
    Cow::Owned(clean)
}

/// Cuts a text to the length that a foreign text may have; a cut one ends with `…`.
pub(super) fn cut(mut text: String) -> String {
    if text.len() > bounds::TEXT.most() {
        text.truncate(text.floor_char_boundary(bounds::TEXT.most()));
        text.push('…');
    }
    text
}

/// What a line begins with that GitHub or Azure takes for a command.
///
/// They do so also if it is indented.
const COMMANDS: [&str; 3] = ["::", "##[", "##vso["];

/// Indents every line but the first, so that none looks like a line of kim's own.
///
/// A line that already is stays as it is. One that begins as a command gets a sign in front: CI
/// systems read what kim says. A blank last line is dropped.
pub(super) fn indented(text: String) -> String {
    if !text.contains('\n') {
        return text;
    }
    let mut lines = text.trim_end().lines();
    let mut indented = lines.next().unwrap_or_default().to_owned();
    for line in lines {
        indented.push('\n');
        let begin = line.trim_start();
        if COMMANDS.iter().any(|command| begin.starts_with(command)) {
            indented.push_str("  │ ");
        } else if !line.is_empty() && !line.starts_with("  ") {
            indented.push_str("  ");
        }
        indented.push_str(line);
    }
    indented
}

/// Returns a foreign text as it may stand in a message of kim's.
///
/// It has no control and no format characters, its line breaks are indented, and it is cut. This is
/// what [`Gate::clean`](super::Gate::clean) does besides secrets, for texts of guests and projects
/// that are not part of a run.
///
/// ```
/// use kim_engine::gate::foreign;
///
/// assert_eq!(foreign("\x1b[31mred\nerror: forged"), "[31mred\n  error: forged");
/// assert_eq!(foreign("safe\u{202e}txt.exe"), "safetxt.exe");
/// assert_eq!(foreign("a\n::add-mask::b"), "a\n  │ ::add-mask::b");
/// ```
pub fn foreign(text: &str) -> String {
    indented(cut(legible(begin(text)).into_owned()))
}

/// Returns a foreign text as [`foreign`] does, in one line.
///
/// ```
/// assert_eq!(kim_engine::gate::inline("a\n::add-mask::x"), "a ::add-mask::x");
/// ```
pub fn inline(text: &str) -> String {
    cut(legible(begin(text)).replace('\n', " "))
}

/// Returns as much of a text as what is shown of it may depend on.
pub(super) fn begin(text: &str) -> &str {
    &text[..text.floor_char_boundary(2 * bounds::TEXT.most())]
}
