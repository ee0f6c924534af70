//! Programs: what they may declare, and what happens to programs that misbehave.

use std::sync::Arc;
use std::time::Duration;

use kim_engine::ports::{Program, ProgramError, Ran, RunContext};
use kim_model::{
    Alias, Expr, Former, FormerParent, Limit, Limited, OutputId, Path, Remedy, Timeouts, Value,
};

use super::guests::{sandbox, wasm};
use crate::guest::enforce;
use crate::guest::log::OnLine;
use crate::guest::wasi::Guest;
use crate::program::host::Recorder;
use crate::{Limits, ProgramComponent};

async fn run_with(stack: &str, limits: Limits) -> Result<Ran, ProgramError> {
    let program = ProgramComponent::load(&sandbox(), &wasm("program"), limits).await.unwrap();
    let table = |key: &str| [(key, 3)].into_iter().collect::<Value>();
    let settings = [
        ("config", table("zones")),
        ("aws", [("region", "eu"), ("profile", "p")].into_iter().collect()),
        ("other", table("password")),
    ];
    let settings = settings.into_iter().collect();
    program.run(RunContext { project: "p".to_owned(), stack: stack.to_owned(), settings }).await
}

async fn run(stack: &str) -> Result<Ran, ProgramError> {
    run_with(stack, Limits::program()).await
}

/// Runs a program that fails, and returns its error.
async fn refusal(stack: &str) -> String {
    match run(stack).await {
        Ok(ran) => panic!("'{stack}' ran: {:?}", ran.declarations),
        Err(error) => error.message,
    }
}

/// Returns limits with little time to compute, and much to wait.
///
/// A busy machine makes no difference then.
fn busy() -> Limits {
    Limits {
        computing: Duration::from_millis(200),
        waiting: Duration::from_secs(300),
        ..Limits::program()
    }
}

#[tokio::test]
async fn declarations_arrive_as_they_were_made() {
    let said = run("good").await.unwrap().declarations;
    let [group, thing] = &said.resources[..] else { panic!("{:?}", said.resources) };
    assert!(group.component && !thing.component);
    assert_eq!(
        (thing.kind.as_str(), thing.name.as_str(), thing.parent),
        ("test:Thing", "t", Some(OutputId(0)))
    );
    assert_eq!(thing.inputs.get("size"), Some(&Value::Int(8)));
    assert_eq!(thing.inputs.get("password"), Some(&Value::secret("s3cret".into())));
    assert_eq!(thing.inputs.get("twice"), Some(&Value::List(vec![Value::Int(8), Value::Int(8)])));
    assert_eq!(thing.options.ignore_changes, ["tags.Team".parse::<Path>().unwrap()]);
    assert_eq!((thing.options.protect, thing.options.retain_on_delete), (Some(false), None));
    assert_eq!(
        thing.options.timeouts,
        Timeouts { create_seconds: Some(60), update_seconds: None, delete_seconds: Some(0) }
    );
    assert_eq!(thing.options.secret_outputs, ["endpoint.password".parse::<Path>().unwrap()]);
    let former = Former {
        name: None,
        kind: Some("test:Thinj".to_owned()),
        parent: FormerParent::Component("g/h".to_owned()),
        project: Some("q".to_owned()),
    };
    assert_eq!(thing.options.aliases, [Alias::Name("old".to_owned()), Alias::Former(former)]);
    assert_eq!(thing.source.as_ref().unwrap().file, "src/lib.rs");
    assert_eq!(said.expressions[2], Expr::Get(OutputId(1), Path::key("id")));
    assert_eq!(said.expressions[4], Expr::Concat(vec!["id=".into(), OutputId(2).into()]));
    assert_eq!(said.lookups[0].name, "test:find");
    assert_eq!(said.exports["longer"], OutputId(5).into());
    // Its own table and the region, and none of a plugin's.
    let config = [("zones", 3)].into_iter().collect::<Value>();
    let aws = [("region", "eu")].into_iter().collect::<Value>();
    let own = [("config", config), ("aws", aws)].into_iter().collect();
    assert_eq!(said.exports["settings"], own);
    let estimates =
        said.estimates.iter().map(|one| (one.label.as_str(), one.saving, one.micros_a_month));
    assert_eq!(
        estimates.collect::<Vec<_>>(),
        [("traffic", false, Some((1, 4))), ("saved", true, None)]
    );
    assert_eq!(
        (said.estimates[0].detail.as_str(), said.estimates[0].source.as_str()),
        ("900 GB", "list prices, 2026-01-15")
    );
    let logs: Vec<_> =
        said.logs.iter().map(|log| (log.level.as_str(), log.message.as_str())).collect();
    assert_eq!(logs, [("info", "hello from p"), ("warn", "careful"), ("warn", "no end of line")]);
}

