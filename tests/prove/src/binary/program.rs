//! The programs of the lives: a small fleet with its network, as switches and numbers that a change
//! of the program turns one at a time.
//!
//! Invariant: each program, and each step from one to another, is one that kim deploys.

use serde_json::{Value as Json, json};

use crate::random::Random;

/// What a program declares.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Program {
    /// The block of the network. Another one replaces the network and what is in it.
    network: usize,
    /// A tag of everything that has tags.
    team: usize,
    /// True if there is an internet gateway, with its table and route.
    gateway: bool,
    /// The number of rules of the security group.
    rules: usize,
    /// The port of the rules.
    port: usize,
    /// The description of the security group. Another one replaces it.
    group: usize,
    /// The number of volumes. Each node has one of them attached.
    volumes: usize,
    /// The size of the volumes, in GiB. It grows once in a life: AWS wants hours between two.
    size: usize,
    /// The zone of a volume that is never attached. Another one replaces it.
    spare: usize,
    /// The number of instances, each with an interface of its own.
    nodes: usize,
    /// The type of the instances.
    machine: usize,
    /// The image of the instances. Another one replaces them.
    image: usize,
    /// The key pair, if it is not 0. Another one replaces it.
    pair: usize,
    /// True if the instances are in a placement group.
    placement: bool,
    /// True if the nodes have a role. Its name never changes: AWS refuses to delete a role first
    /// while the profile has it.
    role: bool,
    /// True if the role has a managed policy.
    managed: bool,
    /// The action that the role's own policy allows.
    allowed: usize,
    /// The number of keys. The alias leads to the last one.
    keys: usize,
    /// True if the keys are rotated.
    rotation: bool,
    /// True if the first node has a public address.
    address: bool,
    /// True if there is a NAT gateway.
    nat: bool,
    /// True if there are daily snapshots.
    snapshots: bool,
}

/// A resource of a program, as `tests/programs/listed` reads it.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Resource {
    /// The kind without its service: `Vpc`.
    pub(crate) kind: &'static str,
    pub(crate) name: String,
    inputs: Json,
    after: Vec<&'static str>,
}

const ZONES: [&str; 3] = ["eu-central-1a", "eu-central-1b", "eu-central-1c"];
const ACTIONS: [&str; 3] = ["ec2:DescribeVolumes", "ec2:DescribeInstances", "ec2:DescribeTags"];
const MACHINES: [&str; 3] = ["t3.micro", "t3.small", "m6i.large"];

impl Program {
    /// Returns a random program.
    pub(crate) fn random(random: &mut Random) -> Program {
        Program {
            network: 0,
            team: 0,
            gateway: random.percent(60),
            rules: random.below(4),
            port: 0,
            group: 0,
            volumes: random.below(4),
            size: 8,
            spare: 0,
            nodes: random.below(3),
            machine: random.below(3),
            image: 0,
            pair: random.below(3),
            placement: random.percent(30),
            role: random.percent(67),
            managed: random.percent(40),
            allowed: 0,
            keys: random.below(3),
            rotation: random.percent(50),
            address: random.percent(40),
            nat: random.percent(25),
            snapshots: random.percent(30),
        }
    }

    /// Changes so many things of the program. The network stays where the gateway has mapped
    /// addresses before or after: AWS does not let it move then.
    pub(crate) fn change(&mut self, things: usize, random: &mut Random) {
        let before = self.clone();
        (0..things).for_each(|_| self.change_one(random));
        if before.maps_addresses() || self.maps_addresses() {
            self.network = before.network;
        }
    }

    fn maps_addresses(&self) -> bool {
        self.gateway && (self.nat || self.address && self.nodes > 0)
    }

    fn change_one(&mut self, random: &mut Random) {
        let number = random.below(3);
        match random.below(24) {
            0 => self.network = (self.network + 1) % 2,
            1 | 2 => self.team += 1,
            3 => self.gateway = !self.gateway,
            4 => self.rules = (self.rules + 1 + number) % 4,
            5 => self.port += 1,
            6 => self.group += 1,
            7 | 8 => self.volumes = (self.volumes + 1 + number) % 4,
            9 => self.size = 12,
            10 => self.spare = (self.spare + 1) % ZONES.len(),
            11 | 12 => self.nodes = (self.nodes + 1 + number % 2) % 3,
            13 => self.machine = (self.machine + 1) % MACHINES.len(),
            14 => self.image = (self.image + 1) % 2,
            15 => self.pair = (self.pair + 1 + number % 2) % 3,
            16 => self.placement = !self.placement,
            17 => self.role = !self.role,
            18 => self.managed = !self.managed,
            19 => self.allowed = (self.allowed + 1) % ACTIONS.len(),
            20 => self.keys = (self.keys + 1 + number % 2) % 3,
            21 => self.rotation = !self.rotation,
            22 => self.address = !self.address,
            _ if random.percent(50) => self.nat = !self.nat,
            _ => self.snapshots = !self.snapshots,
        }
    }

