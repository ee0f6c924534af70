//! kimberlite.

use kim::prelude::*;

/// Deploys.
#[kim::program(unless_feature = "library")]
pub fn deploy(stack: &Stack) -> Result<()> {
    let vpc = Resource::new("aws:ec2:Vpc", "main").input("cidr_block", "10.0.0.0/16").declare(stack);
    stack.export("vpc", vpc.get::<String>("vpc_id").map(|id: String| id.len()));
    Ok(())
}
