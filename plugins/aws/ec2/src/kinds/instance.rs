//! A virtual machine.

use std::collections::BTreeMap;

use kim_plugin::prelude::*;

use super::rules::Found;
use super::volume::storage_price;
use crate::prices;

/// The most octets of user data, before base64.
const MOST_USER_DATA: usize = 16 * 1024;

/// Families that cannot be in a cluster placement group.
const BURSTABLE: [&str; 4] = ["t2", "t3", "t3a", "t4g"];

/// A virtual machine. Another type, other user data and EBS optimisation stop and start it in place; its address, id and
/// volumes stay.
#[derive(Clone, Debug, Resource)]
#[kim(kind = "aws:ec2:Instance", id = "instance_id", read_batch = 200, priced)]
pub struct Instance {
    /// The machine image, `ami-…`.
    #[kim(immutable, pattern = "ami-[0-9a-f]{8,17}")]
    pub image_id: String,
    /// The type, `c6i.xlarge`. Changing it stops and starts the instance.
    #[kim(pattern = r"[a-z0-9][a-z0-9-]*\.[a-z0-9-]+")]
    pub instance_type: String,
    /// The subnet, `subnet-…`; the default VPC's where none is given. Not with `network_interface_id`.
    #[kim(computed, input, immutable)]
    pub subnet_id: Option<String>,
    /// A network interface of your own as the primary one, `eni-…`: its subnet, address and groups count. An interface has
    /// one instance: a replacement has to delete the old instance first.
    #[kim(computed, input, immutable)]
    pub network_interface_id: Option<String>,
    /// The security groups around its primary interface, `sg-…`. Not with `network_interface_id`.
    #[kim(computed, input, set)]
    pub security_group_ids: Vec<String>,
    /// Its address in the subnet. Not with `network_interface_id`.
    #[kim(computed, input, immutable)]
    pub private_ip: Option<String>,
    /// Whether it gets a public address; where nothing is said, the subnet decides. Not with `network_interface_id`.
    #[kim(immutable, write_only)]
    pub associate_public_ip_address: Option<bool>,
    /// The zone, where neither a subnet nor an interface says it.
    #[kim(computed, input, immutable)]
    pub availability_zone: Option<String>,
    /// The placement group's name.
    #[kim(immutable)]
    pub placement_group: Option<String>,
    /// The instance profile's name, which gives it a role.
    #[kim(len = 1..=128, pattern = "[A-Za-z0-9_+=,.@-]+")]
    pub iam_instance_profile: Option<String>,
    /// The key pair's name, to log in with.
    #[kim(immutable)]
    pub key_name: Option<String>,
    /// What cloud-init runs at the first start, at most 16 KB; kim encodes it. Changing it stops and starts the instance.
    /// Reading it takes a call for each instance, so a change outside kim is not noticed.
    #[kim(write_only)]
    pub user_data: Option<String>,
    /// How instances reach their metadata; by default only with a token (IMDSv2).
    #[kim(computed, input)]
    pub metadata_options: Option<MetadataOptions>,
    /// The volume that it starts from, as the image has it where nothing is said.
    #[kim(computed, input)]
    pub root_volume: Option<RootVolume>,
    /// Detailed monitoring, every minute, at a charge.
    #[kim(default = false)]
    pub monitoring: bool,
    /// Bandwidth of its own for EBS; today's types have it anyway. Changing it stops and starts the instance.
    #[kim(computed, input)]
    pub ebs_optimized: Option<bool>,
    /// Refuses to be terminated, also by kim, until it is false again.
    #[kim(default = false, write_only)]
    pub disable_api_termination: bool,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// Its id, `i-…`.
    #[kim(computed)]
    pub instance_id: String,
    /// Its ARN.
    #[kim(computed)]
    pub arn: String,
    /// `running`, `stopped`, …
    #[kim(computed, volatile)]
    pub state: String,
    /// The DNS name of its private address.
    #[kim(computed)]
    pub private_dns_name: Option<String>,
    /// Its public address, if it has one; another one after every stop.
    #[kim(computed, volatile)]
    pub public_ip: Option<String>,
    /// The DNS name of its public address.
    #[kim(computed, volatile)]
    pub public_dns_name: Option<String>,
    /// The VPC that it is in.
    #[kim(computed)]
    pub vpc_id: Option<String>,
    /// The volume that it starts from, `vol-…`.
    #[kim(computed)]
    pub root_volume_id: Option<String>,
}

/// How an instance reaches its metadata.
#[derive(Clone, PartialEq, Debug, Object)]
pub struct MetadataOptions {
    /// `required`: only with a token (IMDSv2); `optional`: without as well, which lets a tricked server leak its role.
    #[kim(default = "required", one_of("required", "optional"))]
    pub http_tokens: String,
    /// Whether there is metadata at all.
    #[kim(default = "enabled", one_of("enabled", "disabled"))]
    pub http_endpoint: String,
    /// Network hops that an answer survives; containers need 2.
    #[kim(computed, input, range = 1..=64)]
    pub http_put_response_hop_limit: Option<i64>,
    /// Whether its tags are part of it.
    #[kim(default = "disabled", one_of("enabled", "disabled"))]
    pub instance_metadata_tags: String,
}

/// What holds where a program says nothing.
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

/// The volume that an instance starts from.
#[derive(Clone, PartialEq, Debug, Object)]
pub struct RootVolume {
    /// GiB, not less than the image's. It can grow, never shrink.
    #[kim(computed, input, range = 1..=65536)]
    pub size: Option<i64>,
    /// The kind of disk; st1 and sc1 cannot be started from.
    #[kim(default = "gp3", one_of("gp3", "gp2", "io1", "io2", "standard"))]
    pub volume_type: String,
    /// Operations a second, as for a volume.
    #[kim(computed, input, range = 100..=256000)]
    pub iops: Option<i64>,
    /// MiB/s, as for a volume.
    #[kim(computed, input, range = 125..=2000)]
    pub throughput: Option<i64>,
    /// Whether it is encrypted; where nothing is said, the image and the account's default decide.
    #[kim(computed, input, immutable)]
    pub encrypted: Option<bool>,
    /// The KMS key to encrypt with; needs `encrypted = true`.
    #[kim(computed, input, immutable)]
    pub kms_key_id: Option<String>,
    /// Whether it goes with the instance.
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
        found.all()
    }

    fn price(inputs: &Inputs) -> Option<Price> {
        let instance_type = inputs.get::<String>("instance_type").known()?;
        let machine = prices::instance(&kim_plugin::aws::region().ok()?, &instance_type)?;
        Some(match storage_price(inputs, "root_volume.") {
            Some(root) => prices::together(machine, root),
            None => Price { basis: format!("{}, without its root volume", machine.basis), ..machine },
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
                "{} octets are too many: AWS takes {MOST_USER_DATA} before base64; let it fetch the rest",
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
                format!("the network interface brings its own; leave {property} or network_interface_id out"),
            );
        }
    }
    if matches!(inputs.count("security_group_ids"), Known(n) if n > 0) {
        found
            .error("security_group_ids", "the groups of network_interface_id count; give them to the NetworkInterface");
    }
}

fn placement(found: &mut Found, inputs: &Inputs) {
    let Known(instance_type) = inputs.get::<String>("instance_type") else { return };
    let family = instance_type.split('.').next().unwrap_or_default();
    if BURSTABLE.contains(&family) && inputs.get::<String>("placement_group").is_given() {
        found.warning(
            "placement_group",
            format!("{family} is burstable: AWS refuses it in a cluster placement group; c6i, m6i or r6i are taken"),
        );
    }
}
