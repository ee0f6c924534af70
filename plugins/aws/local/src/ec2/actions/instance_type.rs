//! The actions of instance types.

use crate::ec2::catalog::instance_type::{all_instance_types, find_instance_type};
use crate::ec2::views::listing::{Item, describing, filter, page};
use crate::error::{Answer, refuse};
use crate::regions::zones;
use crate::service::{Action, Call};

pub(crate) const ACTIONS: &[Action] = &[
    Action::new("DescribeInstanceTypes", describing!("InstanceType.N"), describe_types),
    Action::new(
        "DescribeInstanceTypeOfferings",
        describing!("LocationType=region|availability-zone|availability-zone-id"),
        describe_offerings,
    ),
];

fn describe_types(call: &mut Call) -> Answer {
    let names = call.params().texts("InstanceType");
    if let Some(unknown) = names.iter().find(|name| find_instance_type(name).is_err()) {
        return refuse(
            "InvalidInstanceType",
            format!("The following supplied instance types do not exist: [{unknown}]"),
        );
    }
    let wanted = all_instance_types()
        .filter(|known| names.is_empty() || names.contains(&known.name.as_str()));
    let mut items: Vec<Item> =
        wanted.map(|known| Item { node: known.show(), key: known.name }).collect();
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
    for known in all_instance_types() {
        let zones = zones(call.region()).into_iter().filter(|zone| known.is_offered_in(&zone.name));
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
    Ok(page(call, filter(call.params(), items, &filters)?, 1000)?
        .into_answer("instanceTypeOfferingSet"))
}
