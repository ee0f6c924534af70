//! The plugin for EC2: networks, security groups, instances and volumes.
//!
//! `kinds` holds the schema, rules and price of each kind, and compiles natively. `cloud` holds the
//! operations on aws-sdk-ec2, and exists in the component only: a native build never compiles that
//! SDK. `rules` holds pure rules.

#[cfg(target_arch = "wasm32")]
mod cloud;
mod in_cloud;
pub mod kinds;
pub mod lookups;
mod prices;
mod rules;

kim_plugin::export! {
    name: "aws-ec2",
    docs: "Amazon EC2: networks, security groups, instances and volumes.",
    aws: ["ec2"],
    kinds: [
        kinds::Vpc,
        kinds::Subnet,
        kinds::InternetGateway,
        kinds::Address,
        kinds::NatGateway,
        kinds::RouteTable,
        kinds::Route,
        kinds::RouteTableAssociation,
        kinds::SecurityGroup,
        kinds::SecurityGroupRule,
        kinds::PlacementGroup,
        kinds::KeyPair,
        kinds::NetworkInterface,
        kinds::Instance,
        kinds::Volume,
        kinds::VolumeAttachment,
    ],
    lookups: [lookups::Ami, lookups::AvailabilityZones, lookups::VpcLookup, lookups::Subnets],
}
