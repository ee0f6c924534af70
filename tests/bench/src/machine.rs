//! The page: what was measured, where, when, and with which command.

use std::fmt::Write;
use std::process::Command;

use crate::table::Table;

/// The whole page.
pub(crate) fn page(tables: &[Table]) -> String {
    let mut page = String::from(
        "# Performance\n\nWritten by `cargo xtask bench`, which builds everything for release and measures whole processes from outside;\nnothing here is asserted by a test. The times of short commands are medians.\n\n",
    );
    let facts = [
        ("date", said("date", &["-u", "+%Y-%m-%d"])),
        ("commit", said("git", &["rev-parse", "--short", "HEAD"])),
        ("processor", processor()),
        ("cores", std::thread::available_parallelism().map_or("?".to_owned(), |cores| cores.to_string())),
        ("system", said("uname", &["-sr"])),
        ("compiler", said("rustc", &["--version"])),
        ("command", "`cargo xtask bench`".to_owned()),
    ];
    for (name, fact) in facts {
        // Writing to a text does not fail.
        let _ = writeln!(page, "- {name}: {fact}");
    }
    for table in tables {
        let _ = write!(page, "\n{table}");
    }
    page
}

fn said(command: &str, arguments: &[&str]) -> String {
    let output = Command::new(command).args(arguments).output();
    let said = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default();
    if said.is_empty() { "?".to_owned() } else { said }
}

fn processor() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    name.map_or("?".to_owned(), |(_, name)| name.trim().to_owned())
}
