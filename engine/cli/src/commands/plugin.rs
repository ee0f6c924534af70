//! `kim plugin`: build plugins and look into them.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use kim_engine::ports::Provider;
use kim_model::schema::{self, Type};
use serde_json::json;

use super::OnStderr;
use crate::args::PluginCommand;
use crate::cargo::{self, Guest};
use crate::cloud::{self, Outside, Sink};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::project::{self, Plugin, Project};
use crate::screen::line::{Line, Style};
use crate::screen::value::duration;
use crate::screen::{notice, print};
use crate::settings::Settings;

/// Runs `kim plugin …`.
pub(super) async fn run(context: &Context, command: PluginCommand) -> Result<()> {
    match command {
        PluginCommand::Ls { json } => list(context, json).await,
        PluginCommand::Schema { plugin, json } => show(context, plugin, json).await,
        PluginCommand::Build { dirs } => build(context, dirs).await,
    }
}

async fn build(context: &Context, dirs: Vec<PathBuf>) -> Result<()> {
    let dirs = match dirs.is_empty() {
        false => dirs.into_iter().map(|dir| context.resolve(&dir)).collect(),
        true => context
            .project()?
            .plugins
            .into_iter()
            .map(|plugin| plugin.path)
            .filter(|path| path.is_dir())
            .collect::<Vec<_>>(),
    };
    let guests: Vec<Guest> = dirs.iter().map(|dir| Guest::read(dir)).collect::<Result<_>>()?;
    if guests.is_empty() {
        return Err(Error::usage("there is no plugin to build: the project names none by its crate's folder"));
    }
    let names: Vec<&str> = guests.iter().map(|guest| guest.package.as_str()).collect();
    notice(&format!("building {}", names.join(", ")));
    let began = Instant::now();
    let built = tokio::task::spawn_blocking(move || cargo::build_plugins(&guests)).await;
    let files = built.map_err(|error| Error::failed(format!("the build was cut off: {error}")))??;
    for file in files {
        let size = file.metadata().map(|meta| meta.len()).unwrap_or(0);
        print(&format!("{} ({} kB)\n", file.display(), size / 1000));
    }
    notice(&format!("done in {}", duration(u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX))));
    Ok(())
}

/// Loads plugins for a look at them: nothing of theirs is called but their schema.
async fn load(context: &Context, plugins: &[Plugin], project: Option<&Project>) -> Result<Vec<Arc<dyn Provider>>> {
    let settings = match (project, &context.stack) {
        (Some(project), Some(stack)) => Settings::load(project, stack)?,
        (Some(project), None) => Settings::of_project(project),
        (None, _) => Settings::default(),
    };
    let events: Sink = Arc::new(OnStderr);
    let outside = Outside::open(&settings, None).await?;
    let opened = settings.closed()?;
    cloud::plugins(&cloud::sandbox(&events)?, plugins, &opened, &outside, &events).await
}

async fn list(context: &Context, as_json: bool) -> Result<()> {
    let project = context.project()?;
    let loaded = load(context, &project.plugins, Some(&project)).await?;
    if as_json {
        let rows: Vec<serde_json::Value> = project
            .plugins
            .iter()
            .zip(&loaded)
            .map(|(plugin, provider)| {
                let schema = provider.schema();
                let kinds: Vec<&str> = schema.kinds.iter().map(|kind| kind.name.as_str()).collect();
                json!({
                    "name": plugin.name, "version": schema.version, "path": plugin.path, "digest": provider.digest(),
                    "capabilities": schema.capabilities, "kinds": kinds,
                })
            })
            .collect();
        print(&format!("{}\n", serde_json::Value::from(rows)));
        return Ok(());
    }
    let width = project.plugins.iter().map(|plugin| plugin.name.len()).max().unwrap_or(0);
    let lines: Vec<Line> = project
        .plugins
        .iter()
        .zip(&loaded)
        .map(|(plugin, provider)| {
            let schema = provider.schema();
            let reaches: Vec<String> = schema
                .capabilities
                .aws
                .iter()
                .map(|service| format!("aws {service}"))
                .chain(schema.capabilities.http.clone())
                .collect();
            Line::new()
                .add(Style::Bold, format!("{:width$}", plugin.name))
                .text(format!(
                    "  {:<8} {:>3} kinds  {:>2} lookups  ",
                    schema.version,
                    schema.kinds.len(),
                    schema.lookups.len()
                ))
                .text(format!("reaches {}", if reaches.is_empty() { "nothing".to_owned() } else { reaches.join(", ") }))
                .add(Style::Dim, format!("  {}", provider.digest().get(..12).unwrap_or_default()))
        })
        .collect();
    context.look.print(&lines);
    Ok(())
}