    /// Returns the resources of the program, in the order of their references.
    pub(crate) fn resources(&self, images: &[String; 2]) -> Vec<Resource> {
        let mut all = Vec::new();
        self.network(&mut all);
        self.security(&mut all);
        self.identity(&mut all);
        self.storage(&mut all);
        self.nodes(&mut all, images);
        all
    }

    fn tags(&self, name: &str) -> Json {
        json!({ "Name": name, "Team": format!("team-{}", self.team) })
    }

    fn block(&self, rest: &str) -> String {
        format!("10.{}.{rest}", 7 + self.network)
    }

    fn network(&self, all: &mut Vec<Resource>) {
        let tags = |name| self.tags(name);
        let mut add = |kind, name: &str, after: &[&'static str], inputs| {
            all.push(Resource { kind, name: name.to_owned(), inputs, after: after.to_vec() })
        };
        let vpc = json!({ "cidr_block": self.block("0.0/16"), "tags": tags("vpc") });
        add("Vpc", "vpc", &[], vpc);
        let subnet = json!({
            "vpc_id": "$vpc.vpc_id", "cidr_block": self.block("1.0/24"),
            "availability_zone": ZONES[0], "tags": tags("subnet"),
        });
        add("Subnet", "subnet", &[], subnet);
        if !self.gateway {
            return;
        }
        let gateway = json!({ "vpc_id": "$vpc.vpc_id", "tags": tags("gateway") });
        add("InternetGateway", "gateway", &[], gateway);
        add("RouteTable", "table", &[], json!({ "vpc_id": "$vpc.vpc_id", "tags": tags("table") }));
        let route = json!({
            "route_table_id": "$table.route_table_id", "destination_cidr_block": "0.0.0.0/0",
            "gateway_id": "$gateway.internet_gateway_id",
        });
        add("Route", "route", &[], route);
        let association =
            json!({ "subnet_id": "$subnet.subnet_id", "route_table_id": "$table.route_table_id" });
        add("RouteTableAssociation", "association", &[], association);
        if self.nat {
            add("Address", "nat-address", &["gateway"], json!({ "tags": tags("nat-address") }));
            let nat = json!({
                "subnet_id": "$subnet.subnet_id", "allocation_id": "$nat-address.allocation_id",
                "tags": tags("nat"),
            });
            add("NatGateway", "nat", &["route", "association"], nat);
        }
    }

    fn security(&self, all: &mut Vec<Resource>) {
        let group = json!({
            "description": format!("Group {}", self.group), "vpc_id": "$vpc.vpc_id",
            "tags": self.tags("group"),
        });
        all.push(Resource {
            kind: "SecurityGroup",
            name: "group".to_owned(),
            inputs: group,
            after: vec![],
        });
        for rule in 0..self.rules {
            let mut inputs = json!({
                "security_group_id": "$group.group_id", "direction": "ingress", "protocol": "tcp",
                "from_port": 7000 + self.port, "to_port": 7000 + self.port,
                "tags": self.tags("rule"),
            });
            if rule == 0 {
                inputs["source_security_group_id"] = json!("$group.group_id");
            } else {
                inputs["cidr_ipv4"] = json!(format!("10.{}.0.0/16", 20 + rule));
            }
            let name = format!("rule-{rule}");
            all.push(Resource { kind: "SecurityGroupRule", name, inputs, after: vec![] });
        }
    }

    fn identity(&self, all: &mut Vec<Resource>) {
        if !self.role {
            return;
        }
        let mut add = |kind, name: &str, after: &[&'static str], inputs| {
            all.push(Resource { kind, name: name.to_owned(), inputs, after: after.to_vec() })
        };
        let statements = |one: Json| json!({ "Version": "2012-10-17", "Statement": [one] });
        let trust = statements(json!({
            "Effect": "Allow", "Action": "sts:AssumeRole",
            "Principal": { "Service": ["dlm.amazonaws.com", "ec2.amazonaws.com"] },
        }));
        let allow = |action: &str| {
            statements(json!({ "Effect": "Allow", "Action": action, "Resource": "*" })).to_string()
        };
        let role = json!({
            "role_name": "node-1", "tags": self.tags("role"),
            "assume_role_policy_document": trust.to_string(),
        });
        add("Role", "role", &[], role);
        let own = json!({
            "role_name": "$role.role_name", "policy_name": "own",
            "policy_document": allow(ACTIONS[self.allowed]),
        });
        add("RolePolicy", "own", &[], own);
        let profile = json!({
            "instance_profile_name": "node", "role_name": "$role.role_name",
            "tags": self.tags("profile"),
        });
        add("InstanceProfile", "profile", &["own"], profile);
        if self.managed {
            let policy = json!({
                "policy_name": "shared", "tags": self.tags("policy"),
                "policy_document": allow(ACTIONS[(self.allowed + 1) % ACTIONS.len()]),
            });
            add("Policy", "policy", &[], policy);
            let attachment = json!({ "role_name": "$role.role_name", "policy_arn": "$policy.arn" });
            add("RolePolicyAttachment", "shared", &[], attachment);
        }
        if self.snapshots {
            let policy = json!({
                "description": "Daily snapshots", "execution_role_arn": "$role.arn",
                "resource_types": ["VOLUME"], "tags": self.tags("snapshots"),
                "target_tags": [{ "key": "Team", "value": format!("team-{}", self.team) }],
                "schedules": [{
                    "name": "Daily", "create_rule": { "interval": 24, "times": ["03:00"] },
                    "retain_rule": { "count": 7 },
                }],
            });
            add("LifecyclePolicy", "snapshots", &["own"], policy);
        }
    }

