//! Estimates: costs and possible savings beside the prices of resources.

/// A cost, or a possible saving, beside the prices of the resources.
///
/// Examples are traffic, snapshots and a commitment. [`Stack::estimate`](crate::Stack::estimate)
/// declares it. Without a figure it is shown as not known.
///
/// ```
/// use kim::Estimate;
///
/// let snapshots =
///     Estimate::cost("snapshots", "30 days of 500 GiB").range(10_000_000, 120_000_000);
/// let committed = Estimate::saving("compute", "1 year, all upfront")
///     .micros(160_000_000)
///     .source("list, 2026-01-15");
/// let unknown = Estimate::cost("traffic in", "whatever the clients send");
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
#[must_use = "it is declared with Stack::estimate"]
pub struct Estimate(pub(crate) kim_model::Estimate);

impl Estimate {
    /// Returns a cost.
    ///
    /// `label` says what costs, in a word or two. `detail` says how the figure is computed.
    pub fn cost(label: impl Into<String>, detail: impl Into<String>) -> Estimate {
        Estimate::new(label.into(), detail.into(), false)
    }

    /// Returns a possible saving, which is not part of the total.
    ///
    /// `label` says what is saved, in a word or two. `detail` says how.
    pub fn saving(label: impl Into<String>, detail: impl Into<String>) -> Estimate {
        Estimate::new(label.into(), detail.into(), true)
    }

    fn new(label: String, detail: String, saving: bool) -> Estimate {
        Estimate(kim_model::Estimate {
            label,
            detail,
            saving,
            micros_a_month: None,
            source: String::new(),
        })
    }

    /// Sets the figure, in millionths of a US dollar a month of 730 hours.
    pub fn micros(self, micros_a_month: u64) -> Estimate {
        self.range(micros_a_month, micros_a_month)
    }

    /// Sets the lower and upper bound of the figure.
    ///
    /// The bounds are in millionths of a US dollar a month of 730 hours. The engine stops a program
    /// whose `from` is greater than its `to`.
    pub fn range(mut self, from: u64, to: u64) -> Estimate {
        self.0.micros_a_month = Some((from, to));
        self
    }

    /// Sets the source of the figure, which should include its date.
    pub fn source(mut self, source: impl Into<String>) -> Estimate {
        self.0.source = source.into();
        self
    }
}