#[tokio::test]
async fn two_runs_are_the_same() {
    let first = run("good").await.unwrap().declarations;
    let second = run("good").await.unwrap().declarations;
    assert_eq!(first, second);
    assert_eq!(first.exports["now"], "Ok(0ns)".into());
}

#[tokio::test]
async fn nothing_outside_can_be_reached() {
    let said = run("outside").await.unwrap().declarations;
    assert_eq!(said.exports["outside"], "false false 0 false false".into());
}

#[tokio::test]
async fn closures_are_called_and_fail_in_words() {
    let mut closures = run("closures").await.unwrap().transforms;
    let argument = Value::List(vec![
        Value::Int(1),
        Value::Unknown,
        1.5.into(),
        true.into(),
        Value::Bytes(vec![1]),
    ]);
    assert_eq!(closures.transform(0, vec![argument.clone()]).await.unwrap(), argument);
    assert_eq!(closures.transform(1, vec![]).await.unwrap_err().message, "the list is empty");
    let output = closures.transform(4, vec![]).await.unwrap_err().message;
    assert!(output.contains("returned an output"), "{output}");
    let late = closures.transform(3, vec![]).await.unwrap_err().message;
    assert!(late.contains("declared something inside a closure"), "{late}");
    let mut others = run("closures").await.unwrap().transforms;
    let late = others.transform(5, vec![]).await.unwrap_err().message;
    assert!(late.contains("declared something inside a closure"), "{late}");
    let after = closures.transform(0, vec![]).await.unwrap_err().message;
    assert!(after.contains("an earlier one did not return"), "{after}");
}

#[tokio::test]
async fn a_closure_that_computes_for_ever_is_stopped() {
    let mut closures = run_with("closures", busy()).await.unwrap().transforms;
    let error = closures.transform(2, vec![]).await.unwrap_err();
    assert!(error.message.contains("computed for more than 0.2 s"), "{error}");
    assert_eq!(
        error.remedy,
        Some(Remedy::RaiseLimit { of: Limited::Program, limit: Limit::Computing })
    );
}

#[tokio::test]
async fn an_error_is_passed_on_as_it_is() {
    assert_eq!(refusal("error").await, "no zones are configured");
}

#[tokio::test]
async fn an_error_loses_no_line_that_only_looks_like_an_end() {
    let error = run("error-after-a-panic").await.map(|_| ()).unwrap_err();
    let lines: Vec<_> = error.logs.iter().map(|log| log.message.as_str()).collect();
    assert_eq!(lines, ["a thread panicked at src/zones.rs:1, which is fine"]);
    let error = run("panic").await.map(|_| ()).unwrap_err();
    assert_eq!(error.logs, [], "what the message tells is not told twice");
}

#[tokio::test]
async fn what_a_program_says_wrongly_is_cut() {
    for (stack, expected) in [
        ("twice-at-length", "it was exporting 'xxx"),
        ("key-twice-at-length", "has the key 'xxx"),
        ("estimate-at-length", "estimated 'xxx"),
        ("part-at-length", "asked for a part of an output: gave a path of 1048576 bytes"),
        ("panic-at-length", "panicked at program/src/lib.rs:"),
    ] {
        let message = refusal(stack).await;
        assert!(
            message.contains(expected) && message.len() < 17_000,
            "{stack}: {} octets",
            message.len()
        );
    }
}

// Rule 43.
#[tokio::test]
async fn names_and_paths_are_bounded() {
    for (stack, expected) in [
        (
            "name-at-length",
            "gave a name of 20971520 bytes, but 1 KB are the most: shorten it; it was declaring test:Thing 'xxx",
        ),
        ("kind-at-length", "gave a kind of 20971520 bytes"),
        ("file-at-length", "gave a file of its source of 20971520 bytes"),
        ("lookup-at-length", "it was looking up 'xxx"),
        ("reference-at-length", "gave the name of a stack of 20971520 bytes"),
        ("key-at-length", "gave a key of a map of 20971520 bytes"),
        ("path-at-length", "ignore_changes: gave a path of 20971520 bytes, but 4 KB are the most"),
        ("alias-at-length", "gave a former URN of 20971520 bytes"),
    ] {
        let message = refusal(stack).await;
        assert!(message.contains(expected) && message.len() < 400, "{stack}: {message:.500}");
    }
}

// Rule 43.
#[tokio::test]
async fn the_closures_of_a_run_have_a_time_together() {
    let limits = Limits { waiting: Duration::from_secs(3), ..Limits::program() };
    let mut closures = run_with("closures", limits).await.unwrap().transforms;
    // Each sleeps for a second.
    let error = loop {
        if let Err(error) = closures.transform(6, vec![]).await {
            break error.message;
        }
    };
    assert!(error.contains("took more than 3 s together"), "{error}");
}

