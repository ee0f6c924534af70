//! Instance types: what they are and in which zones they are offered.

use super::listing::{Item, describing, filter, page};
use super::regions;
use crate::error::{Answer, AwsError, refuse};
use crate::node::Node;
use crate::service::{Action, Call};

pub(super) const ACTIONS: &[Action] = &[
    Action::new("DescribeInstanceTypes", describing!("InstanceType.N"), describe_types),
    Action::new(
        "DescribeInstanceTypeOfferings",
        describing!("LocationType=region|availability-zone|availability-zone-id"),
        describe_offerings,
    ),
];

/// Families: name, architecture, GiB of memory for a virtual processor, and what they can do without.
const FAMILIES: &[(&str, &str, i64)] = &[
    ("c5", "x86_64", 2),
    ("c6a", "x86_64", 2),
    ("c6g", "arm64", 2),
    ("c6i", "x86_64", 2),
    ("c7g", "arm64", 2),
    ("c7i", "x86_64", 2),
    ("m5", "x86_64", 4),
    ("m6a", "x86_64", 4),
    ("m6g", "arm64", 4),
    ("m6i", "x86_64", 4),
    ("m7g", "arm64", 4),
    ("m7i", "x86_64", 4),
    ("r5", "x86_64", 8),
    ("r6a", "x86_64", 8),
    ("r6g", "arm64", 8),
    ("r6i", "x86_64", 8),
    ("r7g", "arm64", 8),
    ("r7i", "x86_64", 8),
];

/// Sizes of those families: name, virtual processors, most interfaces.
const SIZES: &[(&str, i64, i64)] = &[
    ("large", 2, 3),
    ("xlarge", 4, 4),
    ("2xlarge", 8, 4),
    ("4xlarge", 16, 8),
    ("8xlarge", 32, 8),
    ("12xlarge", 48, 8),
    ("16xlarge", 64, 15),
];

/// Burstable families and their architectures.
const BURSTABLE: &[(&str, &str)] = &[("t2", "x86_64"), ("t3", "x86_64"), ("t3a", "x86_64"), ("t4g", "arm64")];

/// Their sizes: name, virtual processors, MiB of memory, most interfaces.
const BURSTABLE_SIZES: &[(&str, i64, i64, i64)] = &[
    ("nano", 2, 512, 2),
    ("micro", 2, 1024, 2),
    ("small", 2, 2048, 3),
    ("medium", 2, 4096, 3),
    ("large", 2, 8192, 3),
    ("xlarge", 4, 16384, 4),
    ("2xlarge", 8, 32768, 4),
];

/// An instance type.
#[derive(Debug, Clone)]
pub(super) struct InstanceType {
    pub(super) name: String,
    pub(super) architecture: &'static str,
    pub(super) vcpus: i64,
    memory_mib: i64,
    pub(super) interfaces: i64,
    pub(super) burstable: bool,
}

/// All types.
fn all() -> impl Iterator<Item = InstanceType> {
    let usual = FAMILIES.iter().flat_map(|(family, architecture, ratio)| {
        SIZES.iter().map(move |(size, vcpus, interfaces)| InstanceType {
            name: format!("{family}.{size}"),
            architecture,
            vcpus: *vcpus,
            memory_mib: vcpus * ratio * 1024,
            interfaces: *interfaces,
            burstable: false,
        })
    });
    let burstable = BURSTABLE.iter().flat_map(|(family, architecture)| {
        BURSTABLE_SIZES.iter().map(move |(size, vcpus, memory_mib, interfaces)| InstanceType {
            name: format!("{family}.{size}"),
            architecture,
            vcpus: *vcpus,
            memory_mib: *memory_mib,
            interfaces: *interfaces,
            burstable: true,
        })
    });
    usual.chain(burstable)
}

impl InstanceType {
    /// Whether the type can be launched in the zone. `us-east-1e` has none of the Nitro generations.
    pub(super) fn is_offered_in(&self, zone: &str) -> bool {
        zone != "us-east-1e" || self.name.starts_with("t2.")
    }

    fn is_nitro(&self) -> bool {
        !self.name.starts_with("t2.")
    }

