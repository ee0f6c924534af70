//! Plays the hostile acts, or those whose names contain a word, and lists what kim did not hold.
//!
//! `KIM_BIN` says which binary is tried. Memory is judged only of a release build.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use kim_hostile::act::Act;
use kim_hostile::{Played, acts, play};

/// How many acts are played at once: most of them wait.
const AT_ONCE: usize = 4;

const HELP: &str = "\
kim-hostile [--quick] [--show] [WORD]
  --quick  only the acts that take seconds
  --show   print what kim said to each act
  WORD     only the acts whose side or name contains it
";

fn main() -> ExitCode {
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    let mut has = |flag: &str| {
        let before = words.len();
        words.retain(|word| word != flag);
        words.len() < before
    };
    let (is_quick, shows) = (has("--quick"), has("--show"));
    let kim = std::env::var_os("KIM_BIN").map(PathBuf::from).filter(|kim| kim.is_file());
    let (Some(kim), true) =
        (kim, words.len() < 2 && !words.iter().any(|word| word.starts_with('-')))
    else {
        eprintln!("{HELP}KIM_BIN has to name the binary");
        return ExitCode::from(2);
    };
    let word = words.first().map_or("", String::as_str);
    let chosen =
        acts().into_iter().filter(|act| named(act).contains(word) && !(is_quick && act.is_slow));
    match play_all(&chosen.collect::<Vec<_>>(), &kim, shows) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("kim-hostile: {error}");
            ExitCode::FAILURE
        }
    }
}

fn named(act: &Act) -> String {
    format!("{:?}: {}", act.by, act.name).to_lowercase()
}

/// Plays the acts. Returns true if kim held each.
fn play_all(acts: &[Act], kim: &Path, shows: bool) -> std::io::Result<bool> {
    let judges_memory = kim.components().any(|part| part.as_os_str() == "release");
    let (next, wrong) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let worker = || -> std::io::Result<()> {
        while let Some(act) = acts.get(next.fetch_add(1, Ordering::Relaxed)) {
            let played = play(act, kim, judges_memory)?;
            let mut wrong = wrong.lock().unwrap_or_else(PoisonError::into_inner);
            println!("{}", line(act, &played));
            if shows {
                print(&played);
            }
            if !played.wrong.is_empty() {
                wrong.push(format!("{}: {}", named(act), played.wrong.join("; ")));
            }
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().try_for_each(|worker| {
            worker.join().unwrap_or_else(|_| Err(std::io::Error::other("an act was not played")))
        })
    })?;
    let wrong = wrong.into_inner().unwrap_or_else(PoisonError::into_inner);
    println!("\n{} acts, {} not held", acts.len(), wrong.len());
    wrong.iter().for_each(|problem| println!("  {problem}"));
    Ok(wrong.is_empty())
}

fn line(act: &Act, played: &Played) -> String {
    let seen = &played.seen;
    let (sign, wrong) = match played.wrong.is_empty() {
        true => ("held", String::new()),
        false => ("OPEN", format!("  [{}]", played.wrong.join("; "))),
    };
    let (seconds, megabytes) = (seen.took.as_secs_f64(), seen.peak >> 20);
    format!("{sign}  {seconds:5.1} s {megabytes:5} MB  {}{wrong}", named(act))
}

fn print(played: &Played) {
    for said in &played.seen.said {
        let lines = said.lines().take(12);
        lines.for_each(|line| {
            println!("        {}", line.chars().take(300).collect::<String>().escape_debug())
        });
    }
}
