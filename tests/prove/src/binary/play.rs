//! Plays a life with the real binary and a local AWS, and checks what the cloud itself holds.
//!
//! Invariant: what is expected is read from the cloud with boto3, and never from kim's state alone.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use kim_aws_local::{Fault, Options, Trouble};
use kim_tests::{Boto, Cloud, Output, Project, Running};
use serde_json::{Value as Json, json};

use super::life::{Held, Kill, Life, Moment, Operation, Stage};
use crate::attempt::Broken;

/// A run that takes longer hangs. It is killed by the drop of its `Running`.
const LIMIT: Duration = Duration::from_secs(180);

/// What was counted in the lives so far.
#[derive(Default, Debug)]
pub(crate) struct Tally {
    pub(crate) runs: usize,
    /// The kills by time, by calls, and by what became of a call in flight.
    pub(crate) kills: std::collections::BTreeMap<&'static str, usize>,
    /// The runs that ended before their moment came.
    pub(crate) spared: usize,
    /// The times of the runs that made kills good.
    pub(crate) healing: Vec<Duration>,
}

/// A life that is being played.
pub(crate) struct Player<'t> {
    cloud: Cloud,
    boto: Boto,
    project: Project,
    delay: Duration,
    images: [String; 2],
    tally: &'t mut Tally,
    /// What happened, for the file `life.txt`.
    log: String,
}

