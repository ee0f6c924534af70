//! `kim plugin schema`: plugins that cannot be loaded.

use std::process::Command;

use crate::binary::{project, text};

#[test]
fn a_plugin_that_is_not_built_says_how_to_build_it() {
    let dir = project(&[(
        "Kim.toml",
        "name = \"p\"\n[plugins]\nmine = { path = \"mine\" }\nlost = { path = \"lost.wasm\" }\n",
    )]);
    std::fs::create_dir(dir.path().join("mine")).expect("a folder is made");
    std::fs::write(dir.path().join("mine/Cargo.toml"), "[package]\nname = \"my-plugin\"\n")
        .expect("a file is written");
    let cache = dir.path().join("cache");
    let run = |name: &str| {
        let args = ["plugin", "schema", name];
        let mut command = Command::new(env!("CARGO_BIN_EXE_kim"));
        let output = command
            .args(args)
            .current_dir(dir.path())
            .env("KIM_CACHE_DIR", &cache)
            .output()
            .expect("kim runs");
        (output.status.code(), text(&output.stderr))
    };
    let (code, said) = run("mine");
    assert_eq!(code, Some(2));
    assert!(said.contains("my_plugin.wasm") && said.contains("kim plugin build"), "{said}");
    let (code, said) = run("lost");
    assert_eq!(code, Some(2));
    assert!(said.contains("lost.wasm"), "{said}");
    std::fs::write(dir.path().join("lost.wasm"), "no wasm").expect("a file is written");
    let (code, said) = run("lost");
    assert_eq!(code, Some(1));
    assert!(
        said.contains("hint: `cargo build --target wasm32-wasip2` makes a component"),
        "{said}"
    );
    let (code, said) = run("other");
    assert_eq!(code, Some(2));
    assert!(said.contains("it has: ") && said.contains("mine"), "{said}");
}
