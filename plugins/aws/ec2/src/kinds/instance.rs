//! A virtual machine.

use std::collections::BTreeMap;

use kim_plugin::prelude::*;

use super::rules::Found;
use super::volume::storage_price;
use crate::prices;

/// The most bytes of user data, before base64.
const MOST_USER_DATA: usize = 16 * 1024;

/// The families that cannot be in a cluster placement group.
const BURSTABLE: [&str; 4] = ["t2", "t3", "t3a", "t4g"];

/// A virtual machine.
///
/// A change of its type, user data or EBS optimisation stops and starts it in place. Its private
/// address, id and volumes stay.
#[derive(Clone, Debug, Resource)]
// The keys are of the errors InvalidNetworkInterface.InUse and InvalidIPAddress.InUse:
// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html>.
#[kim(
    kind = "aws:ec2:Instance",
    id = "instance_id",
    read_batch = 200,
    priced,
    unique = "network_interface_id",
    unique = "subnet_id, private_ip"
)]
pub struct Instance {
    /// The machine image, `ami-…`.
    #[kim(immutable, pattern = "ami-[0-9a-f]{8,17}")]
    pub image_id: String,
    /// The type, such as `c6i.xlarge`. A change stops and starts the instance.
    #[kim(pattern = r"[a-z0-9][a-z0-9-]*\.[a-z0-9-]+")]
    pub instance_type: String,
    /// The subnet, `subnet-…`; by default one of the default VPC.
    ///
    /// Not together with `network_interface_id`.
    // DeleteSubnet needs all instances terminated (EC2 API reference).
    #[kim(computed, input, immutable, holds = "aws:ec2:Subnet")]
    pub subnet_id: Option<String>,
    /// An existing network interface as the primary one, `eni-…`.
    ///
    /// The instance has the interface's subnet, address and groups. An interface has one instance,
    /// so a replacement has to delete the old instance first.
    // DeleteNetworkInterface needs it detached (EC2 API reference).
    #[kim(computed, input, immutable, holds = "aws:ec2:NetworkInterface")]
    pub network_interface_id: Option<String>,
    /// The security groups of its primary interface, `sg-…`.
    ///
    /// Not together with `network_interface_id`.
    // DeleteSecurityGroup fails while an instance has the group (EC2 API reference).
    #[kim(computed, input, set, holds = "aws:ec2:SecurityGroup")]
    pub security_group_ids: Vec<String>,
    /// Its IPv4 address in the subnet. Not together with `network_interface_id`.
    #[kim(computed, input, immutable)]
    pub private_ip: Option<String>,
    /// If true, it gets a public address. By default the subnet decides.
    ///
    /// Not together with `network_interface_id`.
    #[kim(immutable, write_only)]
    pub associate_public_ip_address: Option<bool>,
    /// The zone, if neither a subnet nor an interface determines it.
    #[kim(computed, input, immutable)]
    pub availability_zone: Option<String>,
    /// The name of its placement group.
    // DeletePlacementGroup needs all its instances terminated (EC2 API reference).
    #[kim(immutable, holds = "aws:ec2:PlacementGroup")]
    pub placement_group: Option<String>,
    /// The name or the ARN of the instance profile that gives it a role.
    // `IamInstanceProfileSpecification` has both; `IamInstanceProfile` has the ARN (botocore's
    // model of EC2).
    #[kim(
        form = "arn",
        len = 1..=2048,
        pattern = "[A-Za-z0-9_+=,.@-]{1,128}|arn:[a-z-]+:iam::[0-9]{12}:instance-profile/.+"
    )]
    pub iam_instance_profile: Option<String>,
    /// The name of the key pair for logins over SSH.
    #[kim(immutable)]
    pub key_name: Option<String>,
    /// The user data, which cloud-init runs at the first start; at most 16 KiB.
    ///
    /// kim encodes it in base64. A change stops and starts the instance. A read takes a call for
    /// each instance, so drift of it is not detected.
    #[kim(write_only)]
    pub user_data: Option<String>,
    /// The options of the metadata service; by default it requires a token (IMDSv2).
    #[kim(computed, input)]
    pub metadata_options: Option<MetadataOptions>,
    /// The root volume; by default as the image has it.
    #[kim(computed, input)]
    pub root_volume: Option<RootVolume>,
    /// If true, CloudWatch has metrics for every minute, at a charge.
    #[kim(default = false)]
    pub monitoring: bool,
    /// If true, it has dedicated bandwidth for EBS. Current types always have it.
    ///
    /// A change stops and starts the instance.
    #[kim(computed, input, volatile)]
    pub ebs_optimized: Option<bool>,
    /// If true, AWS refuses to terminate the instance, also if kim asks.
    #[kim(default = false, write_only, guard)]
    pub disable_api_termination: bool,
    /// The tags, at most 49.
    pub tags: BTreeMap<String, String>,
    /// The instance's id, `i-…`.
    #[kim(computed)]
    pub instance_id: String,
    /// The ARN.
    #[kim(computed)]
    pub arn: String,
    /// The state, such as `running` or `stopped`.
    #[kim(computed, volatile)]
    pub state: String,
    /// The DNS name of its private address.
    #[kim(computed)]
    pub private_dns_name: Option<String>,
    /// Its public address, if it has one. It changes with every stop and start.
    #[kim(computed, volatile)]
    pub public_ip: Option<String>,
    /// The DNS name of its public address.
    #[kim(computed, volatile)]
    pub public_dns_name: Option<String>,
    /// The VPC of its subnet.
    #[kim(computed)]
    pub vpc_id: Option<String>,
    /// The id of its root volume, `vol-…`.
    #[kim(computed)]
    pub root_volume_id: Option<String>,
}

