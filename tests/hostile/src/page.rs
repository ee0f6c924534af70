//! The parts of `docs/sandbox.md` that are made from tables: the bounds, and the acts.
//!
//! Invariant: a part stands between two comments, `<!-- made: NAME -->` and `<!-- /made -->`.

use std::fmt::Write as _;

use kim_model::bounds::{ALL, Of};

use crate::act::{Act, By, PROMISES};
use crate::acts;

/// The tables of bounds: the name of each part, and who has to keep its bounds.
const PARTS: [(&str, Of); 5] = [
    ("bounds of guests", Of::Guest),
    ("bounds of programs", Of::Program),
    ("bounds of plugins", Of::Plugin),
    ("bounds of the process", Of::Process),
    ("bounds of projects", Of::Project),
];

/// Returns the page with every part as it has to be.
///
/// # Errors
/// A part has no place in the page.
pub fn renewed(page: &str) -> Result<String, String> {
    let page = PARTS
        .iter()
        .try_fold(page.to_owned(), |page, (name, of)| put(&page, name, &bounds(*of)))?;
    put(&page, "promises", &promises(&acts()))
}

/// Replaces one part of the page.
fn put(page: &str, name: &str, part: &str) -> Result<String, String> {
    let begin = format!("<!-- made: {name} -->\n");
    let (before, rest) =
        page.split_once(&begin).ok_or(format!("there is no '{}'", begin.trim()))?;
    let end = "<!-- /made -->";
    let (_, after) = rest.split_once(end).ok_or(format!("the part '{name}' does not end"))?;
    Ok(format!("{before}{begin}\n{part}\n{end}{after}"))
}

/// Returns the table of the bounds that somebody has to keep.
fn bounds(of: Of) -> String {
    let mut table = "| what | limit | beyond it |\n|---|---|---|\n".to_owned();
    for bound in ALL.iter().filter(|bound| bound.of == of) {
        // Writing to a text does not fail.
        let _ = writeln!(table, "| {} | {bound} | {} |", bound.what, bound.beyond);
    }
    table
}

/// Returns the table of promises, each with the acts that try it.
fn promises(acts: &[Act]) -> String {
    let mut table = "| what is promised | what tries it |\n|---|---|\n".to_owned();
    for (promise, sentence) in PROMISES {
        let of = |by: By| -> Vec<String> {
            let tried = acts.iter().filter(|act| act.tries == promise && act.by == by);
            tried.map(|act| act.name.replace('|', "\\|")).collect()
        };
        let sides = [("program", By::Program), ("plugin", By::Plugin), ("project", By::Project)];
        let tried = sides.into_iter().map(|(side, by)| (side, of(by)));
        let tried: Vec<String> = tried
            .filter(|(_, names)| !names.is_empty())
            .map(|(side, names)| format!("*{side}*: `{}`", names.join("`, `")))
            .collect();
        let _ = writeln!(table, "| {sentence} | {} |", tried.join("; "));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    /// To renew the page: `KIM_RENEW=1 cargo test -p kim-hostile page`.
    #[test]
    fn the_page_is_what_the_tables_say() {
        let file = kim_tests::root().join("docs/sandbox.md");
        let found = std::fs::read_to_string(&file).expect("the page is there");
        let page = renewed(&found).expect("every part has its place");
        if std::env::var_os("KIM_RENEW").is_some() {
            std::fs::write(&file, &page).expect("it is written");
            return;
        }
        assert!(
            found == page,
            "docs/sandbox.md is not what the tables say\n\
             run: KIM_RENEW=1 cargo test -p kim-hostile page"
        );
    }

    #[test]
    fn a_part_is_replaced_and_what_is_around_it_stays() {
        let page = "a\n<!-- made: x -->\nold\n<!-- /made -->\nb\n";
        assert_eq!(
            put(page, "x", "new\n"),
            Ok("a\n<!-- made: x -->\n\nnew\n\n<!-- /made -->\nb\n".to_owned())
        );
        assert_eq!(put(page, "y", ""), Err("there is no '<!-- made: y -->'".to_owned()));
    }

    #[test]
    fn every_promise_is_tried_and_stands_there_once() {
        let acts = acts();
        for (at, (promise, sentence)) in PROMISES.iter().enumerate() {
            assert!(acts.iter().any(|act| act.tries == *promise), "nothing tries: {sentence}");
            assert!(PROMISES[..at].iter().all(|(other, _)| other != promise), "{sentence}");
        }
        for act in &acts {
            let is_promised = PROMISES.iter().any(|(promise, _)| *promise == act.tries);
            assert!(is_promised, "{:?} of '{}' is not promised", act.tries, act.name);
        }
    }

    #[test]
    fn no_two_acts_have_one_name() {
        let acts = acts();
        for (at, act) in acts.iter().enumerate() {
            let again = acts[..at].iter().find(|one| one.by == act.by && one.name == act.name);
            assert!(again.is_none(), "{:?}: {}", act.by, act.name);
        }
    }

    #[test]
    fn every_bound_is_in_the_list_of_all() {
        let file = kim_tests::root().join("engine/model/src/bounds.rs");
        let source = std::fs::read_to_string(file).expect("it is there");
        let written = source.matches(": Bound = Bound {").count();
        assert_eq!(written, ALL.len(), "a bound is missing in ALL, or stands there twice");
    }

    #[test]
    fn no_two_bounds_say_the_same() {
        for (at, bound) in ALL.iter().enumerate() {
            let again = ALL[..at].iter().find(|one| one.of == bound.of && one.what == bound.what);
            assert!(again.is_none(), "{}", bound.what);
        }
    }
}
