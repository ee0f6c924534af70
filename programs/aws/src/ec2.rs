//! Amazon EC2: networks, security groups, instances and volumes.
//!
//! Generated from the plugin's schema; do not edit.

use std::collections::BTreeMap;

/// An Elastic IP address: a public IPv4 address that is independent of its user.
///
/// It stays when its user is replaced. It is associated with a network interface, or used by a NAT gateway (by its
/// `allocation_id`), or only reserved.
#[derive(Clone, Copy, Debug)]
pub struct Address(kim::Declared);

/// The builder of [`Address`].
#[derive(Clone, Debug)]
#[must_use = "a resource exists only once it is declared"]
pub struct AddressBuilder(kim::Resource);

impl Address {
    /// The kind's name.
    pub const KIND: &'static str = "aws:ec2:Address";

    /// Creates a builder. The name is unique among resources of the kind in a component.
    #[allow(clippy::new_ret_no_self)]
    pub fn new(name: impl Into<String>) -> AddressBuilder {
        AddressBuilder(kim::Resource::new(Self::KIND, name))
    }

    /// The address's id, `eipalloc-…`.
    pub fn allocation_id(&self) -> kim::Output<String> {
        self.0.get("allocation_id")
    }

    /// The id of its association, `eipassoc-…`.
    ///
    /// It changes with the interface or NAT gateway that uses the address.
    pub fn association_id(&self) -> kim::Output<String> {
        self.0.get("association_id")
    }

    /// The network interface that it is associated with, `eni-…`.
    ///
    /// Packets go to the interface's primary private address. The interface can be changed in place. Its VPC needs an
    /// internet gateway, on which this address depends. The interface of a NAT gateway belongs to AWS and cannot be
    /// used.
    pub fn network_interface_id(&self) -> kim::Output<Option<String>> {
        self.0.get("network_interface_id")
    }

    /// The IPv4 address, such as `203.0.113.7`.
    pub fn public_ip(&self) -> kim::Output<String> {
        self.0.get("public_ip")
    }

    /// The tags, at most 49.
    pub fn tags(&self) -> kim::Output<BTreeMap<String, String>> {
        self.0.get("tags")
    }

    /// Returns the id: [`Self::allocation_id`].
    pub fn id(&self) -> kim::Output<String> {
        self.0.get("allocation_id")
    }
}

impl kim::Dependency for Address {
    fn output_id(&self) -> kim::OutputId {
        self.0.output_id()
    }
}

impl AddressBuilder {
    /// The network interface that it is associated with, `eni-…`.
    ///
    /// Packets go to the interface's primary private address. The interface can be changed in place. Its VPC needs an
    /// internet gateway, on which this address depends. The interface of a NAT gateway belongs to AWS and cannot be
    /// used.
    pub fn network_interface_id(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("network_interface_id", value))
    }

    /// The tags, at most 49.
    ///
    /// Default: `{}`.
    pub fn tags(self, value: impl kim::Input<BTreeMap<String, String>>) -> Self {
        Self(self.0.input("tags", value))
    }

    /// Adds one entry to [`Self::tags`] and keeps the others.
    pub fn tag(self, key: impl Into<String>, value: impl kim::Input<String>) -> Self {
        Self(self.0.entry("tags", key, value))
    }

    /// Changes the options: `.options(|o| o.protect())`.
    pub fn options(self, change: impl FnOnce(kim::Options) -> kim::Options) -> Self {
        Self(self.0.options(change))
    }

    /// Declares the resource in a stack or component.
    #[track_caller]
    pub fn declare(self, stack: &kim::Stack) -> Address {
        Address(self.0.declare(stack))
    }
}

/// Finds a machine image by owner and name, by default the newest that matches.
#[derive(Clone, Copy, Debug)]
pub struct AmiLookup(kim::Output<kim::Any>);

/// The builder of [`AmiLookup`].
#[derive(Clone, Debug)]
#[must_use = "nothing is looked up before `look_up`"]
pub struct AmiLookupBuilder(kim::Lookup);

impl AmiLookup {
    /// The lookup's name.
    pub const NAME: &'static str = "aws:ec2:ami";

    /// Creates a builder.
    #[allow(clippy::new_ret_no_self)]
    pub fn new() -> AmiLookupBuilder {
        AmiLookupBuilder(kim::Lookup::new(Self::NAME))
    }

    /// The processor architecture.
    pub fn architecture(&self) -> kim::Output<String> {
        self.0.get("architecture")
    }

    /// The time of its creation, `2026-01-31T12:00:00.000Z`.
    pub fn creation_date(&self) -> kim::Output<String> {
        self.0.get("creation_date")
    }

    /// The image's id, `ami-…`.
    pub fn image_id(&self) -> kim::Output<String> {
        self.0.get("image_id")
    }

    /// The image's name.
    pub fn name(&self) -> kim::Output<String> {
        self.0.get("name")
    }

    /// The id of the account that owns it.
    pub fn owner_id(&self) -> kim::Output<String> {
        self.0.get("owner_id")
    }

    /// The device name of its root volume, `/dev/sda1`.
    pub fn root_device_name(&self) -> kim::Output<String> {
        self.0.get("root_device_name")
    }
}

impl kim::Dependency for AmiLookup {
    fn output_id(&self) -> kim::OutputId {
        self.0.output_id()
    }
}

impl AmiLookupBuilder {
    /// The processor architecture.
    ///
    /// Default: `"x86_64"`. One of `x86_64`, `arm64`, `i386`, `x86_64_mac`, `arm64_mac`.
    pub fn architecture(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.argument("architecture", value))
    }

    /// If true, the newest of several matches is taken; if false, several are an error.
    ///
    /// Default: `true`.
    pub fn most_recent(self, value: impl kim::Input<bool>) -> Self {
        Self(self.0.argument("most_recent", value))
    }

    /// The name. `*` stands for any text, `?` for any character.
    ///
    /// An example is `ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server-*`.
    ///
    /// Required.
    pub fn name(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.argument("name", value))
    }

    /// The owner: an account, or `amazon`, `aws-marketplace`, `self`.
    ///
    /// The owner makes the image trustworthy: anybody can give an image any name. Canonical, for Ubuntu, is
    /// 099720109477.
    ///
    /// Required.
    pub fn owner(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.argument("owner", value))
    }

    /// Declares the lookup.
    #[track_caller]
    pub fn look_up(self, stack: &kim::Stack) -> AmiLookup {
        AmiLookup(self.0.look_up(stack))
    }
}

/// Finds the region's zones that are open to this account, without local and wavelength zones.
#[derive(Clone, Copy, Debug)]
pub struct AvailabilityZonesLookup(kim::Output<kim::Any>);

/// The builder of [`AvailabilityZonesLookup`].
#[derive(Clone, Debug)]
#[must_use = "nothing is looked up before `look_up`"]
pub struct AvailabilityZonesLookupBuilder(kim::Lookup);

impl AvailabilityZonesLookup {
    /// The lookup's name.
    pub const NAME: &'static str = "aws:ec2:availability_zones";

    /// Creates a builder.
    #[allow(clippy::new_ret_no_self)]
    pub fn new() -> AvailabilityZonesLookupBuilder {
        AvailabilityZonesLookupBuilder(kim::Lookup::new(Self::NAME))
    }

    /// The names, such as `eu-central-1a`.
    pub fn names(&self) -> kim::Output<Vec<String>> {
        self.0.get("names")
    }

    /// The ids, such as `euc1-az2`. They mean the same places in every account.
    pub fn zone_ids(&self) -> kim::Output<Vec<String>> {
        self.0.get("zone_ids")
    }
}

impl kim::Dependency for AvailabilityZonesLookup {
    fn output_id(&self) -> kim::OutputId {
        self.0.output_id()
    }
}

impl AvailabilityZonesLookupBuilder {

    /// Declares the lookup.
    #[track_caller]
    pub fn look_up(self, stack: &kim::Stack) -> AvailabilityZonesLookup {
        AvailabilityZonesLookup(self.0.look_up(stack))
    }
}

/// A virtual machine.
///
/// A change of its type, user data or EBS optimisation stops and starts it in place. Its private address, id and
/// volumes stay.
#[derive(Clone, Copy, Debug)]
pub struct Instance(kim::Declared);

/// The builder of [`Instance`].
#[derive(Clone, Debug)]
#[must_use = "a resource exists only once it is declared"]
pub struct InstanceBuilder(kim::Resource);

impl Instance {
    /// The kind's name.
    pub const KIND: &'static str = "aws:ec2:Instance";

    /// Creates a builder. The name is unique among resources of the kind in a component.
    #[allow(clippy::new_ret_no_self)]
    pub fn new(name: impl Into<String>) -> InstanceBuilder {
        InstanceBuilder(kim::Resource::new(Self::KIND, name))
    }

    /// The ARN.
    pub fn arn(&self) -> kim::Output<String> {
        self.0.get("arn")
    }

    /// If true, it gets a public address. By default the subnet decides.
    ///
    /// Not together with `network_interface_id`.
    pub fn associate_public_ip_address(&self) -> kim::Output<Option<bool>> {
        self.0.get("associate_public_ip_address")
    }

    /// The zone, if neither a subnet nor an interface determines it.
    pub fn availability_zone(&self) -> kim::Output<String> {
        self.0.get("availability_zone")
    }

    /// If true, AWS refuses to terminate the instance, also if kim asks.
    pub fn disable_api_termination(&self) -> kim::Output<bool> {
        self.0.get("disable_api_termination")
    }

    /// If true, it has dedicated bandwidth for EBS. Current types always have it.
    ///
    /// A change stops and starts the instance.
    pub fn ebs_optimized(&self) -> kim::Output<bool> {
        self.0.get("ebs_optimized")
    }

    /// The name or the ARN of the instance profile that gives it a role.
    pub fn iam_instance_profile(&self) -> kim::Output<Option<String>> {
        self.0.get("iam_instance_profile")
    }

    /// The machine image, `ami-…`.
    pub fn image_id(&self) -> kim::Output<String> {
        self.0.get("image_id")
    }

    /// The instance's id, `i-…`.
    pub fn instance_id(&self) -> kim::Output<String> {
        self.0.get("instance_id")
    }

    /// The type, such as `c6i.xlarge`. A change stops and starts the instance.
    pub fn instance_type(&self) -> kim::Output<String> {
        self.0.get("instance_type")
    }

    /// The name of the key pair for logins over SSH.
    pub fn key_name(&self) -> kim::Output<Option<String>> {
        self.0.get("key_name")
    }

