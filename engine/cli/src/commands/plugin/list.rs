//! `kim plugin ls`: the project's plugins, and what each asks for.

use clap::Args;
use kim_engine::event::counted;
use serde_json::json;

use super::offer::offers_of;
use crate::context::Context;
use crate::error::Result;
use crate::project::Source;
use crate::screen::line::{Line, Style};
use crate::screen::print_json;

/// List the project's plugins
#[derive(Args, Debug)]
pub struct PluginListArgs {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Lists the project's plugins.
pub(super) async fn run(context: &Context, args: PluginListArgs) -> Result<()> {
    let project = context.project()?;
    let offers = offers_of(context, &project).await?;
    if args.json {
        let rows: Vec<serde_json::Value> = offers
            .iter()
            .map(|offer| {
                let schema = &offer.schema;
                let kinds: Vec<&str> = schema.kinds.iter().map(|kind| kind.name.as_str()).collect();
                let path = match &offer.plugin.source {
                    Source::Path(path) => Some(path),
                    Source::Installed(_) => None,
                };
                json!({
                    "name": offer.plugin.name, "version": schema.version, "path": path, "digest": offer.wasm.digest(),
                    "capabilities": schema.capabilities, "kinds": kinds,
                })
            })
            .collect();
        print_json(&serde_json::Value::from(rows).to_string());
        return Ok(());
    }
    let width = offers.iter().map(|offer| offer.plugin.name.len()).max().unwrap_or(0);
    let lines: Vec<Line> = offers
        .iter()
        .map(|offer| {
            let (name, schema) = (&offer.plugin.name, &offer.schema);
            let services = schema.capabilities.aws.iter().map(|service| format!("aws {service}"));
            let asks: Vec<String> = services.chain(schema.capabilities.http.clone()).collect();
            let asks = if asks.is_empty() { "nothing".to_owned() } else { asks.join(", ") };
            Line::new()
                .add(Style::Bold, format!("{name:width$}"))
                .text(format!("  {:<8} ", schema.version))
                .text(format!("{:>8}  ", counted(schema.kinds.len(), "kind")))
                .text(format!("{:>10}  ", counted(schema.lookups.len(), "lookup")))
                .text(format!("asks for {asks}"))
                .add(Style::Dim, format!("  {}", offer.wasm.digest().get(..12).unwrap_or_default()))
        })
        .collect();
    context.look.print(&lines);
    Ok(())
}
