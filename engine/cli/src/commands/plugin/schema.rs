//! `kim plugin schema`: what plugins offer, as text, as JSON or as a page.

use clap::Args;
use kim_model::schema::{self, Type};

use super::offer::{offer_named, offers_of};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::screen::line::{Line, Style};
use crate::screen::{print, print_json};

/// Print what a plugin offers: its kinds and their properties
#[derive(Args, Debug)]
pub struct PluginSchemaArgs {
    /// The plugin's name in Kim.toml, a folder or a file [default: all of the project]
    pub plugin: Option<String>,
    /// Print the schema itself, as JSON
    #[arg(long)]
    pub json: bool,
    /// Print the reference of the plugin, as Markdown
    #[arg(long, conflicts_with = "json")]
    pub markdown: bool,
}

/// Prints the schema of one plugin, or of all plugins of the project.
pub(super) async fn run(context: &Context, args: PluginSchemaArgs) -> Result<()> {
    let found = match &args.plugin {
        None => offers_of(context, &context.project()?).await?,
        Some(name) => vec![offer_named(context, name).await?],
    };
    if args.json {
        let schemas: Vec<&schema::Plugin> = found.iter().map(|offer| &offer.schema).collect();
        let text = match (args.plugin, schemas.as_slice()) {
            (Some(_), [only]) => serde_json::to_string_pretty(only),
            _ => serde_json::to_string_pretty(&schemas),
        };
        let text = text.map_err(|error| Error::failed(format!("cannot write JSON: {error}")))?;
        print_json(&text);
        return Ok(());
    }
    if args.markdown {
        let pages: Vec<String> =
            found.iter().map(|offer| kim_generate::reference(&offer.schema)).collect();
        print(&pages.join("\n"));
        return Ok(());
    }
    let lines: Vec<Line> =
        found.iter().flat_map(|offer| description_lines(&offer.schema)).collect();
    context.look.print(&lines);
    Ok(())
}

fn description_lines(plugin: &schema::Plugin) -> Vec<Line> {
    let title = Line::new().add(Style::Bold, format!("{} {}", plugin.name, plugin.version));
    let mut lines = vec![title.add(Style::Dim, format!("  {}", first_line(&plugin.docs)))];
    if !plugin.config.properties.is_empty() {
        lines.push(Line::new());
        lines.push(Line::new().add(Style::Green, "configuration"));
        lines.extend(property_lines(plugin.config.properties.iter()));
    }
    for kind in &plugin.kinds {
        lines.push(Line::new());
        lines.push(
            Line::new().add(Style::Green, &kind.name).text(format!("  {}", first_line(&kind.docs))),
        );
        lines.extend(property_lines(kind.properties.iter()));
    }
    for lookup in &plugin.lookups {
        lines.push(Line::new());
        lines.push(
            Line::new()
                .add(Style::Cyan, format!("{} (lookup)", lookup.name))
                .text(format!("  {}", first_line(&lookup.docs))),
        );
        lines.extend(property_lines(
            lookup.arguments.properties.iter().chain(&lookup.results.properties),
        ));
    }
    lines.push(Line::new());
    lines
}

fn property_lines<'p>(
    properties: impl Iterator<Item = (&'p String, &'p schema::Property)>,
) -> Vec<Line> {
    properties
        .map(|(name, property)| {
            let marks = [
                (property.required, "required"),
                (property.computed && !property.input, "computed"),
                (property.immutable, "immutable"),
                (property.secret, "secret"),
            ];
            let marks: Vec<&str> =
                marks.into_iter().filter(|(set, _)| *set).map(|(_, mark)| mark).collect();
            Line::new()
                .text(format!("  {name:<28} "))
                .add(
                    Style::Dim,
                    format!("{:<14} {:<20} ", type_name(&property.ty), marks.join(", ")),
                )
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
