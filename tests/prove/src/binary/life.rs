//! The plan of a life: which programs a stack has in turn, what its cloud is like, and where each
//! run is killed. Everything follows from the seed.

use std::fmt;

use super::program::{Program, Resource};
use crate::random::Random;

/// A stack from its first run to its last.
#[derive(Debug)]
pub(crate) struct Life {
    /// How long the cloud shows no new resource, in milliseconds.
    pub(crate) consistency_delay: u64,
    /// How long the cloud's transitions take, in milliseconds.
    pub(crate) transition: u64,
    /// The most elements in a page of the cloud's.
    pub(crate) page: usize,
    pub(crate) stages: Vec<Stage>,
}

/// What is asked of kim, until a run of it was not killed.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) operation: Operation,
    /// The program from now on.
    pub(crate) program: Program,
    pub(crate) kills: Vec<Kill>,
    /// The run after the killed ones, which makes them good.
    pub(crate) healing: Operation,
}

/// An operation on the stack, by its name on the command line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Operation {
    Up,
    Refresh,
    Destroy,
}

/// A run that is killed.
#[derive(Debug)]
pub(crate) struct Kill {
    pub(crate) moment: Moment,
    /// Other troubles of the cloud during that run.
    pub(crate) troubles: Vec<Trouble>,
}

/// The moment of a kill.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Moment {
    /// So many milliseconds after its start.
    Time(u64),
    /// So many milliseconds after the cloud has received so many calls.
    Calls(usize, u64),
    /// While a call is in flight: the n-th one of this action.
    InFlight(&'static str, u64, Held),
}

/// What becomes of a call that was in flight.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Held {
    /// It is carried out after the kill, before the next run.
    Before,
    /// It was carried out before the kill.
    CarriedOut,
    /// It is carried out so many milliseconds after the next run has begun.
    DuringNext(u64),
    /// It is carried out after the next run.
    AfterNext,
}

/// A trouble for the n-th call of a run.
#[derive(Clone, Debug)]
pub(crate) struct Trouble {
    pub(crate) nth: u64,
    pub(crate) times: u64,
    pub(crate) trouble: kim_aws_local::Trouble,
}

impl Operation {
    /// Returns the command.
    pub(crate) fn command(self) -> &'static str {
        match self {
            Operation::Up => "up",
            Operation::Refresh => "refresh",
            Operation::Destroy => "destroy",
        }
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Moment::Time(millis) => write!(f, "{millis} ms after its start"),
            Moment::Calls(calls, millis) => write!(f, "{millis} ms after {calls} calls"),
            Moment::InFlight(action, nth, held) => {
                let then = match held {
                    Held::Before => "carried out then".to_owned(),
                    Held::CarriedOut => "carried out before".to_owned(),
                    Held::DuringNext(millis) => {
                        format!("carried out {millis} ms into the next run")
                    }
                    Held::AfterNext => "carried out after the next run".to_owned(),
                };
                write!(f, "with {action} number {nth} in flight, {then}")
            }
        }
    }
}

/// Returns the life of a seed.
pub(crate) fn life(random: &mut Random) -> Life {
    let mut program = Program::random(random);
    let images = [String::new(), "other".to_owned()];
    let mut before: Vec<Resource> = Vec::new();
    let mut stages = Vec::new();
    let count = 2 + random.below(4);
    for number in 0..=count {
        let operation = match random.below(100) {
            _ if number == 0 => Operation::Up,
            _ if number == count => Operation::Destroy,
            0..15 => Operation::Refresh,
            15..25 => Operation::Destroy,
            _ => Operation::Up,
        };
        if operation == Operation::Up && number > 0 {
            program.change(1 + random.below(4), random);
        }
        let after = match operation {
            Operation::Up => program.resources(&images),
            Operation::Refresh => before.clone(),
            Operation::Destroy => Vec::new(),
        };
        let calls = calls_between(&before, &after);
        let kills = (0..number_of_kills(random)).map(|_| kill(random, &calls)).collect();
        let healing = match operation {
            Operation::Destroy if number == count || random.percent(50) => Operation::Destroy,
            _ => Operation::Up,
        };
        before = match healing {
            Operation::Destroy => Vec::new(),
            _ => program.resources(&images),
        };
        stages.push(Stage { operation, program: program.clone(), kills, healing });
    }
    Life {
        consistency_delay: random.pick(&[0, 0, 150, 600, 2500]),
        transition: random.pick(&[30, 30, 300]),
        page: random.pick(&[1000, 5]),
        stages,
    }
}

fn number_of_kills(random: &mut Random) -> usize {
    match random.below(100) {
        0..50 => 1,
        50..80 => 2,
        80..95 => 3,
        _ => 5,
    }
}

/// Returns the calls that lead from some resources to others, each as often as it is made.
fn calls_between(before: &[Resource], after: &[Resource]) -> Vec<&'static str> {
    let mut calls = Vec::new();
    let find = |all: &[Resource], one: &Resource| {
        all.iter().find(|other| (other.kind, &other.name) == (one.kind, &one.name)).cloned()
    };
    for old in before {
        if find(after, old).is_none() {
            calls.extend(old.deleting());
        }
    }
    for new in after {
        match find(before, new) {
            None => calls.extend(new.creating()),
            Some(old) if old == *new => {}
            // An update or a replacement: the cloud knows.
            Some(_) => {
                calls.extend(new.updating());
                calls.extend(new.creating());
                calls.extend(new.deleting());
            }
        }
    }
    calls
}

fn kill(random: &mut Random, calls: &[&'static str]) -> Kill {
    let moment = match random.below(100) {
        0..8 => Moment::Time(random.below(2500) as u64),
        8..45 => Moment::Calls(random.below(8 + 3 * calls.len()), random.below(40) as u64),
        _ if calls.is_empty() => Moment::Calls(random.below(30), random.below(40) as u64),
        _ => {
            let action = random.pick(calls);
            let times = calls.iter().filter(|other| **other == action).count();
            let held = match random.below(100) {
                0..35 => Held::Before,
                35..70 => Held::CarriedOut,
                70..85 => Held::DuringNext(random.below(6000) as u64),
                _ => Held::AfterNext,
            };
            Moment::InFlight(action, 1 + random.below(times) as u64, held)
        }
    };
    let count = if random.percent(50) { 0 } else { 1 + random.below(3) };
    Kill { moment, troubles: (0..count).map(|_| trouble(random)).collect() }
}

fn trouble(random: &mut Random) -> Trouble {
    use kim_aws_local::Trouble::{Delay, HtmlError, LoseAnswer, LoseRequest, Throttle};
    let trouble = match random.below(10) {
        0..4 => LoseAnswer,
        4 | 5 => LoseRequest,
        6 => HtmlError,
        7 => Delay(100 + random.below(900) as u64),
        _ => Throttle,
    };
    let times = 1 + random.below(3) as u64;
    Trouble { nth: 1 + random.below(80) as u64, times, trouble }
}
