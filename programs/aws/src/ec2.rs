//! Amazon EC2: networks, security groups, instances and volumes.
//!
//! Generated from the plugin's schema; do not edit.

use std::collections::BTreeMap;

/// An Elastic IP address: a public IPv4 address that stays when what uses it is replaced. It leads to a network
/// interface, or a NAT gateway takes it (its `allocation_id`), or it is only reserved.
#[derive(Clone, Copy, Debug)]
pub struct Address(kim::Declared);

/// The builder of [`Address`].
#[derive(Clone, Debug)]
#[must_use = "a resource exists only once it is declared"]
pub struct AddressBuilder(kim::Resource);

impl Address {
    /// The kind's name.
    pub const KIND: &'static str = "aws:ec2:Address";

    /// Begins one, by a name that is unique among its kind in the component.
    #[allow(clippy::new_ret_no_self)]
    pub fn new(name: impl Into<String>) -> AddressBuilder {
        AddressBuilder(kim::Resource::new(Self::KIND, name))
    }

    /// Its id, `eipalloc-…`.
    pub fn allocation_id(&self) -> kim::Output<String> {
        self.0.get("allocation_id")
    }

    /// What AWS calls its use by an interface or a NAT gateway, `eipassoc-…`; another one whenever that changes.
    pub fn association_id(&self) -> kim::Output<String> {
        self.0.get("association_id")
    }

    /// The network interface to whose primary private address it leads, `eni-…`; it can be changed in place. The VPC of
    /// the interface needs an internet gateway, which this address depends on. Not for a NAT gateway's interface: that
    /// belongs to AWS.
    pub fn network_interface_id(&self) -> kim::Output<Option<String>> {
        self.0.get("network_interface_id")
    }

    /// The address, `203.0.113.7`.
    pub fn public_ip(&self) -> kim::Output<String> {
        self.0.get("public_ip")
    }

    /// Tags.
    pub fn tags(&self) -> kim::Output<BTreeMap<String, String>> {
        self.0.get("tags")
    }

    /// Its id: [`Self::allocation_id`].
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
    /// The network interface to whose primary private address it leads, `eni-…`; it can be changed in place. The VPC of
    /// the interface needs an internet gateway, which this address depends on. Not for a NAT gateway's interface: that
    /// belongs to AWS.
    pub fn network_interface_id(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("network_interface_id", value))
    }

    /// Tags.
    ///
    /// Default: `{}`.
    pub fn tags(self, value: impl kim::Input<BTreeMap<String, String>>) -> Self {
        Self(self.0.input("tags", value))
    }

    /// Adds one entry to [`Self::tags`] and keeps the others.
    pub fn tag(self, key: impl Into<String>, value: impl kim::Input<String>) -> Self {
        Self(self.0.entry("tags", key, value))
    }

    /// Says what the engine is asked to do with it: `.options(|o| o.protect())`.
    pub fn options(self, change: impl FnOnce(kim::Options) -> kim::Options) -> Self {
        Self(self.0.options(change))
    }

    /// Declares it as part of a stack or component.
    #[track_caller]
    pub fn declare(self, stack: &kim::Stack) -> Address {
        Address(self.0.declare(stack))
    }
}

/// Finds a machine image by owner and name: the newest of those that match.
#[derive(Clone, Copy, Debug)]
pub struct AmiLookup(kim::Output<kim::Any>);

/// The builder of [`AmiLookup`].
#[derive(Clone, Debug)]
#[must_use = "nothing is looked up before `look_up`"]
pub struct AmiLookupBuilder(kim::Lookup);

impl AmiLookup {
    /// The lookup's name.
    pub const NAME: &'static str = "aws:ec2:ami";

    /// Begins one.
    #[allow(clippy::new_ret_no_self)]
    pub fn new() -> AmiLookupBuilder {
        AmiLookupBuilder(kim::Lookup::new(Self::NAME))
    }

    /// The processors that it is for.
    pub fn architecture(&self) -> kim::Output<String> {
        self.0.get("architecture")
    }

    /// When it was made, `2026-01-31T12:00:00.000Z`.
    pub fn creation_date(&self) -> kim::Output<String> {
        self.0.get("creation_date")
    }

    /// Its id, `ami-…`.
    pub fn image_id(&self) -> kim::Output<String> {
        self.0.get("image_id")
    }

    /// Its name.
    pub fn name(&self) -> kim::Output<String> {
        self.0.get("name")
    }

    /// The account that owns it.
    pub fn owner_id(&self) -> kim::Output<String> {
        self.0.get("owner_id")
    }

    /// The device of its root volume, `/dev/sda1`.
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
    /// The processors that it is for.
    ///
    /// Default: `"x86_64"`. One of `x86_64`, `arm64`, `i386`, `x86_64_mac`, `arm64_mac`.
    pub fn architecture(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.argument("architecture", value))
    }

    /// Takes the newest where several match; else that is an error.
    ///
    /// Default: `true`.
    pub fn most_recent(self, value: impl kim::Input<bool>) -> Self {
        Self(self.0.argument("most_recent", value))
    }

    /// Its name; `*` and `?` stand for any text and any character:
    /// `ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server-*`.
    ///
    /// Required.
    pub fn name(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.argument("name", value))
    }

    /// Whose image: an account, or `amazon`, `aws-marketplace`, `self`. Never leave this to chance: anybody can give an
    /// image any name. Ubuntu is 099720109477.
    ///
    /// Required.
    pub fn owner(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.argument("owner", value))
    }

    /// Makes the lookup.
    #[track_caller]
    pub fn look_up(self, stack: &kim::Stack) -> AmiLookup {
        AmiLookup(self.0.look_up(stack))
    }
}

/// Finds the region's zones that are open to this account; no local or wavelength zones.
#[derive(Clone, Copy, Debug)]
pub struct AvailabilityZonesLookup(kim::Output<kim::Any>);

/// The builder of [`AvailabilityZonesLookup`].
#[derive(Clone, Debug)]
#[must_use = "nothing is looked up before `look_up`"]
pub struct AvailabilityZonesLookupBuilder(kim::Lookup);

impl AvailabilityZonesLookup {
    /// The lookup's name.
    pub const NAME: &'static str = "aws:ec2:availability_zones";

    /// Begins one.
    #[allow(clippy::new_ret_no_self)]
    pub fn new() -> AvailabilityZonesLookupBuilder {
        AvailabilityZonesLookupBuilder(kim::Lookup::new(Self::NAME))
    }

    /// Their names, `eu-central-1a`.
    pub fn names(&self) -> kim::Output<Vec<String>> {
        self.0.get("names")
    }

    /// Their ids, the same places in every account: `euc1-az2`.
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

    /// Makes the lookup.
    #[track_caller]
    pub fn look_up(self, stack: &kim::Stack) -> AvailabilityZonesLookup {
        AvailabilityZonesLookup(self.0.look_up(stack))
    }
}

/// A virtual machine. Another type, other user data and EBS optimisation stop and start it in place; its address, id
/// and volumes stay.
#[derive(Clone, Copy, Debug)]
pub struct Instance(kim::Declared);

/// The builder of [`Instance`].
#[derive(Clone, Debug)]
#[must_use = "a resource exists only once it is declared"]
pub struct InstanceBuilder(kim::Resource);

impl Instance {
    /// The kind's name.
    pub const KIND: &'static str = "aws:ec2:Instance";

    /// Begins one, by a name that is unique among its kind in the component.
    #[allow(clippy::new_ret_no_self)]
    pub fn new(name: impl Into<String>) -> InstanceBuilder {
        InstanceBuilder(kim::Resource::new(Self::KIND, name))
    }

    /// Its ARN.
    pub fn arn(&self) -> kim::Output<String> {
        self.0.get("arn")
    }

    /// Whether it gets a public address; where nothing is said, the subnet decides. Not with `network_interface_id`.
    pub fn associate_public_ip_address(&self) -> kim::Output<Option<bool>> {
        self.0.get("associate_public_ip_address")
    }

    /// The zone, where neither a subnet nor an interface says it.
    pub fn availability_zone(&self) -> kim::Output<String> {
        self.0.get("availability_zone")
    }

    /// Refuses to be terminated, also by kim, until it is false again.
    pub fn disable_api_termination(&self) -> kim::Output<bool> {
        self.0.get("disable_api_termination")
    }

    /// Bandwidth of its own for EBS; today's types have it anyway. Changing it stops and starts the instance.
    pub fn ebs_optimized(&self) -> kim::Output<bool> {
        self.0.get("ebs_optimized")
    }

    /// The instance profile's name, which gives it a role.
    pub fn iam_instance_profile(&self) -> kim::Output<Option<String>> {
        self.0.get("iam_instance_profile")
    }

    /// The machine image, `ami-…`.
    pub fn image_id(&self) -> kim::Output<String> {
        self.0.get("image_id")
    }

    /// Its id, `i-…`.
    pub fn instance_id(&self) -> kim::Output<String> {
        self.0.get("instance_id")
    }

    /// The type, `c6i.xlarge`. Changing it stops and starts the instance.
    pub fn instance_type(&self) -> kim::Output<String> {
        self.0.get("instance_type")
    }

    /// The key pair's name, to log in with.
    pub fn key_name(&self) -> kim::Output<Option<String>> {
        self.0.get("key_name")
    }

    /// How instances reach their metadata; by default only with a token (IMDSv2).
    pub fn metadata_options(&self) -> kim::Output<MetadataOptions> {
        self.0.get("metadata_options")
    }

