//! The actions of instance types.

use crate::ec2::catalog::instance_type::{InstanceType, all_instance_types, find_instance_type};
use crate::ec2::views::listing::{Listing, TagFilters, describing, list};
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

const TYPES: Listing = Listing {
    filters: &[
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
        ("auto-recovery-supported", "autoRecoverySupported"),
        ("dedicated-hosts-supported", "dedicatedHostsSupported"),
        ("ebs-info.attachment-limit-type", "ebsInfo.attachmentLimitType"),
        ("ebs-info.maximum-ebs-attachments", "ebsInfo.maximumEbsAttachments"),
        (
            "ebs-info.ebs-optimized-info.baseline-bandwidth-in-mbps",
            "ebsInfo.ebsOptimizedInfo.baselineBandwidthInMbps",
        ),
        ("ebs-info.ebs-optimized-info.baseline-iops", "ebsInfo.ebsOptimizedInfo.baselineIops"),
        (
            "ebs-info.ebs-optimized-info.baseline-throughput-in-mbps",
            "ebsInfo.ebsOptimizedInfo.baselineThroughputInMBps",
        ),
        (
            "ebs-info.ebs-optimized-info.maximum-bandwidth-in-mbps",
            "ebsInfo.ebsOptimizedInfo.maximumBandwidthInMbps",
        ),
        ("ebs-info.ebs-optimized-info.maximum-iops", "ebsInfo.ebsOptimizedInfo.maximumIops"),
        (
            "ebs-info.ebs-optimized-info.maximum-throughput-in-mbps",
            "ebsInfo.ebsOptimizedInfo.maximumThroughputInMBps",
        ),
        ("hibernation-supported", "hibernationSupported"),
        ("instance-storage-info.disk.count", "instanceStorageInfo.disks.count"),
        ("instance-storage-info.disk.size-in-gb", "instanceStorageInfo.disks.sizeInGB"),
        ("instance-storage-info.disk.type", "instanceStorageInfo.disks.type"),
        ("instance-storage-info.encryption-support", "instanceStorageInfo.encryptionSupport"),
        ("instance-storage-info.nvme-support", "instanceStorageInfo.nvmeSupport"),
        ("instance-storage-info.total-size-in-gb", "instanceStorageInfo.totalSizeInGB"),
        ("network-info.bandwidth-weightings", "networkInfo.bandwidthWeightings"),
        (
            "network-info.efa-info.maximum-efa-interfaces",
            "networkInfo.efaInfo.maximumEfaInterfaces",
        ),
        ("network-info.efa-supported", "networkInfo.efaSupported"),
        ("network-info.flexible-ena-queues-support", "networkInfo.flexibleEnaQueuesSupport"),
        (
            "network-info.encryption-in-transit-supported",
            "networkInfo.encryptionInTransitSupported",
        ),
        ("network-info.ipv4-addresses-per-interface", "networkInfo.ipv4AddressesPerInterface"),
        ("network-info.ipv6-addresses-per-interface", "networkInfo.ipv6AddressesPerInterface"),
        ("network-info.ipv6-supported", "networkInfo.ipv6Supported"),
        ("network-info.maximum-network-cards", "networkInfo.maximumNetworkCards"),
        ("network-info.network-performance", "networkInfo.networkPerformance"),
        ("nitro-enclaves-support", "nitroEnclavesSupport"),
        ("nitro-tpm-support", "nitroTpmSupport"),
        ("nitro-tpm-info.supported-versions", "nitroTpmInfo.supportedVersions"),
        ("processor-info.sustained-clock-speed-in-ghz", "processorInfo.sustainedClockSpeedInGhz"),
        ("processor-info.supported-features", "processorInfo.supportedFeatures"),
        ("reboot-migration-support", "rebootMigrationSupport"),
        ("supported-boot-mode", "supportedBootModes"),
        ("vcpu-info.default-threads-per-core", "vCpuInfo.defaultThreadsPerCore"),
        ("vcpu-info.valid-cores", "vCpuInfo.validCores"),
        ("vcpu-info.valid-threads-per-core", "vCpuInfo.validThreadsPerCore"),
    ],
    tags: TagFilters::No,
    page_sizes: Some(5..=100),
};

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
    let mut types: Vec<(String, InstanceType)> =
        wanted.map(|known| (known.name.clone(), known)).collect();
    types.sort_by(|(left, _), (right, _)| left.cmp(right));
    Ok(list(call, &TYPES, types, InstanceType::show)?.into_answer("instanceTypeSet"))
}

const OFFERINGS: Listing = Listing {
    filters: &[("instance-type", "instanceType"), ("location", "location")],
    tags: TagFilters::No,
    page_sizes: Some(5..=1000),
};

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
        items.extend(
            locations
                .into_iter()
                .map(|location| (format!("{} {location}", known.name), (known.clone(), location))),
        );
    }
    items.sort_by(|(left, _), (right, _)| left.cmp(right));
    let page = list(call, &OFFERINGS, items, |(known, location)| {
        node! { "instanceType" => &known.name, "locationType" => location_type, "location" => location }
    });
    Ok(page?.into_answer("instanceTypeOfferingSet"))
}