    /// The options of the metadata service; by default it requires a token (IMDSv2).
    pub fn metadata_options(&self) -> kim::Output<MetadataOptions> {
        self.0.get("metadata_options")
    }

    /// If true, CloudWatch has metrics for every minute, at a charge.
    pub fn monitoring(&self) -> kim::Output<bool> {
        self.0.get("monitoring")
    }

    /// An existing network interface as the primary one, `eni-…`.
    ///
    /// The instance has the interface's subnet, address and groups. An interface has one instance, so a replacement has
    /// to delete the old instance first.
    pub fn network_interface_id(&self) -> kim::Output<String> {
        self.0.get("network_interface_id")
    }

    /// The name of its placement group.
    pub fn placement_group(&self) -> kim::Output<Option<String>> {
        self.0.get("placement_group")
    }

    /// The DNS name of its private address.
    pub fn private_dns_name(&self) -> kim::Output<String> {
        self.0.get("private_dns_name")
    }

    /// Its IPv4 address in the subnet. Not together with `network_interface_id`.
    pub fn private_ip(&self) -> kim::Output<String> {
        self.0.get("private_ip")
    }

    /// The DNS name of its public address.
    pub fn public_dns_name(&self) -> kim::Output<String> {
        self.0.get("public_dns_name")
    }

    /// Its public address, if it has one. It changes with every stop and start.
    pub fn public_ip(&self) -> kim::Output<String> {
        self.0.get("public_ip")
    }

    /// The root volume; by default as the image has it.
    pub fn root_volume(&self) -> kim::Output<RootVolume> {
        self.0.get("root_volume")
    }

    /// The id of its root volume, `vol-…`.
    pub fn root_volume_id(&self) -> kim::Output<String> {
        self.0.get("root_volume_id")
    }

    /// The security groups of its primary interface, `sg-…`.
    ///
    /// Not together with `network_interface_id`.
    pub fn security_group_ids(&self) -> kim::Output<Vec<String>> {
        self.0.get("security_group_ids")
    }

    /// The state, such as `running` or `stopped`.
    pub fn state(&self) -> kim::Output<String> {
        self.0.get("state")
    }

    /// The subnet, `subnet-…`; by default one of the default VPC.
    ///
    /// Not together with `network_interface_id`.
    pub fn subnet_id(&self) -> kim::Output<String> {
        self.0.get("subnet_id")
    }

    /// The tags, at most 49.
    pub fn tags(&self) -> kim::Output<BTreeMap<String, String>> {
        self.0.get("tags")
    }

    /// The user data, which cloud-init runs at the first start; at most 16 KiB.
    ///
    /// kim encodes it in base64. A change stops and starts the instance. A read takes a call for each instance, so
    /// drift of it is not detected.
    pub fn user_data(&self) -> kim::Output<Option<String>> {
        self.0.get("user_data")
    }

    /// The VPC of its subnet.
    pub fn vpc_id(&self) -> kim::Output<String> {
        self.0.get("vpc_id")
    }

    /// Returns the id: [`Self::instance_id`].
    pub fn id(&self) -> kim::Output<String> {
        self.0.get("instance_id")
    }
}

impl kim::Dependency for Instance {
    fn output_id(&self) -> kim::OutputId {
        self.0.output_id()
    }
}

impl InstanceBuilder {
    /// If true, it gets a public address. By default the subnet decides.
    ///
    /// Not together with `network_interface_id`.
    ///
    /// A change replaces the resource.
    pub fn associate_public_ip_address(self, value: impl kim::Input<bool>) -> Self {
        Self(self.0.input("associate_public_ip_address", value))
    }

    /// The zone, if neither a subnet nor an interface determines it.
    ///
    /// A change replaces the resource.
    pub fn availability_zone(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("availability_zone", value))
    }

    /// If true, AWS refuses to terminate the instance, also if kim asks.
    ///
    /// Default: `false`.
    pub fn disable_api_termination(self, value: impl kim::Input<bool>) -> Self {
        Self(self.0.input("disable_api_termination", value))
    }

    /// If true, it has dedicated bandwidth for EBS. Current types always have it.
    ///
    /// A change stops and starts the instance.
    pub fn ebs_optimized(self, value: impl kim::Input<bool>) -> Self {
        Self(self.0.input("ebs_optimized", value))
    }

    /// The name or the ARN of the instance profile that gives it a role.
    ///
    /// 1 to 2048 characters.
    pub fn iam_instance_profile(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("iam_instance_profile", value))
    }

    /// The machine image, `ami-…`.
    ///
    /// Required. A change replaces the resource.
    pub fn image_id(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("image_id", value))
    }

    /// The type, such as `c6i.xlarge`. A change stops and starts the instance.
    ///
    /// Required.
    pub fn instance_type(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("instance_type", value))
    }

    /// The name of the key pair for logins over SSH.
    ///
    /// A change replaces the resource.
    pub fn key_name(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("key_name", value))
    }

    /// The options of the metadata service; by default it requires a token (IMDSv2).
    pub fn metadata_options(self, value: impl kim::Input<MetadataOptions>) -> Self {
        Self(self.0.input("metadata_options", value))
    }

    /// If true, CloudWatch has metrics for every minute, at a charge.
    ///
    /// Default: `false`.
    pub fn monitoring(self, value: impl kim::Input<bool>) -> Self {
        Self(self.0.input("monitoring", value))
    }

    /// An existing network interface as the primary one, `eni-…`.
    ///
    /// The instance has the interface's subnet, address and groups. An interface has one instance, so a replacement has
    /// to delete the old instance first.
    ///
    /// A change replaces the resource.
    pub fn network_interface_id(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("network_interface_id", value))
    }

    /// The name of its placement group.
    ///
    /// A change replaces the resource.
    pub fn placement_group(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("placement_group", value))
    }

    /// Its IPv4 address in the subnet. Not together with `network_interface_id`.
    ///
    /// A change replaces the resource.
    pub fn private_ip(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("private_ip", value))
    }

    /// The root volume; by default as the image has it.
    pub fn root_volume(self, value: impl kim::Input<RootVolume>) -> Self {
        Self(self.0.input("root_volume", value))
    }

    /// The security groups of its primary interface, `sg-…`.
    ///
    /// Not together with `network_interface_id`.
    ///
    /// Order does not matter.
    pub fn security_group_ids(self, value: impl kim::Input<Vec<String>>) -> Self {
        Self(self.0.input("security_group_ids", value))
    }

    /// The subnet, `subnet-…`; by default one of the default VPC.
    ///
    /// Not together with `network_interface_id`.
    ///
    /// A change replaces the resource.
    pub fn subnet_id(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("subnet_id", value))
    }

    /// The tags, at most 49.
    ///
    /// Default: `{}`.
    pub fn tags(self, value: impl kim::Input<BTreeMap<String, String>>) -> Self {
        Self(self.0.input("tags", value))
    }

    /// Adds one entry to [`Self::tags`] and keeps the others.
    pub fn tag(self, key: impl Into<String>, value: impl kim::Input<String>) -> Self {
        Self(self.0.entry("tags", key, value))
    }

    /// The user data, which cloud-init runs at the first start; at most 16 KiB.
    ///
    /// kim encodes it in base64. A change stops and starts the instance. A read takes a call for each instance, so
    /// drift of it is not detected.
    pub fn user_data(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("user_data", value))
    }

    /// Changes the options: `.options(|o| o.protect())`.
    pub fn options(self, change: impl FnOnce(kim::Options) -> kim::Options) -> Self {
        Self(self.0.options(change))
    }

    /// Declares the resource in a stack or component.
    #[track_caller]
    pub fn declare(self, stack: &kim::Stack) -> Instance {
        Instance(self.0.declare(stack))
    }
}

/// The connection of a VPC to the internet, with its attachment.
#[derive(Clone, Copy, Debug)]
pub struct InternetGateway(kim::Declared);

/// The builder of [`InternetGateway`].
#[derive(Clone, Debug)]
#[must_use = "a resource exists only once it is declared"]
pub struct InternetGatewayBuilder(kim::Resource);

impl InternetGateway {
    /// The kind's name.
    pub const KIND: &'static str = "aws:ec2:InternetGateway";

    /// Creates a builder. The name is unique among resources of the kind in a component.
    #[allow(clippy::new_ret_no_self)]
    pub fn new(name: impl Into<String>) -> InternetGatewayBuilder {
        InternetGatewayBuilder(kim::Resource::new(Self::KIND, name))
    }

    /// The gateway's id, `igw-…`.
    pub fn internet_gateway_id(&self) -> kim::Output<String> {
        self.0.get("internet_gateway_id")
    }

    /// The tags, at most 49.
    pub fn tags(&self) -> kim::Output<BTreeMap<String, String>> {
        self.0.get("tags")
    }

    /// The VPC that it is attached to, `vpc-…`. A VPC has at most one gateway.
    ///
    /// Without a VPC, the gateway is detached.
    pub fn vpc_id(&self) -> kim::Output<Option<String>> {
        self.0.get("vpc_id")
    }

    /// Returns the id: [`Self::internet_gateway_id`].
    pub fn id(&self) -> kim::Output<String> {
        self.0.get("internet_gateway_id")
    }
}

impl kim::Dependency for InternetGateway {
    fn output_id(&self) -> kim::OutputId {
        self.0.output_id()
    }
}

impl InternetGatewayBuilder {
    /// The tags, at most 49.
    ///
    /// Default: `{}`.
    pub fn tags(self, value: impl kim::Input<BTreeMap<String, String>>) -> Self {
        Self(self.0.input("tags", value))
    }

    /// Adds one entry to [`Self::tags`] and keeps the others.
    pub fn tag(self, key: impl Into<String>, value: impl kim::Input<String>) -> Self {
        Self(self.0.entry("tags", key, value))
    }

    /// The VPC that it is attached to, `vpc-…`. A VPC has at most one gateway.
    ///
    /// Without a VPC, the gateway is detached.
    pub fn vpc_id(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("vpc_id", value))
    }

    /// Changes the options: `.options(|o| o.protect())`.
    pub fn options(self, change: impl FnOnce(kim::Options) -> kim::Options) -> Self {
        Self(self.0.options(change))
    }

    /// Declares the resource in a stack or component.
    #[track_caller]
    pub fn declare(self, stack: &kim::Stack) -> InternetGateway {
        InternetGateway(self.0.declare(stack))
    }
}

/// A public key for logins to new instances over SSH.
///
/// kim and AWS never have the private key.
#[derive(Clone, Copy, Debug)]
pub struct KeyPair(kim::Declared);

