//! The page: the results, and the machine, date and command of the measurement.

use std::fmt::Write;
use std::process::Command;

use crate::table::Table;

/// Returns the whole page.
pub(crate) fn page(tables: &[Table]) -> String {
    let mut page = String::from(
        "# Performance\n\nWritten by `cargo xtask bench`, which builds everything for release and measures whole processes from outside.\nNo test asserts these figures. The times of short commands are medians.\n\n",
    );
    let facts = [
        ("date", output_of("date", &["-u", "+%Y-%m-%d"])),
        ("commit", output_of("git", &["rev-parse", "--short", "HEAD"])),
        ("processor", processor()),
        (
            "cores",
            std::thread::available_parallelism().map_or("?".to_owned(), |cores| cores.to_string()),
        ),
        ("system", output_of("uname", &["-sr"])),
        ("compiler", output_of("rustc", &["--version"])),
        ("command", "`cargo xtask bench`".to_owned()),
    ];
    for (name, fact) in facts {
        // A write to a text does not fail.
        let _ = writeln!(page, "- {name}: {fact}");
    }
    for table in tables {
        let _ = write!(page, "\n{table}");
    }
    page
}

fn output_of(command: &str, arguments: &[&str]) -> String {
    let output = Command::new(command).args(arguments).output();
    let text = output
        .map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
        .unwrap_or_default();
    if text.is_empty() { "?".to_owned() } else { text }
}

fn processor() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    name.map_or("?".to_owned(), |(_, name)| name.trim().to_owned())
}
