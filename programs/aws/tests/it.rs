//! The sources are what the plugins' schemas say, and work.

use std::path::Path;

use kim::prelude::*;
use kim_aws::{dlm, ec2, iam};

#[path = "../examples/generate/schemas.rs"]
mod schemas;

#[test]
fn the_sources_are_not_stale() {
    let files = kim_generate::generate(&schemas::all()).expect("the schemas are fine");
    let stale = kim_generate::stale(&files, &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    assert!(stale.is_empty(), "{}\nrun: cargo run -p kim-aws --example generate", stale.join("\n"));
}

#[test]
fn the_reference_is_not_stale() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(schemas::REFERENCE);
    let stale = kim_generate::stale(&schemas::reference(), &folder);
    assert!(stale.is_empty(), "{}\nrun: cargo run -p kim-aws --example generate", stale.join("\n"));
}

/// Every way to give an input: plain, output, optional, secret, list, map, object, JSON.
fn deploy(stack: &Stack) -> Result<()> {
    let zones = ec2::AvailabilityZonesLookup::new().look_up(stack);
    let volume = ec2::Volume::new("data")
        .availability_zone(zones.names().get::<String>("[0]"))
        .size(10)
        .iops(None::<i64>)
        .tags([("Team", "db")])
        .tag("Name", "data")
        .options(|o| o.protect())
        .declare(stack);
    let subnet = ec2::Subnet::new("one")
        .vpc_id(Secret::new("vpc-1".to_owned()))
        .cidr_block("10.0.0.0/24")
        .declare(stack);
    ec2::Instance::new("one")
        .image_id("ami-01234567")
        .instance_type(String::from("c6i.xlarge"))
        .subnet_id(subnet.id())
        .security_group_ids([ec2::SecurityGroup::new("g").declare(stack).id()])
        .root_volume(ec2::RootVolume::new().size(20).volume_type("gp3"))
        .options(|o| o.depends_on(&volume))
        .declare(stack);
    iam::Policy::new("p").policy_document(kim::json!({ "Resource": volume.arn() })).declare(stack);
    let rule = dlm::CreateRule::new().interval(24).times(["03:00"]);
    dlm::LifecyclePolicy::new("l")
        .schedules([dlm::Schedule::new().name("Daily").create_rule(rule)])
        .declare(stack);
    stack.export("size", volume.size().map(|gib: i64| gib * 1024));
    Ok(())
}

#[test]
fn builders_declare_what_they_are_told() {
    let run = kim::testing::run(deploy, kim::json!({})).expect("it runs");
    insta::assert_json_snapshot!(run.graph());
    let volume = run.resource(ec2::Volume::KIND, "data").expect("declared");
    assert!(
        volume.source.as_ref().is_some_and(|place| place.file.ends_with("it.rs")),
        "the place is the program's"
    );
}