/// The builder of [`KeyPair`].
#[derive(Clone, Debug)]
#[must_use = "a resource exists only once it is declared"]
pub struct KeyPairBuilder(kim::Resource);

impl KeyPair {
    /// The kind's name.
    pub const KIND: &'static str = "aws:ec2:KeyPair";

    /// Creates a builder. The name is unique among resources of the kind in a component.
    #[allow(clippy::new_ret_no_self)]
    pub fn new(name: impl Into<String>) -> KeyPairBuilder {
        KeyPairBuilder(kim::Resource::new(Self::KIND, name))
    }

    /// The key's fingerprint, as AWS computes it.
    pub fn fingerprint(&self) -> kim::Output<String> {
        self.0.get("fingerprint")
    }

    /// AWS's id of the pair, `key-…`.
    pub fn key_pair_id(&self) -> kim::Output<String> {
        self.0.get("key_pair_id")
    }

    /// The name, unique in the region; also the id.
    pub fn name(&self) -> kim::Output<String> {
        self.0.get("name")
    }

    /// The public key in OpenSSH's format: `ssh-ed25519 AAAA… comment`.
    ///
    /// AWS replaces the comment by the name.
    pub fn public_key(&self) -> kim::Output<String> {
        self.0.get("public_key")
    }

    /// The tags, at most 49.
    pub fn tags(&self) -> kim::Output<BTreeMap<String, String>> {
        self.0.get("tags")
    }

    /// Returns the id: [`Self::name`].
    pub fn id(&self) -> kim::Output<String> {
        self.0.get("name")
    }
}

impl kim::Dependency for KeyPair {
    fn output_id(&self) -> kim::OutputId {
        self.0.output_id()
    }
}

impl KeyPairBuilder {
    /// The name, unique in the region; also the id.
    ///
    /// Required. 1 to 255 characters. A change replaces the resource.
    pub fn name(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("name", value))
    }

    /// The public key in OpenSSH's format: `ssh-ed25519 AAAA… comment`.
    ///
    /// AWS replaces the comment by the name.
    ///
    /// Required. A change replaces the resource.
    pub fn public_key(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("public_key", value))
    }

    /// The tags, at most 49.
    ///
    /// Default: `{}`.
    pub fn tags(self, value: impl kim::Input<BTreeMap<String, String>>) -> Self {
        Self(self.0.input("tags", value))
    }

    /// Adds one entry to [`Self::tags`] and keeps the others.
    pub fn tag(self, key: impl Into<String>, value: impl kim::Input<String>) -> Self {
        Self(self.0.entry("tags", key, value))
    }

    /// Changes the options: `.options(|o| o.protect())`.
    pub fn options(self, change: impl FnOnce(kim::Options) -> kim::Options) -> Self {
        Self(self.0.options(change))
    }

    /// Declares the resource in a stack or component.
    #[track_caller]
    pub fn declare(self, stack: &kim::Stack) -> KeyPair {
        KeyPair(self.0.declare(stack))
    }
}

/// A part of [`Instance`].
#[derive(Clone, Debug, Default)]
pub struct MetadataOptions(kim::Object);

impl MetadataOptions {
    /// Returns an object without properties.
    pub fn new() -> Self {
        Self::default()
    }

    /// `enabled` if the metadata service answers.
    ///
    /// Default: `"enabled"`. One of `enabled`, `disabled`.
    pub fn http_endpoint(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.set("http_endpoint", value))
    }

    /// The most network hops of an answer. Containers need 2.
    ///
    /// 1 to 64.
    pub fn http_put_response_hop_limit(self, value: impl kim::Input<i64>) -> Self {
        Self(self.0.set("http_put_response_hop_limit", value))
    }

    /// `required`: a request needs a token (IMDSv2). `optional`: it does not.
    ///
    /// Without tokens, a server that sends requests for others can leak the role's credentials.
    ///
    /// Default: `"required"`. One of `required`, `optional`.
    pub fn http_tokens(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.set("http_tokens", value))
    }

    /// `enabled` if the metadata includes the instance's tags.
    ///
    /// Default: `"disabled"`. One of `enabled`, `disabled`.
    pub fn instance_metadata_tags(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.set("instance_metadata_tags", value))
    }
}

impl kim::IntoValue for MetadataOptions {
    fn into_value(self) -> kim::Value {
        self.0.into_value()
    }
}

impl kim::Input<MetadataOptions> for MetadataOptions {}

/// A public NAT gateway: outgoing internet access for private subnets.
///
/// No connection can be opened from the internet. A Route with its `nat_gateway_id` leads to it. An address has one
/// gateway, so a replacement has to delete the old one first.
#[derive(Clone, Copy, Debug)]
pub struct NatGateway(kim::Declared);

/// The builder of [`NatGateway`].
#[derive(Clone, Debug)]
#[must_use = "a resource exists only once it is declared"]
pub struct NatGatewayBuilder(kim::Resource);

impl NatGateway {
    /// The kind's name.
    pub const KIND: &'static str = "aws:ec2:NatGateway";

    /// Creates a builder. The name is unique among resources of the kind in a component.
    #[allow(clippy::new_ret_no_self)]
    pub fn new(name: impl Into<String>) -> NatGatewayBuilder {
        NatGatewayBuilder(kim::Resource::new(Self::KIND, name))
    }

    /// The Address that the internet sees, `eipalloc-…`. Nothing else may use it.
    pub fn allocation_id(&self) -> kim::Output<String> {
        self.0.get("allocation_id")
    }

    /// The gateway's id, `nat-…`.
    pub fn nat_gateway_id(&self) -> kim::Output<String> {
        self.0.get("nat_gateway_id")
    }

    /// Its private IPv4 address.
    pub fn private_ip(&self) -> kim::Output<String> {
        self.0.get("private_ip")
    }

    /// The public IPv4 address, such as `203.0.113.7`.
    pub fn public_ip(&self) -> kim::Output<String> {
        self.0.get("public_ip")
    }

    /// The state, such as `available` or `failed`.
    pub fn state(&self) -> kim::Output<String> {
        self.0.get("state")
    }

    /// The subnet that it is in, `subnet-…`.
    ///
    /// It must be public: its route table leads to the VPC's internet gateway. The NAT gateway depends on that internet
    /// gateway.
    pub fn subnet_id(&self) -> kim::Output<String> {
        self.0.get("subnet_id")
    }

    /// The tags, at most 49.
    pub fn tags(&self) -> kim::Output<BTreeMap<String, String>> {
        self.0.get("tags")
    }

    /// The VPC of its subnet.
    pub fn vpc_id(&self) -> kim::Output<String> {
        self.0.get("vpc_id")
    }

    /// Returns the id: [`Self::nat_gateway_id`].
    pub fn id(&self) -> kim::Output<String> {
        self.0.get("nat_gateway_id")
    }
}

impl kim::Dependency for NatGateway {
    fn output_id(&self) -> kim::OutputId {
        self.0.output_id()
    }
}

impl NatGatewayBuilder {
    /// The Address that the internet sees, `eipalloc-…`. Nothing else may use it.
    ///
    /// Required. A change replaces the resource.
    pub fn allocation_id(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("allocation_id", value))
    }

    /// The subnet that it is in, `subnet-…`.
    ///
    /// It must be public: its route table leads to the VPC's internet gateway. The NAT gateway depends on that internet
    /// gateway.
    ///
    /// Required. A change replaces the resource.
    pub fn subnet_id(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("subnet_id", value))
    }

    /// The tags, at most 49.
    ///
    /// Default: `{}`.
    pub fn tags(self, value: impl kim::Input<BTreeMap<String, String>>) -> Self {
        Self(self.0.input("tags", value))
    }

    /// Adds one entry to [`Self::tags`] and keeps the others.
    pub fn tag(self, key: impl Into<String>, value: impl kim::Input<String>) -> Self {
        Self(self.0.entry("tags", key, value))
    }

    /// Changes the options: `.options(|o| o.protect())`.
    pub fn options(self, change: impl FnOnce(kim::Options) -> kim::Options) -> Self {
        Self(self.0.options(change))
    }

    /// Declares the resource in a stack or component.
    #[track_caller]
    pub fn declare(self, stack: &kim::Stack) -> NatGateway {
        NatGateway(self.0.declare(stack))
    }
}

/// A network interface that is independent of its instance.
///
/// Its address stays when the instance is replaced.
#[derive(Clone, Copy, Debug)]
pub struct NetworkInterface(kim::Declared);

/// The builder of [`NetworkInterface`].
#[derive(Clone, Debug)]
#[must_use = "a resource exists only once it is declared"]
pub struct NetworkInterfaceBuilder(kim::Resource);

impl NetworkInterface {
    /// The kind's name.
    pub const KIND: &'static str = "aws:ec2:NetworkInterface";

    /// Creates a builder. The name is unique among resources of the kind in a component.
    #[allow(clippy::new_ret_no_self)]
    pub fn new(name: impl Into<String>) -> NetworkInterfaceBuilder {
        NetworkInterfaceBuilder(kim::Resource::new(Self::KIND, name))
    }

    /// The ARN.
    pub fn arn(&self) -> kim::Output<String> {
        self.0.get("arn")
    }

    /// The zone of its subnet.
    pub fn availability_zone(&self) -> kim::Output<String> {
        self.0.get("availability_zone")
    }

    /// The purpose.
    pub fn description(&self) -> kim::Output<String> {
        self.0.get("description")
    }

    /// Its MAC address.
    pub fn mac_address(&self) -> kim::Output<String> {
        self.0.get("mac_address")
    }

    /// The interface's id, `eni-…`.
    pub fn network_interface_id(&self) -> kim::Output<String> {
        self.0.get("network_interface_id")
    }

    /// The DNS name of its private address, valid inside the VPC.
    pub fn private_dns_name(&self) -> kim::Output<String> {
        self.0.get("private_dns_name")
    }

    /// Its IPv4 address; by default AWS picks a free one of the subnet.
    pub fn private_ip(&self) -> kim::Output<String> {
        self.0.get("private_ip")
    }

    /// Its security groups, `sg-…`; by default the VPC's default group.
    pub fn security_group_ids(&self) -> kim::Output<Vec<String>> {
        self.0.get("security_group_ids")
    }

    /// If true, packets neither from nor to its address are dropped.
    ///
    /// Set false for an instance that routes (NAT, VPN).
    pub fn source_dest_check(&self) -> kim::Output<bool> {
        self.0.get("source_dest_check")
    }

