//! Random lives of a stack, and how one of its runs is played.

use kim_engine::Error;
use kim_engine::event::Summary;
use kim_engine::model::Value;
use kim_engine::plan::Operation;
use kim_engine::state::Standing;

use crate::fixture::Case;
use crate::random::Random;
use crate::script::{Run, Script};

/// What a random life may contain, in percent of the places where it could.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Taste {
    /// Faults of the cloud.
    pub(crate) faults: usize,
    /// Targets.
    pub(crate) targets: usize,
    /// Options that keep something in the cloud or in the way: `retain`, `protect`.
    pub(crate) keeping: usize,
    /// Components.
    pub(crate) groups: usize,
    /// `ignore_changes`, `replace_on_changes`.
    pub(crate) paths: usize,
    /// Resources that have another name than in other runs.
    pub(crate) aliases: usize,
    /// Items that the cloud shows late, and operations that it repeats.
    pub(crate) slow: usize,
}

/// Returns a random life of one to four runs.
pub(crate) fn random_life(random: &mut Random, taste: &Taste) -> Script {
    let mut script = Script::default();
    let mut program = random_program(random, taste);
    for number in 0..1 + random.below(4) {
        if number > 0 {
            let other = random_program(random, taste);
            program = mixed(random, program, other);
        }
        let operation = match random.below(10) {
            0 if number > 0 => "destroy",
            1 if number > 0 => "refresh",
            _ => "up",
        };
        let lines = if operation == "up" { program.clone() } else { Vec::new() };
        let mut run = Run::new(operation, lines);
        if number > 0 {
            trouble_from_outside(random, &mut run);
            choose(random, taste, &mut run, &program);
        }
        trouble_in_calls(random, taste, &mut run);
        script.runs.push(run);
    }
    script
}

/// Returns the second program, with some lines of the first.
///
/// Independent programs would differ in everything at once.
fn mixed(random: &mut Random, first: Vec<String>, second: Vec<String>) -> Vec<String> {
    let name = |line: &String| line.split(':').next().unwrap_or_default().to_owned();
    let mut lines: Vec<String> = Vec::new();
    for line in second {
        let old = first.iter().find(|old| name(old) == name(&line));
        lines.push(old.filter(|_| random.percent(60)).cloned().unwrap_or(line));
    }
    // A resource may refer only to those above it.
    let mut above: Vec<String> = Vec::new();
    lines.retain(|line| {
        let named = |word: &str| word.split_once('=').map(|(_, value)| value.to_owned());
        let needs = line.split_whitespace().filter(|word| {
            ["!after=", "!with=", "!in="].iter().any(|option| word.starts_with(option))
        });
        let fits = needs.filter_map(named).all(|needed| above.contains(&needed));
        if fits {
            above.push(name(line));
        }
        fits
    });
    lines
}

fn random_program(random: &mut Random, taste: &Taste) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut names: Vec<String> = Vec::new();
    let grouped = random.percent(taste.groups);
    if grouped {
        lines.push("g: Group".to_owned());
    }
    let aliased = random.percent(taste.aliases);
    for letter in ["a", "b", "c", "d", "e"] {
        if random.percent(25) {
            continue;
        }
        let (name, former) = match aliased && random.percent(50) {
            true => (format!("x{letter}"), letter.to_owned()),
            false => (letter.to_owned(), format!("x{letter}")),
        };
        let kind = random.pick(&["Thing", "Thing", "Unique", "Ready"]);
        let mut line = format!("{name}: {kind} size={}", random.below(3));
        match (names.is_empty(), random.below(7)) {
            (false, 0 | 1) => line.push_str(&format!(" ref={}.id", random.pick(&names))),
            (false, 2) => line.push_str(&format!(" fixed={}.id", random.pick(&names))),
            (false, 3) => line.push_str(&format!(" ref=up({}.id)", random.pick(&names))),
            (false, 4) => {
                let whole = random.pick(&names);
                line =
                    format!("{name}: Part size={} fixed={whole}.id !with={whole}", random.below(3));
            }
            _ => {}
        }
        if !line.contains("fixed=") {
            line.push_str(&format!(" fixed=f{}", random.below(2)));
        }
        let is_part = line.contains("Part");
        if !names.is_empty() && random.percent(20) {
            line.push_str(&format!(" !after={}", random.pick(&names)));
        }
        if random.percent(10) && !is_part {
            line.push_str(random.pick(&[" !dbr", " !cbd"]));
        }
        if random.percent(taste.paths) {
            let options = [" !ignore=size", " !replaces=size", " !ignore=fixed"];
            line.push_str(random.pick(&options));
        }
        if random.percent(taste.keeping) && !is_part {
            let options = [" !retain", " !protect"];
            line.push_str(random.pick(&options));
        }
        if grouped && random.percent(40) {
            line.push_str(" !in=g");
        }
        if aliased {
            line.push_str(&format!(" !alias={former}"));
        }
        names.push(name);
        lines.push(line);
    }
    for name in &names {
        if random.percent(10) {
            let property = random.pick(&["id", "size"]);
            lines.push(format!("export: {name}={name}.{property}"));
        }
    }
    lines
}

