//! On-demand list prices of Linux instances, EBS and NAT gateways in two regions.
//!
//! Invariant: what is not in the tables has no price. A wrong price would be worse.

use kim_plugin::prelude::*;

use crate::rules::storage::{GP3_IOPS, GP3_THROUGHPUT};

/// The hours of a month.
const HOURS: u64 = 730;

/// A region's prices, in millionths of a US dollar.
struct Region {
    name: &'static str,
    /// Family, size, and the price of an hour of an instance of that size.
    families: &'static [(&'static str, &'static str, u64)],
    ebs: Ebs,
    /// The price of an hour of a NAT gateway.
    ///
    /// Sources: for us-east-1 infracost's test data of 2024-07; for eu-central-1 cortex's
    /// resource_metadata of 2022-09-03.
    nat_gateway: u64,
}

/// A region's prices of a month of storage, in millionths of a US dollar.
struct Ebs {
    gp3_gib: u64,
    gp3_iops: u64,
    gp3_mib: u64,
    gp2_gib: u64,
    io_gib: u64,
    /// For io1 all IOPS; for io2 those up to 32,000.
    io_iops: u64,
    /// For io2: the IOPS from 32,001 to 64,000, and those above.
    io2_more: (u64, u64),
    st1_gib: u64,
    sc1_gib: u64,
}

const REGIONS: [Region; 2] = [
    Region {
        name: "us-east-1",
        families: &[
            ("t3", "micro", 10_400),
            ("c6i", "large", 85_000),
            ("m6i", "large", 96_000),
            ("r6i", "large", 126_000),
        ],
        ebs: Ebs {
            gp3_gib: 80_000,
            gp3_iops: 5_000,
            gp3_mib: 40_000,
            gp2_gib: 100_000,
            io_gib: 125_000,
            io_iops: 65_000,
            io2_more: (45_500, 31_850),
            st1_gib: 45_000,
            sc1_gib: 15_000,
        },
        nat_gateway: 45_000,
    },
    Region {
        name: "eu-central-1",
        families: &[
            ("t3", "micro", 12_000),
            ("c6i", "large", 97_000),
            ("m6i", "large", 115_000),
            ("r6i", "large", 152_000),
        ],
        ebs: Ebs {
            gp3_gib: 95_200,
            gp3_iops: 6_000,
            gp3_mib: 47_600,
            gp2_gib: 119_000,
            io_gib: 149_000,
            io_iops: 78_000,
            io2_more: (54_600, 38_220),
            st1_gib: 54_000,
            sc1_gib: 18_000,
        },
        nat_gateway: 52_000,
    },
];

/// The sizes in units of the smallest.
///
/// Within a family the price is proportional to the size.
const SIZES: [(&str, u64); 13] = [
    ("nano", 1),
    ("micro", 2),
    ("small", 4),
    ("medium", 8),
    ("large", 16),
    ("xlarge", 32),
    ("2xlarge", 64),
    ("4xlarge", 128),
    ("8xlarge", 256),
    ("12xlarge", 384),
    ("16xlarge", 512),
    ("24xlarge", 768),
    ("32xlarge", 1024),
];

fn region(name: &str) -> Option<&'static Region> {
    REGIONS.iter().find(|region| region.name == name)
}

fn size(name: &str) -> Option<u64> {
    SIZES.iter().find(|(size, _)| *size == name).map(|(_, units)| *units)
}

/// Returns the price of an hour of an instance, in millionths of a US dollar.
fn hour(region: &Region, instance_type: &str) -> Option<u64> {
    let (family, wanted) = instance_type.split_once('.')?;
    let (_, listed, price) = region.families.iter().find(|(name, _, _)| *name == family)?;
    let (wanted, listed) = (size(wanted)?, size(listed)?);
    let offered = match family {
        "t3" => (1..=64).contains(&wanted),
        _ => wanted >= 16,
    };
    offered.then(|| price * wanted / listed)
}

/// Returns the price of a Linux instance on demand.
pub(crate) fn instance(region_name: &str, instance_type: &str) -> Option<Price> {
    let hour = hour(region(region_name)?, instance_type)?;
    let basis = format!(
        "{instance_type} Linux on demand in {region_name}: ${}/h x {HOURS} h",
        dollars(hour)
    );
    Some(Price { micros_a_month: hour * HOURS, basis })
}

/// Returns the price of a NAT gateway, without the data that it processes.
pub(crate) fn nat_gateway(region_name: &str) -> Option<Price> {
    let hour = region(region_name)?.nat_gateway;
    let basis = format!(
        "NAT gateway in {region_name}: ${}/h x {HOURS} h, without the $/GB that it processes",
        dollars(hour)
    );
    Some(Price { micros_a_month: hour * HOURS, basis })
}

/// The properties of a volume that determine its price.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Storage<'a> {
    pub(crate) volume_type: &'a str,
    pub(crate) gib: i64,
    /// `None`: what the volume type includes.
    pub(crate) iops: Option<i64>,
    /// In MiB/s; `None`: what the volume type includes.
    pub(crate) throughput: Option<i64>,
}