    /// The subnet, `subnet-…`.
    pub fn subnet_id(&self) -> kim::Output<String> {
        self.0.get("subnet_id")
    }

    /// The tags, at most 49.
    pub fn tags(&self) -> kim::Output<BTreeMap<String, String>> {
        self.0.get("tags")
    }

    /// The VPC of its subnet.
    pub fn vpc_id(&self) -> kim::Output<String> {
        self.0.get("vpc_id")
    }

    /// Returns the id: [`Self::network_interface_id`].
    pub fn id(&self) -> kim::Output<String> {
        self.0.get("network_interface_id")
    }
}

impl kim::Dependency for NetworkInterface {
    fn output_id(&self) -> kim::OutputId {
        self.0.output_id()
    }
}

impl NetworkInterfaceBuilder {
    /// The purpose.
    ///
    /// Default: `""`. At most 255 characters.
    pub fn description(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("description", value))
    }

    /// Its IPv4 address; by default AWS picks a free one of the subnet.
    ///
    /// A change replaces the resource.
    pub fn private_ip(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("private_ip", value))
    }

    /// Its security groups, `sg-…`; by default the VPC's default group.
    ///
    /// Order does not matter.
    pub fn security_group_ids(self, value: impl kim::Input<Vec<String>>) -> Self {
        Self(self.0.input("security_group_ids", value))
    }

    /// If true, packets neither from nor to its address are dropped.
    ///
    /// Set false for an instance that routes (NAT, VPN).
    ///
    /// Default: `true`.
    pub fn source_dest_check(self, value: impl kim::Input<bool>) -> Self {
        Self(self.0.input("source_dest_check", value))
    }

    /// The subnet, `subnet-…`.
    ///
    /// Required. A change replaces the resource.
    pub fn subnet_id(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("subnet_id", value))
    }

    /// The tags, at most 49.
    ///
    /// Default: `{}`.
    pub fn tags(self, value: impl kim::Input<BTreeMap<String, String>>) -> Self {
        Self(self.0.input("tags", value))
    }

    /// Adds one entry to [`Self::tags`] and keeps the others.
    pub fn tag(self, key: impl Into<String>, value: impl kim::Input<String>) -> Self {
        Self(self.0.entry("tags", key, value))
    }

    /// Changes the options: `.options(|o| o.protect())`.
    pub fn options(self, change: impl FnOnce(kim::Options) -> kim::Options) -> Self {
        Self(self.0.options(change))
    }

    /// Declares the resource in a stack or component.
    #[track_caller]
    pub fn declare(self, stack: &kim::Stack) -> NetworkInterface {
        NetworkInterface(self.0.declare(stack))
    }
}

/// The placement of instances on hardware: together, apart, or in partitions.
#[derive(Clone, Copy, Debug)]
pub struct PlacementGroup(kim::Declared);

/// The builder of [`PlacementGroup`].
#[derive(Clone, Debug)]
#[must_use = "a resource exists only once it is declared"]
pub struct PlacementGroupBuilder(kim::Resource);

impl PlacementGroup {
    /// The kind's name.
    pub const KIND: &'static str = "aws:ec2:PlacementGroup";

    /// Creates a builder. The name is unique among resources of the kind in a component.
    #[allow(clippy::new_ret_no_self)]
    pub fn new(name: impl Into<String>) -> PlacementGroupBuilder {
        PlacementGroupBuilder(kim::Resource::new(Self::KIND, name))
    }

    /// The ARN.
    pub fn arn(&self) -> kim::Output<String> {
        self.0.get("arn")
    }

    /// AWS's id of the group, `pg-…`.
    pub fn group_id(&self) -> kim::Output<String> {
        self.0.get("group_id")
    }

    /// The name, unique in the region; also the id.
    pub fn name(&self) -> kim::Output<String> {
        self.0.get("name")
    }

    /// The number of partitions in a zone, for `partition` only.
    pub fn partition_count(&self) -> kim::Output<i64> {
        self.0.get("partition_count")
    }

    /// The level of the spread, for `spread` only: `rack`, or `host` (Outposts).
    pub fn spread_level(&self) -> kim::Output<String> {
        self.0.get("spread_level")
    }

    /// The strategy: `cluster`, `spread` or `partition`.
    ///
    /// `cluster`: close together for low latency, in one zone. `spread`: each instance on separate hardware, at most
    /// seven in a zone. `partition`: groups that share no hardware.
    pub fn strategy(&self) -> kim::Output<String> {
        self.0.get("strategy")
    }

    /// The tags, at most 49.
    pub fn tags(&self) -> kim::Output<BTreeMap<String, String>> {
        self.0.get("tags")
    }

    /// Returns the id: [`Self::name`].
    pub fn id(&self) -> kim::Output<String> {
        self.0.get("name")
    }
}

impl kim::Dependency for PlacementGroup {
    fn output_id(&self) -> kim::OutputId {
        self.0.output_id()
    }
}

impl PlacementGroupBuilder {
    /// The name, unique in the region; also the id.
    ///
    /// Required. 1 to 255 characters. A change replaces the resource.
    pub fn name(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("name", value))
    }

    /// The number of partitions in a zone, for `partition` only.
    ///
    /// 1 to 7. A change replaces the resource.
    pub fn partition_count(self, value: impl kim::Input<i64>) -> Self {
        Self(self.0.input("partition_count", value))
    }

    /// The level of the spread, for `spread` only: `rack`, or `host` (Outposts).
    ///
    /// One of `rack`, `host`. A change replaces the resource.
    pub fn spread_level(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("spread_level", value))
    }

    /// The strategy: `cluster`, `spread` or `partition`.
    ///
    /// `cluster`: close together for low latency, in one zone. `spread`: each instance on separate hardware, at most
    /// seven in a zone. `partition`: groups that share no hardware.
    ///
    /// Default: `"cluster"`. One of `cluster`, `spread`, `partition`. A change replaces the resource.
    pub fn strategy(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("strategy", value))
    }

    /// The tags, at most 49.
    ///
    /// Default: `{}`.
    pub fn tags(self, value: impl kim::Input<BTreeMap<String, String>>) -> Self {
        Self(self.0.input("tags", value))
    }

    /// Adds one entry to [`Self::tags`] and keeps the others.
    pub fn tag(self, key: impl Into<String>, value: impl kim::Input<String>) -> Self {
        Self(self.0.entry("tags", key, value))
    }

    /// Changes the options: `.options(|o| o.protect())`.
    pub fn options(self, change: impl FnOnce(kim::Options) -> kim::Options) -> Self {
        Self(self.0.options(change))
    }

    /// Declares the resource in a stack or component.
    #[track_caller]
    pub fn declare(self, stack: &kim::Stack) -> PlacementGroup {
        PlacementGroup(self.0.declare(stack))
    }
}

/// A part of [`Instance`].
#[derive(Clone, Debug, Default)]
pub struct RootVolume(kim::Object);

impl RootVolume {
    /// Returns an object without properties.
    pub fn new() -> Self {
        Self::default()
    }

    /// If true, it is deleted with the instance.
    ///
    /// Default: `true`.
    pub fn delete_on_termination(self, value: impl kim::Input<bool>) -> Self {
        Self(self.0.set("delete_on_termination", value))
    }

    /// If true, it is encrypted. By default the image and the account's default decide.
    ///
    /// A change replaces the resource.
    pub fn encrypted(self, value: impl kim::Input<bool>) -> Self {
        Self(self.0.set("encrypted", value))
    }

    /// Operations a second, within the limits of `aws:ec2:Volume`.
    ///
    /// 100 to 256000.
    pub fn iops(self, value: impl kim::Input<i64>) -> Self {
        Self(self.0.set("iops", value))
    }

    /// The KMS key of the encryption. Needs `encrypted = true`.
    ///
    /// A change replaces the resource.
    pub fn kms_key_id(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.set("kms_key_id", value))
    }

    /// The size in GiB, at least that of the image.
    ///
    /// 1 to 65536.
    pub fn size(self, value: impl kim::Input<i64>) -> Self {
        Self(self.0.set("size", value))
    }

    /// The throughput in MiB/s, within the limits of `aws:ec2:Volume`.
    ///
    /// 125 to 2000.
    pub fn throughput(self, value: impl kim::Input<i64>) -> Self {
        Self(self.0.set("throughput", value))
    }

    /// The volume type. st1 and sc1 cannot be root volumes.
    ///
    /// Default: `"gp3"`. One of `gp3`, `gp2`, `io1`, `io2`, `standard`.
    pub fn volume_type(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.set("volume_type", value))
    }
}

impl kim::IntoValue for RootVolume {
    fn into_value(self) -> kim::Value {
        self.0.into_value()
    }
}

impl kim::Input<RootVolume> for RootVolume {}

/// A route of a table: the target of packets for a destination.
///
/// Exactly one destination and exactly one target is set. The target can be changed in place, without an interruption.
#[derive(Clone, Copy, Debug)]
pub struct Route(kim::Declared);

/// The builder of [`Route`].
#[derive(Clone, Debug)]
#[must_use = "a resource exists only once it is declared"]
pub struct RouteBuilder(kim::Resource);

impl Route {
    /// The kind's name.
    pub const KIND: &'static str = "aws:ec2:Route";

    /// Creates a builder. The name is unique among resources of the kind in a component.
    #[allow(clippy::new_ret_no_self)]
    pub fn new(name: impl Into<String>) -> RouteBuilder {
        RouteBuilder(kim::Resource::new(Self::KIND, name))
    }

    /// The destination: an IPv4 block, such as `0.0.0.0/0`.
    pub fn destination_cidr_block(&self) -> kim::Output<Option<String>> {
        self.0.get("destination_cidr_block")
    }

    /// The destination: an IPv6 block, such as `::/0`.
    pub fn destination_ipv6_cidr_block(&self) -> kim::Output<Option<String>> {
        self.0.get("destination_ipv6_cidr_block")
    }

    /// The destination: a prefix list, `pl-…`.
    pub fn destination_prefix_list_id(&self) -> kim::Output<Option<String>> {
        self.0.get("destination_prefix_list_id")
    }

    /// The target: an egress-only internet gateway (IPv6), `eigw-…`.
    pub fn egress_only_internet_gateway_id(&self) -> kim::Output<Option<String>> {
        self.0.get("egress_only_internet_gateway_id")
    }

    /// The target: an internet gateway or virtual private gateway, `igw-…`.
    pub fn gateway_id(&self) -> kim::Output<Option<String>> {
        self.0.get("gateway_id")
    }

    /// The target: an instance that has one network interface, `i-…`.
    pub fn instance_id(&self) -> kim::Output<Option<String>> {
        self.0.get("instance_id")
    }