// Rule 43.
#[tokio::test]
async fn tables_count_as_memory() {
    let sandbox = sandbox();
    let limits = Limits { memory: 64 << 20, ..Limits::program() };
    let context =
        RunContext { project: "p".to_owned(), stack: "s".to_owned(), settings: Value::Null };
    let instantiate = async |tables: usize| {
        let text = format!("(module {})", "(table 1048576 funcref)".repeat(tables));
        let on_line: OnLine = Arc::new(|_, _| {});
        let guest = Guest::frozen(&limits, b"", &on_line);
        let recorder = Recorder::new(guest, context.clone(), on_line);
        let mut store = wasmtime::Store::new(sandbox.engine(), recorder);
        enforce::apply_limits(&mut store);
        let module = wasmtime::Module::new(sandbox.engine(), wat::parse_str(text).unwrap());
        let made = wasmtime::Instance::new_async(&mut store, &module.unwrap(), &[]).await;
        made.map(|_| ()).map_err(|error| store.data().guest.reason(&error).text)
    };
    assert_eq!(instantiate(4).await, Ok(()));
    let error = instantiate(90).await.unwrap_err();
    assert_eq!(error, "needed more than the 64 MB of memory that it may use");
}

#[tokio::test]
async fn a_panic_tells_its_message_and_place() {
    let message = refusal("panic").await;
    assert!(message.contains("panicked at program/src/lib.rs:"), "{message}");
    assert!(message.contains("no such preset: huge"), "{message}");
    assert!(!message.contains("RUST_BACKTRACE") && !message.contains("wasm"), "{message}");
}

#[tokio::test]
async fn an_exit_is_told() {
    let message = refusal("exit").await;
    assert!(message.contains("ended its process"), "{message}");
}

#[tokio::test]
async fn a_program_that_does_not_end_is_stopped() {
    let idle = Limits { waiting: Duration::from_millis(400), ..Limits::program() };
    for (stack, limits, expected) in [
        ("loop", busy(), "computed for more than 0.2 s"),
        ("sleep", idle, "did not finish within 0.4 s"),
    ] {
        let message = run_with(stack, limits).await.map(|_| ()).unwrap_err().message;
        assert!(message.contains(expected), "{stack}: {message}");
    }
}

#[tokio::test]
async fn memory_and_stack_are_bounded() {
    let limits = Limits { memory: 32 << 20, ..Limits::program() };
    let error = run_with("memory", limits).await.map(|_| ()).unwrap_err();
    assert!(error.message.contains("needed more than the 32 MB of memory"), "{error}");
    assert_eq!(
        error.remedy,
        Some(Remedy::RaiseLimit { of: Limited::Program, limit: Limit::Memory })
    );
    let message = refusal("recursion").await;
    assert!(
        message.contains("recursed too deeply") || message.contains("out of bounds"),
        "{message}"
    );
}

#[tokio::test]
async fn what_does_not_exist_is_named() {
    for (stack, expected) in [
        ("made-up", "referred to output 7, which does not exist"),
        ("made-up-parent", "referred to output 9, which does not exist"),
        ("no-map", "declared a resource with inputs that are text, not a map"),
        ("no-map-group", "declared a resource with inputs that are a list, not a map"),
        ("forward", "refers to its node 1, which does not come before"),
        ("twice", "exported 'x' twice"),
        ("nan", "not finite"),
    ] {
        let message = refusal(stack).await;
        assert!(message.contains(expected), "{stack}: {message}");
    }
}

#[tokio::test]
async fn values_are_bounded() {
    for (stack, expected) in [
        ("deep", "nested more than 64 levels deep"),
        ("laughs", "more than 1000000 nodes"),
        ("many", "has 1000001 nodes"),
        ("endless", "declared more than 1000000 outputs"),
        ("parts", "declared more than 384 MB of values"),
        ("texts", "declared more than 128 MB of text and bytes"),
        ("estimates-without-end", "declared more than 1000 estimates: look for a loop"),
        ("estimate-backwards", "estimated 'traffic' from 2 to 1 millionths of a dollar a month"),
    ] {
        let message = refusal(stack).await;
        assert!(message.contains(expected), "{stack}: {message}");
    }
    run("deep-enough").await.map(|_| ()).unwrap();
    assert_eq!(run("estimates").await.unwrap().declarations.estimates.len(), 1_000);
}

#[tokio::test]
async fn a_flood_of_lines_is_cut() {
    let said = run("chatter").await.unwrap().declarations;
    assert_eq!(said.logs.len(), 10_001);
    assert!(said.logs[10_000].message.contains("logged too much"));
}