    /// Detailed monitoring, every minute, at a charge.
    pub fn monitoring(&self) -> kim::Output<bool> {
        self.0.get("monitoring")
    }

    /// A network interface of your own as the primary one, `eni-…`: its subnet, address and groups count. An interface
    /// has one instance: a replacement has to delete the old instance first.
    pub fn network_interface_id(&self) -> kim::Output<String> {
        self.0.get("network_interface_id")
    }

    /// The placement group's name.
    pub fn placement_group(&self) -> kim::Output<Option<String>> {
        self.0.get("placement_group")
    }

    /// The DNS name of its private address.
    pub fn private_dns_name(&self) -> kim::Output<String> {
        self.0.get("private_dns_name")
    }

    /// Its address in the subnet. Not with `network_interface_id`.
    pub fn private_ip(&self) -> kim::Output<String> {
        self.0.get("private_ip")
    }

    /// The DNS name of its public address.
    pub fn public_dns_name(&self) -> kim::Output<String> {
        self.0.get("public_dns_name")
    }

    /// Its public address, if it has one; another one after every stop.
    pub fn public_ip(&self) -> kim::Output<String> {
        self.0.get("public_ip")
    }

    /// The volume that it starts from, as the image has it where nothing is said.
    pub fn root_volume(&self) -> kim::Output<RootVolume> {
        self.0.get("root_volume")
    }

    /// The volume that it starts from, `vol-…`.
    pub fn root_volume_id(&self) -> kim::Output<String> {
        self.0.get("root_volume_id")
    }

    /// The security groups around its primary interface, `sg-…`. Not with `network_interface_id`.
    pub fn security_group_ids(&self) -> kim::Output<Vec<String>> {
        self.0.get("security_group_ids")
    }

    /// `running`, `stopped`, …
    pub fn state(&self) -> kim::Output<String> {
        self.0.get("state")
    }

    /// The subnet, `subnet-…`; the default VPC's where none is given. Not with `network_interface_id`.
    pub fn subnet_id(&self) -> kim::Output<String> {
        self.0.get("subnet_id")
    }

    /// Tags.
    pub fn tags(&self) -> kim::Output<BTreeMap<String, String>> {
        self.0.get("tags")
    }

    /// What cloud-init runs at the first start, at most 16 KB; kim encodes it. Changing it stops and starts the
    /// instance. Reading it takes a call for each instance, so a change outside kim is not noticed.
    pub fn user_data(&self) -> kim::Output<Option<String>> {
        self.0.get("user_data")
    }

    /// The VPC that it is in.
    pub fn vpc_id(&self) -> kim::Output<String> {
        self.0.get("vpc_id")
    }

    /// Its id: [`Self::instance_id`].
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
    /// Whether it gets a public address; where nothing is said, the subnet decides. Not with `network_interface_id`.
    ///
    /// Changing it replaces the resource.
    pub fn associate_public_ip_address(self, value: impl kim::Input<bool>) -> Self {
        Self(self.0.input("associate_public_ip_address", value))
    }

    /// The zone, where neither a subnet nor an interface says it.
    ///
    /// Changing it replaces the resource.
    pub fn availability_zone(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("availability_zone", value))
    }

    /// Refuses to be terminated, also by kim, until it is false again.
    ///
    /// Default: `false`.
    pub fn disable_api_termination(self, value: impl kim::Input<bool>) -> Self {
        Self(self.0.input("disable_api_termination", value))
    }

    /// Bandwidth of its own for EBS; today's types have it anyway. Changing it stops and starts the instance.
    pub fn ebs_optimized(self, value: impl kim::Input<bool>) -> Self {
        Self(self.0.input("ebs_optimized", value))
    }

    /// The instance profile's name, which gives it a role.
    ///
    /// 1 to 128 characters.
    pub fn iam_instance_profile(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("iam_instance_profile", value))
    }

    /// The machine image, `ami-…`.
    ///
    /// Required. Changing it replaces the resource.
    pub fn image_id(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("image_id", value))
    }

    /// The type, `c6i.xlarge`. Changing it stops and starts the instance.
    ///
    /// Required.
    pub fn instance_type(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("instance_type", value))
    }

    /// The key pair's name, to log in with.
    ///
    /// Changing it replaces the resource.
    pub fn key_name(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("key_name", value))
    }

    /// How instances reach their metadata; by default only with a token (IMDSv2).
    pub fn metadata_options(self, value: impl kim::Input<MetadataOptions>) -> Self {
        Self(self.0.input("metadata_options", value))
    }

    /// Detailed monitoring, every minute, at a charge.
    ///
    /// Default: `false`.
    pub fn monitoring(self, value: impl kim::Input<bool>) -> Self {
        Self(self.0.input("monitoring", value))
    }

    /// A network interface of your own as the primary one, `eni-…`: its subnet, address and groups count. An interface
    /// has one instance: a replacement has to delete the old instance first.
    ///
    /// Changing it replaces the resource.
    pub fn network_interface_id(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("network_interface_id", value))
    }

    /// The placement group's name.
    ///
    /// Changing it replaces the resource.
    pub fn placement_group(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("placement_group", value))
    }

    /// Its address in the subnet. Not with `network_interface_id`.
    ///
    /// Changing it replaces the resource.
    pub fn private_ip(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("private_ip", value))
    }

    /// The volume that it starts from, as the image has it where nothing is said.
    pub fn root_volume(self, value: impl kim::Input<RootVolume>) -> Self {
        Self(self.0.input("root_volume", value))
    }

    /// The security groups around its primary interface, `sg-…`. Not with `network_interface_id`.
    ///
    /// Order does not matter.
    pub fn security_group_ids(self, value: impl kim::Input<Vec<String>>) -> Self {
        Self(self.0.input("security_group_ids", value))
    }

    /// The subnet, `subnet-…`; the default VPC's where none is given. Not with `network_interface_id`.
    ///
    /// Changing it replaces the resource.
    pub fn subnet_id(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("subnet_id", value))
    }

    /// Tags.
    ///
    /// Default: `{}`.
    pub fn tags(self, value: impl kim::Input<BTreeMap<String, String>>) -> Self {
        Self(self.0.input("tags", value))
    }

    /// Adds one entry to [`Self::tags`] and keeps the others.
    pub fn tag(self, key: impl Into<String>, value: impl kim::Input<String>) -> Self {
        Self(self.0.entry("tags", key, value))
    }

    /// What cloud-init runs at the first start, at most 16 KB; kim encodes it. Changing it stops and starts the
    /// instance. Reading it takes a call for each instance, so a change outside kim is not noticed.
    pub fn user_data(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("user_data", value))
    }

    /// Says what the engine is asked to do with it: `.options(|o| o.protect())`.
    pub fn options(self, change: impl FnOnce(kim::Options) -> kim::Options) -> Self {
        Self(self.0.options(change))
    }

    /// Declares it as part of a stack or component.
    #[track_caller]
    pub fn declare(self, stack: &kim::Stack) -> Instance {
        Instance(self.0.declare(stack))
    }
}

/// A VPC's door to the internet, with its attachment.
#[derive(Clone, Copy, Debug)]
pub struct InternetGateway(kim::Declared);

/// The builder of [`InternetGateway`].
#[derive(Clone, Debug)]
#[must_use = "a resource exists only once it is declared"]
pub struct InternetGatewayBuilder(kim::Resource);

impl InternetGateway {
    /// The kind's name.
    pub const KIND: &'static str = "aws:ec2:InternetGateway";

    /// Begins one, by a name that is unique among its kind in the component.
    #[allow(clippy::new_ret_no_self)]
    pub fn new(name: impl Into<String>) -> InternetGatewayBuilder {
        InternetGatewayBuilder(kim::Resource::new(Self::KIND, name))
    }

    /// Its id, `igw-…`.
    pub fn internet_gateway_id(&self) -> kim::Output<String> {
        self.0.get("internet_gateway_id")
    }

    /// Tags.
    pub fn tags(&self) -> kim::Output<BTreeMap<String, String>> {
        self.0.get("tags")
    }

    /// The VPC that it is attached to, `vpc-…`; a VPC has one at most. Without it the gateway stands alone.
    pub fn vpc_id(&self) -> kim::Output<Option<String>> {
        self.0.get("vpc_id")
    }

    /// Its id: [`Self::internet_gateway_id`].
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
    /// Tags.
    ///
    /// Default: `{}`.
    pub fn tags(self, value: impl kim::Input<BTreeMap<String, String>>) -> Self {
        Self(self.0.input("tags", value))
    }

    /// Adds one entry to [`Self::tags`] and keeps the others.
    pub fn tag(self, key: impl Into<String>, value: impl kim::Input<String>) -> Self {
        Self(self.0.entry("tags", key, value))
    }

    /// The VPC that it is attached to, `vpc-…`; a VPC has one at most. Without it the gateway stands alone.
    pub fn vpc_id(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("vpc_id", value))
    }

    /// Says what the engine is asked to do with it: `.options(|o| o.protect())`.
    pub fn options(self, change: impl FnOnce(kim::Options) -> kim::Options) -> Self {
        Self(self.0.options(change))
    }

    /// Declares it as part of a stack or component.
    #[track_caller]
    pub fn declare(self, stack: &kim::Stack) -> InternetGateway {
        InternetGateway(self.0.declare(stack))
    }
}

