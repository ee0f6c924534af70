//! How an instance type is shown.

use crate::ec2::catalog::instance_type::InstanceType;
use crate::node::Node;

impl InstanceType {
    /// Returns the type as `DescribeInstanceTypes` shows it.
    pub(crate) fn show(&self) -> Node {
        let cores = if self.architecture == "arm64" { self.vcpus } else { (self.vcpus / 2).max(1) };
        let strategies: &[&str] = if self.burstable {
            &["partition", "spread"]
        } else {
            &["cluster", "partition", "spread"]
        };
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