    /// The target: a NAT gateway, `nat-…`.
    pub fn nat_gateway_id(&self) -> kim::Output<Option<String>> {
        self.0.get("nat_gateway_id")
    }

    /// The target: a network interface, `eni-…`.
    pub fn network_interface_id(&self) -> kim::Output<Option<String>> {
        self.0.get("network_interface_id")
    }

    /// The route's id: table and destination, `rtb-…:0.0.0.0/0`.
    pub fn route_id(&self) -> kim::Output<String> {
        self.0.get("route_id")
    }

    /// The route table, `rtb-…`.
    pub fn route_table_id(&self) -> kim::Output<String> {
        self.0.get("route_table_id")
    }

    /// The state: `active`, or `blackhole` if the target does not exist.
    pub fn state(&self) -> kim::Output<String> {
        self.0.get("state")
    }

    /// The target: a transit gateway, `tgw-…`.
    pub fn transit_gateway_id(&self) -> kim::Output<Option<String>> {
        self.0.get("transit_gateway_id")
    }

    /// The target: a Gateway Load Balancer endpoint, `vpce-…`.
    pub fn vpc_endpoint_id(&self) -> kim::Output<Option<String>> {
        self.0.get("vpc_endpoint_id")
    }

    /// The target: a VPC peering connection, `pcx-…`.
    pub fn vpc_peering_connection_id(&self) -> kim::Output<Option<String>> {
        self.0.get("vpc_peering_connection_id")
    }

    /// Returns the id: [`Self::route_id`].
    pub fn id(&self) -> kim::Output<String> {
        self.0.get("route_id")
    }
}

impl kim::Dependency for Route {
    fn output_id(&self) -> kim::OutputId {
        self.0.output_id()
    }
}

impl RouteBuilder {
    /// The destination: an IPv4 block, such as `0.0.0.0/0`.
    ///
    /// A change replaces the resource.
    pub fn destination_cidr_block(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("destination_cidr_block", value))
    }

    /// The destination: an IPv6 block, such as `::/0`.
    ///
    /// A change replaces the resource.
    pub fn destination_ipv6_cidr_block(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("destination_ipv6_cidr_block", value))
    }

    /// The destination: a prefix list, `pl-…`.
    ///
    /// A change replaces the resource.
    pub fn destination_prefix_list_id(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("destination_prefix_list_id", value))
    }

    /// The target: an egress-only internet gateway (IPv6), `eigw-…`.
    pub fn egress_only_internet_gateway_id(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("egress_only_internet_gateway_id", value))
    }

    /// The target: an internet gateway or virtual private gateway, `igw-…`.
    pub fn gateway_id(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("gateway_id", value))
    }

    /// The target: an instance that has one network interface, `i-…`.
    pub fn instance_id(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("instance_id", value))
    }

    /// The target: a NAT gateway, `nat-…`.
    pub fn nat_gateway_id(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("nat_gateway_id", value))
    }

    /// The target: a network interface, `eni-…`.
    pub fn network_interface_id(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("network_interface_id", value))
    }

    /// The route table, `rtb-…`.
    ///
    /// Required. A change replaces the resource.
    pub fn route_table_id(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("route_table_id", value))
    }

    /// The target: a transit gateway, `tgw-…`.
    pub fn transit_gateway_id(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("transit_gateway_id", value))
    }

    /// The target: a Gateway Load Balancer endpoint, `vpce-…`.
    pub fn vpc_endpoint_id(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("vpc_endpoint_id", value))
    }

    /// The target: a VPC peering connection, `pcx-…`.
    pub fn vpc_peering_connection_id(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("vpc_peering_connection_id", value))
    }

    /// Changes the options: `.options(|o| o.protect())`.
    pub fn options(self, change: impl FnOnce(kim::Options) -> kim::Options) -> Self {
        Self(self.0.options(change))
    }

    /// Declares the resource in a stack or component.
    #[track_caller]
    pub fn declare(self, stack: &kim::Stack) -> Route {
        Route(self.0.declare(stack))
    }
}

/// A route table.
///
/// Its routes are resources of kind `Route`. The subnets that use it are resources of kind `RouteTableAssociation`.
#[derive(Clone, Copy, Debug)]
pub struct RouteTable(kim::Declared);

/// The builder of [`RouteTable`].
#[derive(Clone, Debug)]
#[must_use = "a resource exists only once it is declared"]
pub struct RouteTableBuilder(kim::Resource);

impl RouteTable {
    /// The kind's name.
    pub const KIND: &'static str = "aws:ec2:RouteTable";

    /// Creates a builder. The name is unique among resources of the kind in a component.
    #[allow(clippy::new_ret_no_self)]
    pub fn new(name: impl Into<String>) -> RouteTableBuilder {
        RouteTableBuilder(kim::Resource::new(Self::KIND, name))
    }

    /// The table's id, `rtb-…`.
    pub fn route_table_id(&self) -> kim::Output<String> {
        self.0.get("route_table_id")
    }

    /// The tags, at most 49.
    pub fn tags(&self) -> kim::Output<BTreeMap<String, String>> {
        self.0.get("tags")
    }

    /// The VPC, `vpc-…`.
    pub fn vpc_id(&self) -> kim::Output<String> {
        self.0.get("vpc_id")
    }

    /// Returns the id: [`Self::route_table_id`].
    pub fn id(&self) -> kim::Output<String> {
        self.0.get("route_table_id")
    }
}

impl kim::Dependency for RouteTable {
    fn output_id(&self) -> kim::OutputId {
        self.0.output_id()
    }
}

impl RouteTableBuilder {
    /// The tags, at most 49.
    ///
    /// Default: `{}`.
    pub fn tags(self, value: impl kim::Input<BTreeMap<String, String>>) -> Self {
        Self(self.0.input("tags", value))
    }

    /// Adds one entry to [`Self::tags`] and keeps the others.
    pub fn tag(self, key: impl Into<String>, value: impl kim::Input<String>) -> Self {
        Self(self.0.entry("tags", key, value))
    }

    /// The VPC, `vpc-…`.
    ///
    /// Required. A change replaces the resource.
    pub fn vpc_id(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("vpc_id", value))
    }

    /// Changes the options: `.options(|o| o.protect())`.
    pub fn options(self, change: impl FnOnce(kim::Options) -> kim::Options) -> Self {
        Self(self.0.options(change))
    }

    /// Declares the resource in a stack or component.
    #[track_caller]
    pub fn declare(self, stack: &kim::Stack) -> RouteTable {
        RouteTable(self.0.declare(stack))
    }
}

/// The association of a subnet with a route table.
///
/// A subnet has at most one, so the subnet's id is also the association's id. The table can be changed in place,
/// without a moment in which the subnet uses the VPC's main table.
#[derive(Clone, Copy, Debug)]
pub struct RouteTableAssociation(kim::Declared);

/// The builder of [`RouteTableAssociation`].
#[derive(Clone, Debug)]
#[must_use = "a resource exists only once it is declared"]
pub struct RouteTableAssociationBuilder(kim::Resource);

impl RouteTableAssociation {
    /// The kind's name.
    pub const KIND: &'static str = "aws:ec2:RouteTableAssociation";

    /// Creates a builder. The name is unique among resources of the kind in a component.
    #[allow(clippy::new_ret_no_self)]
    pub fn new(name: impl Into<String>) -> RouteTableAssociationBuilder {
        RouteTableAssociationBuilder(kim::Resource::new(Self::KIND, name))
    }

    /// AWS's id of the association, `rtbassoc-…`. It changes with the table.
    pub fn association_id(&self) -> kim::Output<String> {
        self.0.get("association_id")
    }

    /// The route table, `rtb-…`.
    pub fn route_table_id(&self) -> kim::Output<String> {
        self.0.get("route_table_id")
    }

    /// The subnet, `subnet-…`; also the association's id.
    pub fn subnet_id(&self) -> kim::Output<String> {
        self.0.get("subnet_id")
    }

    /// Returns the id: [`Self::subnet_id`].
    pub fn id(&self) -> kim::Output<String> {
        self.0.get("subnet_id")
    }
}

impl kim::Dependency for RouteTableAssociation {
    fn output_id(&self) -> kim::OutputId {
        self.0.output_id()
    }
}

impl RouteTableAssociationBuilder {
    /// The route table, `rtb-…`.
    ///
    /// Required.
    pub fn route_table_id(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("route_table_id", value))
    }

    /// The subnet, `subnet-…`; also the association's id.
    ///
    /// Required. A change replaces the resource.
    pub fn subnet_id(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("subnet_id", value))
    }

    /// Changes the options: `.options(|o| o.protect())`.
    pub fn options(self, change: impl FnOnce(kim::Options) -> kim::Options) -> Self {
        Self(self.0.options(change))
    }

    /// Declares the resource in a stack or component.
    #[track_caller]
    pub fn declare(self, stack: &kim::Stack) -> RouteTableAssociation {
        RouteTableAssociation(self.0.declare(stack))
    }
}

/// A firewall of network interfaces.
///
/// Its rules are resources of kind `SecurityGroupRule`.
#[derive(Clone, Copy, Debug)]
pub struct SecurityGroup(kim::Declared);

/// The builder of [`SecurityGroup`].
#[derive(Clone, Debug)]
#[must_use = "a resource exists only once it is declared"]
pub struct SecurityGroupBuilder(kim::Resource);

impl SecurityGroup {
    /// The kind's name.
    pub const KIND: &'static str = "aws:ec2:SecurityGroup";

    /// Creates a builder. The name is unique among resources of the kind in a component.
    #[allow(clippy::new_ret_no_self)]
    pub fn new(name: impl Into<String>) -> SecurityGroupBuilder {
        SecurityGroupBuilder(kim::Resource::new(Self::KIND, name))
    }

    /// The ARN.
    pub fn arn(&self) -> kim::Output<String> {
        self.0.get("arn")
    }

    /// The purpose. AWS requires it and cannot change it.
    pub fn description(&self) -> kim::Output<String> {
        self.0.get("description")
    }

    /// The group's id, `sg-…`.
    pub fn group_id(&self) -> kim::Output<String> {
        self.0.get("group_id")
    }

    /// If true, the group keeps the rule by which AWS allows all egress.
    ///
    /// If false, kim removes the rule, and only the egress rules that are resources hold.
    pub fn keep_default_egress(&self) -> kim::Output<bool> {
        self.0.get("keep_default_egress")
    }