/// A public key that new instances let in over SSH. The private half stays with you.
#[derive(Clone, Copy, Debug)]
pub struct KeyPair(kim::Declared);

/// The builder of [`KeyPair`].
#[derive(Clone, Debug)]
#[must_use = "a resource exists only once it is declared"]
pub struct KeyPairBuilder(kim::Resource);

impl KeyPair {
    /// The kind's name.
    pub const KIND: &'static str = "aws:ec2:KeyPair";

    /// Begins one, by a name that is unique among its kind in the component.
    #[allow(clippy::new_ret_no_self)]
    pub fn new(name: impl Into<String>) -> KeyPairBuilder {
        KeyPairBuilder(kim::Resource::new(Self::KIND, name))
    }

    /// The key's fingerprint, as AWS computes it.
    pub fn fingerprint(&self) -> kim::Output<String> {
        self.0.get("fingerprint")
    }

    /// What AWS numbers it, `key-…`.
    pub fn key_pair_id(&self) -> kim::Output<String> {
        self.0.get("key_pair_id")
    }

    /// Its name, unique in the region; also its id.
    pub fn name(&self) -> kim::Output<String> {
        self.0.get("name")
    }

    /// The public key in OpenSSH's format: `ssh-ed25519 AAAA… comment`.
    pub fn public_key(&self) -> kim::Output<String> {
        self.0.get("public_key")
    }

    /// Tags.
    pub fn tags(&self) -> kim::Output<BTreeMap<String, String>> {
        self.0.get("tags")
    }

    /// Its id: [`Self::name`].
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
    /// Its name, unique in the region; also its id.
    ///
    /// Required. 1 to 255 characters. Changing it replaces the resource.
    pub fn name(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("name", value))
    }

    /// The public key in OpenSSH's format: `ssh-ed25519 AAAA… comment`.
    ///
    /// Required. Changing it replaces the resource.
    pub fn public_key(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("public_key", value))
    }

    /// Tags.
    ///
    /// Default: `{}`.
    pub fn tags(self, value: impl kim::Input<BTreeMap<String, String>>) -> Self {
        Self(self.0.input("tags", value))
    }

    /// Adds one entry to [`Self::tags`] and keeps the others.
    pub fn tag(self, key: impl Into<String>, value: impl kim::Input<String>) -> Self {
        Self(self.0.entry("tags", key, value))
    }

    /// Says what the engine is asked to do with it: `.options(|o| o.protect())`.
    pub fn options(self, change: impl FnOnce(kim::Options) -> kim::Options) -> Self {
        Self(self.0.options(change))
    }

    /// Declares it as part of a stack or component.
    #[track_caller]
    pub fn declare(self, stack: &kim::Stack) -> KeyPair {
        KeyPair(self.0.declare(stack))
    }
}

/// A part of [`Instance`].
#[derive(Clone, Debug, Default)]
pub struct MetadataOptions(kim::Object);

impl MetadataOptions {
    /// One without any property.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether there is metadata at all.
    ///
    /// Default: `"enabled"`. One of `enabled`, `disabled`.
    pub fn http_endpoint(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.set("http_endpoint", value))
    }

    /// Network hops that an answer survives; containers need 2.
    ///
    /// 1 to 64.
    pub fn http_put_response_hop_limit(self, value: impl kim::Input<i64>) -> Self {
        Self(self.0.set("http_put_response_hop_limit", value))
    }

    /// `required`: only with a token (IMDSv2); `optional`: without as well, which lets a tricked server leak its role.
    ///
    /// Default: `"required"`. One of `required`, `optional`.
    pub fn http_tokens(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.set("http_tokens", value))
    }

    /// Whether its tags are part of it.
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

/// A public NAT gateway: what is in private subnets reaches the internet through it, and nobody from there reaches in.
/// A Route with its `nat_gateway_id` leads to it. An address has one gateway: a replacement has to delete the old one
/// first.
#[derive(Clone, Copy, Debug)]
pub struct NatGateway(kim::Declared);

/// The builder of [`NatGateway`].
#[derive(Clone, Debug)]
#[must_use = "a resource exists only once it is declared"]
pub struct NatGatewayBuilder(kim::Resource);

impl NatGateway {
    /// The kind's name.
    pub const KIND: &'static str = "aws:ec2:NatGateway";

    /// Begins one, by a name that is unique among its kind in the component.
    #[allow(clippy::new_ret_no_self)]
    pub fn new(name: impl Into<String>) -> NatGatewayBuilder {
        NatGatewayBuilder(kim::Resource::new(Self::KIND, name))
    }

    /// The Address that it is seen with, `eipalloc-…`; nothing else may use it.
    pub fn allocation_id(&self) -> kim::Output<String> {
        self.0.get("allocation_id")
    }

    /// Its id, `nat-…`.
    pub fn nat_gateway_id(&self) -> kim::Output<String> {
        self.0.get("nat_gateway_id")
    }

    /// Its address in the subnet.
    pub fn private_ip(&self) -> kim::Output<String> {
        self.0.get("private_ip")
    }

    /// The address that it is seen with, `203.0.113.7`.
    pub fn public_ip(&self) -> kim::Output<String> {
        self.0.get("public_ip")
    }

    /// `available`, …
    pub fn state(&self) -> kim::Output<String> {
        self.0.get("state")
    }

    /// The subnet that it stands in, `subnet-…`: a public one, whose route table leads to the VPC's internet gateway.
    /// The gateway depends on that internet gateway.
    pub fn subnet_id(&self) -> kim::Output<String> {
        self.0.get("subnet_id")
    }

    /// Tags.
    pub fn tags(&self) -> kim::Output<BTreeMap<String, String>> {
        self.0.get("tags")
    }

    /// The VPC of its subnet.
    pub fn vpc_id(&self) -> kim::Output<String> {
        self.0.get("vpc_id")
    }

    /// Its id: [`Self::nat_gateway_id`].
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
    /// The Address that it is seen with, `eipalloc-…`; nothing else may use it.
    ///
    /// Required. Changing it replaces the resource.
    pub fn allocation_id(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("allocation_id", value))
    }

    /// The subnet that it stands in, `subnet-…`: a public one, whose route table leads to the VPC's internet gateway.
    /// The gateway depends on that internet gateway.
    ///
    /// Required. Changing it replaces the resource.
    pub fn subnet_id(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("subnet_id", value))
    }

    /// Tags.
    ///
    /// Default: `{}`.
    pub fn tags(self, value: impl kim::Input<BTreeMap<String, String>>) -> Self {
        Self(self.0.input("tags", value))
    }

    /// Adds one entry to [`Self::tags`] and keeps the others.
    pub fn tag(self, key: impl Into<String>, value: impl kim::Input<String>) -> Self {
        Self(self.0.entry("tags", key, value))
    }

    /// Says what the engine is asked to do with it: `.options(|o| o.protect())`.
    pub fn options(self, change: impl FnOnce(kim::Options) -> kim::Options) -> Self {
        Self(self.0.options(change))
    }

    /// Declares it as part of a stack or component.
    #[track_caller]
    pub fn declare(self, stack: &kim::Stack) -> NatGateway {
        NatGateway(self.0.declare(stack))
    }
}

/// A network card of its own: its address stays when the instance that uses it is replaced.
#[derive(Clone, Copy, Debug)]
pub struct NetworkInterface(kim::Declared);

/// The builder of [`NetworkInterface`].
#[derive(Clone, Debug)]
#[must_use = "a resource exists only once it is declared"]
pub struct NetworkInterfaceBuilder(kim::Resource);

impl NetworkInterface {
    /// The kind's name.
    pub const KIND: &'static str = "aws:ec2:NetworkInterface";

    /// Begins one, by a name that is unique among its kind in the component.
    #[allow(clippy::new_ret_no_self)]
    pub fn new(name: impl Into<String>) -> NetworkInterfaceBuilder {
        NetworkInterfaceBuilder(kim::Resource::new(Self::KIND, name))
    }

    /// Its ARN.
    pub fn arn(&self) -> kim::Output<String> {
        self.0.get("arn")
    }

    /// The zone of its subnet.
    pub fn availability_zone(&self) -> kim::Output<String> {
        self.0.get("availability_zone")
    }

    /// What it is for.
    pub fn description(&self) -> kim::Output<String> {
        self.0.get("description")
    }

    /// Its hardware address.
    pub fn mac_address(&self) -> kim::Output<String> {
        self.0.get("mac_address")
    }

    /// Its id, `eni-…`.
    pub fn network_interface_id(&self) -> kim::Output<String> {
        self.0.get("network_interface_id")
    }

    /// The DNS name of its address inside the VPC.
    pub fn private_dns_name(&self) -> kim::Output<String> {
        self.0.get("private_dns_name")
    }

    /// Its IPv4 address; where none is given, AWS picks a free one of the subnet.
    pub fn private_ip(&self) -> kim::Output<String> {
        self.0.get("private_ip")
    }

    /// The security groups around it, `sg-…`; the VPC's default one where none is given.
    pub fn security_group_ids(&self) -> kim::Output<Vec<String>> {
        self.0.get("security_group_ids")
    }

    /// Whether packets that are not from or to it are dropped; false for what routes (NAT, VPN).
    pub fn source_dest_check(&self) -> kim::Output<bool> {
        self.0.get("source_dest_check")
    }