/// Returns the price of a volume.
pub(crate) fn volume(region_name: &str, volume: Storage<'_>) -> Option<Price> {
    let ebs = &region(region_name)?.ebs;
    let over = |given: Option<i64>, included: i64| {
        u64::try_from(given.unwrap_or(included) - included).unwrap_or(0)
    };
    let iops = over(volume.iops, 0);
    let gib = u64::try_from(volume.gib).ok()?;
    let parts = match volume.volume_type {
        "gp3" => vec![
            (gib, "GiB", ebs.gp3_gib),
            (over(volume.iops, GP3_IOPS), "IOPS over 3,000", ebs.gp3_iops),
            (over(volume.throughput, GP3_THROUGHPUT), "MiB/s over 125", ebs.gp3_mib),
        ],
        "gp2" => vec![(gib, "GiB", ebs.gp2_gib)],
        "io1" => vec![(gib, "GiB", ebs.io_gib), (iops, "IOPS", ebs.io_iops)],
        "io2" => vec![
            (gib, "GiB", ebs.io_gib),
            (iops.min(32_000), "IOPS", ebs.io_iops),
            (iops.clamp(32_000, 64_000) - 32_000, "IOPS over 32,000", ebs.io2_more.0),
            (iops.saturating_sub(64_000), "IOPS over 64,000", ebs.io2_more.1),
        ],
        "st1" => vec![(gib, "GiB", ebs.st1_gib)],
        "sc1" => vec![(gib, "GiB", ebs.sc1_gib)],
        _ => return None,
    };
    let spelled: Vec<String> = parts
        .iter()
        .filter(|(amount, _, _)| *amount > 0)
        .map(|(amount, unit, price)| format!("{amount} {unit} x ${}", dollars(*price)))
        .collect();
    Some(Price {
        micros_a_month: parts.iter().map(|(amount, _, price)| amount * price).sum(),
        basis: format!("{} in {region_name}: {}", volume.volume_type, spelled.join(" + ")),
    })
}

/// Returns the sum of two prices.
pub(crate) fn sum(first: Price, second: Price) -> Price {
    Price {
        micros_a_month: first.micros_a_month + second.micros_a_month,
        basis: format!("{}; {}", first.basis, second.basis),
    }
}

/// Returns millionths of a dollar as dollars, without trailing zeros.
fn dollars(micros: u64) -> String {
    let text = format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month(instance_type: &str) -> Option<u64> {
        instance("us-east-1", instance_type).map(|price| price.micros_a_month)
    }

    #[test]
    fn instances_cost_by_their_size() {
        assert_eq!(month("t3.medium"), Some(41_600 * 730));
        assert_eq!(month("c6i.xlarge"), Some(170_000 * 730));
        assert_eq!(month("c6i.4xlarge"), Some(680_000 * 730));
        assert_eq!(month("r6i.2xlarge"), Some(504_000 * 730));
        assert_eq!(month("c6i.micro"), None);
        assert_eq!(month("x99.large"), None);
        assert_eq!(instance("mars-north-1", "t3.medium"), None);
        let price = instance("eu-central-1", "c6i.xlarge").map(|price| price.basis);
        assert_eq!(
            price.as_deref(),
            Some("c6i.xlarge Linux on demand in eu-central-1: $0.194/h x 730 h")
        );
    }

    #[test]
    fn a_nat_gateway_costs_by_the_hour() {
        let price = nat_gateway("us-east-1").expect("a NAT gateway has a price");
        assert_eq!(price.micros_a_month, 32_850_000);
        assert_eq!(
            price.basis,
            "NAT gateway in us-east-1: $0.045/h x 730 h, without the $/GB that it processes"
        );
        assert_eq!(nat_gateway("eu-central-1").map(|price| price.micros_a_month), Some(37_960_000));
        assert_eq!(nat_gateway("mars-north-1"), None);
    }

    fn stored(
        volume_type: &str,
        gib: i64,
        iops: Option<i64>,
        throughput: Option<i64>,
    ) -> Option<Price> {
        volume("us-east-1", Storage { volume_type, gib, iops, throughput })
    }

    #[test]
    fn included_iops_and_throughput_of_gp3_cost_nothing() {
        let log = stored("gp3", 500, Some(3_000), Some(250)).expect("gp3 has a price");
        assert_eq!(log.micros_a_month, 500 * 80_000 + 125 * 40_000);
        assert_eq!(log.basis, "gp3 in us-east-1: 500 GiB x $0.08 + 125 MiB/s over 125 x $0.04");
        assert_eq!(stored("gp3", 1, None, None).map(|p| p.micros_a_month), Some(80_000));
    }

    #[test]
    fn io2_has_steps() {
        let price = stored("io2", 100, Some(70_000), None).map(|p| p.micros_a_month);
        assert_eq!(price, Some(100 * 125_000 + 32_000 * 65_000 + 32_000 * 45_500 + 6_000 * 31_850));
        assert_eq!(
            stored("io2", 10, Some(1_000), None).map(|p| p.micros_a_month),
            Some(1_250_000 + 65_000_000)
        );
        assert_eq!(stored("standard", 10, None, None), None);
    }
}