    fn show(&self) -> Node {
        let cores = if self.architecture == "arm64" { self.vcpus } else { (self.vcpus / 2).max(1) };
        let strategies: &[&str] =
            if self.burstable { &["partition", "spread"] } else { &["cluster", "partition", "spread"] };
        node! {
            "instanceType" => &self.name, "currentGeneration" => self.is_nitro(),
            "freeTierEligible" => matches!(self.name.as_str(), "t2.micro" | "t3.micro"),
            "supportedUsageClasses" => Node::list(["on-demand", "spot"]),
            "supportedRootDeviceTypes" => Node::list(["ebs"]), "supportedVirtualizationTypes" => Node::list(["hvm"]),
            "bareMetal" => false, "hypervisor" => if self.is_nitro() { "nitro" } else { "xen" },
            "processorInfo" => node! { "supportedArchitectures" => Node::list([self.architecture]) },
            "vCpuInfo" => node! {
                "defaultVCpus" => self.vcpus, "defaultCores" => cores, "defaultThreadsPerCore" => self.vcpus / cores,
            },
            "memoryInfo" => node! { "sizeInMiB" => self.memory_mib }, "instanceStorageSupported" => false,
            "ebsInfo" => node! {
                "ebsOptimizedSupport" => if self.is_nitro() { "default" } else { "unsupported" },
                "encryptionSupport" => "supported", "nvmeSupport" => if self.is_nitro() { "required" } else { "unsupported" },
            },
            "networkInfo" => node! {
                "maximumNetworkInterfaces" => self.interfaces, "maximumNetworkCards" => 1, "defaultNetworkCardIndex" => 0,
                "ipv4AddressesPerInterface" => 10, "ipv6Supported" => true,
                "enaSupport" => if self.is_nitro() { "required" } else { "unsupported" }, "efaSupported" => false,
            },
            "placementGroupInfo" => node! { "supportedStrategies" => Node::list(strategies.iter().copied()) },
            "hibernationSupported" => false, "burstablePerformanceSupported" => self.burstable,
            "dedicatedHostsSupported" => self.is_nitro(), "autoRecoverySupported" => true,
            "supportedBootModes" => Node::list(["legacy-bios", "uefi"]),
        }
    }
}

/// The type of that name.
pub(super) fn find(name: &str) -> Result<InstanceType, AwsError> {
    let message = || format!("Invalid value '{name}' for InstanceType.");
    all().find(|known| known.name == name).ok_or_else(|| AwsError::new("InvalidParameterValue", message()))
}

fn describe_types(call: &mut Call) -> Answer {
    let names = call.params().texts("InstanceType");
    if let Some(unknown) = names.iter().find(|name| find(name).is_err()) {
        return refuse(
            "InvalidInstanceType",
            format!("The following supplied instance types do not exist: [{unknown}]"),
        );
    }
    let wanted = all().filter(|known| names.is_empty() || names.contains(&known.name.as_str()));
    let mut items: Vec<Item> = wanted.map(|known| Item { node: known.show(), key: known.name }).collect();
    items.sort_by(|left, right| left.key.cmp(&right.key));
    let filters = [
        ("instance-type", "instanceType"),
        ("current-generation", "currentGeneration"),
        ("free-tier-eligible", "freeTierEligible"),
        ("bare-metal", "bareMetal"),
        ("hypervisor", "hypervisor"),
        ("burstable-performance-supported", "burstablePerformanceSupported"),
        ("processor-info.supported-architecture", "processorInfo.supportedArchitectures"),
        ("vcpu-info.default-vcpus", "vCpuInfo.defaultVCpus"),
        ("vcpu-info.default-cores", "vCpuInfo.defaultCores"),
        ("memory-info.size-in-mib", "memoryInfo.sizeInMiB"),
        ("supported-usage-class", "supportedUsageClasses"),
        ("supported-root-device-type", "supportedRootDeviceTypes"),
        ("supported-virtualization-type", "supportedVirtualizationTypes"),
        ("placement-group-info.supported-strategies", "placementGroupInfo.supportedStrategies"),
        ("ebs-info.ebs-optimized-support", "ebsInfo.ebsOptimizedSupport"),
        ("ebs-info.encryption-support", "ebsInfo.encryptionSupport"),
        ("ebs-info.nvme-support", "ebsInfo.nvmeSupport"),
        ("network-info.ena-support", "networkInfo.enaSupport"),
        ("instance-storage-supported", "instanceStorageSupported"),
        ("network-info.maximum-network-interfaces", "networkInfo.maximumNetworkInterfaces"),
    ];
    Ok(page(call, filter(call.params(), items, &filters)?, 100)?.into_answer("instanceTypeSet"))
}

fn describe_offerings(call: &mut Call) -> Answer {
    let location_type = call.params().text("LocationType").unwrap_or("region");
    let mut items = Vec::new();
    for known in all() {
        let zones = regions::zones(call.region()).into_iter().filter(|zone| known.is_offered_in(&zone.name));
        let locations: Vec<String> = match location_type {
            "availability-zone" => zones.map(|zone| zone.name).collect(),
            "availability-zone-id" => zones.map(|zone| zone.id).collect(),
            _ => vec![call.region().to_owned()],
        };
        items.extend(locations.into_iter().map(|location| Item {
            key: format!("{} {location}", known.name),
            node: node! { "instanceType" => &known.name, "locationType" => location_type, "location" => location },
        }));
    }
    items.sort_by(|left, right| left.key.cmp(&right.key));
    let filters = [("instance-type", "instanceType"), ("location", "location")];
    Ok(page(call, filter(call.params(), items, &filters)?, 1000)?.into_answer("instanceTypeOfferingSet"))
}