    /// The subnet, `subnet-…`.
    pub fn subnet_id(&self) -> kim::Output<String> {
        self.0.get("subnet_id")
    }

    /// Tags.
    pub fn tags(&self) -> kim::Output<BTreeMap<String, String>> {
        self.0.get("tags")
    }

    /// The VPC of its subnet.
    pub fn vpc_id(&self) -> kim::Output<String> {
        self.0.get("vpc_id")
    }

    /// Its id: [`Self::network_interface_id`].
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
    /// What it is for.
    ///
    /// Default: `""`. At most 255 characters.
    pub fn description(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("description", value))
    }

    /// Its IPv4 address; where none is given, AWS picks a free one of the subnet.
    ///
    /// Changing it replaces the resource.
    pub fn private_ip(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("private_ip", value))
    }

    /// The security groups around it, `sg-…`; the VPC's default one where none is given.
    ///
    /// Order does not matter.
    pub fn security_group_ids(self, value: impl kim::Input<Vec<String>>) -> Self {
        Self(self.0.input("security_group_ids", value))
    }

    /// Whether packets that are not from or to it are dropped; false for what routes (NAT, VPN).
    ///
    /// Default: `true`.
    pub fn source_dest_check(self, value: impl kim::Input<bool>) -> Self {
        Self(self.0.input("source_dest_check", value))
    }

    /// The subnet, `subnet-…`.
    ///
    /// Required. Changing it replaces the resource.
    pub fn subnet_id(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("subnet_id", value))
    }

    /// Tags.
    ///
    /// Default: `{}`.
    pub fn tags(self, value: impl kim::Input<BTreeMap<String, String>>) -> Self {
        Self(self.0.input("tags", value))
    }

    /// Adds one entry to [`Self::tags`] and keeps the others.
    pub fn tag(self, key: impl Into<String>, value: impl kim::Input<String>) -> Self {
        Self(self.0.entry("tags", key, value))
    }

    /// Says what the engine is asked to do with it: `.options(|o| o.protect())`.
    pub fn options(self, change: impl FnOnce(kim::Options) -> kim::Options) -> Self {
        Self(self.0.options(change))
    }

    /// Declares it as part of a stack or component.
    #[track_caller]
    pub fn declare(self, stack: &kim::Stack) -> NetworkInterface {
        NetworkInterface(self.0.declare(stack))
    }
}

/// How instances are placed on hardware: close together, apart, or in partitions.
#[derive(Clone, Copy, Debug)]
pub struct PlacementGroup(kim::Declared);

/// The builder of [`PlacementGroup`].
#[derive(Clone, Debug)]
#[must_use = "a resource exists only once it is declared"]
pub struct PlacementGroupBuilder(kim::Resource);

impl PlacementGroup {
    /// The kind's name.
    pub const KIND: &'static str = "aws:ec2:PlacementGroup";

    /// Begins one, by a name that is unique among its kind in the component.
    #[allow(clippy::new_ret_no_self)]
    pub fn new(name: impl Into<String>) -> PlacementGroupBuilder {
        PlacementGroupBuilder(kim::Resource::new(Self::KIND, name))
    }

    /// Its ARN.
    pub fn arn(&self) -> kim::Output<String> {
        self.0.get("arn")
    }

    /// What AWS numbers it, `pg-…`.
    pub fn group_id(&self) -> kim::Output<String> {
        self.0.get("group_id")
    }

    /// Its name, unique in the region; also its id.
    pub fn name(&self) -> kim::Output<String> {
        self.0.get("name")
    }

    /// How many partitions a zone has, with `partition` only.
    pub fn partition_count(&self) -> kim::Output<i64> {
        self.0.get("partition_count")
    }

    /// What instances are spread over, with `spread` only: `rack`, or `host` (Outposts).
    pub fn spread_level(&self) -> kim::Output<String> {
        self.0.get("spread_level")
    }

    /// `cluster`: close together for low latency, in one zone only. `spread`: each on hardware of its own, at most
    /// seven a zone. `partition`: groups that share no hardware.
    pub fn strategy(&self) -> kim::Output<String> {
        self.0.get("strategy")
    }

    /// Tags.
    pub fn tags(&self) -> kim::Output<BTreeMap<String, String>> {
        self.0.get("tags")
    }

    /// Its id: [`Self::name`].
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
    /// Its name, unique in the region; also its id.
    ///
    /// Required. 1 to 255 characters. Changing it replaces the resource.
    pub fn name(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("name", value))
    }

    /// How many partitions a zone has, with `partition` only.
    ///
    /// 1 to 7. Changing it replaces the resource.
    pub fn partition_count(self, value: impl kim::Input<i64>) -> Self {
        Self(self.0.input("partition_count", value))
    }

    /// What instances are spread over, with `spread` only: `rack`, or `host` (Outposts).
    ///
    /// One of `rack`, `host`. Changing it replaces the resource.
    pub fn spread_level(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("spread_level", value))
    }

    /// `cluster`: close together for low latency, in one zone only. `spread`: each on hardware of its own, at most
    /// seven a zone. `partition`: groups that share no hardware.
    ///
    /// Default: `"cluster"`. One of `cluster`, `spread`, `partition`. Changing it replaces the resource.
    pub fn strategy(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("strategy", value))
    }

    /// Tags.
    ///
    /// Default: `{}`.
    pub fn tags(self, value: impl kim::Input<BTreeMap<String, String>>) -> Self {
        Self(self.0.input("tags", value))
    }

    /// Adds one entry to [`Self::tags`] and keeps the others.
    pub fn tag(self, key: impl Into<String>, value: impl kim::Input<String>) -> Self {
        Self(self.0.entry("tags", key, value))
    }

    /// Says what the engine is asked to do with it: `.options(|o| o.protect())`.
    pub fn options(self, change: impl FnOnce(kim::Options) -> kim::Options) -> Self {
        Self(self.0.options(change))
    }

    /// Declares it as part of a stack or component.
    #[track_caller]
    pub fn declare(self, stack: &kim::Stack) -> PlacementGroup {
        PlacementGroup(self.0.declare(stack))
    }
}

/// A part of [`Instance`].
#[derive(Clone, Debug, Default)]
pub struct RootVolume(kim::Object);

impl RootVolume {
    /// One without any property.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether it goes with the instance.
    ///
    /// Default: `true`.
    pub fn delete_on_termination(self, value: impl kim::Input<bool>) -> Self {
        Self(self.0.set("delete_on_termination", value))
    }

    /// Whether it is encrypted; where nothing is said, the image and the account's default decide.
    ///
    /// Changing it replaces the resource.
    pub fn encrypted(self, value: impl kim::Input<bool>) -> Self {
        Self(self.0.set("encrypted", value))
    }

    /// Operations a second, as for a volume.
    ///
    /// 100 to 256000.
    pub fn iops(self, value: impl kim::Input<i64>) -> Self {
        Self(self.0.set("iops", value))
    }

    /// The KMS key to encrypt with; needs `encrypted = true`.
    ///
    /// Changing it replaces the resource.
    pub fn kms_key_id(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.set("kms_key_id", value))
    }

    /// GiB, not less than the image's. It can grow, never shrink.
    ///
    /// 1 to 65536.
    pub fn size(self, value: impl kim::Input<i64>) -> Self {
        Self(self.0.set("size", value))
    }

    /// MiB/s, as for a volume.
    ///
    /// 125 to 2000.
    pub fn throughput(self, value: impl kim::Input<i64>) -> Self {
        Self(self.0.set("throughput", value))
    }

    /// The kind of disk; st1 and sc1 cannot be started from.
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

/// One route of a table: where packets for a destination go. Its id is `rtb-…:destination`. The target can be changed
/// in place, without a gap.
#[derive(Clone, Copy, Debug)]
pub struct Route(kim::Declared);

/// The builder of [`Route`].
#[derive(Clone, Debug)]
#[must_use = "a resource exists only once it is declared"]
pub struct RouteBuilder(kim::Resource);

impl Route {
    /// The kind's name.
    pub const KIND: &'static str = "aws:ec2:Route";

    /// Begins one, by a name that is unique among its kind in the component.
    #[allow(clippy::new_ret_no_self)]
    pub fn new(name: impl Into<String>) -> RouteBuilder {
        RouteBuilder(kim::Resource::new(Self::KIND, name))
    }

    /// The IPv4 addresses that it is for, canonical: `0.0.0.0/0`. One destination is given.
    pub fn destination_cidr_block(&self) -> kim::Output<Option<String>> {
        self.0.get("destination_cidr_block")
    }

    /// The IPv6 addresses that it is for, canonical: `::/0`.
    pub fn destination_ipv6_cidr_block(&self) -> kim::Output<Option<String>> {
        self.0.get("destination_ipv6_cidr_block")
    }

    /// The prefix list that it is for, `pl-…`.
    pub fn destination_prefix_list_id(&self) -> kim::Output<Option<String>> {
        self.0.get("destination_prefix_list_id")
    }

    /// To an egress-only internet gateway (IPv6), `eigw-…`.
    pub fn egress_only_internet_gateway_id(&self) -> kim::Output<Option<String>> {
        self.0.get("egress_only_internet_gateway_id")
    }

    /// To an internet gateway or virtual private gateway, `igw-…`. One target is given.
    pub fn gateway_id(&self) -> kim::Output<Option<String>> {
        self.0.get("gateway_id")
    }

    /// To an instance that has one network interface, `i-…`.
    pub fn instance_id(&self) -> kim::Output<Option<String>> {
        self.0.get("instance_id")
    }

