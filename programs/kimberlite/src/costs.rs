//! What the cluster costs beside its resources, and what could be saved: estimates for the preview.
//!
//! Invariant: each figure has a source with a date; what has none is told as not known. Prices are on demand, in US dollars,
//! before tax. What resources cost, their plugins say.

use kim::prelude::*;

use crate::cluster::{Backup, Cluster, Network};
use crate::config::Internet;

/// What a region's estimates are made of, in millionths of a US dollar.
struct Prices {
    region: &'static str,
    /// A GB-month of a snapshot, and where that is from.
    snapshot: Option<(u64, &'static str)>,
    /// An hour of a c6i.xlarge that is reserved for one year: all paid at once, and nothing paid at once.
    reserved: Option<(u64, u64)>,
}

/// infracost, `internal/providers/terraform/aws/testdata`: the golden file of EBS snapshots, checked by their CI.
const INFRACOST: &str = "infracost's test data, July 2024";

/// All at once: LeanerCloud/ec2-instances-info, generated 2025-04-24. Nothing at once: the same, by the ratio (0.9333) of the
/// two that Vantage lists for every region.
const RESERVED: &str =
    "LeanerCloud ec2-instances-info, April 2025; without payment at once by Vantage's ratio, July 2026";

const PRICES: [Prices; 2] = [
    Prices { region: "us-east-1", snapshot: Some((50_000, INFRACOST)), reserved: Some((104_909, 112_400)) },
    Prices { region: "eu-central-1", snapshot: None, reserved: None },
];

/// Data to the internet, the same in these two regions: GB free a month, and GB by price above that (infracost's test data).
const FREE_GB: u64 = 100;
const TRANSFER: [(u64, u64); 4] = [(10_240, 90_000), (40_960, 85_000), (102_400, 70_000), (u64::MAX, 50_000)];

/// On demand: what `plugins/aws/ec2` lists for a c6i.xlarge in us-east-1, in millionths of a US dollar an hour.
const ON_DEMAND: u64 = 170_000;
/// Hours that a month counts.
const HOURS: u64 = 730;
/// The snapshots that a shorter retention keeps.
const FEWER: u32 = 7;

/// Declares the estimates.
pub(crate) fn estimate(cluster: &Cluster, stack: &Stack) {
    let prices = PRICES.iter().find(|prices| prices.region == cluster.region);
    if let Some(backup) = &cluster.backup {
        snapshots(cluster, backup, prices.and_then(|prices| prices.snapshot), stack);
    }
    // AWS charges for each; no source for the price was found.
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
        let detail =
            "instances reserved for one year, from nothing to everything paid at once (Savings Plans: not known)";
        let saving = Estimate::saving("compute", detail);
        stack.estimate(saving.range((ON_DEMAND - later) * hours, (ON_DEMAND - at_once) * hours).source(RESERVED));
    }
}

fn transferred(cluster: &Cluster, known: bool, stack: &Stack) {
    let gb = u64::from(cluster.usage.transfer);
    let estimate = Estimate::cost("data transfer", format!("{gb} GB to the internet, {FREE_GB} GB of them free"));
    stack.estimate(if known { estimate.micros(transfer(gb)).source(INFRACOST) } else { estimate });
}

fn snapshots(cluster: &Cluster, backup: &Backup, price: Option<(u64, &'static str)>, stack: &Stack) {
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
        stack.estimate(Estimate::saving("snapshots", detail).micros(of(backup.keep) - of(FEWER)).source(source));
    }
}

/// Returns what so many snapshots of all volumes hold, in hundredths of a GB: the first one everything, each later one what
/// changed.
fn stored(cluster: &Cluster, keep: u32) -> u64 {
    let gib = u64::from(cluster.log.size + cluster.projections.size) * cluster.nodes.len() as u64;
    gib * (100 + u64::from(cluster.usage.daily_change) * u64::from(keep - 1))
}

/// Returns the price of so many GB to the internet.
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
