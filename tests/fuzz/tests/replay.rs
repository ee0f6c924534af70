//! Replays the corpus: every input that is kept holds in every build.

#![allow(clippy::unwrap_used, reason = "a corpus that cannot be read fails the test")]

use std::path::PathBuf;

use kim_fuzz::{TARGETS, Target, abort_on_panic, corpus};

/// Runs every input of a target's corpus.
///
/// A panic ends the process, so that none is lost in a task. The input is named before it runs.
fn replay(target: &Target) {
    let folder = corpus(target);
    let entries =
        std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty(), "{} has no input", folder.display());
    for file in files {
        println!("{}", file.display());
        (target.run)(&std::fs::read(&file).unwrap());
    }
}

#[test]
fn every_input_of_the_corpus_holds() {
    abort_on_panic();
    TARGETS.iter().for_each(replay);
}
