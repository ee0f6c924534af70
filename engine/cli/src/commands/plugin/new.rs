//! `kim plugin new`: a folder with a plugin that works, for a small REST service, to begin from.

use std::path::{Path, PathBuf};

use crate::context::Context;
use crate::error::Result;
use crate::scaffold::{self, Template, toml_text};
use crate::screen::print;
use crate::sdk::Sdk;

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
pub(super) fn run(context: &Context, given: &Path, name: Option<&str>, sdk: Option<PathBuf>) -> Result<()> {
    let dir = context.resolve(given);
    let name = scaffold::crate_name(name, &dir, "plugin")?;
    let sdk = Sdk::find(sdk.map(|dir| context.resolve(&dir)).as_deref())?;
    let locked = sdk.locked()?;
    let words = [
        ("name", name.as_str()),
        ("crate", &name.replace('-', "_")),
        ("kim-plugin", &toml_text(&sdk.plugin().to_string_lossy())),
    ];
    // The versions that kim is built with: nothing else has to be fetched, and they are known to go together.
    let lock = Template { path: "Cargo.lock", text: &locked };
    let written = scaffold::write(&dir, &[&TEMPLATES[..], &[lock]].concat(), &words)?;
    print(&format!("made plugin '{name}' in {}\n\n", given.display()));
    written.iter().for_each(|file| print(&format!("  {}\n", file.display())));
    print(&format!("\n{}", next(given)));
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
