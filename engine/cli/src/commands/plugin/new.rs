//! `kim plugin new`: a folder with a plugin that works, for a small REST service, to begin from.

use std::path::Path;

use crate::args::NewArgs;
use crate::commands::scaffold::{self, Template};
use crate::context::Context;
use crate::error::Result;
use crate::project::toml_text;
use crate::screen::print;

const TEMPLATES: [Template<'_>; 10] = [
    Template { path: "Cargo.toml", text: include_str!("../../../templates/plugin/Cargo.toml") },
    Template { path: "src/lib.rs", text: include_str!("../../../templates/plugin/src/lib.rs") },
    Template { path: "src/item.rs", text: include_str!("../../../templates/plugin/src/item.rs") },
    Template { path: "src/item_by_name.rs", text: include_str!("../../../templates/plugin/src/item_by_name.rs") },
    Template { path: "src/service.rs", text: include_str!("../../../templates/plugin/src/service.rs") },
    Template { path: "kim-test.toml", text: include_str!("../../../templates/plugin/kim-test.toml") },
    Template { path: "tests/plugin.rs", text: include_str!("../../../templates/plugin/tests/plugin.rs") },
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

/// Makes the folder and says what to do in it.
pub(super) fn run(context: &Context, args: NewArgs) -> Result<()> {
    scaffold::make(context, "plugin", &args, &TEMPLATES, |sdk| {
        vec![("kim-plugin", toml_text(&sdk.plugin().to_string_lossy()))]
    })?;
    print(&format!("\n{}", next(&args.dir)));
    Ok(())
}

/// What to do now.
fn next(dir: &Path) -> String {
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
