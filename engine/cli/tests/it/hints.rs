//! The words of the command line for what the engine reports as facts.

use kim_cli::error::Error;
use kim_cli::hints::{of_error, of_remedy, of_store};
use kim_cli::screen::{diagnostic_text, json};
use kim_engine::event::{Diagnostic, Event, RunResult, StepResult, Summary};
use kim_engine::plan::Operation;
use kim_engine::ports::{ProgramError, StoreError};
use kim_engine::state::{Action, StackId};
use kim_engine::{Error as EngineError, LiveError};
use kim_model::{Capability, Failure, Former, FormerParent, Limit, Limited, Remedy, Urn};

fn raise(of: Limited, limit: Limit) -> Remedy {
    Remedy::RaiseLimit { of, limit }
}

fn urn() -> Urn {
    Urn::new("p", "s", "test:Thing", &[], "a")
}

// Rule 41.
#[test]
fn every_remedy_names_what_to_type_or_to_write() {
    let plugin = || "depot".to_owned();
    let grant = |capability, all: &[&str]| Remedy::Grant {
        plugin: plugin(),
        capability,
        all: all.iter().map(|&one| one.to_owned()).collect(),
    };
    let former = |former| Remedy::DeclareFormer { former: Box::new(former) };
    let remedies = [
        raise(Limited::Program, Limit::Computing),
        raise(Limited::Plugin(plugin()), Limit::Memory),
        raise(Limited::Plugin(plugin()), Limit::Waiting),
        grant(Capability::Aws, &["ec2", "kms"]),
        grant(Capability::Http, &["example.com"]),
        Remedy::Configure { plugin: plugin(), property: "host".to_owned() },
        Remedy::AddPlugin,
        Remedy::RemovePlugin,
        Remedy::Refer { project: "network".to_owned() },
        Remedy::AddTarget { resource: "main/node-1".to_owned() },
        Remedy::Include { resource: "main/node-1".to_owned() },
        former(Former { name: Some("storage".to_owned()), ..Former::default() }),
        former(Former {
            name: Some("storage".to_owned()),
            kind: Some("aws:ec2:Volume".to_owned()),
            parent: FormerParent::Component("main/disks".to_owned()),
            project: Some("shop".to_owned()),
        }),
        former(Former { parent: FormerParent::Outside, ..Former::default() }),
        Remedy::SeeTakingRun,
        Remedy::FewerSteps,
        Remedy::BuildComponent,
    ];
    let words: Vec<String> = remedies.iter().map(of_remedy).collect();
    insta::assert_snapshot!(words.join("\n"), @r#"
    limits.computing under [program] in Kim.toml allows more
    limits.memory of the plugin 'depot' in Kim.toml allows more
    limits.waiting of the plugin 'depot' in Kim.toml allows more
    to grant it, write aws = ["ec2", "kms"] into the entry of the plugin 'depot' in Kim.toml
    to grant it, write http = ["example.com"] into the entry of the plugin 'depot' in Kim.toml
    `kim config set depot.host <value>` sets it
    name the plugin that offers it under [plugins] in Kim.toml
    remove one of them from [plugins] in Kim.toml
    if it may, write references = ["network"] under [program] in Kim.toml
    add --target 'main/node-1'
    leave 'main/node-1' out of --exclude
    if it was renamed, .formerly("storage") among its options keeps it; if it is another one, pass --delete-renamed
    if it was renamed, .formerly(Former::new().name("storage").kind("aws:ec2:Volume").inside("main/disks").project("shop")) among its options keeps it; if it is another one, pass --delete-renamed
    if it was renamed, .formerly(Former::new().outside()) among its options keeps it; if it is another one, pass --delete-renamed
    `kim history` shows how the run ended that took over; `kim preview` what remains after it
    --parallel sets how many steps are in flight at a time
    `cargo build --target wasm32-wasip2` makes a component
    "#);
}

#[test]
fn errors_of_the_engine_get_their_hints() {
    let stack = StackId { project: "p".to_owned(), name: "s".to_owned() };
    let locked = |alive| StoreError::Locked {
        stack: stack.clone(),
        holder: "me".to_owned(),
        since: "then".to_owned(),
        alive,
    };
    assert_eq!(of_store(&locked(true)), None);
    let failure = Failure::Throttled("slow down".to_owned()).with_remedy(Remedy::FewerSteps);
    let remedy = Some(raise(Limited::Program, Limit::Computing));
    let errors = [
        locked(false).into(),
        StoreError::NotEmpty { stack, resources: 2 }.into(),
        EngineError::InvalidState(vec!["a has no id".to_owned()]),
        EngineError::OtherPlace {
            plugin: "ec2".to_owned(),
            recorded: "there".to_owned(),
            now: "here".to_owned(),
        },
        EngineError::UnknownPlace { plugin: "ec2".to_owned(), recorded: "there".to_owned() },
        EngineError::Unsettled(1),
        LiveError::NotRead { urn: urn(), others: 0, source: failure.clone() }.into(),
        LiveError::NotFoundOut { urn: urn(), source: failure }.into(),
        EngineError::Program {
            source: Box::new(ProgramError {
                remedy,
                ..ProgramError::new("it computed for too long")
            }),
            needed_by: None,
        },
    ];
    let hints: Vec<String> = errors.iter().filter_map(of_error).collect();
    insta::assert_snapshot!(hints.join("\n"), @r"
    if that machine is gone for good, run `kim stack unlock`
    run `kim destroy` first, or pass --force to forget them
    look at it with `kim stack export`, or go back to a backup of the state file
    use the credentials, region or --local of that cloud, or destroy the stack there first
    check the credentials and the network, or pass --offline to compare with the recorded state alone
    run it without --offline
    --parallel sets how many steps are in flight at a time; pass --offline to compare with the recorded state alone
    --parallel sets how many steps are in flight at a time
    limits.computing under [program] in Kim.toml allows more
    ");
    for error in errors {
        let hint = of_error(&error);
        assert_eq!(Error::from(error).hint, hint);
    }
}

#[test]
fn events_say_what_to_do_as_text_and_as_json() {
    let diagnostic =
        Diagnostic::error("no plugin offers it").about(urn()).cured_by(Remedy::AddPlugin);
    assert_eq!(
        diagnostic_text(&diagnostic),
        "error: no plugin offers it\n  in test:Thing a\n  hint: name the plugin that offers it under [plugins] in Kim.toml"
    );
    let remedies = vec![Remedy::FewerSteps];
    let failed = StepResult::Failed { message: "throttled".to_owned(), remedies: remedies.clone() };
    let summary = Summary {
        operation: Operation::Up,
        result: RunResult::Failed,
        changes: [("failed".to_owned(), 1)].into(),
        millis: 5,
        micros_a_month: None,
        message: Some("throttled".to_owned()),
        remedies,
    };
    let lines = [
        json::event(&Event::Diagnostic(diagnostic), None),
        json::event(
            &Event::StepFinished { urn: urn(), action: Action::Create, result: failed, millis: 3 },
            None,
        ),
        json::event(&Event::Summary(summary.clone()), None),
        json::event(
            &Event::Summary(Summary { remedies: Vec::new(), ..summary }),
            Some("pass --offline"),
        ),
        json::event(&Event::Phase { message: "planning".to_owned() }, None),
    ];
    assert_eq!(
        lines,
        [
            r#"{"type":"diagnostic","severity":"error","message":"no plugin offers it","urn":"kim:p/s/test:Thing/a","path":null,"sources":[],"hint":"name the plugin that offers it under [plugins] in Kim.toml"}"#,
            r#"{"type":"step_finished","urn":"kim:p/s/test:Thing/a","action":"create","result":{"result":"failed","message":"throttled"},"millis":3,"hint":"--parallel sets how many steps are in flight at a time"}"#,
            r#"{"type":"summary","operation":"up","result":"failed","changes":{"failed":1},"millis":5,"message":"throttled","hint":"--parallel sets how many steps are in flight at a time"}"#,
            r#"{"type":"summary","operation":"up","result":"failed","changes":{"failed":1},"millis":5,"message":"throttled","hint":"pass --offline"}"#,
            r#"{"type":"phase","message":"planning"}"#,
        ]
    );
}
