//! The progress of a run on the screen.

use std::time::{Duration, Instant};

use kim_cli::args::ColorWhen;
use kim_cli::environment::Environment;
use kim_cli::screen::progress::Progress;
use kim_cli::screen::silence::SILENCE;
use kim_cli::screen::{Look, Mode, Screen};
use kim_engine::event::{Event, Events, StepResult};
use kim_engine::plan::{Fate, Operation, Plan, Step};
use kim_engine::state::Action;

use crate::plans::{component, plan_of, resource};

fn shown(progress: &Progress, now: Instant, height: Option<usize>) -> String {
    progress
        .frame(now, height.map(|height| (80, height)))
        .iter()
        .map(|line| line.render(false, None) + "\n")
        .collect()
}

#[test]
fn rows_stand_where_they_are_and_the_frame_fits() {
    let names = ["vpc", "subnet", "instance", "volume", "key"];
    let mut resources = vec![component()];
    resources.extend(names.map(|name| resource("aws:ec2:Thing", name, Fate::Create)));
    let mut plan = plan_of(Operation::Up, resources);
    let urns: Vec<_> = plan.resources.iter().skip(1).map(|resource| resource.urn.clone()).collect();
    for urn in &urns {
        plan.steps.add_node(Step { urn: urn.clone(), action: Action::Create, generation: 0 });
    }
    let began = Instant::now();
    let mut progress = Progress::new(&plan, began);
    let after = |millis| began + Duration::from_millis(millis);
    urns.iter().take(4).for_each(|urn| progress.started(urn, Action::Create, began));
    progress.waits(&urns[1], "pending");
    progress.finished(&urns[0], Action::Create, &StepResult::Succeeded, 1200);
    progress.finished(
        &urns[2],
        Action::Create,
        &StepResult::Failed { message: "no".to_owned(), remedies: Vec::new() },
        10,
    );
    progress.finished(
        &urns[3],
        Action::Create,
        &StepResult::Skipped { because: "no".to_owned() },
        0,
    );
    insta::assert_snapshot!(shown(&progress, after(65_400), None));
    let low = shown(&progress, after(65_400), Some(6));
    assert!(low.lines().count() <= 6, "{low}");
    assert!(low.contains("subnet") && !low.contains("vpc"), "{low}");
}

/// Returns a screen that never prints a status, and a plan of some creates for it.
fn screen(mode: Mode, creates: usize) -> (Screen, Plan) {
    let names = (0..creates).map(|at| format!("node-{at}"));
    let resources =
        names.map(|name| resource("aws:ec2:Instance", &name, Fate::Create)).collect::<Vec<_>>();
    let mut plan = plan_of(Operation::Up, resources);
    for resource in &plan.resources {
        let (urn, action) = (resource.urn.clone(), Action::Create);
        plan.steps.add_node(Step { urn, action, generation: 0 });
    }
    let environment: Environment = std::iter::empty::<(&str, &str)>().collect();
    let look = Look { redraws: false, ..Look::for_stdout(ColorWhen::Never, &environment) };
    (Screen::new(Operation::Up, mode, look, false), plan)
}

/// Returns what a screen says of a wait so many seconds after all that was printed.
fn overdue(screen: &Screen, seconds: u64) -> Option<String> {
    let wait = screen.overdue(Instant::now() + Duration::from_secs(seconds))?;
    assert!(wait.json().starts_with("{\"type\":\"progress\",\"message\":"), "{}", wait.json());
    // The age counts from the instant of the test: digits are masked.
    let said = format!("{}\n{}", wait.line().render(false, None), wait.json());
    Some(said.chars().map(|c| if c.is_ascii_digit() { '#' } else { c }).collect())
}

#[test]
fn a_wait_off_a_terminal_is_reported_each_time_that_nothing_was_printed_for_long() {
    assert_eq!(SILENCE, Duration::from_secs(30));
    for mode in [Mode::Lines, Mode::Json] {
        let mut said = Vec::new();
        let (screen, plan) = screen(mode, 3);
        assert_eq!(overdue(&screen, 90), None, "nothing has begun");
        screen.planning();
        assert_eq!(overdue(&screen, 20), None);
        said.extend(overdue(&screen, 40));
        screen.emit(Event::Phase { message: "reading the live state of 300 resources".to_owned() });
        said.extend(overdue(&screen, 40));
        // It was said just now.
        assert_eq!(overdue(&screen, 60), None);
        said.extend(overdue(&screen, 80));
        screen.applying(&plan);
        let urn = |at: usize| plan.resources[at].urn.clone();
        let started = |at| Event::StepStarted { urn: urn(at), action: Action::Create };
        (0..3).for_each(|at| screen.emit(started(at)));
        said.extend(overdue(&screen, 125));
        let status = "pending".to_owned();
        screen.emit(Event::StepStatus { urn: urn(0), status });
        said.extend(overdue(&screen, 160));
        for at in 0..3 {
            let (action, result) = (Action::Create, StepResult::Succeeded);
            screen.emit(Event::StepFinished { urn: urn(at), action, result, millis: 5 });
        }
        said.extend(overdue(&screen, 200));
        insta::assert_snapshot!("a_wait_off_a_terminal", said.join("\n"));
    }
}