    /// To a NAT gateway, `nat-…`.
    pub fn nat_gateway_id(&self) -> kim::Output<Option<String>> {
        self.0.get("nat_gateway_id")
    }

    /// To a network interface, `eni-…`.
    pub fn network_interface_id(&self) -> kim::Output<Option<String>> {
        self.0.get("network_interface_id")
    }

    /// Its id: the table's and the destination, `rtb-…:0.0.0.0/0`.
    pub fn route_id(&self) -> kim::Output<String> {
        self.0.get("route_id")
    }

    /// The table, `rtb-…`.
    pub fn route_table_id(&self) -> kim::Output<String> {
        self.0.get("route_table_id")
    }

    /// `active`, or `blackhole` where the target is gone.
    pub fn state(&self) -> kim::Output<String> {
        self.0.get("state")
    }

    /// To a transit gateway, `tgw-…`.
    pub fn transit_gateway_id(&self) -> kim::Output<Option<String>> {
        self.0.get("transit_gateway_id")
    }

    /// To a Gateway Load Balancer endpoint, `vpce-…`.
    pub fn vpc_endpoint_id(&self) -> kim::Output<Option<String>> {
        self.0.get("vpc_endpoint_id")
    }

    /// To a peered VPC, `pcx-…`.
    pub fn vpc_peering_connection_id(&self) -> kim::Output<Option<String>> {
        self.0.get("vpc_peering_connection_id")
    }

    /// Its id: [`Self::route_id`].
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
    /// The IPv4 addresses that it is for, canonical: `0.0.0.0/0`. One destination is given.
    ///
    /// Changing it replaces the resource.
    pub fn destination_cidr_block(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("destination_cidr_block", value))
    }

    /// The IPv6 addresses that it is for, canonical: `::/0`.
    ///
    /// Changing it replaces the resource.
    pub fn destination_ipv6_cidr_block(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("destination_ipv6_cidr_block", value))
    }

    /// The prefix list that it is for, `pl-…`.
    ///
    /// Changing it replaces the resource.
    pub fn destination_prefix_list_id(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("destination_prefix_list_id", value))
    }

    /// To an egress-only internet gateway (IPv6), `eigw-…`.
    pub fn egress_only_internet_gateway_id(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("egress_only_internet_gateway_id", value))
    }

    /// To an internet gateway or virtual private gateway, `igw-…`. One target is given.
    pub fn gateway_id(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("gateway_id", value))
    }

    /// To an instance that has one network interface, `i-…`.
    pub fn instance_id(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("instance_id", value))
    }

    /// To a NAT gateway, `nat-…`.
    pub fn nat_gateway_id(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("nat_gateway_id", value))
    }

    /// To a network interface, `eni-…`.
    pub fn network_interface_id(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("network_interface_id", value))
    }

    /// The table, `rtb-…`.
    ///
    /// Required. Changing it replaces the resource.
    pub fn route_table_id(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("route_table_id", value))
    }

    /// To a transit gateway, `tgw-…`.
    pub fn transit_gateway_id(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("transit_gateway_id", value))
    }

    /// To a Gateway Load Balancer endpoint, `vpce-…`.
    pub fn vpc_endpoint_id(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("vpc_endpoint_id", value))
    }

    /// To a peered VPC, `pcx-…`.
    pub fn vpc_peering_connection_id(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("vpc_peering_connection_id", value))
    }

    /// Says what the engine is asked to do with it: `.options(|o| o.protect())`.
    pub fn options(self, change: impl FnOnce(kim::Options) -> kim::Options) -> Self {
        Self(self.0.options(change))
    }

    /// Declares it as part of a stack or component.
    #[track_caller]
    pub fn declare(self, stack: &kim::Stack) -> Route {
        Route(self.0.declare(stack))
    }
}

/// A table of routes; its routes and the subnets that use it are resources of their own (`Route`,
/// `RouteTableAssociation`).
#[derive(Clone, Copy, Debug)]
pub struct RouteTable(kim::Declared);

/// The builder of [`RouteTable`].
#[derive(Clone, Debug)]
#[must_use = "a resource exists only once it is declared"]
pub struct RouteTableBuilder(kim::Resource);

impl RouteTable {
    /// The kind's name.
    pub const KIND: &'static str = "aws:ec2:RouteTable";

    /// Begins one, by a name that is unique among its kind in the component.
    #[allow(clippy::new_ret_no_self)]
    pub fn new(name: impl Into<String>) -> RouteTableBuilder {
        RouteTableBuilder(kim::Resource::new(Self::KIND, name))
    }

    /// Its id, `rtb-…`.
    pub fn route_table_id(&self) -> kim::Output<String> {
        self.0.get("route_table_id")
    }

    /// Tags.
    pub fn tags(&self) -> kim::Output<BTreeMap<String, String>> {
        self.0.get("tags")
    }

    /// The VPC, `vpc-…`.
    pub fn vpc_id(&self) -> kim::Output<String> {
        self.0.get("vpc_id")
    }

    /// Its id: [`Self::route_table_id`].
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
    /// Tags.
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
    /// Required. Changing it replaces the resource.
    pub fn vpc_id(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("vpc_id", value))
    }

    /// Says what the engine is asked to do with it: `.options(|o| o.protect())`.
    pub fn options(self, change: impl FnOnce(kim::Options) -> kim::Options) -> Self {
        Self(self.0.options(change))
    }

    /// Declares it as part of a stack or component.
    #[track_caller]
    pub fn declare(self, stack: &kim::Stack) -> RouteTable {
        RouteTable(self.0.declare(stack))
    }
}

/// Makes a subnet use a route table. A subnet has one at most, so the subnet's id is the association's too, and the
/// table can be exchanged in place, without a moment in which the subnet falls back to the VPC's main table.
#[derive(Clone, Copy, Debug)]
pub struct RouteTableAssociation(kim::Declared);

/// The builder of [`RouteTableAssociation`].
#[derive(Clone, Debug)]
#[must_use = "a resource exists only once it is declared"]
pub struct RouteTableAssociationBuilder(kim::Resource);

impl RouteTableAssociation {
    /// The kind's name.
    pub const KIND: &'static str = "aws:ec2:RouteTableAssociation";

    /// Begins one, by a name that is unique among its kind in the component.
    #[allow(clippy::new_ret_no_self)]
    pub fn new(name: impl Into<String>) -> RouteTableAssociationBuilder {
        RouteTableAssociationBuilder(kim::Resource::new(Self::KIND, name))
    }

    /// What AWS calls it, `rtbassoc-…`; another one whenever the table is exchanged.
    pub fn association_id(&self) -> kim::Output<String> {
        self.0.get("association_id")
    }

    /// The table, `rtb-…`.
    pub fn route_table_id(&self) -> kim::Output<String> {
        self.0.get("route_table_id")
    }

    /// The subnet, `subnet-…`; also the association's id.
    pub fn subnet_id(&self) -> kim::Output<String> {
        self.0.get("subnet_id")
    }

    /// Its id: [`Self::subnet_id`].
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
    /// The table, `rtb-…`.
    ///
    /// Required.
    pub fn route_table_id(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("route_table_id", value))
    }

    /// The subnet, `subnet-…`; also the association's id.
    ///
    /// Required. Changing it replaces the resource.
    pub fn subnet_id(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("subnet_id", value))
    }

    /// Says what the engine is asked to do with it: `.options(|o| o.protect())`.
    pub fn options(self, change: impl FnOnce(kim::Options) -> kim::Options) -> Self {
        Self(self.0.options(change))
    }

    /// Declares it as part of a stack or component.
    #[track_caller]
    pub fn declare(self, stack: &kim::Stack) -> RouteTableAssociation {
        RouteTableAssociation(self.0.declare(stack))
    }
}

/// A firewall around network interfaces. Its rules are resources of their own (`SecurityGroupRule`).
#[derive(Clone, Copy, Debug)]
pub struct SecurityGroup(kim::Declared);

/// The builder of [`SecurityGroup`].
#[derive(Clone, Debug)]
#[must_use = "a resource exists only once it is declared"]
pub struct SecurityGroupBuilder(kim::Resource);

impl SecurityGroup {
    /// The kind's name.
    pub const KIND: &'static str = "aws:ec2:SecurityGroup";

    /// Begins one, by a name that is unique among its kind in the component.
    #[allow(clippy::new_ret_no_self)]
    pub fn new(name: impl Into<String>) -> SecurityGroupBuilder {
        SecurityGroupBuilder(kim::Resource::new(Self::KIND, name))
    }

    /// Its ARN.
    pub fn arn(&self) -> kim::Output<String> {
        self.0.get("arn")
    }

    /// What it is for; AWS wants it, and never lets it change.
    pub fn description(&self) -> kim::Output<String> {
        self.0.get("description")
    }

    /// Its id, `sg-…`.
    pub fn group_id(&self) -> kim::Output<String> {
        self.0.get("group_id")
    }

    /// AWS gives a new group a rule that lets everything out. True keeps it; false takes it away, and only the group's
    /// own egress rules count.
    pub fn keep_default_egress(&self) -> kim::Output<bool> {
        self.0.get("keep_default_egress")
    }

    /// Its name, unique in the VPC, not starting with `sg-`. Where none is given, a new one is made up, so that the
    /// group can be replaced while it is in use.
    pub fn name(&self) -> kim::Output<String> {
        self.0.get("name")
    }