    /// The name, unique in the VPC; it does not begin with `sg-`.
    ///
    /// By default kim generates one, so that the group can be replaced while it is in use.
    pub fn name(&self) -> kim::Output<String> {
        self.0.get("name")
    }

    /// The tags, at most 49.
    pub fn tags(&self) -> kim::Output<BTreeMap<String, String>> {
        self.0.get("tags")
    }

    /// The VPC, `vpc-…`; by default the region's default VPC.
    pub fn vpc_id(&self) -> kim::Output<String> {
        self.0.get("vpc_id")
    }

    /// Returns the id: [`Self::group_id`].
    pub fn id(&self) -> kim::Output<String> {
        self.0.get("group_id")
    }
}

impl kim::Dependency for SecurityGroup {
    fn output_id(&self) -> kim::OutputId {
        self.0.output_id()
    }
}

impl SecurityGroupBuilder {
    /// The purpose. AWS requires it and cannot change it.
    ///
    /// Default: `"Managed by kim"`. 1 to 255 characters. A change replaces the resource.
    pub fn description(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("description", value))
    }

    /// If true, the group keeps the rule by which AWS allows all egress.
    ///
    /// If false, kim removes the rule, and only the egress rules that are resources hold.
    ///
    /// Default: `true`.
    pub fn keep_default_egress(self, value: impl kim::Input<bool>) -> Self {
        Self(self.0.input("keep_default_egress", value))
    }

    /// The name, unique in the VPC; it does not begin with `sg-`.
    ///
    /// By default kim generates one, so that the group can be replaced while it is in use.
    ///
    /// 1 to 255 characters. A change replaces the resource.
    pub fn name(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("name", value))
    }

    /// The tags, at most 49.
    ///
    /// Default: `{}`.
    pub fn tags(self, value: impl kim::Input<BTreeMap<String, String>>) -> Self {
        Self(self.0.input("tags", value))
    }

    /// Adds one entry to [`Self::tags`] and keeps the others.
    pub fn tag(self, key: impl Into<String>, value: impl kim::Input<String>) -> Self {
        Self(self.0.entry("tags", key, value))
    }

    /// The VPC, `vpc-…`; by default the region's default VPC.
    ///
    /// A change replaces the resource.
    pub fn vpc_id(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("vpc_id", value))
    }

    /// Changes the options: `.options(|o| o.protect())`.
    pub fn options(self, change: impl FnOnce(kim::Options) -> kim::Options) -> Self {
        Self(self.0.options(change))
    }

    /// Declares the resource in a stack or component.
    #[track_caller]
    pub fn declare(self, stack: &kim::Stack) -> SecurityGroup {
        SecurityGroup(self.0.declare(stack))
    }
}

/// A rule of a security group: allowed traffic from or to a peer.
///
/// Protocol, ports and description can be changed in place. A change of the peer creates a rule before it deletes the
/// old one. Exactly one peer is set.
#[derive(Clone, Copy, Debug)]
pub struct SecurityGroupRule(kim::Declared);

/// The builder of [`SecurityGroupRule`].
#[derive(Clone, Debug)]
#[must_use = "a resource exists only once it is declared"]
pub struct SecurityGroupRuleBuilder(kim::Resource);

impl SecurityGroupRule {
    /// The kind's name.
    pub const KIND: &'static str = "aws:ec2:SecurityGroupRule";

    /// Creates a builder. The name is unique among resources of the kind in a component.
    #[allow(clippy::new_ret_no_self)]
    pub fn new(name: impl Into<String>) -> SecurityGroupRuleBuilder {
        SecurityGroupRuleBuilder(kim::Resource::new(Self::KIND, name))
    }

    /// The peer: an IPv4 block, such as `10.0.0.0/16`.
    pub fn cidr_ipv4(&self) -> kim::Output<Option<String>> {
        self.0.get("cidr_ipv4")
    }

    /// The peer: an IPv6 block, such as `::/0`.
    pub fn cidr_ipv6(&self) -> kim::Output<Option<String>> {
        self.0.get("cidr_ipv6")
    }

    /// The purpose.
    pub fn description(&self) -> kim::Output<Option<String>> {
        self.0.get("description")
    }

    /// The direction: `ingress` (from the peer) or `egress` (to the peer).
    pub fn direction(&self) -> kim::Output<String> {
        self.0.get("direction")
    }

    /// The first port. For ICMP the type, -1 for all.
    pub fn from_port(&self) -> kim::Output<i64> {
        self.0.get("from_port")
    }

    /// The peer: a prefix list, `pl-…`.
    pub fn prefix_list_id(&self) -> kim::Output<Option<String>> {
        self.0.get("prefix_list_id")
    }

    /// The protocol: `tcp`, `udp`, `icmp`, `icmpv6`, a number, or `-1` for all.
    pub fn protocol(&self) -> kim::Output<String> {
        self.0.get("protocol")
    }

    /// The security group, `sg-…`.
    pub fn security_group_id(&self) -> kim::Output<String> {
        self.0.get("security_group_id")
    }

    /// The rule's id, `sgr-…`.
    pub fn security_group_rule_id(&self) -> kim::Output<String> {
        self.0.get("security_group_rule_id")
    }

    /// The peer: the members of a security group, `sg-…`.
    ///
    /// It may be the group itself. For an egress rule it is the destination.
    pub fn source_security_group_id(&self) -> kim::Output<Option<String>> {
        self.0.get("source_security_group_id")
    }

    /// The tags, at most 49.
    pub fn tags(&self) -> kim::Output<BTreeMap<String, String>> {
        self.0.get("tags")
    }

    /// The last port. For ICMP the code, -1 for all.
    pub fn to_port(&self) -> kim::Output<i64> {
        self.0.get("to_port")
    }

    /// Returns the id: [`Self::security_group_rule_id`].
    pub fn id(&self) -> kim::Output<String> {
        self.0.get("security_group_rule_id")
    }
}

impl kim::Dependency for SecurityGroupRule {
    fn output_id(&self) -> kim::OutputId {
        self.0.output_id()
    }
}

impl SecurityGroupRuleBuilder {
    /// The peer: an IPv4 block, such as `10.0.0.0/16`.
    ///
    /// A change replaces the resource.
    pub fn cidr_ipv4(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("cidr_ipv4", value))
    }

    /// The peer: an IPv6 block, such as `::/0`.
    ///
    /// A change replaces the resource.
    pub fn cidr_ipv6(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("cidr_ipv6", value))
    }

    /// The purpose.
    ///
    /// At most 255 characters.
    pub fn description(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("description", value))
    }

    /// The direction: `ingress` (from the peer) or `egress` (to the peer).
    ///
    /// Required. One of `ingress`, `egress`. A change replaces the resource.
    pub fn direction(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("direction", value))
    }

    /// The first port. For ICMP the type, -1 for all.
    ///
    /// -1 to 65535.
    pub fn from_port(self, value: impl kim::Input<i64>) -> Self {
        Self(self.0.input("from_port", value))
    }

    /// The peer: a prefix list, `pl-…`.
    ///
    /// A change replaces the resource.
    pub fn prefix_list_id(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("prefix_list_id", value))
    }

    /// The protocol: `tcp`, `udp`, `icmp`, `icmpv6`, a number, or `-1` for all.
    ///
    /// Default: `"tcp"`.
    pub fn protocol(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("protocol", value))
    }

    /// The security group, `sg-…`.
    ///
    /// Required. A change replaces the resource.
    pub fn security_group_id(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("security_group_id", value))
    }

    /// The peer: the members of a security group, `sg-…`.
    ///
    /// It may be the group itself. For an egress rule it is the destination.
    ///
    /// A change replaces the resource.
    pub fn source_security_group_id(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("source_security_group_id", value))
    }

    /// The tags, at most 49.
    ///
    /// Default: `{}`.
    pub fn tags(self, value: impl kim::Input<BTreeMap<String, String>>) -> Self {
        Self(self.0.input("tags", value))
    }

    /// Adds one entry to [`Self::tags`] and keeps the others.
    pub fn tag(self, key: impl Into<String>, value: impl kim::Input<String>) -> Self {
        Self(self.0.entry("tags", key, value))
    }

    /// The last port. For ICMP the code, -1 for all.
    ///
    /// -1 to 65535.
    pub fn to_port(self, value: impl kim::Input<i64>) -> Self {
        Self(self.0.input("to_port", value))
    }

    /// Changes the options: `.options(|o| o.protect())`.
    pub fn options(self, change: impl FnOnce(kim::Options) -> kim::Options) -> Self {
        Self(self.0.options(change))
    }

    /// Declares the resource in a stack or component.
    #[track_caller]
    pub fn declare(self, stack: &kim::Stack) -> SecurityGroupRule {
        SecurityGroupRule(self.0.declare(stack))
    }
}

/// A range of a VPC's addresses in one zone.
#[derive(Clone, Copy, Debug)]
pub struct Subnet(kim::Declared);

/// The builder of [`Subnet`].
#[derive(Clone, Debug)]
#[must_use = "a resource exists only once it is declared"]
pub struct SubnetBuilder(kim::Resource);

impl Subnet {
    /// The kind's name.
    pub const KIND: &'static str = "aws:ec2:Subnet";

    /// Creates a builder. The name is unique among resources of the kind in a component.
    #[allow(clippy::new_ret_no_self)]
    pub fn new(name: impl Into<String>) -> SubnetBuilder {
        SubnetBuilder(kim::Resource::new(Self::KIND, name))
    }

    /// The ARN.
    pub fn arn(&self) -> kim::Output<String> {
        self.0.get("arn")
    }

    /// The zone, such as `eu-central-1a`; by default AWS picks one.
    pub fn availability_zone(&self) -> kim::Output<String> {
        self.0.get("availability_zone")
    }

    /// The zone's id, such as `euc1-az2`. It means the same place in every account.
    pub fn availability_zone_id(&self) -> kim::Output<String> {
        self.0.get("availability_zone_id")
    }

    /// The IPv4 block, /16 to /28.
    ///
    /// It lies inside the VPC's block and overlaps no other subnet.
    pub fn cidr_block(&self) -> kim::Output<String> {
        self.0.get("cidr_block")
    }

    /// If true, instances get a public address by default.
    pub fn map_public_ip_on_launch(&self) -> kim::Output<bool> {
        self.0.get("map_public_ip_on_launch")
    }

    /// The subnet's id, `subnet-…`.
    pub fn subnet_id(&self) -> kim::Output<String> {
        self.0.get("subnet_id")
    }

    /// The tags, at most 49.
    pub fn tags(&self) -> kim::Output<BTreeMap<String, String>> {
        self.0.get("tags")
    }

