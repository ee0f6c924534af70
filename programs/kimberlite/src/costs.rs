//! Estimates for the preview: costs beside the resources, and possible savings.
//!
//! Invariant: each figure has a source with a date. A figure without a source is reported as not
//! known. Prices are on demand, in US dollars, before tax. The plugins give the prices of
//! resources.

use kim::prelude::*;

use crate::cluster::{Backup, Cluster, Network};
use crate::config::Internet;

/// The prices that a region's estimates use, in millionths of a US dollar.
struct Prices {
    region: &'static str,
    /// The price of a GB-month of a snapshot, and its source.
    snapshot: Option<(u64, &'static str)>,
    /// The prices of an hour of a c6i.xlarge that is reserved for one year.
    ///
    /// The first is for all paid at once, the second for nothing paid at once.
    reserved: Option<(u64, u64)>,
}

/// The source of the prices of snapshots: infracost.
///
/// It is the golden file of EBS snapshots in `internal/providers/terraform/aws/testdata`, which
/// their CI checks.
const INFRACOST: &str = "infracost's test data, July 2024";

/// The source of the reserved prices.
///
/// All at once: LeanerCloud/ec2-instances-info, generated 2025-04-24. Nothing at once: the same
/// price, by the ratio (0.9333) of the two prices that Vantage lists for every region.
const RESERVED: &str = "LeanerCloud ec2-instances-info, April 2025; without payment at once by Vantage's ratio, July 2026";

const PRICES: [Prices; 2] = [
    Prices {
        region: "us-east-1",
        snapshot: Some((50_000, INFRACOST)),
        reserved: Some((104_909, 112_400)),
    },
    Prices { region: "eu-central-1", snapshot: None, reserved: None },
];

/// The GB a month to the internet that are free.
///
/// These and the prices in `TRANSFER` are the same in the two regions (infracost's test data).
/// `TRANSFER` has the GB above the free ones, by price.
const FREE_GB: u64 = 100;
const TRANSFER: [(u64, u64); 4] =
    [(10_240, 90_000), (40_960, 85_000), (102_400, 70_000), (u64::MAX, 50_000)];

/// The price of a c6i.xlarge on demand in us-east-1, as `plugins/aws/ec2` lists it.
///
/// It is in millionths of a US dollar an hour.
const ON_DEMAND: u64 = 170_000;
/// The hours of a month.
const HOURS: u64 = 730;
/// The number of snapshots that a shorter retention keeps.
const FEWER: u32 = 7;

/// Declares the estimates.
pub(crate) fn estimate(cluster: &Cluster, stack: &Stack) {
    let prices = PRICES.iter().find(|prices| prices.region == cluster.region);
    if let Some(backup) = &cluster.backup {
        snapshots(cluster, backup, prices.and_then(|prices| prices.snapshot), stack);
    }
    // AWS charges for each. No source for the price was found.
    let addresses = match (&cluster.network, cluster.internet) {
        (_, Internet::Public) => cluster.nodes.len(),
        (Network::New { .. }, Internet::Nat) => 1,
        _ => 0,
    };
    if addresses > 0 {
        let plural = if addresses == 1 { "" } else { "es" };
        stack.estimate(Estimate::cost("public IPv4", format!("{addresses} address{plural}")));
    }
    if !cluster.is_cut_off() {
        transferred(cluster, prices.is_some(), stack);
    }
    if let Some((at_once, later)) = prices.and_then(|prices| prices.reserved)
        && cluster.instance_type == "c6i.xlarge"
    {
        let hours = HOURS * cluster.nodes.len() as u64;
        let detail = "instances reserved for one year, from nothing to everything paid at once (Savings Plans: not known)";
        let saving = Estimate::saving("compute", detail);
        stack.estimate(
            saving
                .range((ON_DEMAND - later) * hours, (ON_DEMAND - at_once) * hours)
                .source(RESERVED),
        );
    }
}

fn transferred(cluster: &Cluster, known: bool, stack: &Stack) {
    let gb = u64::from(cluster.usage.transfer);
    let estimate = Estimate::cost(
        "data transfer",
        format!("{gb} GB to the internet, {FREE_GB} GB of them free"),
    );
    stack.estimate(if known { estimate.micros(transfer(gb)).source(INFRACOST) } else { estimate });
}

fn snapshots(
    cluster: &Cluster,
    backup: &Backup,
    price: Option<(u64, &'static str)>,
    stack: &Stack,
) {
    let change = cluster.usage.daily_change;
    let detail = format!("{} a volume, full disks of which {change} % change a day", backup.keep);
    let estimate = Estimate::cost("snapshots", detail);
    let Some((price, source)) = price else {
        stack.estimate(estimate);
        return;
    };
    let of = |keep: u32| stored(cluster, keep) * price / 100;
    stack.estimate(estimate.micros(of(backup.keep)).source(source));
    if backup.keep > FEWER {
        let detail = format!("{FEWER} instead of {} kept (backup.keep)", backup.keep);
        stack.estimate(
            Estimate::saving("snapshots", detail)
                .micros(of(backup.keep) - of(FEWER))
                .source(source),
        );
    }
}

/// Returns the size of `keep` snapshots of all volumes, in hundredths of a GB.
///
/// The first snapshot holds everything, each later one what changed.
fn stored(cluster: &Cluster, keep: u32) -> u64 {
    let gib = u64::from(cluster.log.size + cluster.projections.size) * cluster.nodes.len() as u64;
    gib * (100 + u64::from(cluster.usage.daily_change) * u64::from(keep - 1))
}

/// Returns the price of `gb` GB to the internet, in millionths of a US dollar.
fn transfer(gb: u64) -> u64 {
    let mut left = gb.saturating_sub(FREE_GB);
    let mut price = 0;
    for (step, micros) in TRANSFER {
        let part = left.min(step);
        price += part * micros;
        left -= part;
    }
    price
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transfer_has_steps() {
        assert_eq!(transfer(100), 0);
        assert_eq!(transfer(1_000), 81_000_000);
        assert_eq!(transfer(100 + 10_240 + 10), 10_240 * 90_000 + 10 * 85_000);
    }

    #[test]
    fn snapshots_hold_everything_once_and_then_what_changed() {
        let config: crate::Config = kim::serde_json::from_str("{}").expect("a configuration");
        let cluster = config.cluster("k-dev", "us-east-1").expect("it is valid");
        assert_eq!(stored(&cluster, 1), 2_100 * 100);
        assert_eq!(stored(&cluster, 30), 2_100 * (100 + 5 * 29));
    }
}
