//! What a stack costs a month: prices of resources, and estimates of the program.
//!
//! Pure. Invariants: every staying resource that has a price is in exactly one row; every estimate
//! is a row of its own.

use std::collections::HashMap;

use kim_model::Estimate;

use crate::plan::{Plan, ResourceChange};

/// The bounds of a figure, in millionths of a US dollar a month.
///
/// They are equal if the figure is exact.
pub type Range = (u64, u64);

/// A line of the costs.
///
/// Resources that share a price, an estimate, or a possible saving.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    /// The name of the resources in the URN, or the label of an estimate.
    ///
    /// A name stands without the number at its end: `node` for `node-1`.
    pub label: String,
    /// The number of resources; `None` for an estimate of the program.
    pub count: Option<usize>,
    /// What the figure consists of, as the plugin or the program words it.
    ///
    /// May be empty.
    pub detail: String,
    /// The cost a month of all of them together; `None`: not known.
    pub micros_a_month: Option<Range>,
    /// The source of an estimate, as the program names it.
    ///
    /// Empty if it names none, and for resources.
    pub source: String,
}

/// The costs of a stack.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Costs {
    /// Resources with a price, in the order of declaration, then the cost estimates.
    ///
    /// Resources of the same kind, price basis and name (without the number at its end) share a
    /// row. The estimates come in the order of the program.
    pub rows: Vec<Row>,
    /// The sum of the known figures of all rows.
    pub total: Range,
    /// The possible savings, in the order of declaration; not part of the total.
    pub savings: Vec<Row>,
    /// How many resources have no known price.
    ///
    /// Counts only resources of kinds for which their plugin knows prices.
    pub unpriced: usize,
}

impl Costs {
    /// Returns true if every row has a figure and no resource lacks a price.
    pub fn is_complete(&self) -> bool {
        self.unpriced == 0 && self.rows.iter().all(|row| row.micros_a_month.is_some())
    }
}

impl Plan {
    /// Returns what the stack costs a month afterwards.
    pub fn costs(&self) -> Costs {
        let mut rows = priced(self.staying());
        let (savings, costs): (Vec<_>, Vec<_>) =
            self.estimates.iter().partition(|estimate| estimate.saving);
        rows.extend(costs.into_iter().map(estimated));
        let savings = savings.into_iter().map(estimated).collect();
        let total = rows.iter().filter_map(|row| row.micros_a_month).fold((0, 0), sum);
        Costs { rows, total, savings, unpriced: self.unpriced }
    }
}

/// Groups resources that have kind, price basis and name in common.
///
/// Names are compared without the number at their end. The groups come in the order of their first
/// resources.
fn priced<'p>(resources: impl Iterator<Item = &'p ResourceChange>) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    let mut known: HashMap<(&str, &str, &str), usize> = HashMap::new();
    for resource in resources {
        let Some(micros) = resource.micros_a_month.filter(|micros| *micros > 0) else { continue };
        let (label, detail) =
            (unnumbered(resource.urn.name()), resource.price_basis.as_deref().unwrap_or_default());
        let at = *known.entry((resource.urn.kind(), detail, label)).or_insert(rows.len());
        if at == rows.len() {
            let (label, detail) = (label.to_owned(), detail.to_owned());
            rows.push(Row {
                label,
                count: Some(0),
                detail,
                micros_a_month: Some((0, 0)),
                source: String::new(),
            });
        }
        let row = &mut rows[at];
        row.count = row.count.map(|count| count + 1);
        row.micros_a_month = row.micros_a_month.map(|range| sum(range, (micros, micros)));
    }
    rows
}

fn estimated(estimate: &Estimate) -> Row {
    let Estimate { label, detail, micros_a_month, source, .. } = estimate.clone();
    Row { label, count: None, detail, micros_a_month, source }
}

/// Returns a name without the `-` and the number at its end.
fn unnumbered(name: &str) -> &str {
    match name.rsplit_once('-') {
        Some((rest, number)) if !rest.is_empty() && is_number(number) => rest,
        _ => name,
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_digit())
}

/// Adds two figures; those of a program may be of any size.
fn sum(one: Range, other: Range) -> Range {
    (one.0.saturating_add(other.0), one.1.saturating_add(other.1))
}
