//! The components. Plugins are those of `kim plugin build`; programs are built once in a test run.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

/// Returns the workspace's folder.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("this crate lies in the workspace")
}

/// Returns the component of a plugin: `ec2`, `kms`, `iam` or `dlm`.
///
/// # Panics
/// It is not built.
pub fn plugin(service: &str) -> PathBuf {
    let built = root().join("target/guest/wasm32-wasip2/component");
    let folder = std::env::var_os("KIM_COMPONENTS").map_or(built, PathBuf::from);
    let file = folder.join(format!("kim_plugin_aws_{service}.wasm"));
    assert!(
        file.is_file(),
        "there is no {}: build the plugins with `cargo xtask build`, or say in KIM_COMPONENTS where they are",
        file.display()
    );
    file
}

/// Returns the component of `programs/kimberlite`, as `kim up` would build it.
pub fn kimberlite() -> &'static Path {
    static BUILT: LazyLock<PathBuf> = LazyLock::new(|| {
        build(root(), &["-p", "kimberlite", "--profile", "component"], &root().join("target"));
        root().join("target/wasm32-wasip2/component/kimberlite.wasm")
    });
    &BUILT
}

/// Returns the component of `tests/programs/small`.
pub fn small() -> &'static Path {
    static BUILT: LazyLock<PathBuf> = LazyLock::new(|| {
        let target = programs_target();
        build(&root().join("tests/programs/small"), &["--release"], &target);
        target.join("wasm32-wasip2/release/small.wasm")
    });
    &BUILT
}

/// Returns the component of `tests/programs/listed`.
pub(crate) fn listed() -> &'static Path {
    static BUILT: LazyLock<PathBuf> = LazyLock::new(|| {
        let target = programs_target();
        build(&root().join("tests/programs/listed"), &["--release"], &target);
        target.join("wasm32-wasip2/release/listed.wasm")
    });
    &BUILT
}

/// Returns the component of `tests/programs/trap`, a plugin.
pub(crate) fn trap() -> &'static Path {
    static BUILT: LazyLock<PathBuf> = LazyLock::new(|| {
        let target = programs_target();
        build(&root().join("tests/programs/trap"), &["--release"], &target);
        target.join("wasm32-wasip2/release/trap.wasm")
    });
    &BUILT
}

/// Returns the component of `tests/programs/naughty`.
///
/// The program misbehaves as its configuration says.
pub(crate) fn naughty() -> &'static Path {
    static BUILT: LazyLock<PathBuf> = LazyLock::new(|| {
        let target = programs_target();
        build(&root().join("tests/programs/naughty"), &["--release"], &target);
        target.join("wasm32-wasip2/release/naughty.wasm")
    });
    &BUILT
}

/// Returns the component of `tests/programs/naughty-plugin`.
///
/// The plugin misbehaves as its configuration says.
pub fn naughty_plugin() -> &'static Path {
    static BUILT: LazyLock<PathBuf> = LazyLock::new(|| {
        let target = programs_target();
        build(&root().join("tests/programs/naughty-plugin"), &["--release"], &target);
        target.join("wasm32-wasip2/release/naughty_plugin.wasm")
    });
    &BUILT
}

/// Returns the components of the hostile program and the hostile plugin.
///
/// They are `tests/programs/hostile` and `hostile-plugin`, and do what their configuration names.
pub fn hostile() -> (PathBuf, PathBuf) {
    static BUILT: LazyLock<[PathBuf; 2]> = LazyLock::new(|| {
        let target = programs_target();
        ["hostile", "hostile-plugin"].map(|name| {
            build(&root().join("tests/programs").join(name), &["--release"], &target);
            target.join(format!("wasm32-wasip2/release/{}.wasm", name.replace('-', "_")))
        })
    });
    (BUILT[0].clone(), BUILT[1].clone())
}

/// Returns the folder with the real Kimberlite.
///
/// It holds `kimberlite` (the server of the registry behind a stand-in for its command line) and
/// `kimberlite-client`. They are built once, in a workspace of their own.
pub fn real_kimberlite() -> &'static Path {
    static BUILT: LazyLock<PathBuf> = LazyLock::new(|| {
        let target = root().join("target/kimberlite");
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args(["build", "--quiet", "--locked", "--target-dir"]).arg(&target);
        cargo
            .current_dir(root().join("tests/kimberlite"))
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_TARGET_DIR");
        let status = cargo.status().unwrap_or_else(|error| panic!("cargo does not start: {error}"));
        assert!(status.success(), "tests/kimberlite does not build");
        target.join("debug")
    });
    &BUILT
}

/// Returns the target folder of the programs of tests. They share dependencies.
pub fn programs_target() -> PathBuf {
    root().join("target/programs")
}

fn build(folder: &Path, arguments: &[&str], target: &Path) {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .args(["build", "--quiet", "--target", "wasm32-wasip2"])
        .args(arguments)
        .arg("--target-dir")
        .arg(target);
    cargo.current_dir(folder).env_remove("RUSTFLAGS").env_remove("CARGO_TARGET_DIR");
    let status = cargo.status().unwrap_or_else(|error| panic!("cargo does not start: {error}"));
    assert!(
        status.success(),
        "the program in {} does not build; is the target there? `rustup target add wasm32-wasip2`",
        folder.display()
    );
}
