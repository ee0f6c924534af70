//! `kim new`: creates a folder with a working project.

use std::path::{Path, PathBuf};

use clap::Args;

use super::scaffold::{self, Folder, Template};
use crate::context::Context;
use crate::error::Result;
use crate::project::consents::Consents;
use crate::project::toml_text;
use crate::screen::print;

/// Create a project: a folder with a program, its settings and a test
#[derive(Args, Debug)]
pub struct NewArgs {
    /// The folder to create
    pub dir: PathBuf,
    /// The project's name [default: the folder's]
    #[arg(long)]
    pub name: Option<String>,
    /// The folder of kim's sources [default: KIM_SDK, or those kim was built from]
    #[arg(long, value_name = "DIR")]
    pub sdk: Option<PathBuf>,
}

const PROJECT_TEMPLATES: [Template<'_>; 7] = [
    Template { path: "Kim.toml", text: include_str!("../../templates/program/Kim.toml") },
    Template { path: "Kim.dev.toml", text: include_str!("../../templates/program/Kim.dev.toml") },
    Template { path: "Cargo.toml", text: include_str!("../../templates/program/Cargo.toml") },
    Template { path: "src/lib.rs", text: include_str!("../../templates/program/src/lib.rs") },
    Template {
        path: "tests/graph.rs",
        text: include_str!("../../templates/program/tests/graph.rs"),
    },
    Template {
        path: "tests/snapshots/graph__a_subnet_in_each_zone.snap",
        text: include_str!(
            "../../templates/program/tests/snapshots/graph__a_subnet_in_each_zone.snap"
        ),
    },
    Template { path: ".gitignore", text: include_str!("../../templates/program/gitignore") },
];

/// Creates the folder and prints the next steps.
pub(super) fn run(context: &Context, args: NewArgs) -> Result<()> {
    let path = |dir: PathBuf| toml_text(&dir.to_string_lossy());
    let NewArgs { dir, name, sdk } = args;
    let folder = Folder { dir: &dir, name: name.as_deref(), sdk: sdk.as_deref() };
    scaffold::create_folder(context, "project", &folder, &PROJECT_TEMPLATES, |sdk| {
        // The plugins that come with kim have the version of kim.
        let version = env!("CARGO_PKG_VERSION").to_owned();
        vec![("kim", path(sdk.program())), ("kim-aws", path(sdk.aws())), ("version", version)]
    })?;
    // What was allowed to an earlier project in this folder is not allowed to this one.
    Consents::of_user(&context.environment).forget(&context.resolve(&dir))?;
    print(&format!("\n{}", next_steps(&dir)));
    Ok(())
}

/// Returns the next steps.
fn next_steps(dir: &Path) -> String {
    let go =
        if dir == Path::new(".") { String::new() } else { format!("\n  cd {}", dir.display()) };
    format!(
        "What to do next:\n\
         {go}\
         \n  kim plugin install      # builds the EC2 plugin unless it is installed: some minutes, once\
         \n  kim stack init dev\
         \n  kim preview --local     # against the local AWS: no account needed\
         \n  cargo test              # what the program declares, without any cloud\n"
    )
}
