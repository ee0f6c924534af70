//! The table of costs for people, and the line of costs for tools.

use kim_cli::screen::line::Line;
use kim_cli::screen::{Look, costs, json};
use kim_engine::plan::{Fate, Operation, Plan, ResourceChange};
use kim_model::Estimate;

use crate::plans::{component, plan_of, resource};

const PIPE: Look = Look { colors: false, width: None, redraws: false, ascii: false, narrow: false };

fn terminal(width: usize) -> Look {
    Look { width: Some(width), redraws: true, ..PIPE }
}

fn priced(kind: &str, name: &str, micros: u64, basis: &str) -> ResourceChange {
    ResourceChange {
        micros_a_month: Some(micros),
        price_basis: Some(basis.to_owned()),
        ..resource(kind, name, Fate::Create)
    }
}

fn cost(label: &str, detail: &str, micros_a_month: Option<(u64, u64)>, source: &str) -> Estimate {
    let [label, detail, source] = [label, detail, source].map(str::to_owned);
    Estimate { label, detail, saving: false, micros_a_month, source }
}

/// Returns a plan with three nodes that have prices, and with estimates of the program.
fn cluster() -> Plan {
    let mut resources = vec![component()];
    for node in 1..=3 {
        let basis =
            "c6i.xlarge Linux on demand in eu-central-1: $0.194/h x 730 h + root: 8 GiB x $0.0952";
        resources.push(priced("aws:ec2:Instance", &format!("node-{node}"), 142_380_000, basis));
        let basis = "gp3 in eu-central-1: 500 GiB x $0.0952 + 125 MiB/s x $0.0476";
        resources.push(priced("aws:ec2:Volume", &format!("log-{node}"), 53_550_000, basis));
    }
    resources.push(priced("aws:kms:Key", "a/b", 1_000_000, "$1 a month"));
    let (prices, guess) = ("list prices of eu-central-1, 2026-01-15", "a guess of 2026-01-20");
    let estimates = vec![
        cost(
            "data transfer",
            "1,000 GB a month to the internet",
            Some((81_000_000, 81_000_000)),
            prices,
        ),
        cost("snapshots", "30 days of 1,500 GiB", Some((10_000_000, 1_120_000_000)), prices),
        Estimate {
            saving: true,
            ..cost("compute", "1 year, all upfront", Some((160_000_000, 160_000_000)), guess)
        },
        cost("traffic in", "whatever the clients send", None, ""),
    ];
    Plan { estimates, ..plan_of(Operation::Preview, resources) }
}

fn shown(plan: &Plan, look: Look) -> String {
    let show = |line: Line| {
        let line = if look.narrow { line.squeezed() } else { line };
        let line = if look.ascii { line.in_ascii() } else { line };
        line.render(look.colors, look.width) + "\n"
    };
    costs::render(&plan.costs(), look).into_iter().map(show).collect()
}

#[test]
fn a_table_in_a_pipe() {
    insta::assert_snapshot!(shown(&cluster(), PIPE));
}

#[test]
fn the_less_room_the_less_of_the_details() {
    let widths = [120, 80, 70]
        .map(|width| format!("── {width} columns\n{}", shown(&cluster(), terminal(width))));
    let narrow = Look { width: None, narrow: true, ..terminal(0) };
    insta::assert_snapshot!(widths.concat() + "── fewer\n" + &shown(&cluster(), narrow));
}

#[test]
fn whatever_the_width_figures_are_whole_and_below_each_other() {
    for width in 60..200 {
        let text = shown(&cluster(), terminal(width));
        assert!(text.lines().all(|line| line.chars().count() <= width), "{text}");
        let table: Vec<&str> =
            text.lines().filter(|line| line.contains('$') || line.contains("a year")).collect();
        for figure in ["$120.00–$13,440.00", "$5,125.68", "$972.00", "$1,920.00"] {
            assert!(table.iter().any(|line| line.ends_with(figure)), "{figure} is not in\n{text}");
        }
        let ends = |line: &&&str| !line.starts_with("about") && !line.starts_with("    ");
        let mut widths: Vec<usize> =
            table.iter().filter(ends).map(|line| line.chars().count()).collect();
        widths.dedup();
        assert_eq!(widths.len(), 1, "{text}");
    }
}

#[test]
fn without_utf_8_the_columns_stay() {
    let look = Look { ascii: true, ..terminal(90) };
    let text = shown(&cluster(), look);
    assert!(text.is_ascii(), "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn one_price_is_one_line() {
    let node =
        |number: u32| priced("aws:ec2:Instance", &format!("node-{number}"), 141_620_000, "an hour");
    let one = plan_of(Operation::Preview, vec![component(), node(1), node(2)]);
    assert_eq!(shown(&one, PIPE), "about $283.24 a month afterwards\n");
    assert_eq!(shown(&Plan { unpriced: 1, ..one }, PIPE), "about $283.24 a month afterwards\n");
    let none = plan_of(
        Operation::Preview,
        vec![component(), resource("aws:ec2:Vpc", "main", Fate::Create)],
    );
    assert_eq!(shown(&none, PIPE), "");
}

#[test]
fn an_estimate_is_never_left_out() {
    let unknown = vec![cost("traffic", "", None, "")];
    let alone = Plan { estimates: unknown, ..plan_of(Operation::Preview, vec![component()]) };
    let node = priced("aws:ec2:Instance", "node", 1_000_000, "an hour");
    let estimates =
        vec![Estimate { saving: true, ..cost("compute", "a year", Some((1, 500_000)), "") }];
    let saving = Plan { estimates, unpriced: 1, ..plan_of(Operation::Preview, vec![node]) };
    insta::assert_snapshot!(shown(&alone, PIPE) + "──" + &shown(&saving, PIPE));
}

#[test]
fn what_a_program_says_cannot_steer_the_terminal_or_widen_the_table() {
    let figure = Some((u64::MAX, u64::MAX));
    let estimates = vec![
        cost(&"漢字\x1b[2J".repeat(500), &"x\n".repeat(5_000), figure, "\x07"),
        cost("a", "b", figure, ""),
    ];
    let plan = Plan { estimates, ..plan_of(Operation::Preview, Vec::new()) };
    let shown = shown(&plan, PIPE);
    assert!(!shown.contains('\x1b') && !shown.contains('\x07'), "{shown:?}");
    assert!(shown.lines().all(|line| line.chars().count() <= 200), "{shown}");
}

#[test]
fn a_line_for_tools() {
    insta::assert_json_snapshot!(json::costs(&cluster().costs()).expect("there are rows"));
    assert_eq!(json::costs(&plan_of(Operation::Destroy, vec![component()]).costs()), None);
}