    /// Tags.
    pub fn tags(&self) -> kim::Output<BTreeMap<String, String>> {
        self.0.get("tags")
    }

    /// The VPC, `vpc-…`; the region's default one where none is given.
    pub fn vpc_id(&self) -> kim::Output<String> {
        self.0.get("vpc_id")
    }

    /// Its id: [`Self::group_id`].
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
    /// What it is for; AWS wants it, and never lets it change.
    ///
    /// Default: `"Managed by kim"`. 1 to 255 characters. Changing it replaces the resource.
    pub fn description(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("description", value))
    }

    /// AWS gives a new group a rule that lets everything out. True keeps it; false takes it away, and only the group's
    /// own egress rules count.
    ///
    /// Default: `true`.
    pub fn keep_default_egress(self, value: impl kim::Input<bool>) -> Self {
        Self(self.0.input("keep_default_egress", value))
    }

    /// Its name, unique in the VPC, not starting with `sg-`. Where none is given, a new one is made up, so that the
    /// group can be replaced while it is in use.
    ///
    /// 1 to 255 characters. Changing it replaces the resource.
    pub fn name(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("name", value))
    }

    /// Tags.
    ///
    /// Default: `{}`.
    pub fn tags(self, value: impl kim::Input<BTreeMap<String, String>>) -> Self {
        Self(self.0.input("tags", value))
    }

    /// Adds one entry to [`Self::tags`] and keeps the others.
    pub fn tag(self, key: impl Into<String>, value: impl kim::Input<String>) -> Self {
        Self(self.0.entry("tags", key, value))
    }

    /// The VPC, `vpc-…`; the region's default one where none is given.
    ///
    /// Changing it replaces the resource.
    pub fn vpc_id(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("vpc_id", value))
    }

    /// Says what the engine is asked to do with it: `.options(|o| o.protect())`.
    pub fn options(self, change: impl FnOnce(kim::Options) -> kim::Options) -> Self {
        Self(self.0.options(change))
    }

    /// Declares it as part of a stack or component.
    #[track_caller]
    pub fn declare(self, stack: &kim::Stack) -> SecurityGroup {
        SecurityGroup(self.0.declare(stack))
    }
}

/// One rule of a security group: who may reach it (`ingress`), or whom it may reach (`egress`). Protocol, ports and
/// description change in place; another peer is another rule, made before the old one goes.
#[derive(Clone, Copy, Debug)]
pub struct SecurityGroupRule(kim::Declared);

/// The builder of [`SecurityGroupRule`].
#[derive(Clone, Debug)]
#[must_use = "a resource exists only once it is declared"]
pub struct SecurityGroupRuleBuilder(kim::Resource);

impl SecurityGroupRule {
    /// The kind's name.
    pub const KIND: &'static str = "aws:ec2:SecurityGroupRule";

    /// Begins one, by a name that is unique among its kind in the component.
    #[allow(clippy::new_ret_no_self)]
    pub fn new(name: impl Into<String>) -> SecurityGroupRuleBuilder {
        SecurityGroupRuleBuilder(kim::Resource::new(Self::KIND, name))
    }

    /// An IPv4 block, canonical: `10.0.0.0/16`. One peer is given.
    pub fn cidr_ipv4(&self) -> kim::Output<Option<String>> {
        self.0.get("cidr_ipv4")
    }

    /// An IPv6 block, canonical: `::/0`.
    pub fn cidr_ipv6(&self) -> kim::Output<Option<String>> {
        self.0.get("cidr_ipv6")
    }

    /// What it is for.
    pub fn description(&self) -> kim::Output<Option<String>> {
        self.0.get("description")
    }

    /// `ingress` (into the group) or `egress` (out of it).
    pub fn direction(&self) -> kim::Output<String> {
        self.0.get("direction")
    }

    /// The first port; of ICMP the type, -1 for all.
    pub fn from_port(&self) -> kim::Output<i64> {
        self.0.get("from_port")
    }

    /// A prefix list, `pl-…`.
    pub fn prefix_list_id(&self) -> kim::Output<Option<String>> {
        self.0.get("prefix_list_id")
    }

    /// `tcp`, `udp`, `icmp`, `icmpv6`, `-1` for all, or a protocol number.
    pub fn protocol(&self) -> kim::Output<String> {
        self.0.get("protocol")
    }

    /// The group, `sg-…`.
    pub fn security_group_id(&self) -> kim::Output<String> {
        self.0.get("security_group_id")
    }

    /// Its id, `sgr-…`.
    pub fn security_group_rule_id(&self) -> kim::Output<String> {
        self.0.get("security_group_rule_id")
    }

    /// Whatever is in this security group (of an egress rule: the destination), `sg-…`; may be the group itself.
    pub fn source_security_group_id(&self) -> kim::Output<Option<String>> {
        self.0.get("source_security_group_id")
    }

    /// Tags.
    pub fn tags(&self) -> kim::Output<BTreeMap<String, String>> {
        self.0.get("tags")
    }

    /// The last port; of ICMP the code, -1 for all.
    pub fn to_port(&self) -> kim::Output<i64> {
        self.0.get("to_port")
    }

    /// Its id: [`Self::security_group_rule_id`].
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
    /// An IPv4 block, canonical: `10.0.0.0/16`. One peer is given.
    ///
    /// Changing it replaces the resource.
    pub fn cidr_ipv4(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("cidr_ipv4", value))
    }

    /// An IPv6 block, canonical: `::/0`.
    ///
    /// Changing it replaces the resource.
    pub fn cidr_ipv6(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("cidr_ipv6", value))
    }

    /// What it is for.
    ///
    /// At most 255 characters.
    pub fn description(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("description", value))
    }

    /// `ingress` (into the group) or `egress` (out of it).
    ///
    /// Required. One of `ingress`, `egress`. Changing it replaces the resource.
    pub fn direction(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("direction", value))
    }

    /// The first port; of ICMP the type, -1 for all.
    ///
    /// -1 to 65535.
    pub fn from_port(self, value: impl kim::Input<i64>) -> Self {
        Self(self.0.input("from_port", value))
    }

    /// A prefix list, `pl-…`.
    ///
    /// Changing it replaces the resource.
    pub fn prefix_list_id(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("prefix_list_id", value))
    }

    /// `tcp`, `udp`, `icmp`, `icmpv6`, `-1` for all, or a protocol number.
    ///
    /// Default: `"tcp"`.
    pub fn protocol(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("protocol", value))
    }

    /// The group, `sg-…`.
    ///
    /// Required. Changing it replaces the resource.
    pub fn security_group_id(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("security_group_id", value))
    }

    /// Whatever is in this security group (of an egress rule: the destination), `sg-…`; may be the group itself.
    ///
    /// Changing it replaces the resource.
    pub fn source_security_group_id(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("source_security_group_id", value))
    }

    /// Tags.
    ///
    /// Default: `{}`.
    pub fn tags(self, value: impl kim::Input<BTreeMap<String, String>>) -> Self {
        Self(self.0.input("tags", value))
    }

    /// Adds one entry to [`Self::tags`] and keeps the others.
    pub fn tag(self, key: impl Into<String>, value: impl kim::Input<String>) -> Self {
        Self(self.0.entry("tags", key, value))
    }

    /// The last port; of ICMP the code, -1 for all.
    ///
    /// -1 to 65535.
    pub fn to_port(self, value: impl kim::Input<i64>) -> Self {
        Self(self.0.input("to_port", value))
    }

    /// Says what the engine is asked to do with it: `.options(|o| o.protect())`.
    pub fn options(self, change: impl FnOnce(kim::Options) -> kim::Options) -> Self {
        Self(self.0.options(change))
    }

    /// Declares it as part of a stack or component.
    #[track_caller]
    pub fn declare(self, stack: &kim::Stack) -> SecurityGroupRule {
        SecurityGroupRule(self.0.declare(stack))
    }
}

/// A range of a VPC's addresses, in one zone.
#[derive(Clone, Copy, Debug)]
pub struct Subnet(kim::Declared);

/// The builder of [`Subnet`].
#[derive(Clone, Debug)]
#[must_use = "a resource exists only once it is declared"]
pub struct SubnetBuilder(kim::Resource);

impl Subnet {
    /// The kind's name.
    pub const KIND: &'static str = "aws:ec2:Subnet";

    /// Begins one, by a name that is unique among its kind in the component.
    #[allow(clippy::new_ret_no_self)]
    pub fn new(name: impl Into<String>) -> SubnetBuilder {
        SubnetBuilder(kim::Resource::new(Self::KIND, name))
    }

    /// Its ARN.
    pub fn arn(&self) -> kim::Output<String> {
        self.0.get("arn")
    }

    /// The zone, `eu-central-1a`; where none is given, AWS picks one.
    pub fn availability_zone(&self) -> kim::Output<String> {
        self.0.get("availability_zone")
    }

    /// The zone's id, the same place in every account: `euc1-az2`.
    pub fn availability_zone_id(&self) -> kim::Output<String> {
        self.0.get("availability_zone_id")
    }

    /// Its IPv4 addresses: inside the VPC's, /16 to /28, canonical, overlapping no other subnet.
    pub fn cidr_block(&self) -> kim::Output<String> {
        self.0.get("cidr_block")
    }

    /// Whether instances get a public address by default.
    pub fn map_public_ip_on_launch(&self) -> kim::Output<bool> {
        self.0.get("map_public_ip_on_launch")
    }

