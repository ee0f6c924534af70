//! Instance types: what they are and in which zones they are offered.

use crate::error::AwsError;

/// Families: name, architecture, GiB of memory for each virtual processor.
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

/// Sizes that those families do not all have: c5 has 9xlarge and 18xlarge instead.
const MISSING: &[&str] = &["c5.8xlarge", "c5.16xlarge"];

/// Burstable families and their architectures.
const BURSTABLE: &[(&str, &str)] =
    &[("t2", "x86_64"), ("t3", "x86_64"), ("t3a", "x86_64"), ("t4g", "arm64")];

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
pub(crate) struct InstanceType {
    pub(crate) name: String,
    pub(crate) architecture: &'static str,
    pub(crate) vcpus: i64,
    pub(crate) memory_mib: i64,
    pub(crate) interfaces: i64,
    pub(crate) burstable: bool,
}

/// Returns all types.
pub(crate) fn all_instance_types() -> impl Iterator<Item = InstanceType> {
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
    let usual = usual.filter(|known| !MISSING.contains(&known.name.as_str()));
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
    /// Returns true if the type can be launched in the zone.
    ///
    /// `us-east-1e` has none of the Nitro generations.
    pub(crate) fn is_offered_in(&self, zone: &str) -> bool {
        zone != "us-east-1e" || self.name.starts_with("t2.")
    }

    /// Returns true if the type can be EBS-optimized.
    pub(crate) fn is_ebs_optimizable(&self) -> bool {
        self.is_nitro()
    }

    /// Returns true for the Nitro generations.
    pub(crate) fn is_nitro(&self) -> bool {
        !self.name.starts_with("t2.")
    }
}

/// Returns the type of that name.
pub(crate) fn find_instance_type(name: &str) -> Result<InstanceType, AwsError> {
    let message = || format!("Invalid value '{name}' for InstanceType.");
    all_instance_types()
        .find(|known| known.name == name)
        .ok_or_else(|| AwsError::new("InvalidParameterValue", message()))
}
