//! Keys that no two resources share, of AWS's kinds: the order, the refusals, the renames.

use kim_tests::{Boto, Cloud, Project};
use serde_json::{Value as Json, json};

/// A project that declares resources of a list, and what reads its cloud.
struct Listed {
    cloud: Cloud,
    project: Project,
    boto: Boto,
}

impl Listed {
    fn new() -> Option<Listed> {
        let cloud = Cloud::start();
        let boto = cloud.boto()?;
        let project = Project::listed(&cloud.account());
        Some(Listed { cloud, project, boto })
    }

    /// Declares resources: kind, name, inputs.
    fn declare(&mut self, resources: &[(&str, &str, Json)]) -> &Project {
        let listed = |(kind, name, inputs): &(&str, &str, Json)| json!({ "kind": format!("aws:{kind}"), "name": name, "inputs": inputs });
        let listed: Vec<Json> = resources.iter().map(listed).collect();
        self.project.set("resources", &format!("'''{}'''", Json::from(listed)));
        &self.project
    }

    /// Brings the cloud up to the declarations. What changed are creates, updates, replacements and
    /// deletes.
    #[track_caller]
    fn up(&mut self, resources: &[(&str, &str, Json)], changes: [u64; 4]) {
        assert_eq!(self.declare(resources).up().succeeds().changes(), changes);
        self.expect_deployed();
    }

    #[track_caller]
    fn expect_deployed(&self) {
        self.project.expect_no_changes();
        self.project.matches(&self.boto);
    }

    /// An up is refused with these words, and changes nothing.
    #[track_caller]
    fn refuses(&mut self, resources: &[(&str, &str, Json)], words: &[&str]) {
        let (before, calls) = (self.project.export(), self.cloud.calls().len());
        self.declare(resources).up().exits(1).contains(words);
        assert_eq!(self.project.export(), before, "the state is another one");
        let reads = |action: &String| {
            ["Describe", "Get", "List"].iter().any(|verb| action.starts_with(verb))
        };
        let actions = self.cloud.actions_since(calls);
        assert!(actions.iter().all(reads), "the cloud was changed: {actions:?}");
    }
}

/// Who may assume a role.
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;

fn vpc() -> (&'static str, &'static str, Json) {
    ("ec2:Vpc", "main", json!({ "cidr_block": "10.9.0.0/16" }))
}

fn subnet(zone: &str) -> (&'static str, &'static str, Json) {
    let inputs =
        json!({ "vpc_id": "$main.vpc_id", "cidr_block": "10.9.1.0/24", "availability_zone": zone });
    ("ec2:Subnet", "net", inputs)
}

fn group(name: &'static str, description: &str) -> (&'static str, &'static str, Json) {
    let inputs = json!({ "vpc_id": "$main.vpc_id", "name": "web", "description": description });
    ("ec2:SecurityGroup", name, inputs)
}

fn role(name: &'static str, path: &str) -> (&'static str, &'static str, Json) {
    let inputs = json!({ "role_name": "node", "path": path, "assume_role_policy_document": TRUST });
    ("iam:Role", name, inputs)
}

fn route(name: &'static str, gateway: &str) -> (&'static str, &'static str, Json) {
    let inputs = json!({
        "route_table_id": "$table.route_table_id",
        "destination_cidr_block": "0.0.0.0/0",
        "gateway_id": format!("${gateway}.internet_gateway_id"),
    });
    ("ec2:Route", name, inputs)
}

// Rule 40.
#[test]
fn what_keeps_its_name_its_block_or_its_address_is_deleted_first() {
    let Some(mut listed) = Listed::new() else { return };
    let address = json!({ "subnet_id": "$net.subnet_id", "private_ip": "10.9.1.9" });
    let address = ("ec2:NetworkInterface", "eni", address);
    let before = [vpc(), subnet("eu-central-1a"), group("web", "one"), role("node", "/")];
    listed.up(&before, [4, 0, 0, 0]);
    // Another zone, another purpose, another path: none of them can be changed in place.
    let after = [vpc(), subnet("eu-central-1b"), group("web", "two"), role("node", "/team/")];
    let preview = listed.declare(&after).kim(&["preview"]);
    preview.contains(&[
        "it keeps vpc_id and cidr_block, which no two have",
        "it keeps vpc_id and name, which no two have",
        "it keeps role_name, which no two have",
    ]);
    listed.up(&after, [0, 0, 3, 0]);
    // An address, with nothing else that differs.
    let with_address = [after.to_vec(), vec![address]].concat();
    listed.up(&with_address, [1, 0, 0, 0]);
    let replace = ["up", "--yes", "--json", "--replace", "eni"];
    assert_eq!(listed.project.kim(&replace).succeeds().changes(), [0, 0, 1, 0]);
    listed.expect_deployed();
}

// Rule 40.
#[test]
fn two_of_one_name_are_refused_before_anything_is_made() {
    let Some(mut listed) = Listed::new() else { return };
    let words =
        ["SecurityGroup/web and ", "SecurityGroup/api have the same vpc_id and name", "src/lib.rs"];
    listed.up(&[role("node", "/")], [1, 0, 0, 0]);
    // The VPC does not exist yet.
    listed.refuses(&[role("node", "/"), vpc(), group("web", "one"), group("api", "two")], &words);
    listed.up(&[vpc(), group("web", "one")], [2, 0, 0, 1]);
    listed.refuses(&[vpc(), group("web", "one"), group("api", "two")], &words);
}

// Rule 41.
#[test]
fn a_route_under_another_name_is_a_rename_unless_it_is_meant() {
    let Some(mut listed) = Listed::new() else { return };
    let gateway = ("ec2:InternetGateway", "gateway", json!({ "vpc_id": "$main.vpc_id" }));
    let table = ("ec2:RouteTable", "table", json!({ "vpc_id": "$main.vpc_id" }));
    let program = |name| [vpc(), gateway.clone(), table.clone(), route(name, "gateway")];
    listed.up(&program("out"), [4, 0, 0, 0]);
    let renamed = program("away");
    listed.refuses(
        &renamed,
        &[
            "Route/out would be deleted and ",
            "with the same route_table_id and destination_cidr_block",
            "formerly",
        ],
    );
    for round in 0..3 {
        let name = if round % 2 == 0 { "away" } else { "out" };
        let up = listed.declare(&program(name)).kim(&["up", "--yes", "--json", "--delete-renamed"]);
        assert_eq!(up.succeeds().changes(), [1, 0, 0, 1]);
        listed.expect_deployed();
    }
}
