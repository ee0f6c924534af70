//! Guides that a test follows word for word. `docs/guides/README.md` says how they are written.
//!
//! Invariants: a guide is followed in a folder of its own, by one shell, without this machine's
//! settings. What its commands started ends with the guide.

use std::io::{BufRead, BufReader, Write as _};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use tempfile::TempDir;

use crate::{guests, project};

/// A guide: its text and its steps.
pub struct Guide {
    name: String,
    lines: Vec<String>,
    steps: Vec<Step>,
}

/// A step at a line of a guide. Lines are counted from 0.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Step {
    Run { line: usize, command: String, exits: i32, expected: std::ops::Range<usize> },
    Write { line: usize, file: String, text: String },
}

impl Guide {
    /// Reads a guide.
    ///
    /// # Panics
    /// The text cannot be read, or it has a block that never ends.
    pub fn of(name: &str, text: &str) -> Guide {
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let mut steps = Vec::new();
        let mut at = 0;
        while at < lines.len() {
            let Some((fence, info)) = fence(&lines[at]) else {
                at += 1;
                continue;
            };
            let inside = lines[at + 1..].iter().position(|line| line.trim_end() == fence);
            let end = at
                + 1
                + inside.unwrap_or_else(|| panic!("{name}:{}: this block never ends", at + 1));
            let file = info.split_whitespace().find_map(|word| word.strip_prefix("file="));
            if let Some(file) = file {
                let text =
                    lines[at + 1..end].iter().fold(String::new(), |text, line| text + line + "\n");
                steps.push(Step::Write { line: at, file: file.to_owned(), text });
            } else if info.trim() == "console" {
                steps.extend(commands(name, &lines, at + 1, end));
            }
            at = end + 1;
        }
        Guide { name: name.to_owned(), lines, steps }
    }

    /// Follows the guide.
    ///
    /// # Errors
    /// A step does not do what the guide says. The error has the line, the command and the
    /// differing output.
    pub fn follow(&self) -> Result<(), String> {
        self.walk(false).map(|_| ())
    }

    /// Follows the guide and returns its text with the actual output.
    ///
    /// # Errors
    /// A command failed or succeeded against expectation.
    pub fn with_actual_output(&self) -> Result<String, String> {
        let mut lines = self.lines.clone();
        // From the end, so that a replacement does not move later ones.
        for (expected, printed) in self.walk(true)?.into_iter().rev() {
            lines.splice(expected, printed);
        }
        Ok(lines.join("\n") + "\n")
    }

    /// Makes all steps. If `bless` is true, returns the replacements.
    fn walk(&self, bless: bool) -> Result<Vec<Blessed>, String> {
        let mut shell = Shell::start();
        let mut blessed = Vec::new();
        for step in &self.steps {
            match step {
                Step::Write { line, file, text } => {
                    let folder = PathBuf::from(shell.run("pwd").0.trim_end());
                    write(&folder.join(file), text)
                        .map_err(|why| self.at(*line, &format!("writing {file}: {why}")))?;
                }
                Step::Run { line, command, exits, expected } => {
                    let (printed, code) = shell.run(command);
                    if code != Some(*exits) {
                        let ended = code.map_or("ended the shell".to_owned(), |code| {
                            format!("exit code {code}")
                        });
                        let why =
                            format!("$ {command}\n{ended}, not {exits}; it printed:\n{printed}");
                        return Err(self.at(*line, &why));
                    }
                    let rows = align(&self.lines[expected.clone()], &lines_of(&printed));
                    if bless {
                        blessed.push((
                            expected.clone(),
                            rows.iter().filter_map(|row| shell.blessed(row)).collect(),
                        ));
                    } else if rows.iter().any(Row::differs) {
                        let rows: String = rows.iter().map(|row| format!("{row}\n")).collect();
                        let why = "what it prints differs (- the guide, + what it printed):";
                        return Err(self.at(*line, &format!("$ {command}\n{why}\n{rows}")));
                    }
                }
            }
        }
        Ok(blessed)
    }

    fn at(&self, line: usize, why: &str) -> String {
        format!("{}:{}: {why}", self.name, line + 1)
    }
}

/// A replacement: a range of the guide's lines, and the lines that were printed.
type Blessed = (std::ops::Range<usize>, Vec<String>);

/// Returns the fence with which a line opens a block, and the text after it.
fn fence(line: &str) -> Option<(&str, &str)> {
    let ticks = line.len() - line.trim_start_matches('`').len();
    (ticks >= 3).then(|| line.split_at(ticks))
}