    /// Its id, `subnet-…`.
    pub fn subnet_id(&self) -> kim::Output<String> {
        self.0.get("subnet_id")
    }

    /// Tags.
    pub fn tags(&self) -> kim::Output<BTreeMap<String, String>> {
        self.0.get("tags")
    }

    /// The VPC, `vpc-…`.
    pub fn vpc_id(&self) -> kim::Output<String> {
        self.0.get("vpc_id")
    }

    /// Its id: [`Self::subnet_id`].
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
    /// The zone, `eu-central-1a`; where none is given, AWS picks one.
    ///
    /// Changing it replaces the resource.
    pub fn availability_zone(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("availability_zone", value))
    }

    /// Its IPv4 addresses: inside the VPC's, /16 to /28, canonical, overlapping no other subnet.
    ///
    /// Required. Changing it replaces the resource.
    pub fn cidr_block(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("cidr_block", value))
    }

    /// Whether instances get a public address by default.
    ///
    /// Default: `false`.
    pub fn map_public_ip_on_launch(self, value: impl kim::Input<bool>) -> Self {
        Self(self.0.input("map_public_ip_on_launch", value))
    }

    /// Tags.
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
    /// Required. Changing it replaces the resource.
    pub fn vpc_id(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("vpc_id", value))
    }

    /// Says what the engine is asked to do with it: `.options(|o| o.protect())`.
    pub fn options(self, change: impl FnOnce(kim::Options) -> kim::Options) -> Self {
        Self(self.0.options(change))
    }

    /// Declares it as part of a stack or component.
    #[track_caller]
    pub fn declare(self, stack: &kim::Stack) -> Subnet {
        Subnet(self.0.declare(stack))
    }
}

/// Finds subnets by VPC, tags and zones, in the order of their zones.
#[derive(Clone, Copy, Debug)]
pub struct SubnetsLookup(kim::Output<kim::Any>);

/// The builder of [`SubnetsLookup`].
#[derive(Clone, Debug)]
#[must_use = "nothing is looked up before `look_up`"]
pub struct SubnetsLookupBuilder(kim::Lookup);

impl SubnetsLookup {
    /// The lookup's name.
    pub const NAME: &'static str = "aws:ec2:subnets";

    /// Begins one.
    #[allow(clippy::new_ret_no_self)]
    pub fn new() -> SubnetsLookupBuilder {
        SubnetsLookupBuilder(kim::Lookup::new(Self::NAME))
    }

    /// Each one's zone.
    pub fn availability_zones(&self) -> kim::Output<Vec<String>> {
        self.0.get("availability_zones")
    }

    /// Each one's IPv4 addresses.
    pub fn cidr_blocks(&self) -> kim::Output<Vec<String>> {
        self.0.get("cidr_blocks")
    }

    /// Their ids, `subnet-…`.
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
    /// Their zones; any where none is given.
    ///
    /// Default: `[]`. Order does not matter.
    pub fn availability_zones(self, value: impl kim::Input<Vec<String>>) -> Self {
        Self(self.0.argument("availability_zones", value))
    }

    /// Tags that they have; `*` and `?` stand for any text and any character.
    ///
    /// Default: `{}`.
    pub fn tags(self, value: impl kim::Input<BTreeMap<String, String>>) -> Self {
        Self(self.0.argument("tags", value))
    }

    /// Their VPC, `vpc-…`.
    pub fn vpc_id(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.argument("vpc_id", value))
    }

    /// Makes the lookup.
    #[track_caller]
    pub fn look_up(self, stack: &kim::Stack) -> SubnetsLookup {
        SubnetsLookup(self.0.look_up(stack))
    }
}

/// A block of storage that attaches to one instance in its zone.
#[derive(Clone, Copy, Debug)]
pub struct Volume(kim::Declared);

/// The builder of [`Volume`].
#[derive(Clone, Debug)]
#[must_use = "a resource exists only once it is declared"]
pub struct VolumeBuilder(kim::Resource);

impl Volume {
    /// The kind's name.
    pub const KIND: &'static str = "aws:ec2:Volume";

    /// Begins one, by a name that is unique among its kind in the component.
    #[allow(clippy::new_ret_no_self)]
    pub fn new(name: impl Into<String>) -> VolumeBuilder {
        VolumeBuilder(kim::Resource::new(Self::KIND, name))
    }

    /// Its ARN.
    pub fn arn(&self) -> kim::Output<String> {
        self.0.get("arn")
    }

    /// The zone to create it in, `eu-central-1a`; only instances of this zone can use it.
    pub fn availability_zone(&self) -> kim::Output<String> {
        self.0.get("availability_zone")
    }

    /// Whether it is encrypted; where nothing is said, the account's default decides.
    pub fn encrypted(&self) -> kim::Output<bool> {
        self.0.get("encrypted")
    }

    /// Operations a second: gp3 3,000 to 80,000 and at most 500 a GiB, io2 100 to 256,000 (needed), io1 100 to 64,000
    /// (needed); the others take none.
    pub fn iops(&self) -> kim::Output<i64> {
        self.0.get("iops")
    }

    /// The KMS key to encrypt with: id, ARN or `alias/…`; needs `encrypted = true`.
    pub fn kms_key_id(&self) -> kim::Output<String> {
        self.0.get("kms_key_id")
    }

    /// Whether several instances may use it at once (io1 and io2).
    pub fn multi_attach_enabled(&self) -> kim::Output<bool> {
        self.0.get("multi_attach_enabled")
    }

    /// GiB. Needed where there is no snapshot. It can grow, never shrink.
    pub fn size(&self) -> kim::Output<i64> {
        self.0.get("size")
    }

    /// The snapshot to start from, `snap-…`.
    pub fn snapshot_id(&self) -> kim::Output<Option<String>> {
        self.0.get("snapshot_id")
    }

    /// Tags.
    pub fn tags(&self) -> kim::Output<BTreeMap<String, String>> {
        self.0.get("tags")
    }

    /// MiB/s, gp3 only: 125 to 2,000, and at most a quarter of the IOPS.
    pub fn throughput(&self) -> kim::Output<i64> {
        self.0.get("throughput")
    }

    /// Its id, `vol-…`.
    pub fn volume_id(&self) -> kim::Output<String> {
        self.0.get("volume_id")
    }

    /// The kind of disk.
    pub fn volume_type(&self) -> kim::Output<String> {
        self.0.get("volume_type")
    }

    /// Its id: [`Self::volume_id`].
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
    /// The zone to create it in, `eu-central-1a`; only instances of this zone can use it.
    ///
    /// Required. Changing it replaces the resource.
    pub fn availability_zone(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("availability_zone", value))
    }

    /// Whether it is encrypted; where nothing is said, the account's default decides.
    ///
    /// Changing it replaces the resource.
    pub fn encrypted(self, value: impl kim::Input<bool>) -> Self {
        Self(self.0.input("encrypted", value))
    }

    /// Operations a second: gp3 3,000 to 80,000 and at most 500 a GiB, io2 100 to 256,000 (needed), io1 100 to 64,000
    /// (needed); the others take none.
    ///
    /// 100 to 256000.
    pub fn iops(self, value: impl kim::Input<i64>) -> Self {
        Self(self.0.input("iops", value))
    }

    /// The KMS key to encrypt with: id, ARN or `alias/…`; needs `encrypted = true`.
    ///
    /// Changing it replaces the resource.
    pub fn kms_key_id(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("kms_key_id", value))
    }

    /// Whether several instances may use it at once (io1 and io2).
    ///
    /// Default: `false`. Changing it replaces the resource.
    pub fn multi_attach_enabled(self, value: impl kim::Input<bool>) -> Self {
        Self(self.0.input("multi_attach_enabled", value))
    }

    /// GiB. Needed where there is no snapshot. It can grow, never shrink.
    ///
    /// 1 to 65536.
    pub fn size(self, value: impl kim::Input<i64>) -> Self {
        Self(self.0.input("size", value))
    }

    /// The snapshot to start from, `snap-…`.
    ///
    /// Changing it replaces the resource.
    pub fn snapshot_id(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("snapshot_id", value))
    }

    /// Tags.
    ///
    /// Default: `{}`.
    pub fn tags(self, value: impl kim::Input<BTreeMap<String, String>>) -> Self {
        Self(self.0.input("tags", value))
    }

    /// Adds one entry to [`Self::tags`] and keeps the others.
    pub fn tag(self, key: impl Into<String>, value: impl kim::Input<String>) -> Self {
        Self(self.0.entry("tags", key, value))
    }

    /// MiB/s, gp3 only: 125 to 2,000, and at most a quarter of the IOPS.
    ///
    /// 125 to 2000.
    pub fn throughput(self, value: impl kim::Input<i64>) -> Self {
        Self(self.0.input("throughput", value))
    }

    /// The kind of disk.
    ///
    /// Default: `"gp3"`. One of `gp3`, `gp2`, `io1`, `io2`, `st1`, `sc1`, `standard`.
    pub fn volume_type(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("volume_type", value))
    }

    /// Says what the engine is asked to do with it: `.options(|o| o.protect())`.
    pub fn options(self, change: impl FnOnce(kim::Options) -> kim::Options) -> Self {
        Self(self.0.options(change))
    }

    /// Declares it as part of a stack or component.
    #[track_caller]
    pub fn declare(self, stack: &kim::Stack) -> Volume {
        Volume(self.0.declare(stack))
    }
}

