//! `cargo xtask bench`: measures the installed form of the binary from outside.

use crate::phases::Phases;
use crate::tools::{self, TARGET, Tools};

/// Builds everything for release and measures it.
///
/// Writes `docs/performance.md` if everything was measured in full.
pub(crate) fn run(tools: &Tools, phases: &mut Phases, arguments: &[String]) -> Result<(), String> {
    phases.run("the wasm target", || tools.add_target())?;
    phases.run("the binary kim and the benchmarks, for release", || {
        tools::run(&mut tools.cargo(&[
            "build",
            "--release",
            "--package",
            "kim-cli",
            "--package",
            "kim-bench",
        ]))
    })?;
    // `kim plugin build` does the same in every profile. This one is built already.
    phases.run("the plugins' components (aws-sdk-ec2 takes some minutes, once)", || {
        tools::run(&mut tools.kim_at("release", &["plugin", "build"]))
    })?;
    let programs = tools.root.join("target/programs");
    phases.run("programs and plugins of the benchmarks", || {
        let mut cargo =
            tools.cargo(&["build", "--release", "--quiet", "--target", TARGET, "--target-dir"]);
        cargo.arg(&programs).current_dir(tools.root.join("tests/programs"));
        tools::run(cargo.args(["--package", "bench", "--package", "nothing", "--package", "small"]))
    })?;
    phases.run("measurements", || {
        let mut bench = std::process::Command::new(tools.target.join("release/kim-bench"));
        bench.arg("--kim").arg(tools.kim_file("release")).arg("--plugins").arg(tools.components());
        bench.arg("--programs").arg(programs.join(TARGET).join("release")).current_dir(&tools.root);
        if arguments.is_empty() {
            bench.args(["--write", "docs/performance.md"]);
        }
        tools::run(bench.args(arguments))
    })
}
