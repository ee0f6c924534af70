//! As many resources of the plugin `nothing` as wanted, in the shape that is wanted: what benchmarks deploy.

use kim::prelude::*;

#[kim::config]
struct Config {
    /// How many.
    count: u32,
    /// How they depend on each other.
    shape: Shape,
    /// What they hold: another text is an update of all.
    label: String,
    /// `Thing` or `SlowThing`.
    kind: String,
}

#[kim::config]
enum Shape {
    /// Chains of ten.
    Chains,
    /// None depends on another.
    Wide,
    /// Each depends on the one before.
    Chain,
}

#[kim::program]
fn deploy(stack: &Stack) -> Result<()> {
    let config: Config = stack.config()?;
    let kind = format!("nothing:{}", config.kind);
    let mut before: Option<Output<String>> = None;
    for index in 0..config.count {
        let starts = match config.shape {
            Shape::Chains => index.is_multiple_of(10),
            Shape::Wide => true,
            Shape::Chain => index == 0,
        };
        let mut thing = Resource::new(kind.as_str(), format!("thing-{index}")).input("label", config.label.as_str());
        if let Some(before) = before.take().filter(|_| !starts) {
            thing = thing.input("after", before);
        }
        before = Some(thing.declare(stack).get("thing_id"));
    }
    Ok(())
}
