//! The life of a stack as text: runs one after another, each with its program and its troubles.
//!
//! A line without indentation begins a run: its operation, then words in any order. Indented lines
//! are its program, in the fixture language (`engine/tests/it/fixture/language.rs`).
//!
//! | word                        | meaning                                                        |
//! |-----------------------------|----------------------------------------------------------------|
//! | `up`, `refresh`, `destroy`  | the operation, first in its line                               |
//! | `target=name`               | a target of the run; may be repeated                           |
//! | `replace=name`              | a resource to replace; may be repeated                         |
//! | `fault=operation:n:what`    | the n-th such call is `denied`, `throttled`, `lost`, `partial` |
//! | `lose=name`, `drift=name`   | before the run, somebody deletes an item, or sets its `size`   |
//! | `careful`                   | what looks renamed is not deleted                              |
//! | `late=n`, `slow=n`          | as `World::hidden_reads` and `World::repeats`, from then on    |
//!
//! Invariants: what is parsed prints as it was written. A smaller script is one with less in it.

use std::fmt;

use kim_engine::plan::Operation;

use crate::fixture::Fault;

/// The runs of a stack, in order.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Script {
    /// What happens, in order.
    pub(crate) runs: Vec<Run>,
}

/// A run of a script.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Run {
    /// The operation and the words after it, as `key=value`.
    pub(crate) words: Vec<String>,
    /// The lines of the program.
    pub(crate) program: Vec<String>,
}

impl Run {
    /// Creates a run of an operation.
    pub(crate) fn new(operation: &str, program: Vec<String>) -> Run {
        Run { words: vec![operation.to_owned()], program }
    }

    /// Returns the operation.
    pub(crate) fn operation(&self) -> Operation {
        match self.words[0].as_str() {
            "up" => Operation::Up,
            "refresh" => Operation::Refresh,
            "destroy" => Operation::Destroy,
            other => panic!("no operation {other}"),
        }
    }

    /// Returns the values of a word.
    pub(crate) fn values(&self, key: &str) -> Vec<String> {
        let value = |word: &String| {
            word.split_once('=').filter(|(name, _)| *name == key).map(|(_, value)| value.to_owned())
        };
        self.words.iter().filter_map(value).collect()
    }

    /// Returns true if what looks renamed is not deleted in it.
    pub(crate) fn is_careful(&self) -> bool {
        self.words.iter().any(|word| word == "careful")
    }

    /// Returns the faults: an operation of the provider, the number of its call, what happens.
    pub(crate) fn faults(&self) -> Vec<(String, usize, Fault)> {
        self.values("fault").iter().map(|fault| parse_fault(fault)).collect()
    }

    /// Returns the program as text.
    pub(crate) fn text(&self) -> String {
        self.program.join("\n")
    }
}

fn parse_fault(text: &str) -> (String, usize, Fault) {
    let mut parts = text.split(':');
    let mut next = || parts.next().unwrap_or_else(|| panic!("no fault {text}"));
    let (operation, nth, what) = (next().to_owned(), next().parse().unwrap(), next());
    let fault = match what {
        "denied" => Fault::denied("denied"),
        "throttled" => Fault::throttled("throttled"),
        "lost" => Fault::LoseAnswer,
        "partial" => Fault::Partial,
        other => panic!("no fault {other}"),
    };
    (operation, nth, fault)
}

/// Returns the scripts of a file: a line `== name` begins one, a line `# …` says something.
pub(crate) fn parse_corpus(text: &str) -> Vec<(String, Script)> {
    let mut scripts: Vec<(String, Script)> = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix("== ") {
            scripts.push((name.to_owned(), Script::default()));
            continue;
        }
        let (_, script) = scripts.last_mut().unwrap_or_else(|| panic!("no script before {line}"));
        if line.starts_with(' ') {
            let run =
                script.runs.last_mut().unwrap_or_else(|| panic!("no operation before {line}"));
            run.program.push(line.trim().to_owned());
        } else {
            let words = line.split_whitespace().map(str::to_owned).collect();
            script.runs.push(Run { words, program: Vec::new() });
        }
    }
    scripts
}

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for run in &self.runs {
            writeln!(f, "{}", run.words.join(" "))?;
            for line in &run.program {
                writeln!(f, "    {line}")?;
            }
        }
        Ok(())
    }
}

impl Script {
    /// Returns the scripts that have one thing less, those that lack most first.
    fn smaller(&self) -> Vec<Script> {
        let mut smaller = Vec::new();
        let mut without = |change: &dyn Fn(&mut Script)| {
            let mut script = self.clone();
            change(&mut script);
            if script.is_well_formed() {
                smaller.push(script);
            }
        };
        for run in 0..self.runs.len() {
            without(&|script| drop(script.runs.remove(run)));
        }
        for (at, run) in self.runs.iter().enumerate() {
            for line in 0..run.program.len() {
                without(&|script| drop(script.runs[at].program.remove(line)));
            }
            for line in run.program.iter().filter_map(|line| line.split(':').next()) {
                // The same name in every run, where one alone would be a change.
                without(&|script| {
                    let begin = format!("{line}:");
                    script.runs.iter_mut().for_each(|run| {
                        run.program.retain(|line| !line.starts_with(&begin));
                    });
                });
            }
        }
        for (at, run) in self.runs.iter().enumerate() {
            for word in 1..run.words.len() {
                without(&|script| drop(script.runs[at].words.remove(word)));
            }
            for (number, line) in run.program.iter().enumerate() {
                let words: Vec<&str> = line.split_whitespace().collect();
                for word in 2..words.len() {
                    let mut fewer = words.clone();
                    fewer.remove(word);
                    let (fewer, from) = (fewer.join(" "), words.join(" "));
                    without(&|script| script.runs[at].program[number] = fewer.clone());
                    without(&|script| {
                        let lines = script.runs.iter_mut().flat_map(|run| &mut run.program);
                        lines.filter(|line| **line == from).for_each(|line| *line = fewer.clone());
                    });
                }
            }
        }
        smaller
    }

    /// Returns true if every option that names a resource names one above it.
    fn is_well_formed(&self) -> bool {
        self.runs.iter().all(|run| {
            let mut above: Vec<&str> = Vec::new();
            run.program.iter().all(|line| {
                let Some((name, rest)) = line.split_once(':') else { return false };
                let named = |word: &str| {
                    let value = ["!after=", "!with=", "!in="]
                        .iter()
                        .find_map(|option| word.strip_prefix(option));
                    value.is_none_or(|value| above.contains(&value))
                };
                // A part is a part of its container.
                let is_whole = !rest.contains("Part")
                    || above.iter().any(|whole| {
                        let words: Vec<&str> = rest.split_whitespace().collect();
                        words.contains(&format!("fixed={whole}.id").as_str())
                            && words.contains(&format!("!with={whole}").as_str())
                    });
                let well = is_whole && rest.split_whitespace().all(named);
                above.push(name);
                well
            })
        })
    }
}

/// Returns the smallest script that still fails, by leaving out one thing after another.
///
/// At most so many are tried.
pub(crate) fn shrink(
    script: Script,
    tries: usize,
    fails: &mut dyn FnMut(&Script) -> bool,
) -> Script {
    let (mut smallest, mut tries) = (script, tries);
    'again: loop {
        for candidate in smallest.smaller() {
            if tries == 0 {
                return smallest;
            }
            tries -= 1;
            if candidate != smallest && fails(&candidate) {
                smallest = candidate;
                continue 'again;
            }
        }
        return smallest;
    }
}
