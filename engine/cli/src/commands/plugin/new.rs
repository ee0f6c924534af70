//! `kim plugin new`: creates a folder with a working plugin for a small REST service.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::commands::scaffold::{self, Folder, Template};
use crate::context::Context;
use crate::error::Result;
use crate::project::toml_text;
use crate::screen::print;

/// Create a folder with a plugin for a small REST service, to start from
#[derive(Args, Debug)]
pub struct PluginNewArgs {
    /// The folder, which must be new or empty
    pub dir: PathBuf,
    /// The plugin's name [default: the folder's]
    #[arg(long)]
    pub name: Option<String>,
    /// Where kim's sources are
    #[arg(long, value_name = "DIR")]
    pub sdk: Option<PathBuf>,
}

const PLUGIN_TEMPLATES: [Template<'_>; 10] = [
    Template { path: "Cargo.toml", text: include_str!("../../../templates/plugin/Cargo.toml") },
    Template { path: "src/lib.rs", text: include_str!("../../../templates/plugin/src/lib.rs") },
    Template { path: "src/item.rs", text: include_str!("../../../templates/plugin/src/item.rs") },
    Template {
        path: "src/item_by_name.rs",
        text: include_str!("../../../templates/plugin/src/item_by_name.rs"),
    },
    Template {
        path: "src/service.rs",
        text: include_str!("../../../templates/plugin/src/service.rs"),
    },
    Template {
        path: "kim-test.toml",
        text: include_str!("../../../templates/plugin/kim-test.toml"),
    },
    Template {
        path: "tests/plugin.rs",
        text: include_str!("../../../templates/plugin/tests/plugin.rs"),
    },
    Template {
        path: "examples/service/main.rs",
        text: include_str!("../../../templates/plugin/examples/service/main.rs"),
    },
    Template {
        path: "examples/service/items.rs",
        text: include_str!("../../../templates/plugin/examples/service/items.rs"),
    },
    Template { path: ".gitignore", text: include_str!("../../../templates/plugin/gitignore") },
];

/// Creates the folder and prints the next steps.
pub(super) fn run(context: &Context, args: PluginNewArgs) -> Result<()> {
    let PluginNewArgs { dir, name, sdk } = args;
    let folder = Folder { dir: &dir, name: name.as_deref(), sdk: sdk.as_deref() };
    scaffold::create_folder(context, "plugin", &folder, &PLUGIN_TEMPLATES, |sdk| {
        vec![("kim-plugin", toml_text(&sdk.plugin().to_string_lossy()))]
    })?;
    print(&format!("\n{}", next_plugin_steps(&dir)));
    Ok(())
}

/// Returns the next steps.
fn next_plugin_steps(dir: &Path) -> String {
    format!(
        "What to do next:\n\
         \n  cd {}\
         \n  kim plugin build        # to a component\
         \n  kim plugin schema .     # what it offers\
         \n  kim plugin test         # against the service of its own, examples/service\
         \n  cargo test              # the same code natively\n",
        dir.display()
    )
}