fn trouble_from_outside(random: &mut Random, run: &mut Run) {
    for what in ["lose", "drift"] {
        if random.percent(8) {
            run.words.push(format!("{what}={}", random.pick(&["a", "b", "c", "d", "e"])));
        }
    }
}

/// Chooses what the run covers and what it replaces.
fn choose(random: &mut Random, taste: &Taste, run: &mut Run, program: &[String]) {
    if random.percent(taste.targets) && run.operation() != Operation::Refresh {
        for _ in 0..1 + random.below(2) {
            run.words.push(format!("target={}", random.pick(&["a", "b", "c", "d", "e"])));
        }
    }
    if random.percent(12) && run.operation() == Operation::Up {
        let name = random.pick(&["a", "b", "c", "d", "e"]);
        if program.iter().any(|line| line.starts_with(&format!("{name}:"))) {
            run.words.push(format!("replace={name}"));
        }
    }
    if random.percent(25) && run.operation() == Operation::Up {
        run.words.push("careful".to_owned());
    }
}

fn trouble_in_calls(random: &mut Random, taste: &Taste, run: &mut Run) {
    for _ in 0..2 {
        if random.percent(taste.faults) && run.operation() != Operation::Refresh {
            let (operation, faults): (_, &[&str]) = random.pick(&[
                ("create", ["denied", "throttled", "lost", "partial"].as_slice()),
                ("settle", &["denied", "throttled"]),
                ("update", &["denied", "throttled", "lost"]),
                ("delete", &["denied", "throttled", "lost"]),
            ]);
            let fault = random.pick(faults);
            run.words.push(format!("fault={operation}:{}:{fault}", 1 + random.below(3)));
        }
    }
    for word in ["late", "slow"] {
        if random.percent(taste.slow) {
            run.words.push(format!("{word}={}", random.below(4)));
        }
    }
}

/// Does what happens before a run, and sets its options and faults.
pub(crate) async fn prepare(case: &mut Case, run: &Run) {
    let state = case.state().await;
    let current = |name: &String| {
        let record = state.records().find(|record| {
            record.urn.name() == name && record.standing == Standing::Current && !record.component
        });
        record.map(|record| record.id.clone())
    };
    for id in run.values("lose").iter().filter_map(current) {
        case.cloud().vanish(&id);
    }
    for id in run.values("drift").iter().filter_map(current) {
        if let Some(item) = case.cloud().items.get_mut(&id)
            && item.properties.contains_key("size")
        {
            item.properties.insert("size".to_owned(), Value::Int(9));
        }
    }
    if let Some(late) = run.values("late").first() {
        case.cloud().hidden_reads = late.parse().unwrap();
    }
    if let Some(slow) = run.values("slow").first() {
        case.cloud().repeats = slow.parse().unwrap();
    }
    case.options.targets = run.values("target");
    case.options.replace = run.values("replace");
    case.options.delete_renamed = !run.is_careful();
    case.cloud().faults.clear();
    for (operation, nth, fault) in run.faults() {
        case.fault(&operation, nth, fault);
    }
}

/// Plays a run as its script says.
pub(crate) async fn play(case: &mut Case, run: &Run) -> Result<Summary, Error> {
    prepare(case, run).await;
    let summary = case.run(run.operation(), &run.text()).await;
    case.cloud().faults.clear();
    case.options.targets.clear();
    case.options.replace.clear();
    case.options.delete_renamed = true;
    summary
}

/// Expects that the next run makes good what became of a run, and that a destroy leaves nothing.
///
/// `program` is the last one before the run that was not rejected.
pub(crate) async fn expect_made_good(case: &Case, run: &Run, program: &str) {
    case.expect_valid_state().await;
    let is_accepted = case.preview(&run.text()).await.is_ok();
    match run.operation() {
        Operation::Up if is_accepted => case.expect_convergence(&run.text()).await,
        Operation::Up | Operation::Preview => {}
        Operation::Refresh if case.preview(program).await.is_ok() => {
            case.expect_convergence(program).await;
        }
        Operation::Refresh | Operation::Destroy => {}
    }
    case.expect_destroyed().await;
}
