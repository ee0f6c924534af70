//! The progress of a run on the screen.

use std::time::{Duration, Instant};

use kim_cli::screen::progress::Progress;
use kim_engine::event::StepResult;
use kim_engine::plan::{Fate, Operation, Step};
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
