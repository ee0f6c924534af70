//! Costs: the rows and totals of a plan.

use kim_engine::Interrupt;
use kim_engine::costs::{Costs, Range, Row};
use kim_engine::model::{Estimate, Urn};
use kim_engine::plan::{Fate, Operation, Plan, ResourceChange};

use crate::fixture::Case;

fn resource(kind: &str, name: &str, micros: Option<u64>, basis: &str) -> ResourceChange {
    ResourceChange {
        urn: Urn::new("p", "s", kind, &["main"], name),
        parent: None,
        component: false,
        fate: Fate::Same,
        changes: Vec::new(),
        source: None,
        reason: None,
        micros_a_month: micros,
        price_basis: Some(basis.to_owned()),
    }
}

fn estimate(label: &str, saving: bool, micros_a_month: Option<Range>) -> Estimate {
    Estimate {
        label: label.to_owned(),
        detail: String::new(),
        saving,
        micros_a_month,
        source: "list".to_owned(),
    }
}

fn plan(resources: Vec<ResourceChange>, estimates: Vec<Estimate>) -> Plan {
    let (operation, steps, exports) = (Operation::Preview, Default::default(), Default::default());
    Plan { operation, resources, steps, exports, estimates, unpriced: 0 }
}

/// Returns rows as `count label from-to`.
fn shown(rows: &[Row]) -> Vec<String> {
    let figure =
        |row: &Row| row.micros_a_month.map_or("?".to_owned(), |(from, to)| format!("{from}-{to}"));
    let count = |row: &Row| row.count.map_or(String::new(), |count| format!("{count} "));
    rows.iter().map(|row| format!("{}{} {}", count(row), row.label, figure(row))).collect()
}

#[test]
fn resources_that_differ_only_in_their_number_are_one_row() {
    let gone = ResourceChange { fate: Fate::Delete, ..resource("t:Node", "node-9", Some(5), "a") };
    let forgotten =
        ResourceChange { fate: Fate::Forget, ..resource("t:Node", "node-8", Some(5), "a") };
    let plan = plan(
        vec![
            resource("t:Node", "node-1", Some(5), "a"),
            resource("t:Disk", "node-1", Some(7), "a"),
            resource("t:Node", "node-2", Some(5), "a"),
            resource("t:Node", "node-3", Some(6), "another basis"),
            ResourceChange { fate: Fate::Create, ..resource("t:Node", "node-12", Some(5), "a") },
            resource("t:Node", "node", Some(5), "a"),
            gone,
            forgotten,
            resource("t:Free", "free-1", Some(0), "nothing"),
            resource("t:Free", "unknown-1", None, ""),
        ],
        Vec::new(),
    );
    let costs = plan.costs();
    assert_eq!(shown(&costs.rows), ["4 node 20-20", "1 node 7-7", "1 node 6-6"]);
    assert_eq!((costs.total, costs.is_complete()), ((33, 33), true));
    assert_eq!(plan.micros_a_month(), Some(33));
}

#[test]
fn only_a_number_behind_a_dash_is_left_out() {
    let names = ["log-1", "log-10", "log", "log-a", "log-1a", "-1", "7", "a-1-2", "log-", "log-٣"];
    let resources = names.map(|name| resource("t:Disk", name, Some(1), "a")).into();
    let labels = plan(resources, Vec::new()).costs().rows.into_iter().map(|row| row.label);
    assert_eq!(
        labels.collect::<Vec<_>>(),
        ["log", "log-a", "log-1a", "-1", "7", "a-1", "log-", "log-٣"]
    );
}

#[test]
fn estimates_follow_and_savings_stand_apart() {
    let estimates = vec![
        estimate("compute", true, Some((3, 3))),
        estimate("traffic", false, Some((1, 4))),
        estimate("snapshots", false, None),
    ];
    let plan = plan(vec![resource("t:Node", "node-1", Some(5), "a")], estimates);
    let costs = plan.costs();
    assert_eq!(shown(&costs.rows), ["1 node 5-5", "traffic 1-4", "snapshots ?"]);
    assert_eq!(shown(&costs.savings), ["compute 3-3"]);
    assert_eq!((costs.total, costs.is_complete()), ((6, 9), false));
    assert_eq!((costs.rows[0].source.as_str(), costs.rows[1].source.as_str()), ("", "list"));
    assert_eq!(plan.micros_a_month(), Some(5), "prices of resources alone");
}

#[test]
fn a_resource_without_a_known_price_makes_the_total_incomplete() {
    let plan =
        Plan { unpriced: 2, ..plan(vec![resource("t:Node", "node-1", Some(5), "a")], Vec::new()) };
    assert_eq!((plan.costs().unpriced, plan.costs().is_complete()), (2, false));
}

#[test]
fn no_figure_is_too_large() {
    let most = Some((u64::MAX, u64::MAX));
    let plan = plan(Vec::new(), vec![estimate("a", false, most), estimate("b", false, most)]);
    assert_eq!(plan.costs().total, (u64::MAX, u64::MAX));
}

#[test]
fn nothing_costs_nothing() {
    assert_eq!(plan(Vec::new(), Vec::new()).costs(), Costs::default());
}

#[tokio::test]
async fn a_plan_has_the_prices_of_plugins_and_the_estimates_of_the_program() {
    let case = Case::new().await;
    let program = r"
        node-1: Dear size=2
        node-2: Dear size=2
        log: Dear
        a: Thing
        estimate: traffic=1..4
        estimate: calls=?
        saving: compute=3..3
    ";
    let plan = case.prepare(program).await.unwrap().plan.clone();
    let costs = plan.costs();
    assert_eq!(shown(&costs.rows), ["2 node 4000000-4000000", "traffic 1-4", "calls ?"]);
    assert_eq!(shown(&costs.savings), ["compute 3-3"]);
    assert_eq!((costs.rows[0].detail.as_str(), costs.unpriced), ("2 x $1.00", 1));
    let summary = case.run(Operation::Up, program).await.unwrap();
    assert_eq!(summary.micros_a_month, Some(4_000_000), "it is the prices of resources");
    for operation in [Operation::Refresh, Operation::Destroy] {
        let prepared = case
            .stack(program)
            .plan(operation, &case.options, case.sink(), Interrupt::default())
            .await
            .unwrap();
        assert_eq!(prepared.plan.costs(), Costs::default(), "{operation:?}");
    }
}
