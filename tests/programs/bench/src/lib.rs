//! The program of the benchmarks: resources of the plugin `nothing`, in a number and a shape.

use kim::prelude::*;

#[kim::config]
struct Config {
    /// The number of resources.
    count: u32,
    /// Their dependencies on each other.
    shape: Shape,
    /// Their label. Another text is an update of all.
    label: String,
    /// The kind: `Thing` or `SlowThing`.
    kind: String,
}

#[kim::config]
enum Shape {
    /// Chains of ten resources.
    Chains,
    /// No resource depends on another.
    Wide,
    /// Each resource depends on the previous one.
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
