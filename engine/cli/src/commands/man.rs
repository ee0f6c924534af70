//! `kim man`.

use std::path::{Path, PathBuf};

use clap::{Args, Command};
use clap_mangen::Man;

use crate::context::Context;
use crate::error::{Error, Result};
use crate::screen::print;

/// Print the manual page, or write those of all commands
#[derive(Args, Debug)]
pub struct ManArgs {
    /// Write kim.1, kim-up.1 and so on into this folder
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// Prints the page of kim, or writes the pages of all commands.
pub(super) fn run(context: &Context, args: ManArgs, kim: Command) -> Result<()> {
    match args.out {
        Some(folder) => write_pages(&context.resolve(&folder), kim),
        None => {
            let mut page = Vec::new();
            let rendered = Man::new(kim).render(&mut page);
            rendered.map_err(|error| Error::failed(format!("cannot render the page: {error}")))?;
            print(&String::from_utf8_lossy(&page));
            Ok(())
        }
    }
}

fn write_pages(folder: &Path, kim: Command) -> Result<()> {
    std::fs::create_dir_all(folder)
        .map_err(|error| Error::file("create the folder", folder, &error))?;
    let mut kim = kim.disable_help_subcommand(true);
    kim.build();
    write_page(folder, kim).map_err(|error| Error::file("write the pages into", folder, &error))?;
    print(&format!("the manual is in {0}; `man -l {0}/kim.1` shows it\n", folder.display()));
    Ok(())
}

/// Writes the pages of a command and of those below it.
fn write_page(folder: &Path, command: Command) -> std::io::Result<()> {
    for below in command.get_subcommands().filter(|below| !below.is_hide_set()) {
        write_page(folder, below.clone())?;
    }
    let (man, mut page) = (Man::new(command), Vec::new());
    man.render(&mut page)?;
    kim_files::write::replace(&folder.join(man.get_filename()), &page)
}