    fn storage(&self, all: &mut Vec<Resource>) {
        let mut add = |kind, name: String, inputs| {
            all.push(Resource { kind, name, inputs, after: vec![] });
        };
        for key in 0..self.keys {
            let inputs = json!({
                "description": format!("Key {key}"), "enable_key_rotation": self.rotation,
                "tags": self.tags("key"),
            });
            add("Key", format!("key-{key}"), inputs);
        }
        if let Some(last) = self.keys.checked_sub(1) {
            let target = format!("$key-{last}.key_id");
            let alias = json!({ "alias_name": "alias/fleet", "target_key_id": target });
            add("Alias", "alias".to_owned(), alias);
        }
        for volume in 0..self.volumes {
            let name = format!("volume-{volume}");
            let inputs = json!({
                "availability_zone": ZONES[0], "size": self.size, "tags": self.tags(&name),
            });
            add("Volume", name, inputs);
        }
        let spare = json!({
            "availability_zone": ZONES[self.spare], "size": 8, "tags": self.tags("spare"),
        });
        add("Volume", "spare".to_owned(), spare);
    }

    fn nodes(&self, all: &mut Vec<Resource>, images: &[String; 2]) {
        let mut add = |kind, name: String, after: &[&'static str], inputs| {
            all.push(Resource { kind, name, inputs, after: after.to_vec() })
        };
        if self.pair > 0 {
            let middle = ["Q", "g"][self.pair - 1];
            let key = format!(
                "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0Kq9D0sbB1ZC0Zc2b0lYc4{middle}1cO0Hf8H1m1T3xq7b1v"
            );
            add("KeyPair", "pair".to_owned(), &[], json!({ "name": "fleet", "public_key": key }));
        }
        if self.placement {
            let group =
                json!({ "name": "apart", "strategy": "spread", "tags": self.tags("apart") });
            add("PlacementGroup", "apart".to_owned(), &[], group);
        }
        for node in 0..self.nodes {
            let interface = json!({
                "subnet_id": "$subnet.subnet_id", "security_group_ids": ["$group.group_id"],
                "tags": self.tags("interface"),
            });
            add("NetworkInterface", format!("interface-{node}"), &[], interface);
            let mut inputs = json!({
                "image_id": images[self.image], "instance_type": MACHINES[self.machine],
                "network_interface_id": format!("$interface-{node}.network_interface_id"),
                "tags": self.tags(&format!("node-{node}")),
            });
            let optional = [
                (self.role, "iam_instance_profile", "$profile.instance_profile_name"),
                (self.pair > 0, "key_name", "$pair.name"),
                (self.placement, "placement_group", "$apart.name"),
            ];
            for (_, property, value) in optional.into_iter().filter(|(is_there, ..)| *is_there) {
                inputs[property] = json!(value);
            }
            add("Instance", format!("node-{node}"), &[], inputs);
            if node < self.volumes {
                let attachment = json!({
                    "volume_id": format!("$volume-{node}.volume_id"), "device_name": "/dev/sdf",
                    "instance_id": format!("$node-{node}.instance_id"),
                });
                add("VolumeAttachment", format!("attached-{node}"), &[], attachment);
            }
        }
        if self.address && self.gateway && self.nodes > 0 {
            let address = json!({
                "network_interface_id": "$interface-0.network_interface_id",
                "tags": self.tags("address"),
            });
            add("Address", "address".to_owned(), &["gateway", "node-0"], address);
        }
    }
}

impl Resource {
    /// Returns the resource as `tests/programs/listed` reads it.
    pub(crate) fn listed(&self) -> Json {
        let service = match self.kind {
            "Role" | "RolePolicy" | "InstanceProfile" | "Policy" | "RolePolicyAttachment" => "iam",
            "Key" | "Alias" => "kms",
            "LifecyclePolicy" => "dlm",
            _ => "ec2",
        };
        let kind = format!("aws:{service}:{}", self.kind);
        json!({
            "kind": kind, "name": self.name, "inputs": self.inputs, "after": self.after,
            // The new copy needs the interface that the old one holds.
            "delete_first": self.kind == "Instance",
        })
    }