    /// The VPC, `vpc-…`.
    pub fn vpc_id(&self) -> kim::Output<String> {
        self.0.get("vpc_id")
    }

    /// Returns the id: [`Self::subnet_id`].
    pub fn id(&self) -> kim::Output<String> {
        self.0.get("subnet_id")
    }
}

impl kim::Dependency for Subnet {
    fn output_id(&self) -> kim::OutputId {
        self.0.output_id()
    }
}

impl SubnetBuilder {
    /// The zone, such as `eu-central-1a`; by default AWS picks one.
    ///
    /// A change replaces the resource.
    pub fn availability_zone(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("availability_zone", value))
    }

    /// The IPv4 block, /16 to /28.
    ///
    /// It lies inside the VPC's block and overlaps no other subnet.
    ///
    /// Required. A change replaces the resource.
    pub fn cidr_block(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("cidr_block", value))
    }

    /// If true, instances get a public address by default.
    ///
    /// Default: `false`.
    pub fn map_public_ip_on_launch(self, value: impl kim::Input<bool>) -> Self {
        Self(self.0.input("map_public_ip_on_launch", value))
    }

    /// The tags, at most 49.
    ///
    /// Default: `{}`.
    pub fn tags(self, value: impl kim::Input<BTreeMap<String, String>>) -> Self {
        Self(self.0.input("tags", value))
    }

    /// Adds one entry to [`Self::tags`] and keeps the others.
    pub fn tag(self, key: impl Into<String>, value: impl kim::Input<String>) -> Self {
        Self(self.0.entry("tags", key, value))
    }

    /// The VPC, `vpc-…`.
    ///
    /// Required. A change replaces the resource.
    pub fn vpc_id(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("vpc_id", value))
    }

    /// Changes the options: `.options(|o| o.protect())`.
    pub fn options(self, change: impl FnOnce(kim::Options) -> kim::Options) -> Self {
        Self(self.0.options(change))
    }

    /// Declares the resource in a stack or component.
    #[track_caller]
    pub fn declare(self, stack: &kim::Stack) -> Subnet {
        Subnet(self.0.declare(stack))
    }
}

/// Finds subnets by VPC, tags and zones, sorted by zone.
#[derive(Clone, Copy, Debug)]
pub struct SubnetsLookup(kim::Output<kim::Any>);

/// The builder of [`SubnetsLookup`].
#[derive(Clone, Debug)]
#[must_use = "nothing is looked up before `look_up`"]
pub struct SubnetsLookupBuilder(kim::Lookup);

impl SubnetsLookup {
    /// The lookup's name.
    pub const NAME: &'static str = "aws:ec2:subnets";

    /// Creates a builder.
    #[allow(clippy::new_ret_no_self)]
    pub fn new() -> SubnetsLookupBuilder {
        SubnetsLookupBuilder(kim::Lookup::new(Self::NAME))
    }

    /// The zone of each subnet, in the order of the ids.
    pub fn availability_zones(&self) -> kim::Output<Vec<String>> {
        self.0.get("availability_zones")
    }

    /// The IPv4 block of each subnet, in the order of the ids.
    pub fn cidr_blocks(&self) -> kim::Output<Vec<String>> {
        self.0.get("cidr_blocks")
    }

    /// The ids, `subnet-…`.
    pub fn ids(&self) -> kim::Output<Vec<String>> {
        self.0.get("ids")
    }
}

impl kim::Dependency for SubnetsLookup {
    fn output_id(&self) -> kim::OutputId {
        self.0.output_id()
    }
}

impl SubnetsLookupBuilder {
    /// Their zones, such as `eu-central-1a`. Empty: all zones.
    ///
    /// Default: `[]`. Order does not matter.
    pub fn availability_zones(self, value: impl kim::Input<Vec<String>>) -> Self {
        Self(self.0.argument("availability_zones", value))
    }

    /// Tags that they have. `*` stands for any text, `?` for any character.
    ///
    /// Default: `{}`.
    pub fn tags(self, value: impl kim::Input<BTreeMap<String, String>>) -> Self {
        Self(self.0.argument("tags", value))
    }

    /// The id of their VPC, `vpc-…`.
    pub fn vpc_id(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.argument("vpc_id", value))
    }

    /// Declares the lookup.
    #[track_caller]
    pub fn look_up(self, stack: &kim::Stack) -> SubnetsLookup {
        SubnetsLookup(self.0.look_up(stack))
    }
}

/// An EBS volume: block storage for an instance in its zone.
#[derive(Clone, Copy, Debug)]
pub struct Volume(kim::Declared);

/// The builder of [`Volume`].
#[derive(Clone, Debug)]
#[must_use = "a resource exists only once it is declared"]
pub struct VolumeBuilder(kim::Resource);

impl Volume {
    /// The kind's name.
    pub const KIND: &'static str = "aws:ec2:Volume";

    /// Creates a builder. The name is unique among resources of the kind in a component.
    #[allow(clippy::new_ret_no_self)]
    pub fn new(name: impl Into<String>) -> VolumeBuilder {
        VolumeBuilder(kim::Resource::new(Self::KIND, name))
    }

    /// The ARN.
    pub fn arn(&self) -> kim::Output<String> {
        self.0.get("arn")
    }

    /// The zone, such as `eu-central-1a`. Only instances of this zone can use it.
    pub fn availability_zone(&self) -> kim::Output<String> {
        self.0.get("availability_zone")
    }

    /// If true, it is encrypted. By default the account's default decides.
    pub fn encrypted(&self) -> kim::Output<bool> {
        self.0.get("encrypted")
    }

    /// Operations a second. Required for io1 and io2, optional for gp3.
    ///
    /// gp3: 3,000 to 80,000, at most 500 for each GiB. io1: 100 to 64,000, at most 50 for each GiB. io2: 100 to
    /// 256,000, at most 1,000 for each GiB. For other types it cannot be set.
    pub fn iops(&self) -> kim::Output<i64> {
        self.0.get("iops")
    }

    /// The KMS key of the encryption: id, ARN or `alias/…`.
    ///
    /// Needs `encrypted = true`.
    pub fn kms_key_id(&self) -> kim::Output<String> {
        self.0.get("kms_key_id")
    }

    /// If true, several instances may use it at once (io1 and io2).
    pub fn multi_attach_enabled(&self) -> kim::Output<bool> {
        self.0.get("multi_attach_enabled")
    }

    /// The size in GiB. Required without a snapshot.
    pub fn size(&self) -> kim::Output<i64> {
        self.0.get("size")
    }

    /// The snapshot that it is created from, `snap-…`.
    pub fn snapshot_id(&self) -> kim::Output<Option<String>> {
        self.0.get("snapshot_id")
    }

    /// The tags, at most 49.
    pub fn tags(&self) -> kim::Output<BTreeMap<String, String>> {
        self.0.get("tags")
    }

    /// The throughput in MiB/s, gp3 only: 125 to 2,000.
    ///
    /// It is at most a quarter of the IOPS.
    pub fn throughput(&self) -> kim::Output<i64> {
        self.0.get("throughput")
    }

    /// The volume's id, `vol-…`.
    pub fn volume_id(&self) -> kim::Output<String> {
        self.0.get("volume_id")
    }

    /// The volume type.
    pub fn volume_type(&self) -> kim::Output<String> {
        self.0.get("volume_type")
    }

    /// Returns the id: [`Self::volume_id`].
    pub fn id(&self) -> kim::Output<String> {
        self.0.get("volume_id")
    }
}

impl kim::Dependency for Volume {
    fn output_id(&self) -> kim::OutputId {
        self.0.output_id()
    }
}

impl VolumeBuilder {
    /// The zone, such as `eu-central-1a`. Only instances of this zone can use it.
    ///
    /// Required. A change replaces the resource.
    pub fn availability_zone(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("availability_zone", value))
    }

    /// If true, it is encrypted. By default the account's default decides.
    ///
    /// A change replaces the resource.
    pub fn encrypted(self, value: impl kim::Input<bool>) -> Self {
        Self(self.0.input("encrypted", value))
    }

    /// Operations a second. Required for io1 and io2, optional for gp3.
    ///
    /// gp3: 3,000 to 80,000, at most 500 for each GiB. io1: 100 to 64,000, at most 50 for each GiB. io2: 100 to
    /// 256,000, at most 1,000 for each GiB. For other types it cannot be set.
    ///
    /// 100 to 256000.
    pub fn iops(self, value: impl kim::Input<i64>) -> Self {
        Self(self.0.input("iops", value))
    }

    /// The KMS key of the encryption: id, ARN or `alias/…`.
    ///
    /// Needs `encrypted = true`.
    ///
    /// A change replaces the resource.
    pub fn kms_key_id(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("kms_key_id", value))
    }

    /// If true, several instances may use it at once (io1 and io2).
    ///
    /// Default: `false`. A change replaces the resource.
    pub fn multi_attach_enabled(self, value: impl kim::Input<bool>) -> Self {
        Self(self.0.input("multi_attach_enabled", value))
    }

    /// The size in GiB. Required without a snapshot.
    ///
    /// 1 to 65536.
    pub fn size(self, value: impl kim::Input<i64>) -> Self {
        Self(self.0.input("size", value))
    }

    /// The snapshot that it is created from, `snap-…`.
    ///
    /// A change replaces the resource.
    pub fn snapshot_id(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("snapshot_id", value))
    }

    /// The tags, at most 49.
    ///
    /// Default: `{}`.
    pub fn tags(self, value: impl kim::Input<BTreeMap<String, String>>) -> Self {
        Self(self.0.input("tags", value))
    }

    /// Adds one entry to [`Self::tags`] and keeps the others.
    pub fn tag(self, key: impl Into<String>, value: impl kim::Input<String>) -> Self {
        Self(self.0.entry("tags", key, value))
    }

    /// The throughput in MiB/s, gp3 only: 125 to 2,000.
    ///
    /// It is at most a quarter of the IOPS.
    ///
    /// 125 to 2000.
    pub fn throughput(self, value: impl kim::Input<i64>) -> Self {
        Self(self.0.input("throughput", value))
    }

    /// The volume type.
    ///
    /// Default: `"gp3"`. One of `gp3`, `gp2`, `io1`, `io2`, `st1`, `sc1`, `standard`.
    pub fn volume_type(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("volume_type", value))
    }

    /// Changes the options: `.options(|o| o.protect())`.
    pub fn options(self, change: impl FnOnce(kim::Options) -> kim::Options) -> Self {
        Self(self.0.options(change))
    }

    /// Declares the resource in a stack or component.
    #[track_caller]
    pub fn declare(self, stack: &kim::Stack) -> Volume {
        Volume(self.0.declare(stack))
    }
}