/// Returns the commands of a block, with the lines of their expected output.
fn commands(name: &str, lines: &[String], begin: usize, end: usize) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut at = begin;
    while at < end {
        let line = at;
        let Some(first) = lines[at].strip_prefix("$ ") else {
            panic!("{name}:{}: this block begins with no command", at + 1)
        };
        let mut command = first.to_owned();
        at += 1;
        while command.ends_with('\\') && at < end {
            command = command + "\n" + &lines[at];
            at += 1;
        }
        let from = at;
        while at < end && !lines[at].starts_with("$ ") {
            at += 1;
        }
        let exits = command
            .rsplit_once("# exit code ")
            .map_or(Some(0), |(_, code)| code.trim().parse().ok());
        let exits = exits.unwrap_or_else(|| panic!("{name}:{}: no exit code is said", line + 1));
        steps.push(Step::Run { line, command, exits, expected: from..at });
    }
    steps
}

fn write(file: &Path, text: &str) -> std::io::Result<()> {
    file.parent().map_or(Ok(()), std::fs::create_dir_all)?;
    std::fs::write(file, text)
}

fn lines_of(text: &str) -> Vec<String> {
    text.trim_end().lines().map(|line| line.trim_end().to_owned()).collect()
}

/// A pair of an expected and a printed line.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Row {
    /// The expected line matches a printed one.
    Same(String),
    /// `...`, with all lines that it matches.
    Any,
    /// The line is expected, but not printed.
    Missing(String),
    /// The line is printed, but not expected.
    Extra(String),
}

impl Row {
    fn differs(&self) -> bool {
        matches!(self, Row::Missing(_) | Row::Extra(_))
    }
}

impl std::fmt::Display for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Row::Same(line) => write!(f, "  {line}"),
            Row::Any => write!(f, "  ..."),
            Row::Missing(line) => write!(f, "- {line}"),
            Row::Extra(line) => write!(f, "+ {line}"),
        }
    }
}

/// Pairs expected and printed lines with the fewest differences.
///
/// The output matches if no row is [`Row::Missing`] or [`Row::Extra`].
fn align(expected: &[String], printed: &[String]) -> Vec<Row> {
    let any = |i: usize| expected[i] == "...";
    // cost[i][j]: the fewest differences of the lines from i and from j on.
    let mut cost = vec![vec![0; printed.len() + 1]; expected.len() + 1];
    for i in (0..=expected.len()).rev() {
        for j in (0..=printed.len()).rev() {
            let (more_expected, more_printed) = (i < expected.len(), j < printed.len());
            let mut ways = Vec::new();
            if more_expected {
                ways.push(cost[i + 1][j] + usize::from(!any(i)));
            }
            if more_printed {
                ways.push(cost[i][j + 1] + usize::from(!(more_expected && any(i))));
            }
            if more_expected && more_printed && fits(&expected[i], &printed[j]) {
                ways.push(cost[i + 1][j + 1]);
            }
            cost[i][j] = ways.into_iter().min().unwrap_or(0);
        }
    }
    let (mut i, mut j, mut rows) = (0, 0, Vec::new());
    while i < expected.len() || j < printed.len() {
        let (more_expected, more_printed) = (i < expected.len(), j < printed.len());
        let here = cost[i][j];
        if more_expected
            && more_printed
            && fits(&expected[i], &printed[j])
            && here == cost[i + 1][j + 1]
        {
            rows.push(Row::Same(expected[i].clone()));
            (i, j) = (i + 1, j + 1);
        } else if more_expected && any(i) {
            // `...` matches lines as long as that does not cost more.
            while j < printed.len() && cost[i + 1][j] != here {
                j += 1;
            }
            rows.push(Row::Any);
            i += 1;
        } else if more_expected && here == cost[i + 1][j] + 1 {
            rows.push(Row::Missing(expected[i].clone()));
            i += 1;
        } else {
            rows.push(Row::Extra(printed[j].clone()));
            j += 1;
        }
    }
    rows
}

