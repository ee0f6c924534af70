//! Components that are not loaded, and their errors.

use std::sync::{Arc, Mutex};

use kim_model::{Remedy, Value};

use super::guests::{aws_at, sandbox, wasm};
use crate::{
    Cache, Compiling, Environment, Grants, Http, Limits, LoadError, PluginComponent, PluginOptions,
    ProgramComponent, Sandbox, Wasm,
};

fn options() -> PluginOptions {
    PluginOptions {
        limits: Limits::plugin(),
        grants: Grants::AsAsked,
        config: [("host", "nowhere.example")].into_iter().collect(),
        aws: aws_at("http://127.0.0.1:9"),
        http: Http::new(&Environment::default()),
        on_log: Arc::new(|_| {}),
    }
}

async fn refused_program(wasm: &Wasm) -> String {
    ProgramComponent::load(&sandbox(), wasm, Limits::program())
        .await
        .map(|_| ())
        .unwrap_err()
        .message
}

async fn refused_plugin(wasm: &Wasm) -> String {
    PluginComponent::load(&sandbox(), wasm, options()).await.map(|_| ()).unwrap_err().message
}

fn component(text: &str) -> Wasm {
    Wasm::from_bytes("strange", wat::parse_str(text).unwrap())
}

#[tokio::test]
async fn files_that_are_no_component() {
    let missing = Wasm::read("no/such/aws-ec2.wasm".as_ref()).map(|_| ()).unwrap_err().message;
    assert!(missing.contains("no/such/aws-ec2.wasm"), "{missing}");
    let module =
        ProgramComponent::load(&sandbox(), &component("(module)"), Limits::program()).await;
    let module = module.map(|_| ()).unwrap_err();
    assert!(module.message.contains("is a WebAssembly module, not a component"), "{module}");
    assert_eq!(module.remedy, Some(Remedy::BuildComponent));
    let text = refused_program(&Wasm::from_bytes("strange", *b"#!/bin/sh")).await;
    assert!(text.contains("'strange' is not WebAssembly"), "{text}");
    let cut = refused_program(&Wasm::from_bytes("strange", *b"\0asm\x0d\0\x01\0\x01\xff")).await;
    assert!(cut.contains("'strange' is not a valid component"), "{cut}");
}

#[tokio::test]
async fn components_of_another_contract() {
    let empty = refused_program(&component("(component)")).await;
    assert!(empty.contains("it exports nothing"), "{empty}");
    let swapped = refused_program(&wasm("plugin")).await;
    assert!(swapped.contains("is not a deployment program: it is a provider plugin"), "{swapped}");
    let swapped = refused_plugin(&wasm("program")).await;
    assert!(swapped.contains("is not a provider plugin: it is a deployment program"), "{swapped}");
    let newer = r#"(component (instance $i) (export "kim:plugin/provider@0.2.0" (instance $i)))"#;
    let newer = refused_plugin(&component(newer)).await;
    assert!(
        newer.contains(
            "implements kim:plugin/provider@0.2.0; this kim supports kim:plugin/provider@0.1.x"
        ),
        "{newer}"
    );
    let hollow = r#"(component (instance $i) (export "kim:plugin/provider@0.1.0" (instance $i)))"#;
    let hollow = refused_plugin(&component(hollow)).await;
    assert!(hollow.contains("does not fit kim:plugin/provider@0.1"), "{hollow}");
}

#[tokio::test]
async fn imports_that_nobody_gets() {
    let greedy = r#"(component
        (import "wasi:http/outgoing-handler@0.2.0" (instance))
        (instance $i) (export "kim:program/deployment@0.1.0" (instance $i)))"#;
    let greedy = refused_program(&component(greedy)).await;
    assert!(greedy.contains("needs wasi:http/outgoing-handler@0.2.0 from its host"), "{greedy}");
}

