//! Another program than `kim` that deploys with kim's engine: a program and plugins as components, state in SQLite, a strict
//! local AWS in this process for a cloud, and a screen of its own made from events.
//!
//! ```sh
//! cargo run -p kim-sandbox --example embed -- up FOLDER PROGRAM.wasm PLUGIN.wasm...
//! ```
//!
//! The verbs are `preview`, `up` and `destroy`. FOLDER keeps state and cloud from one call to the next; a `config.json` in it
//! is the program's configuration. `docs/embedding.md` explains this file piece by piece.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use kim_aws_local::{ACCESS_KEY, LocalAws, SECRET_KEY};
use kim_engine::event::{Event, Events, RunResult, StepResult, Summary};
use kim_engine::model::{Value, json};
use kim_engine::plan::{Fate, Plan};
use kim_engine::{Interrupt, Options, Stack};
use kim_sandbox::{
    Aws, AwsSettings, Environment, Grants, Http, PluginOptions, Sandbox, StaticCredentials,
};
use kim_state::{SqliteStore, Vault};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

const USAGE: &str = "usage: embed preview|up|destroy FOLDER PROGRAM.wasm PLUGIN.wasm...";

/// What this program is asked to do.
struct Asked {
    verb: String,
    folder: PathBuf,
    program: PathBuf,
    plugins: Vec<PathBuf>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let Some(asked) = asked(std::env::args().skip(1)) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let (sender, receiver) = unbounded_channel();
    // From several tasks, and none of them may be held up by a terminal: a channel.
    let events: Arc<dyn Events> = Arc::new(move |event| {
        let _ = sender.send(event);
    });
    let shown = tokio::spawn(show(receiver));
    let result = carry(&asked, events).await;
    // All that could emit an event is gone, so the screen comes to its end.
    let _ = shown.await;
    match result {
        Ok(summary) if summary.result == RunResult::Succeeded => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn asked(mut arguments: impl Iterator<Item = String>) -> Option<Asked> {
    let verb =
        arguments.next().filter(|verb| ["preview", "up", "destroy"].contains(&verb.as_str()))?;
    let (folder, program) = (arguments.next()?.into(), arguments.next()?.into());
    Some(Asked { verb, folder, program, plugins: arguments.map(PathBuf::from).collect() })
}

/// Does what was asked against a local AWS that lives as long as this.
async fn carry(asked: &Asked, events: Arc<dyn Events>) -> Result<Summary> {
    let world = Some(asked.folder.join("cloud.db"));
    let cloud =
        LocalAws::start(kim_aws_local::Options { world, ..kim_aws_local::Options::default() })
            .await?;
    let stack = open(asked, &cloud, &events).await?;
    let options = Options { parallel: 4, ..Options::default() };
    let interrupt = interrupted_by_ctrl_c();
    let summary = match asked.verb.as_str() {
        "preview" => {
            let preview = stack.preview(&options, interrupt).await?;
            describe(&preview.plan);
            preview.summary()
        }
        "up" => stack.up(&options, events, interrupt).await?,
        _ => stack.destroy(&options, events, interrupt).await?,
    };
    for (name, value) in stack.outputs().await? {
        println!("{name} = {}", json::redacted(&value));
    }
    cloud.stop().await;
    Ok(summary)
}

/// The stack, from the files of its components.
async fn open(asked: &Asked, cloud: &LocalAws, events: &Arc<dyn Events>) -> Result<Stack> {
    let sandbox = Sandbox::open(&Environment::of_process(), events.clone())?;
    let settings = AwsSettings {
        endpoint: Some(cloud.endpoint()),
        region: Some("eu-central-1".to_owned()),
        credentials: Some(StaticCredentials {
            access_key_id: ACCESS_KEY.to_owned(),
            secret_access_key: SECRET_KEY.to_owned(),
            session_token: None,
        }),
        ..AwsSettings::default()
    };
    // No profile, proxy or key of this process leads to another cloud.
    let nothing = Environment::default();
    let (aws, http) = (Aws::new(settings, nothing.clone()), Http::new(&nothing));
    let mut stack = Stack::new("embedded", "dev")
        .with_program(sandbox.program(&asked.program).await?)
        .with_store(Arc::new(SqliteStore::open(&asked.folder.join("state.db"), vault())?))
        .with_settings([("config", config(&asked.folder)?)].into_iter().collect())
        .with_who("the example embed");
    // Nothing is granted that is not written: each gets those of these that its schema requests.
    let services = ["ec2", "kms", "iam", "dlm"].map(str::to_owned).to_vec();
    let grants = Grants::Only { aws: services, http: Vec::new() };
    for plugin in &asked.plugins {
        let options = PluginOptions::new(aws.clone(), http.clone(), events.clone());
        let options = PluginOptions { grants: grants.clone(), ..options };
        stack = stack.with_provider(sandbox.plugin(plugin, options).await?);
    }
    Ok(stack.open().await?)
}

/// The keys that seal secrets in the state's file.
fn vault() -> Vault {
    std::env::var("KIM_PASSPHRASE").map_or_else(|_| Vault::none(), Vault::passphrase)
}

/// The program's configuration. What is secret is marked here, and stays so wherever it goes.
fn config(folder: &Path) -> Result<Value> {
    let file = folder.join("config.json");
    let mut config = match std::fs::read_to_string(&file) {
        Ok(text) => json::from_json(&serde_json::from_str(&text)?),
        Err(_) => Value::map(),
    };
    if let (Value::Map(map), Ok(password)) = (&mut config, std::env::var("EMBED_PASSWORD")) {
        map.insert("password".to_owned(), Value::secret(password.into()));
    }
    Ok(config)
}

/// Each Ctrl-C counts: after the first nothing new is called, after the second what is in flight is left to the next run.
fn interrupted_by_ctrl_c() -> Interrupt {
    let interrupt = Interrupt::default();
    let asked = interrupt.clone();
    tokio::spawn(async move {
        while tokio::signal::ctrl_c().await.is_ok() {
            asked.interrupt();
        }
    });
    interrupt
}

/// The screen: a line for each step that ended, with how many there are.
async fn show(mut events: UnboundedReceiver<Event>) {
    let (mut done, mut steps) = (0, 0);
    while let Some(event) = events.recv().await {
        match event {
            Event::Phase { message } => println!("{message}"),
            Event::Planned { plan } => {
                steps = plan.steps.node_count();
                describe(&plan);
            }
            Event::StepStatus { urn, status } => {
                println!("          {}: {status}", urn.qualified_name())
            }
            Event::StepFinished { urn, action, result, .. } => {
                done += 1;
                let ended = match result {
                    StepResult::Succeeded | StepResult::Unchanged => "done".to_owned(),
                    StepResult::Failed { message, .. } => format!("FAILED: {message}"),
                    StepResult::Skipped { because } => format!("skipped, {because}"),
                };
                println!(
                    "[{done:>3}/{steps}] {action:?} {} {}: {ended}",
                    urn.kind(),
                    urn.qualified_name()
                );
            }
            Event::Summary(summary) => println!("{:?}{}", summary.result, why(&summary)),
            Event::Diagnostic(diagnostic) => {
                println!("{:?}: {}", diagnostic.severity, diagnostic.message)
            }
            _ => {}
        }
    }
}

fn why(summary: &Summary) -> String {
    summary.message.as_ref().map_or(String::new(), |message| format!(": {message}"))
}

/// What a plan would do.
fn describe(plan: &Plan) {
    for resource in plan.resources.iter().filter(|resource| resource.fate != Fate::Same) {
        println!("{:?} {} {}", resource.fate, resource.urn.kind(), resource.urn.qualified_name());
    }
    if plan.is_empty() {
        println!("nothing to do");
    }
}