/// Returns true if a printed line matches the guide. `…` matches any text.
fn fits(expected: &str, printed: &str) -> bool {
    let mut parts = expected.trim_end().split('…');
    let Some(mut rest) = parts.next().and_then(|first| printed.strip_prefix(first)) else {
        return false;
    };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        let found = if parts.peek().is_none() {
            rest.ends_with(part).then_some(rest.len())
        } else {
            rest.find(part)
        };
        match found {
            Some(at) => rest = rest.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    true
}

/// A shell in an empty folder.
struct Shell {
    process: Child,
    stdin: ChildStdin,
    /// The output of the shell and its children, line by line.
    output: Receiver<Vec<u8>>,
    scratch: TempDir,
}

/// The line that marks the end of a command's output.
const END: &str = "-- end of command --";
/// The text that cargo prints while another test builds.
///
/// It does not count as output.
const NEIGHBOUR: &str = "Blocking waiting for file lock";
/// How long to wait for output before checking whether the shell has ended.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

impl Shell {
    fn start() -> Shell {
        let scratch =
            tempfile::Builder::new().prefix("kim-guide-").tempdir().expect("a scratch folder");
        let folder = |name: &str| {
            let folder = scratch.path().join(name);
            std::fs::create_dir(&folder).expect("a folder is made");
            folder
        };
        let (home, bin, work) = (folder("home"), folder("bin"), folder("work"));
        std::os::unix::fs::symlink(project::binary(), bin.join("kim")).expect("kim is put on PATH");
        let (output, input) = std::io::pipe().expect("a pipe");
        let mut shell = Command::new("sh");
        project::without_own_settings(&mut shell);
        let path = std::env::var("PATH").unwrap_or_default();
        let own_home = std::env::var("HOME").unwrap_or_default();
        for (name, below) in [("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup")] {
            if std::env::var_os(name).is_none() {
                shell.env(name, Path::new(&own_home).join(below));
            }
        }
        shell
            .env("PATH", format!("{}:{path}", bin.display()))
            .env("HOME", home)
            .env_remove("XDG_STATE_HOME")
            .env_remove("RUST_BACKTRACE")
            .env("CARGO_TARGET_DIR", guests::programs_target())
            .env("KIM_CACHE_DIR", guests::programs_target().join("cache"))
            .current_dir(work)
            .stdin(Stdio::piped())
            .stdout(input.try_clone().expect("a pipe"))
            .stderr(input)
            // A process group of its own, so that background processes of the guide can be ended.
            .process_group(0);
        let mut process =
            shell.spawn().unwrap_or_else(|error| panic!("sh does not start: {error}"));
        let stdin = process.stdin.take().expect("asked for");
        // The command holds the pipe's other end. The reader would never end.
        drop(shell);
        let (says, hears) = channel();
        std::thread::spawn(move || {
            let lines = BufReader::new(output).split(b'\n').map_while(Result::ok);
            lines.into_iter().all(|line| says.send(line).is_ok())
        });
        Shell { process, stdin, output: hears, scratch }
    }

    /// Runs a command and returns its output and exit code.
    ///
    /// The code is `None` if the command ended the shell.
    fn run(&mut self, command: &str) -> (String, Option<i32>) {
        let script = format!("{{ {command}\n}} </dev/null\nprintf '%s %s\\n' '{END}' $?\n");
        let mut printed = String::new();
        if self.stdin.write_all(script.as_bytes()).and_then(|()| self.stdin.flush()).is_err() {
            return (printed, None);
        }
        loop {
            let line = match self.output.recv_timeout(LOOK_AGAIN) {
                Ok(line) => String::from_utf8_lossy(&line).into_owned(),
                Err(RecvTimeoutError::Disconnected) => return (printed, None),
                // A background process may hold the pipe open, so the shell itself is checked.
                Err(RecvTimeoutError::Timeout)
                    if self.process.try_wait().is_ok_and(|ended| ended.is_none()) =>
                {
                    continue;
                }
                Err(RecvTimeoutError::Timeout) => return (printed, None),
            };
            if let Some((last, code)) = line.split_once(END) {
                return (printed + last, code.trim().parse().ok());
            }
            if !line.contains(NEIGHBOUR) {
                printed = printed + &line + "\n";
            }
        }
    }

    /// Returns the line of a row for the guide, without this machine's paths.
    fn blessed(&self, row: &Row) -> Option<String> {
        match row {
            Row::Same(line) => Some(line.clone()),
            Row::Any => Some("...".to_owned()),
            Row::Missing(_) => None,
            Row::Extra(line) => {
                let work = self.scratch.path().join("work").display().to_string();
                Some(line.replace(&work, "…").replace(&guests::root().display().to_string(), "…"))
            }
        }
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        // The process group of the shell. It exists until the shell is reaped.
        let group = format!("-{}", self.process.id());
        let _ = Command::new("kill").args(["-TERM", "--", &group]).stderr(Stdio::null()).status();
        let _ = self.process.wait();
    }
}