impl Player<'_> {
    /// Starts the cloud of a life and makes its project.
    pub(crate) fn new<'t>(life: &Life, tally: &'t mut Tally) -> Result<Player<'t>, String> {
        let cloud = Cloud::with(Options {
            consistency_delay: Duration::from_millis(life.consistency_delay),
            transition: Duration::from_millis(life.transition),
            page_size_limit: life.page,
            ..Options::default()
        });
        let account = cloud.account();
        let boto = cloud.boto().ok_or("this proof reads the cloud with boto3: KIM_PYTHON")?;
        let images = images(&boto)?;
        let delay = Duration::from_millis(life.consistency_delay);
        let project = Project::listed(&account);
        Ok(Player { cloud, boto, project, delay, images, tally, log: String::new() })
    }

    /// Plays all stages.
    pub(crate) fn play(&mut self, life: &Life) -> Result<(), Broken> {
        for (number, stage) in life.stages.iter().enumerate() {
            self.note(&format!("== stage {}: {}", number + 1, stage.operation.command()));
            self.stage(stage)?;
        }
        Ok(())
    }

    /// Keeps the project and what happened, and returns where.
    pub(crate) fn keep(&mut self) -> PathBuf {
        let calls: Vec<String> =
            self.cloud.calls().iter().map(|call| format!("{call:?}")).collect();
        self.project.write("life.txt", &self.log);
        self.project.write("calls.txt", &calls.join("\n"));
        self.project.keep()
    }

    fn stage(&mut self, stage: &Stage) -> Result<(), Broken> {
        let resources = stage.program.resources(&self.images);
        let listed: Vec<Json> = resources.iter().map(|one| one.listed()).collect();
        let listed = Json::Array(listed).to_string();
        self.note(&listed);
        self.project.set("resources", &format!("'''{listed}'''"));
        let mut was_killed = false;
        for kill in &stage.kills {
            was_killed |= self.killed(stage, kill)?;
        }
        let began = Instant::now();
        let healed = self.run(stage.healing)?;
        if was_killed {
            self.tally.healing.push(began.elapsed());
        }
        if healed.code != Some(0) {
            return Err(Broken::new("the next run succeeds", healed.to_string()));
        }
        self.check(stage.healing)
    }

    /// Starts a run and kills it. Returns false if it ended before.
    fn killed(&mut self, stage: &Stage, kill: &Kill) -> Result<bool, Broken> {
        let calls = self.cloud.calls().len();
        for trouble in &kill.troubles {
            let (nth, times) = (trouble.nth, trouble.times);
            let trouble = trouble.trouble.clone();
            self.cloud.faults().inject(Fault { service: None, action: None, nth, times, trouble });
        }
        if let Moment::InFlight(action, nth, held) = kill.moment {
            let trouble = match held {
                Held::CarriedOut => Trouble::HoldAnswer,
                _ => Trouble::Hold,
            };
            self.cloud.faults().inject(Fault::nth(action, nth, trouble));
        }
        let began = Instant::now();
        self.tally.runs += 1;
        let mut run = self.project.start(&[stage.operation.command(), "--yes"]);
        self.wait_for(&kill.moment, calls, &mut run)?;
        run.signal("KILL");
        let after = began.elapsed().as_millis();
        let output = run.end();
        let was_killed = output.code.is_none();
        let end = if was_killed { "killed" } else { "ended before" };
        self.note(&format!("-- {end} {} ({after} ms): {:?}\n{output}", kill.moment, kill.troubles));
        if was_killed {
            *self.tally.kills.entry(name(&kill.moment)).or_default() += 1;
        } else {
            self.tally.spared += 1;
        }
        self.let_go(stage, &kill.moment)?;
        Ok(was_killed)
    }

    /// Waits for the moment of a kill, or the end of the run.
    fn wait_for(&self, moment: &Moment, calls: usize, run: &mut Running) -> Result<(), Broken> {
        let pause = |millis: u64, run: &mut Running| {
            let until = Instant::now() + Duration::from_millis(millis);
            self.until(run, |_| Instant::now() >= until)
        };
        match *moment {
            Moment::Time(millis) => pause(millis, run),
            Moment::Calls(more, millis) => {
                self.until(run, |player| player.cloud.calls().len() >= calls + more)?;
                pause(millis, run)
            }
            Moment::InFlight(action, _, held) => {
                self.until(run, |player| !player.is_held_pending())?;
                if held == Held::CarriedOut {
                    // The answer is held right after the call is in the log.
                    self.until(run, |player| player.was_called(action, calls))?;
                }
                Ok(())
            }
        }
    }

    /// Waits until something holds, or the run has ended.
    fn until(&self, run: &mut Running, holds: impl Fn(&Self) -> bool) -> Result<(), Broken> {
        let began = Instant::now();
        while !run.has_ended() && !holds(self) {
            if began.elapsed() > LIMIT {
                return Err(Broken::new("a run ends", format!("it ran for {LIMIT:?}")));
            }
            // Nothing unparks this thread: it is a pause, so that others get the processor.
            std::thread::park_timeout(Duration::from_millis(1));
        }
        Ok(())
    }

    fn is_held_pending(&self) -> bool {
        let holds = |fault: &Fault| matches!(fault.trouble, Trouble::Hold | Trouble::HoldAnswer);
        self.cloud.faults().waiting().iter().any(holds)
    }

    fn was_called(&self, action: &str, calls: usize) -> bool {
        self.cloud.actions_since(calls).iter().any(|call| call == action)
    }

    /// Ends the troubles, and lets the call in flight go on at its time.
    fn let_go(&mut self, stage: &Stage, moment: &Moment) -> Result<(), Broken> {
        let held = !self.is_held_pending();
        match *moment {
            Moment::InFlight(action, _, Held::DuringNext(millis)) if held => {
                self.end_troubles();
                let before = self.cloud.calls().len();
                self.tally.runs += 1;
                let mut run = self.project.start(&[stage.healing.command(), "--yes"]);
                let until = Instant::now() + Duration::from_millis(millis);
                self.until(&mut run, |_| Instant::now() >= until)?;
                self.cloud.faults().release();
                self.until(&mut run, |_| false)?;
                let output = run.end();
                let seen = self.was_called(action, before);
                self.note(&format!("-- released after {millis} ms, {seen}:\n{output}"));
            }
            Moment::InFlight(_, _, Held::AfterNext) if held => {
                self.end_troubles();
                self.run(stage.healing)?;
            }
            _ => {}
        }
        self.cloud.faults().clear();
        // What was released is carried out before the next request of this client is.
        self.boto.call("sts", "get_caller_identity", json!({}));
        if matches!(moment, Moment::InFlight(_, _, Held::DuringNext(_) | Held::AfterNext)) {
            // A run looks for a create in doubt once: it finds what the cloud shows by then.
            self.wait_for_consistency();
        }
        Ok(())
    }

    /// Waits until the cloud shows what it was late to show.
    fn wait_for_consistency(&self) {
        let until = Instant::now() + self.delay;
        while let Some(left) = until.checked_duration_since(Instant::now()) {
            std::thread::park_timeout(left);
        }
    }

    /// Removes the faults that have not come, but holds what is held.
    fn end_troubles(&self) {
        self.cloud.faults().forget();
    }

    /// Runs an operation to its end.
    fn run(&mut self, operation: Operation) -> Result<Output, Broken> {
        self.tally.runs += 1;
        let mut run = self.project.start(&[operation.command(), "--yes"]);
        self.until(&mut run, |_| false)?;
        let output = run.end();
        self.note(&format!("-- {}\n{output}", operation.command()));
        Ok(output)
    }

    /// Expects that state, cloud and program agree.
    fn check(&mut self, operation: Operation) -> Result<(), Broken> {
        if operation == Operation::Up {
            let preview = self.project.kim(&["preview", "--expect-no-changes"]);
            if preview.code != Some(0) {
                return Err(Broken::new("the next preview finds no changes", preview.to_string()));
            }
        }
        self.wait_for_consistency();
        let differences = self.project.differences(&self.boto);
        if !differences.is_empty() {
            let rule = "the cloud holds exactly what the state says";
            return Err(Broken::new(rule, differences.join("\n")));
        }
        let there = self.boto.inventory();
        if operation == Operation::Destroy && !there.is_empty() {
            return Err(Broken::new("a destroy leaves nothing", format!("{there:?}")));
        }
        Ok(())
    }

    fn note(&mut self, text: &str) {
        let _ = writeln!(self.log, "{text}");
    }
}

/// Returns the name under which a moment is counted.
fn name(moment: &Moment) -> &'static str {
    match moment {
        Moment::Time(_) => "at a random time",
        Moment::Calls(..) => "after a random call",
        Moment::InFlight(_, _, Held::Before) => "before a call in flight was carried out",
        Moment::InFlight(_, _, Held::CarriedOut) => "after a call in flight was carried out",
        Moment::InFlight(_, _, Held::DuringNext(_)) => "its call carried out during the next run",
        Moment::InFlight(_, _, Held::AfterNext) => "its call carried out after the next run",
    }
}

/// Returns two images for the types of machine that the programs have.
fn images(boto: &Boto) -> Result<[String; 2], String> {
    let filter = json!([{ "Name": "architecture", "Values": ["x86_64"] }]);
    let request = json!({ "Owners": ["amazon"], "Filters": filter });
    let found = boto.list("ec2", "describe_images", request, "Images");
    let mut ids = found.iter().filter_map(|image| image["ImageId"].as_str().map(str::to_owned));
    ids.next().zip(ids.next()).map(|(one, other)| [one, other]).ok_or("too few images".to_owned())
}