/// The attachment of a volume to an instance of its zone.
#[derive(Clone, Copy, Debug)]
pub struct VolumeAttachment(kim::Declared);

/// The builder of [`VolumeAttachment`].
#[derive(Clone, Debug)]
#[must_use = "a resource exists only once it is declared"]
pub struct VolumeAttachmentBuilder(kim::Resource);

impl VolumeAttachment {
    /// The kind's name.
    pub const KIND: &'static str = "aws:ec2:VolumeAttachment";

    /// Creates a builder. The name is unique among resources of the kind in a component.
    #[allow(clippy::new_ret_no_self)]
    pub fn new(name: impl Into<String>) -> VolumeAttachmentBuilder {
        VolumeAttachmentBuilder(kim::Resource::new(Self::KIND, name))
    }

    /// The attachment's id: volume and instance, `vol-…:i-…`.
    pub fn attachment_id(&self) -> kim::Output<String> {
        self.0.get("attachment_id")
    }

    /// The device name, by convention `/dev/sdf` to `/dev/sdp`.
    ///
    /// On NVMe instances Linux uses other names, in an order that can change. Find the volume by its id under
    /// /dev/disk/by-id.
    pub fn device_name(&self) -> kim::Output<String> {
        self.0.get("device_name")
    }

    /// The instance, `i-…`.
    pub fn instance_id(&self) -> kim::Output<String> {
        self.0.get("instance_id")
    }

    /// If true, the instance is stopped before the volume is detached.
    ///
    /// So a mounted volume is never detached. The instance stays stopped.
    pub fn stop_instance_before_detaching(&self) -> kim::Output<bool> {
        self.0.get("stop_instance_before_detaching")
    }

    /// The volume, `vol-…`.
    pub fn volume_id(&self) -> kim::Output<String> {
        self.0.get("volume_id")
    }

    /// Returns the id: [`Self::attachment_id`].
    pub fn id(&self) -> kim::Output<String> {
        self.0.get("attachment_id")
    }
}

impl kim::Dependency for VolumeAttachment {
    fn output_id(&self) -> kim::OutputId {
        self.0.output_id()
    }
}

impl VolumeAttachmentBuilder {
    /// The device name, by convention `/dev/sdf` to `/dev/sdp`.
    ///
    /// On NVMe instances Linux uses other names, in an order that can change. Find the volume by its id under
    /// /dev/disk/by-id.
    ///
    /// Required. A change replaces the resource.
    pub fn device_name(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("device_name", value))
    }

    /// The instance, `i-…`.
    ///
    /// Required. A change replaces the resource.
    pub fn instance_id(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("instance_id", value))
    }

    /// If true, the instance is stopped before the volume is detached.
    ///
    /// So a mounted volume is never detached. The instance stays stopped.
    ///
    /// Default: `false`.
    pub fn stop_instance_before_detaching(self, value: impl kim::Input<bool>) -> Self {
        Self(self.0.input("stop_instance_before_detaching", value))
    }

    /// The volume, `vol-…`.
    ///
    /// Required. A change replaces the resource.
    pub fn volume_id(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("volume_id", value))
    }

    /// Changes the options: `.options(|o| o.protect())`.
    pub fn options(self, change: impl FnOnce(kim::Options) -> kim::Options) -> Self {
        Self(self.0.options(change))
    }

    /// Declares the resource in a stack or component.
    #[track_caller]
    pub fn declare(self, stack: &kim::Stack) -> VolumeAttachment {
        VolumeAttachment(self.0.declare(stack))
    }
}

/// A virtual private cloud: an isolated network in a region.
#[derive(Clone, Copy, Debug)]
pub struct Vpc(kim::Declared);

/// The builder of [`Vpc`].
#[derive(Clone, Debug)]
#[must_use = "a resource exists only once it is declared"]
pub struct VpcBuilder(kim::Resource);

impl Vpc {
    /// The kind's name.
    pub const KIND: &'static str = "aws:ec2:Vpc";

    /// Creates a builder. The name is unique among resources of the kind in a component.
    #[allow(clippy::new_ret_no_self)]
    pub fn new(name: impl Into<String>) -> VpcBuilder {
        VpcBuilder(kim::Resource::new(Self::KIND, name))
    }

    /// The ARN.
    pub fn arn(&self) -> kim::Output<String> {
        self.0.get("arn")
    }

    /// The IPv4 block, /16 to /28, such as `10.0.0.0/16`.
    ///
    /// AWS clears the bits beyond the prefix.
    pub fn cidr_block(&self) -> kim::Output<String> {
        self.0.get("cidr_block")
    }

    /// The default security group, `sg-…`: that of interfaces that name none.
    pub fn default_security_group_id(&self) -> kim::Output<String> {
        self.0.get("default_security_group_id")
    }

    /// If true, instances with a public address get a public DNS name.
    ///
    /// Needs `enable_dns_support`.
    pub fn enable_dns_hostnames(&self) -> kim::Output<bool> {
        self.0.get("enable_dns_hostnames")
    }

    /// If true, the VPC's DNS server resolves names.
    pub fn enable_dns_support(&self) -> kim::Output<bool> {
        self.0.get("enable_dns_support")
    }

    /// The hardware of instances: `default` (shared) or `dedicated`.
    ///
    /// Dedicated hardware is far more expensive.
    pub fn instance_tenancy(&self) -> kim::Output<String> {
        self.0.get("instance_tenancy")
    }

    /// The main route table, `rtb-…`: that of subnets without an association.
    pub fn main_route_table_id(&self) -> kim::Output<String> {
        self.0.get("main_route_table_id")
    }

    /// The tags, at most 49.
    pub fn tags(&self) -> kim::Output<BTreeMap<String, String>> {
        self.0.get("tags")
    }

    /// The VPC's id, `vpc-…`.
    pub fn vpc_id(&self) -> kim::Output<String> {
        self.0.get("vpc_id")
    }

    /// Returns the id: [`Self::vpc_id`].
    pub fn id(&self) -> kim::Output<String> {
        self.0.get("vpc_id")
    }
}

impl kim::Dependency for Vpc {
    fn output_id(&self) -> kim::OutputId {
        self.0.output_id()
    }
}

impl VpcBuilder {
    /// The IPv4 block, /16 to /28, such as `10.0.0.0/16`.
    ///
    /// AWS clears the bits beyond the prefix.
    ///
    /// Required. A change replaces the resource.
    pub fn cidr_block(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("cidr_block", value))
    }

    /// If true, instances with a public address get a public DNS name.
    ///
    /// Needs `enable_dns_support`.
    ///
    /// Default: `false`.
    pub fn enable_dns_hostnames(self, value: impl kim::Input<bool>) -> Self {
        Self(self.0.input("enable_dns_hostnames", value))
    }

    /// If true, the VPC's DNS server resolves names.
    ///
    /// Default: `true`.
    pub fn enable_dns_support(self, value: impl kim::Input<bool>) -> Self {
        Self(self.0.input("enable_dns_support", value))
    }

    /// The hardware of instances: `default` (shared) or `dedicated`.
    ///
    /// Dedicated hardware is far more expensive.
    ///
    /// Default: `"default"`. One of `default`, `dedicated`. A change replaces the resource.
    pub fn instance_tenancy(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("instance_tenancy", value))
    }

    /// The tags, at most 49.
    ///
    /// Default: `{}`.
    pub fn tags(self, value: impl kim::Input<BTreeMap<String, String>>) -> Self {
        Self(self.0.input("tags", value))
    }

    /// Adds one entry to [`Self::tags`] and keeps the others.
    pub fn tag(self, key: impl Into<String>, value: impl kim::Input<String>) -> Self {
        Self(self.0.entry("tags", key, value))
    }

    /// Changes the options: `.options(|o| o.protect())`.
    pub fn options(self, change: impl FnOnce(kim::Options) -> kim::Options) -> Self {
        Self(self.0.options(change))
    }

    /// Declares the resource in a stack or component.
    #[track_caller]
    pub fn declare(self, stack: &kim::Stack) -> Vpc {
        Vpc(self.0.declare(stack))
    }
}

/// Finds a VPC by id or tags, or the default VPC. Exactly one has to match.
#[derive(Clone, Copy, Debug)]
pub struct VpcLookup(kim::Output<kim::Any>);

/// The builder of [`VpcLookup`].
#[derive(Clone, Debug)]
#[must_use = "nothing is looked up before `look_up`"]
pub struct VpcLookupBuilder(kim::Lookup);

impl VpcLookup {
    /// The lookup's name.
    pub const NAME: &'static str = "aws:ec2:vpc";

    /// Creates a builder.
    #[allow(clippy::new_ret_no_self)]
    pub fn new() -> VpcLookupBuilder {
        VpcLookupBuilder(kim::Lookup::new(Self::NAME))
    }

    /// Its IPv4 block.
    pub fn cidr_block(&self) -> kim::Output<String> {
        self.0.get("cidr_block")
    }

    /// True for the region's default VPC.
    pub fn default(&self) -> kim::Output<bool> {
        self.0.get("default")
    }

    /// The id of the account that owns it.
    pub fn owner_id(&self) -> kim::Output<String> {
        self.0.get("owner_id")
    }

    /// Its tags.
    pub fn tags(&self) -> kim::Output<BTreeMap<String, String>> {
        self.0.get("tags")
    }

    /// The VPC's id, `vpc-…`.
    pub fn vpc_id(&self) -> kim::Output<String> {
        self.0.get("vpc_id")
    }
}

impl kim::Dependency for VpcLookup {
    fn output_id(&self) -> kim::OutputId {
        self.0.output_id()
    }
}

impl VpcLookupBuilder {
    /// True for the region's default VPC.
    pub fn default(self, value: impl kim::Input<bool>) -> Self {
        Self(self.0.argument("default", value))
    }

    /// Tags that it has. `*` stands for any text, `?` for any character.
    ///
    /// Default: `{}`.
    pub fn tags(self, value: impl kim::Input<BTreeMap<String, String>>) -> Self {
        Self(self.0.argument("tags", value))
    }

    /// The VPC's id, `vpc-…`.
    pub fn vpc_id(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.argument("vpc_id", value))
    }

    /// Declares the lookup.
    #[track_caller]
    pub fn look_up(self, stack: &kim::Stack) -> VpcLookup {
        VpcLookup(self.0.look_up(stack))
    }
}
