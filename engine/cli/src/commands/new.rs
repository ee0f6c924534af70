//! `kim new`: a folder with a project that works, to begin from.

use crate::args::NewArgs;
use crate::context::Context;
use crate::error::Result;
use crate::scaffold::{self, Template, toml_text};
use crate::screen::print;
use crate::sdk::Sdk;

const TEMPLATES: [Template<'_>; 7] = [
    Template { path: "Kim.toml", text: include_str!("../../templates/program/Kim.toml") },
    Template { path: "Kim.dev.toml", text: include_str!("../../templates/program/Kim.dev.toml") },
    Template { path: "Cargo.toml", text: include_str!("../../templates/program/Cargo.toml") },
    Template { path: "src/lib.rs", text: include_str!("../../templates/program/src/lib.rs") },
    Template { path: "tests/graph.rs", text: include_str!("../../templates/program/tests/graph.rs") },
    Template {
        path: "tests/snapshots/graph__a_subnet_in_each_zone.snap",
        text: include_str!("../../templates/program/tests/snapshots/graph__a_subnet_in_each_zone.snap"),
    },
    Template { path: ".gitignore", text: include_str!("../../templates/program/gitignore") },
];

/// Makes the folder and says what to do in it.
pub(super) fn run(context: &Context, args: NewArgs) -> Result<()> {
    let dir = context.resolve(&args.dir);
    let name = scaffold::crate_name(args.name.as_deref(), &dir, "project")?;
    let sdk = Sdk::find(args.sdk.map(|dir| context.resolve(&dir)).as_deref())?;
    let locked = sdk.locked()?;
    let path = |dir: std::path::PathBuf| toml_text(&dir.to_string_lossy());
    let words = [
        ("name", name.as_str()),
        ("crate", &name.replace('-', "_")),
        ("kim", &path(sdk.program())),
        ("kim-aws", &path(sdk.aws())),
        // The plugins that come with kim have its version.
        ("version", env!("CARGO_PKG_VERSION")),
    ];
    // The versions that kim is built with: nothing else has to be fetched, and they are known to go together.
    let lock = Template { path: "Cargo.lock", text: &locked };
    let written = scaffold::write(&dir, &[&TEMPLATES[..], &[lock]].concat(), &words)?;
    print(&format!("made project '{name}' in {}\n\n", args.dir.display()));
    written.iter().for_each(|file| print(&format!("  {}\n", file.display())));
    print(&format!("\n{}", next(&args.dir)));
    Ok(())
}

/// What to do now.
fn next(dir: &std::path::Path) -> String {
    let go = if dir == std::path::Path::new(".") { String::new() } else { format!("\n  cd {}", dir.display()) };
    format!(
        "What to do next:\n\
         {go}\
         \n  kim plugin install      # builds the EC2 plugin where nobody has yet: some minutes, once\
         \n  kim stack init dev\
         \n  kim preview --local     # against the local AWS: no account needed\
         \n  cargo test              # what the program declares, without any cloud\n"
    )
}