    /// Returns the calls that create it.
    pub(crate) fn creating(&self) -> &'static [&'static str] {
        match self.kind {
            "Vpc" => &["CreateVpc"],
            "Subnet" => &["CreateSubnet"],
            "InternetGateway" => &["CreateInternetGateway", "AttachInternetGateway"],
            "RouteTable" => &["CreateRouteTable"],
            "Route" => &["CreateRoute"],
            "RouteTableAssociation" => &["AssociateRouteTable"],
            "Address" => &["AllocateAddress", "AssociateAddress"],
            "NatGateway" => &["CreateNatGateway"],
            "SecurityGroup" => &["CreateSecurityGroup"],
            "SecurityGroupRule" => &["AuthorizeSecurityGroupIngress"],
            "Role" => &["CreateRole"],
            "RolePolicy" => &["PutRolePolicy"],
            "InstanceProfile" => &["CreateInstanceProfile", "AddRoleToInstanceProfile"],
            "Policy" => &["CreatePolicy"],
            "RolePolicyAttachment" => &["AttachRolePolicy"],
            "LifecyclePolicy" => &["CreateLifecyclePolicy"],
            "Key" => &["CreateKey", "EnableKeyRotation"],
            "Alias" => &["CreateAlias"],
            "Volume" => &["CreateVolume"],
            "KeyPair" => &["ImportKeyPair"],
            "PlacementGroup" => &["CreatePlacementGroup"],
            "NetworkInterface" => &["CreateNetworkInterface"],
            "Instance" => &["RunInstances"],
            "VolumeAttachment" => &["AttachVolume"],
            other => unreachable!("no program declares a {other}"),
        }
    }

    /// Returns the calls that change it in place.
    pub(crate) fn updating(&self) -> &'static [&'static str] {
        match self.kind {
            "InternetGateway" => &["CreateTags", "DetachInternetGateway", "AttachInternetGateway"],
            "Address" => &["CreateTags", "AssociateAddress"],
            "SecurityGroupRule" => &["CreateTags", "ModifySecurityGroupRules"],
            "Role" => &["TagRole"],
            "RolePolicy" => &["PutRolePolicy"],
            "InstanceProfile" => &["TagInstanceProfile", "RemoveRoleFromInstanceProfile"],
            "Policy" => &["CreatePolicyVersion", "TagPolicy"],
            "LifecyclePolicy" => &["UpdateLifecyclePolicy", "TagResource"],
            "Key" => &["EnableKeyRotation", "DisableKeyRotation", "TagResource"],
            "Alias" => &["UpdateAlias"],
            "Volume" => &["CreateTags", "ModifyVolume"],
            "Instance" => &["CreateTags", "StopInstances", "ModifyInstanceAttribute"],
            _ => &["CreateTags"],
        }
    }

    /// Returns the calls that delete it.
    pub(crate) fn deleting(&self) -> &'static [&'static str] {
        match self.kind {
            "Vpc" => &["DeleteVpc"],
            "Subnet" => &["DeleteSubnet"],
            "InternetGateway" => &["DetachInternetGateway", "DeleteInternetGateway"],
            "RouteTable" => &["DeleteRouteTable"],
            "Route" => &["DeleteRoute"],
            "RouteTableAssociation" => &["DisassociateRouteTable"],
            "Address" => &["DisassociateAddress", "ReleaseAddress"],
            "NatGateway" => &["DeleteNatGateway"],
            "SecurityGroup" => &["DeleteSecurityGroup"],
            "SecurityGroupRule" => &["RevokeSecurityGroupIngress"],
            "Role" => &["DeleteRole"],
            "RolePolicy" => &["DeleteRolePolicy"],
            "InstanceProfile" => &["RemoveRoleFromInstanceProfile", "DeleteInstanceProfile"],
            "Policy" => &["DeletePolicy"],
            "RolePolicyAttachment" => &["DetachRolePolicy"],
            "LifecyclePolicy" => &["DeleteLifecyclePolicy"],
            "Key" => &["ScheduleKeyDeletion"],
            "Alias" => &["DeleteAlias"],
            "Volume" => &["DeleteVolume"],
            "KeyPair" => &["DeleteKeyPair"],
            "PlacementGroup" => &["DeletePlacementGroup"],
            "NetworkInterface" => &["DeleteNetworkInterface"],
            "Instance" => &["TerminateInstances"],
            "VolumeAttachment" => &["DetachVolume"],
            other => unreachable!("no program declares a {other}"),
        }
    }
}