#[tokio::test]
async fn a_program_without_wasi_runs() {
    use kim_engine::ports::{Program, RunContext};
    let bare =
        ProgramComponent::load(&sandbox(), &component(BARE), Limits::program()).await.unwrap();
    let context = RunContext {
        project: "p".to_owned(),
        stack: "s".to_owned(),
        settings: kim_model::Value::map(),
    };
    let ran = bare.run(context).await.unwrap();
    assert!(ran.declarations.resources.is_empty());
}

/// A program that imports nothing and declares nothing.
///
/// `run` returns ok, `transform` traps.
const BARE: &str = r#"(component
    (core module $m
        (memory (export "memory") 1)
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) i32.const 64)
        (func (export "run") (result i32) i32.const 16)
        (func (export "transform") (param i32 i32 i32) (result i32) unreachable))
    (core instance $c (instantiate $m))
    (type $node' (variant
        (case "null") (case "boolean" bool) (case "integer" s64) (case "float" float64) (case "text" string)
        (case "bytes" (list u8)) (case "list" (list u32)) (case "map" (list (tuple string u32)))
        (case "secret" u32) (case "unknown") (case "output" u32)))
    (component $shim
        (type $node' (variant
            (case "null") (case "boolean" bool) (case "integer" s64) (case "float" float64) (case "text" string)
            (case "bytes" (list u8)) (case "list" (list u32)) (case "map" (list (tuple string u32)))
            (case "secret" u32) (case "unknown") (case "output" u32)))
        (import "import-node" (type $node (eq $node')))
        (type $value' (record (field "nodes" (list $node)) (field "root" u32)))
        (import "import-value" (type $value (eq $value')))
        (import "import-run" (func $run (result (result (error string)))))
        (import "import-transform" (func $transform
            (param "callback" u32) (param "arguments" (list $value)) (result (result $value (error string)))))
        (export $n "node" (type $node))
        (type $v' (record (field "nodes" (list $n)) (field "root" u32)))
        (export $v "value" (type $value) (type (eq $v')))
        (export "run" (func $run))
        (export "transform" (func $transform) (func
            (param "callback" u32) (param "arguments" (list $v)) (result (result $v (error string))))))
    (type $value' (record (field "nodes" (list $node')) (field "root" u32)))
    (func $run (result (result (error string)))
        (canon lift (core func $c "run") (memory (core memory $c "memory")) (realloc (core func $c "realloc"))))
    (func $transform (param "callback" u32) (param "arguments" (list $value')) (result (result $value' (error string)))
        (canon lift (core func $c "transform") (memory (core memory $c "memory")) (realloc (core func $c "realloc"))))
    (instance $i (instantiate $shim
        (with "import-node" (type $node')) (with "import-value" (type $value'))
        (with "import-run" (func $run)) (with "import-transform" (func $transform))))
    (export "kim:program/deployment@0.1.0" (instance $i)))"#;

#[tokio::test]
async fn a_component_is_compiled_once_and_its_schema_asked_once() {
    let folder = tempfile::tempdir().unwrap();
    let news = Arc::new(Mutex::new(Vec::new()));
    let open = || {
        let news = news.clone();
        let tell = Arc::new(move |event| news.lock().unwrap().push(event));
        Sandbox::new(Some(Cache::open(folder.path()).unwrap()), tell).unwrap()
    };
    let lines = Arc::new(Mutex::new(Vec::new()));
    let load = async |sandbox: Sandbox| {
        let lines = lines.clone();
        let options = PluginOptions {
            on_log: Arc::new(move |line| lines.lock().unwrap().push(line)),
            ..options()
        };
        PluginComponent::load(&sandbox, &wasm("plugin"), options).await.unwrap()
    };
    load(open()).await;
    load(open()).await;
    {
        let news = news.lock().unwrap();
        assert!(
            matches!(&news[..], [Compiling::Started { name }, Compiling::Finished { .. }] if name == "guest_plugin")
        );
        assert_eq!(
            lines
                .lock()
                .unwrap()
                .iter()
                .filter(|line| line.message == "the schema is asked for")
                .count(),
            1
        );
    }
    for file in std::fs::read_dir(folder.path()).unwrap() {
        std::fs::write(file.unwrap().path(), "damaged").unwrap();
    }
    load(open()).await;
    assert_eq!(news.lock().unwrap().len(), 4, "damaged files are made anew");
}

#[tokio::test]
async fn a_host_that_is_not_configured() {
    let options = PluginOptions { config: kim_model::Value::map(), ..options() };
    let error =
        PluginComponent::load(&sandbox(), &wasm("plugin"), options).await.map(|_| ()).unwrap_err();
    assert!(error.message.contains("'host' is not set"), "{error}");
    let remedy =
        Remedy::Configure { plugin: "guest_plugin".to_owned(), property: "host".to_owned() };
    assert_eq!(error.remedy, Some(remedy));
}

async fn refused_config(config: Value) -> LoadError {
    let options = PluginOptions { config, ..options() };
    PluginComponent::load(&sandbox(), &wasm("plugin"), options).await.map(|_| ()).unwrap_err()
}

#[tokio::test]
async fn a_configuration_that_does_not_fit_its_schema() {
    for (config, expected) in [
        (
            [("hots", "x")].into_iter().collect(),
            "hots is not a property of the configuration; did you mean 'host'?",
        ),
        ([("host", 7)].into_iter().collect(), "host is 7, but must be text"),
        ([("size", 10)].into_iter().collect(), "size is 10, but must be a whole number of 1 to 9"),
        ([("key", 7)].into_iter().collect(), "key is a secret that does not fit: it must be text"),
        (Value::from("x"), "must be a map, but the configuration was given text"),
    ] {
        let error = refused_config(config).await;
        assert_eq!(
            error.message,
            format!("the configuration of the plugin 'guest_plugin': {expected}")
        );
        assert_eq!(error.remedy, None);
    }
}

// Rule 15.
#[tokio::test]
async fn what_a_schema_says_is_secret_of_a_configuration_is_secret() {
    let config = [("host", "nowhere.example"), ("key", "hunter2")].into_iter().collect();
    let options = PluginOptions { config, ..options() };
    let plugin = PluginComponent::load(&sandbox(), &wasm("plugin"), options).await.unwrap();
    assert_eq!(plugin.config().get("key"), Some(&Value::secret("hunter2".into())));
}

// Rule 43.
#[tokio::test]
async fn files_that_are_too_large_or_no_file_are_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let sparse = folder.path().join("sparse.wasm");
    std::fs::File::create(&sparse).unwrap().set_len(6 << 30).unwrap();
    let socket = folder.path().join("socket.wasm");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    for (file, expected) in [
        (sparse.as_path(), "it has 6144 MB; at most 128 MB are allowed"),
        (socket.as_path(), "it is not a regular file"),
        (folder.path(), "it is not a regular file"),
        ("/dev/zero".as_ref(), "it is not a regular file"),
    ] {
        let read = Wasm::read(file).map(|_| ()).unwrap_err().message;
        assert!(read.ends_with(expected), "{read}");
        let cached = sandbox().wasm("strange", file).map(|_| ()).unwrap_err().message;
        assert_eq!(cached, read);
    }
}

// Rule 43.
#[tokio::test]
async fn components_whose_code_takes_too_long_to_compile() {
    let nops = "nop ".repeat(600 << 10);
    let locals = "i32 ".repeat(70_000);
    let modules = "(core module)".repeat(1_000);
    for (text, expected) in [
        (
            format!("(component (core module (func {nops})))"),
            "a function has 601 KB of code and local variables; at most 256 KB are allowed",
        ),
        (
            format!("(component (component (core module (func (local {locals})))))"),
            "a function has 547 KB of code and local variables; at most 256 KB are allowed",
        ),
        (
            format!("(component {modules})"),
            "it has more than 1,000 modules and components inside each other",
        ),
    ] {
        let refused = refused_program(&component(&text)).await;
        assert!(refused.starts_with("'strange' is not compiled: "), "{refused}");
        assert!(refused.contains(expected), "{refused}");
    }
}