/// A volume on an instance of its zone. Its id is `vol-…:i-…`.
#[derive(Clone, Copy, Debug)]
pub struct VolumeAttachment(kim::Declared);

/// The builder of [`VolumeAttachment`].
#[derive(Clone, Debug)]
#[must_use = "a resource exists only once it is declared"]
pub struct VolumeAttachmentBuilder(kim::Resource);

impl VolumeAttachment {
    /// The kind's name.
    pub const KIND: &'static str = "aws:ec2:VolumeAttachment";

    /// Begins one, by a name that is unique among its kind in the component.
    #[allow(clippy::new_ret_no_self)]
    pub fn new(name: impl Into<String>) -> VolumeAttachmentBuilder {
        VolumeAttachmentBuilder(kim::Resource::new(Self::KIND, name))
    }

    /// Its id: the volume's and the instance's, `vol-…:i-…`.
    pub fn attachment_id(&self) -> kim::Output<String> {
        self.0.get("attachment_id")
    }

    /// The device, `/dev/sdf` to `/dev/sdp` by custom. On NVMe instances Linux names it otherwise, in an order that can
    /// change: look for the volume's id under /dev/disk/by-id.
    pub fn device_name(&self) -> kim::Output<String> {
        self.0.get("device_name")
    }

    /// The instance, `i-…`.
    pub fn instance_id(&self) -> kim::Output<String> {
        self.0.get("instance_id")
    }

    /// Stop the instance before the volume is taken away, so that nothing is torn off while it is mounted. The instance
    /// then stays stopped.
    pub fn stop_instance_before_detaching(&self) -> kim::Output<bool> {
        self.0.get("stop_instance_before_detaching")
    }

    /// The volume, `vol-…`.
    pub fn volume_id(&self) -> kim::Output<String> {
        self.0.get("volume_id")
    }

    /// Its id: [`Self::attachment_id`].
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
    /// The device, `/dev/sdf` to `/dev/sdp` by custom. On NVMe instances Linux names it otherwise, in an order that can
    /// change: look for the volume's id under /dev/disk/by-id.
    ///
    /// Required. Changing it replaces the resource.
    pub fn device_name(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("device_name", value))
    }

    /// The instance, `i-…`.
    ///
    /// Required. Changing it replaces the resource.
    pub fn instance_id(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("instance_id", value))
    }

    /// Stop the instance before the volume is taken away, so that nothing is torn off while it is mounted. The instance
    /// then stays stopped.
    ///
    /// Default: `false`.
    pub fn stop_instance_before_detaching(self, value: impl kim::Input<bool>) -> Self {
        Self(self.0.input("stop_instance_before_detaching", value))
    }

    /// The volume, `vol-…`.
    ///
    /// Required. Changing it replaces the resource.
    pub fn volume_id(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("volume_id", value))
    }

    /// Says what the engine is asked to do with it: `.options(|o| o.protect())`.
    pub fn options(self, change: impl FnOnce(kim::Options) -> kim::Options) -> Self {
        Self(self.0.options(change))
    }

    /// Declares it as part of a stack or component.
    #[track_caller]
    pub fn declare(self, stack: &kim::Stack) -> VolumeAttachment {
        VolumeAttachment(self.0.declare(stack))
    }
}

/// A virtual private cloud: a network of its own in a region.
#[derive(Clone, Copy, Debug)]
pub struct Vpc(kim::Declared);

/// The builder of [`Vpc`].
#[derive(Clone, Debug)]
#[must_use = "a resource exists only once it is declared"]
pub struct VpcBuilder(kim::Resource);

impl Vpc {
    /// The kind's name.
    pub const KIND: &'static str = "aws:ec2:Vpc";

    /// Begins one, by a name that is unique among its kind in the component.
    #[allow(clippy::new_ret_no_self)]
    pub fn new(name: impl Into<String>) -> VpcBuilder {
        VpcBuilder(kim::Resource::new(Self::KIND, name))
    }

    /// Its ARN.
    pub fn arn(&self) -> kim::Output<String> {
        self.0.get("arn")
    }

    /// Its IPv4 addresses, /16 to /28 and canonical: `10.0.0.0/16`.
    pub fn cidr_block(&self) -> kim::Output<String> {
        self.0.get("cidr_block")
    }

    /// The security group of what names none, `sg-…`.
    pub fn default_security_group_id(&self) -> kim::Output<String> {
        self.0.get("default_security_group_id")
    }

    /// Whether instances with a public address get a public DNS name; needs `enable_dns_support`.
    pub fn enable_dns_hostnames(&self) -> kim::Output<bool> {
        self.0.get("enable_dns_hostnames")
    }

    /// Whether the VPC's DNS server resolves names.
    pub fn enable_dns_support(&self) -> kim::Output<bool> {
        self.0.get("enable_dns_support")
    }

    /// Whether instances run on shared hardware (`default`) or hardware of your own (`dedicated`, far dearer).
    pub fn instance_tenancy(&self) -> kim::Output<String> {
        self.0.get("instance_tenancy")
    }

    /// The route table of subnets that have none of their own, `rtb-…`.
    pub fn main_route_table_id(&self) -> kim::Output<String> {
        self.0.get("main_route_table_id")
    }

    /// Tags.
    pub fn tags(&self) -> kim::Output<BTreeMap<String, String>> {
        self.0.get("tags")
    }

    /// Its id, `vpc-…`.
    pub fn vpc_id(&self) -> kim::Output<String> {
        self.0.get("vpc_id")
    }

    /// Its id: [`Self::vpc_id`].
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
    /// Its IPv4 addresses, /16 to /28 and canonical: `10.0.0.0/16`.
    ///
    /// Required. Changing it replaces the resource.
    pub fn cidr_block(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("cidr_block", value))
    }

    /// Whether instances with a public address get a public DNS name; needs `enable_dns_support`.
    ///
    /// Default: `false`.
    pub fn enable_dns_hostnames(self, value: impl kim::Input<bool>) -> Self {
        Self(self.0.input("enable_dns_hostnames", value))
    }

    /// Whether the VPC's DNS server resolves names.
    ///
    /// Default: `true`.
    pub fn enable_dns_support(self, value: impl kim::Input<bool>) -> Self {
        Self(self.0.input("enable_dns_support", value))
    }

    /// Whether instances run on shared hardware (`default`) or hardware of your own (`dedicated`, far dearer).
    ///
    /// Default: `"default"`. One of `default`, `dedicated`. Changing it replaces the resource.
    pub fn instance_tenancy(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("instance_tenancy", value))
    }

    /// Tags.
    ///
    /// Default: `{}`.
    pub fn tags(self, value: impl kim::Input<BTreeMap<String, String>>) -> Self {
        Self(self.0.input("tags", value))
    }

    /// Adds one entry to [`Self::tags`] and keeps the others.
    pub fn tag(self, key: impl Into<String>, value: impl kim::Input<String>) -> Self {
        Self(self.0.entry("tags", key, value))
    }

    /// Says what the engine is asked to do with it: `.options(|o| o.protect())`.
    pub fn options(self, change: impl FnOnce(kim::Options) -> kim::Options) -> Self {
        Self(self.0.options(change))
    }

    /// Declares it as part of a stack or component.
    #[track_caller]
    pub fn declare(self, stack: &kim::Stack) -> Vpc {
        Vpc(self.0.declare(stack))
    }
}

/// Finds a VPC by id, by tags, or the default one; exactly one has to match.
#[derive(Clone, Copy, Debug)]
pub struct VpcLookup(kim::Output<kim::Any>);

/// The builder of [`VpcLookup`].
#[derive(Clone, Debug)]
#[must_use = "nothing is looked up before `look_up`"]
pub struct VpcLookupBuilder(kim::Lookup);

impl VpcLookup {
    /// The lookup's name.
    pub const NAME: &'static str = "aws:ec2:vpc";

    /// Begins one.
    #[allow(clippy::new_ret_no_self)]
    pub fn new() -> VpcLookupBuilder {
        VpcLookupBuilder(kim::Lookup::new(Self::NAME))
    }

    /// Its IPv4 addresses.
    pub fn cidr_block(&self) -> kim::Output<String> {
        self.0.get("cidr_block")
    }

    /// Whether it is the region's default one.
    pub fn default(&self) -> kim::Output<bool> {
        self.0.get("default")
    }

    /// The account that owns it.
    pub fn owner_id(&self) -> kim::Output<String> {
        self.0.get("owner_id")
    }

    /// Its tags.
    pub fn tags(&self) -> kim::Output<BTreeMap<String, String>> {
        self.0.get("tags")
    }

    /// Its id, `vpc-…`.
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
    /// Whether it is the region's default one.
    pub fn default(self, value: impl kim::Input<bool>) -> Self {
        Self(self.0.argument("default", value))
    }

    /// Tags that it has; `*` and `?` stand for any text and any character.
    ///
    /// Default: `{}`.
    pub fn tags(self, value: impl kim::Input<BTreeMap<String, String>>) -> Self {
        Self(self.0.argument("tags", value))
    }

    /// Its id, `vpc-…`.
    pub fn vpc_id(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.argument("vpc_id", value))
    }

    /// Makes the lookup.
    #[track_caller]
    pub fn look_up(self, stack: &kim::Stack) -> VpcLookup {
        VpcLookup(self.0.look_up(stack))
    }
}
