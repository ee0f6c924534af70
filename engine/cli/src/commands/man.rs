//! `kim man`.

use std::path::{Path, PathBuf};

use clap::CommandFactory;
use clap_mangen::Man;

use crate::args::Cli;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::screen::print;

/// Prints kim's page, or writes the pages of all commands.
pub(super) fn run(context: &Context, out: Option<PathBuf>) -> Result<()> {
    match out {
        Some(folder) => write(&context.resolve(&folder)),
        None => {
            let mut page = Vec::new();
            let rendered = Man::new(Cli::command()).render(&mut page);
            rendered.map_err(|error| Error::failed(format!("the page cannot be made: {error}")))?;
            print(&String::from_utf8_lossy(&page));
            Ok(())
        }
    }
}

fn write(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder).map_err(|error| Error::file("make the folder", folder, &error))?;
    clap_mangen::generate_to(Cli::command(), folder)
        .map_err(|error| Error::file("write the pages into", folder, &error))?;
    print(&format!("the manual is in {0}; `man -l {0}/kim.1` shows it\n", folder.display()));
    Ok(())
}
