//! What is said off a terminal while nothing else is printed.

use std::time::{Duration, Instant};

use kim_cli::screen::line::Line;
use kim_cli::screen::silence::SILENCE;
use kim_cli::screen::{Look, Mode, Screen};
use kim_engine::event::{Event, Events};
use kim_engine::plan::{Fate, Operation, Step};
use kim_engine::state::Action;

use crate::plans::{plan_of, resource};

fn screen(mode: Mode) -> Screen {
    let look = Look { colors: false, width: None, redraws: false, ascii: false, narrow: false };
    Screen::new(Operation::Up, mode, look, false)
}

/// Returns what is said so long after now.
fn said(screen: &Screen, seconds: u64) -> Option<String> {
    let wait = screen.overdue(Instant::now() + Duration::from_secs(seconds))?;
    let json: serde_json::Value = serde_json::from_str(&wait.json()).unwrap();
    assert!(json["millis"].is_u64(), "{json}");
    let mut json = json;
    json["millis"] = "…".into();
    Some(format!("{}\n{json}", Line::render(&wait.line(), false, None)))
}

#[test]
fn a_run_that_waits_says_for_what() {
    for mode in [Mode::Lines, Mode::Json] {
        let screen = screen(mode);
        assert_eq!(said(&screen, 3600), None, "nothing is known of a run that did not begin");
        screen.emit(Event::Phase { message: "reading the live state of 300 resources".to_owned() });
        assert_eq!(said(&screen, SILENCE.as_secs() - 1), None);
        let reading = said(&screen, 45).unwrap();
        // That was said: the next time is as long after it.
        assert_eq!(said(&screen, 70), None);
        assert!(said(&screen, 80).is_some());

        let names = ["vpc", "subnet", "key"];
        let resources = names.map(|name| resource("aws:ec2:Thing", name, Fate::Create));
        let mut plan = plan_of(Operation::Up, resources.to_vec());
        let urns: Vec<_> = plan.resources.iter().map(|resource| resource.urn.clone()).collect();
        for urn in &urns {
            plan.steps.add_node(Step { urn: urn.clone(), action: Action::Create, generation: 0 });
        }
        screen.applying(&plan);
        let waiting = said(&screen, 200).unwrap();
        for urn in &urns {
            screen.emit(Event::StepStarted { urn: urn.clone(), action: Action::Create });
        }
        let calling = said(&screen, 400).unwrap();
        let status = "the route is\npending".to_owned();
        screen.emit(Event::StepStatus { urn: urns[0].clone(), status });
        let polling = said(&screen, 600).unwrap();
        insta::assert_snapshot!("waits", [reading, waiting, calling, polling].join("\n\n"));
    }
}