/// The options of an instance's metadata service.
#[derive(Clone, PartialEq, Debug, Object)]
pub struct MetadataOptions {
    /// `required`: a request needs a token (IMDSv2). `optional`: it does not.
    ///
    /// Without tokens, a server that sends requests for others can leak the role's credentials.
    #[kim(default = "required", one_of("required", "optional"))]
    pub http_tokens: String,
    /// `enabled` if the metadata service answers.
    #[kim(default = "enabled", one_of("enabled", "disabled"))]
    pub http_endpoint: String,
    /// The most network hops of an answer. Containers need 2.
    #[kim(computed, input, range = 1..=64)]
    pub http_put_response_hop_limit: Option<i64>,
    /// `enabled` if the metadata includes the instance's tags.
    #[kim(default = "disabled", one_of("enabled", "disabled"))]
    pub instance_metadata_tags: String,
}

/// The options if a program sets none.
impl Default for MetadataOptions {
    fn default() -> MetadataOptions {
        MetadataOptions {
            http_tokens: "required".to_owned(),
            http_endpoint: "enabled".to_owned(),
            http_put_response_hop_limit: None,
            instance_metadata_tags: "disabled".to_owned(),
        }
    }
}

/// The root volume of an instance.
#[derive(Clone, PartialEq, Debug, Object)]
pub struct RootVolume {
    /// The size in GiB, at least that of the image.
    // "You can't decrease the size of an EBS volume" (EBS user guide, Elastic Volumes).
    #[kim(computed, input, range = 1..=65536, grows)]
    pub size: Option<i64>,
    /// The volume type. st1 and sc1 cannot be root volumes.
    #[kim(default = "gp3", one_of("gp3", "gp2", "io1", "io2", "standard"))]
    pub volume_type: String,
    /// Operations a second, within the limits of `aws:ec2:Volume`.
    #[kim(computed, input, range = 100..=256000)]
    pub iops: Option<i64>,
    /// The throughput in MiB/s, within the limits of `aws:ec2:Volume`.
    #[kim(computed, input, range = 125..=2000)]
    pub throughput: Option<i64>,
    /// If true, it is encrypted. By default the image and the account's default decide.
    #[kim(computed, input, immutable)]
    pub encrypted: Option<bool>,
    /// The KMS key of the encryption. Needs `encrypted = true`.
    // As for `aws:ec2:Volume`: its key is that of the volume.
    #[kim(computed, input, immutable, form = "arn")]
    pub kms_key_id: Option<String>,
    /// If true, it is deleted with the instance.
    #[kim(default = true)]
    pub delete_on_termination: bool,
}

impl Kind for Instance {
    super::operations!(instance);

    fn check(inputs: &Inputs) -> Vec<Violation> {
        let mut found = Found::new();
        found.tags(inputs);
        if inputs.get::<Value>("root_volume").is_given() {
            found.storage(inputs, "root_volume.");
        }
        user_data(&mut found, inputs);
        network(&mut found, inputs);
        placement(&mut found, inputs);
        found.into_violations()
    }

    fn price(inputs: &Inputs) -> Option<Price> {
        let instance_type = inputs.get::<String>("instance_type").known()?;
        let machine = prices::instance(&kim_plugin::aws::region().ok()?, &instance_type)?;
        Some(match storage_price(inputs, "root_volume.") {
            Some(root) => prices::sum(machine, root),
            None => {
                Price { basis: format!("{}, without its root volume", machine.basis), ..machine }
            }
        })
    }
}

fn user_data(found: &mut Found, inputs: &Inputs) {
    if let Known(text) = inputs.get::<String>("user_data")
        && text.len() > MOST_USER_DATA
    {
        found.error(
            "user_data",
            format!(
                "{} bytes are too many: AWS accepts {MOST_USER_DATA} before base64; let it fetch the rest",
                text.len()
            ),
        );
    }
}

fn network(found: &mut Found, inputs: &Inputs) {
    if !matches!(inputs.get::<String>("network_interface_id"), Known(_)) {
        return;
    }
    for property in ["subnet_id", "private_ip", "associate_public_ip_address"] {
        if matches!(inputs.get::<Value>(property), Known(_)) {
            found.error(
                property,
                format!(
                    "the network interface has its own; remove {property} or network_interface_id"
                ),
            );
        }
    }
    if matches!(inputs.count("security_group_ids"), Known(n) if n > 0) {
        found.error(
            "security_group_ids",
            "the groups are those of network_interface_id; set them on the NetworkInterface",
        );
    }
}

fn placement(found: &mut Found, inputs: &Inputs) {
    let Known(instance_type) = inputs.get::<String>("instance_type") else { return };
    let family = instance_type.split('.').next().unwrap_or_default();
    if BURSTABLE.contains(&family) && inputs.get::<String>("placement_group").is_given() {
        found.warning(
            "placement_group",
            format!("{family} is burstable: AWS refuses it in a cluster placement group; use c6i, m6i or r6i"),
        );
    }
}