async fn show(context: &Context, name: Option<String>, as_json: bool) -> Result<()> {
    let project = context.project();
    let plugins = match (&name, &project) {
        (None, _) => project.clone()?.plugins,
        (Some(name), project) => vec![named(context, name, project)?],
    };
    let loaded = load(context, &plugins, project.as_ref().ok()).await?;
    if as_json {
        let schemas: Vec<&schema::Plugin> = loaded.iter().map(|provider| provider.schema()).collect();
        let text = match (name, schemas.as_slice()) {
            (Some(_), [only]) => serde_json::to_string_pretty(only),
            _ => serde_json::to_string_pretty(&schemas),
        };
        print(&(text.map_err(|error| Error::failed(format!("cannot write JSON: {error}")))? + "\n"));
        return Ok(());
    }
    let lines: Vec<Line> = loaded.iter().flat_map(|provider| described(provider.schema())).collect();
    context.look.print(&lines);
    Ok(())
}

/// A plugin by the name that the project gives it, or by its folder or file.
fn named(context: &Context, name: &str, project: &Result<Project>) -> Result<Plugin> {
    let path = context.resolve(&PathBuf::from(name));
    match project {
        Ok(project) if project.plugin(name).is_ok() || !path.exists() => project.plugin(name).cloned(),
        Err(error) if !path.exists() => Err(error.clone()),
        _ => {
            let name = path.file_stem().map_or_else(|| name.to_owned(), |stem| stem.to_string_lossy().into_owned());
            project::check_name("plugin", &name).map_err(Error::usage)?;
            Ok(Plugin { name, path, aws: None, http: None, limits: project::Limits::default() })
        }
    }
}

fn described(plugin: &schema::Plugin) -> Vec<Line> {
    let title = Line::new().add(Style::Bold, format!("{} {}", plugin.name, plugin.version));
    let mut lines = vec![title.add(Style::Dim, format!("  {}", first_line(&plugin.docs)))];
    for kind in &plugin.kinds {
        lines.push(Line::new());
        lines.push(Line::new().add(Style::Green, &kind.name).text(format!("  {}", first_line(&kind.docs))));
        lines.extend(properties(kind.properties.iter()));
    }
    for lookup in &plugin.lookups {
        lines.push(Line::new());
        lines.push(
            Line::new()
                .add(Style::Cyan, format!("{} (lookup)", lookup.name))
                .text(format!("  {}", first_line(&lookup.docs))),
        );
        lines.extend(properties(lookup.arguments.properties.iter().chain(&lookup.results.properties)));
    }
    lines.push(Line::new());
    lines
}

fn properties<'p>(properties: impl Iterator<Item = (&'p String, &'p schema::Property)>) -> Vec<Line> {
    properties
        .map(|(name, property)| {
            let marks = [
                (property.required, "required"),
                (property.computed && !property.input, "computed"),
                (property.immutable, "immutable"),
                (property.secret, "secret"),
            ];
            let marks: Vec<&str> = marks.into_iter().filter(|(set, _)| *set).map(|(_, mark)| mark).collect();
            Line::new()
                .text(format!("  {name:<28} "))
                .add(Style::Dim, format!("{:<14} {:<20} ", type_name(&property.ty), marks.join(", ")))
                .text(first_line(&property.docs))
        })
        .collect()
}

fn type_name(ty: &Type) -> String {
    match ty {
        Type::Bool => "bool".to_owned(),
        Type::Int => "int".to_owned(),
        Type::Float => "number".to_owned(),
        Type::Text => "text".to_owned(),
        Type::Json => "json".to_owned(),
        Type::Bytes => "bytes".to_owned(),
        Type::List(item) => format!("[{}]", type_name(&item.ty)),
        Type::Map(item) => format!("{{{}}}", type_name(&item.ty)),
        Type::Object(object) if object.name.is_empty() => "object".to_owned(),
        Type::Object(object) => object.name.clone(),
        Type::Any => "any".to_owned(),
    }
}

fn first_line(docs: &str) -> &str {
    docs.lines().next().unwrap_or_default()
}
