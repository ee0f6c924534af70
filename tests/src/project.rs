//! A project in a folder of its own, and the binary that works on it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::LazyLock;
use std::sync::mpsc::{Receiver, channel};

use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use serde_json::{Value as Json, json};
use tempfile::TempDir;

use crate::account::{Account, REGION};
use crate::boto::Boto;
use crate::guests;
use crate::namespace;
use crate::output::Output;
use crate::terminal::Terminal;

/// The path of the binary `kim`.
static KIM: LazyLock<PathBuf> = LazyLock::new(|| {
    // Relative to this test binary: <target>/<profile>/deps/<binary>.
    let built =
        || std::env::current_exe().ok()?.ancestors().nth(2).map(|folder| folder.join("kim"));
    let kim = std::env::var_os("KIM_BIN").map(PathBuf::from).or_else(built).unwrap_or_default();
    assert!(
        kim.is_file(),
        "there is no binary {}: `cargo build -p kim-cli` makes it, or KIM_BIN says where it is",
        kim.display()
    );
    kim
});

/// Returns the path of the binary `kim`.
pub(crate) fn binary() -> &'static Path {
    &KIM
}

/// Removes this machine's settings from a command.
///
/// Those of cargo and rustup stay.
pub(crate) fn without_own_settings(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        let own = ["AWS_", "KIM_", "CARGO_PKG_", "CARGO_MANIFEST_", "INSTA_", "RUSTFLAGS"];
        // `CI` (and what Azure sets): with them insta writes no `.snap.new` beside a snapshot.
        let surroundings = ["LANG", "LC_", "NO_COLOR", "TERM", "CI", "TF_BUILD"];
        let is_set = own.iter().chain(&surroundings).any(|prefix| text.starts_with(prefix));
        if is_set || text.to_uppercase().ends_with("_PROXY") {
            command.env_remove(&name);
        }
    }
}

/// A project with one stack, `dev`.
pub struct Project {
    folder: TempDir,
    environment: BTreeMap<String, String>,
    /// The table `config` of its stack: TOML values by key.
    config: BTreeMap<String, String>,
    /// The first lines of `Kim.toml`.
    head: String,
    /// The AWS services whose plugins it has.
    services: &'static [&'static str],
    /// The services granted to a plugin, if not its own.
    grants: BTreeMap<&'static str, String>,
    /// The entries in `Kim.toml` of plugins other than those of AWS.
    plugins: BTreeMap<&'static str, String>,
    /// Further tables of its stack's file, as TOML lines.
    tables: BTreeMap<&'static str, String>,
}

impl Project {
    /// Returns a project of `programs/kimberlite`, compiled, with its defaults.
    pub fn kimberlite(account: &Account) -> Project {
        Project::new("kimberlite", &format!("wasm = {:?}", guests::kimberlite()), account)
    }

    /// Returns a project of `tests/programs/small`, compiled.
    pub fn small(account: &Account) -> Project {
        Project::new("small", &format!("wasm = {:?}", guests::small()), account)
    }

    /// Returns a project of `tests/programs/listed`, compiled.
    pub fn listed(account: &Account) -> Project {
        Project::new("listed", &format!("wasm = {:?}", guests::listed()), account)
    }

    /// Returns a project of `tests/programs/naughty`, compiled, on AWS.
    pub fn naughty(account: &Account) -> Project {
        let program = format!("wasm = {:?}", guests::naughty());
        let mut project = Project::new("naughty", &program, account);
        project.services = &["ec2"];
        project.write_settings();
        project
    }

    /// Returns a project of `tests/programs/naughty`, compiled, without AWS.
    ///
    /// Its resources are those of `tests/programs/naughty-plugin`, which sends no request unless
    /// its configuration says so.
    pub fn naughty_things() -> Project {
        let mut project = Project::naughty(&Account::nowhere());
        project.services = &[];
        project.set("things", "true").table("naughty", "cloud = \"127.0.0.1:1\"");
        project.plugin("naughty", &format!("path = {:?}", guests::naughty_plugin()));
        project
    }

    /// Returns a project of a crate that `kim` compiles.
    ///
    /// `source` is its `src/lib.rs`. The name has to be unique: the crates share a target folder,
    /// and tests run at the same time.
    pub fn of_source(name: &str, source: &str, account: &Account) -> Project {
        let project = Project::new(name, "path = \".\"", account);
        let sdk = |path: &str| format!("{{ path = {:?} }}", guests::root().join(path));
        project.write(
            "Cargo.toml",
            &format!(
                "[package]\nname = {name:?}\nedition = \"2024\"\n[lib]\ncrate-type = [\"cdylib\", \"rlib\"]\n\
                 [dependencies]\nkim = {}\nkim-aws = {}\n[workspace]\n\
                 [profile.release]\nopt-level = \"s\"\ncodegen-units = 16\npanic = \"abort\"\nstrip = \"debuginfo\"\n",
                sdk("programs/sdk"),
                sdk("programs/aws")
            ),
        );
        project.write("src/lib.rs", source);
        // The versions of the workspace, so that a test downloads nothing.
        let lock = std::fs::read_to_string(guests::root().join("Cargo.lock"))
            .expect("the workspace is locked");
        project.write("Cargo.lock", &lock);
        project
    }

    fn new(name: &str, program: &str, account: &Account) -> Project {
        let folder = tempfile::Builder::new().prefix("kim-").tempdir().expect("a scratch folder");
        let mut environment: BTreeMap<String, String> = account.variables().into_iter().collect();
        let cache = guests::programs_target().join("cache");
        environment.insert("KIM_CACHE_DIR".to_owned(), cache.display().to_string());
        environment.insert("KIM_PASSPHRASE".to_owned(), "correct horse battery staple".to_owned());
        environment
            .insert("CARGO_TARGET_DIR".to_owned(), guests::programs_target().display().to_string());
        let project = Project {
            folder,
            environment,
            config: BTreeMap::new(),
            head: format!("name = {name:?}\n[program]\n{program}\n"),
            services: &["ec2", "kms", "iam", "dlm"],
            grants: BTreeMap::new(),
            plugins: BTreeMap::new(),
            tables: BTreeMap::new(),
        };
        project.write_settings();
        project
    }

    /// Returns the project's folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Returns the path of the state's file.
    pub fn state(&self) -> PathBuf {
        self.folder().join(".kim/state.db")
    }

    /// Writes a file of the project.
    pub fn write(&self, path: &str, text: &str) {
        let file = self.folder().join(path);
        std::fs::create_dir_all(file.parent().expect("a file lies in a folder"))
            .expect("the folder is made");
        std::fs::write(&file, text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    }

    /// Sets a key of the table `config`, written as TOML.
    pub fn set(&mut self, key: &str, toml: &str) -> &mut Project {
        self.config.insert(key.to_owned(), toml.to_owned());
        self.write_settings();
        self
    }

    /// Sets a variable of kim's environment.
    pub fn env(&mut self, name: &str, value: &str) -> &mut Project {
        self.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Removes a variable of kim's environment.
    pub fn without(&mut self, name: &str) -> &mut Project {
        self.environment.remove(name);
        self
    }

    /// Grants a plugin these services alone.
    pub fn grant(&mut self, service: &'static str, aws: &[&str]) -> &mut Project {
        self.grants.insert(service, format!(", aws = {aws:?}"));
        self.write_settings();
        self
    }

    /// Uses the plugin `tests/programs/trap` as well.
    pub fn with_trap(&mut self) -> &mut Project {
        self.plugin("trap", &format!("path = {:?}", guests::trap()))
    }

    /// Adds a plugin. `entry` is its table in `Kim.toml`, as TOML lines.
    ///
    /// The plugin `naughty` is granted the host in its setting, unless the entry says otherwise. If
    /// the plugin comes from elsewhere than before, the lock is forgotten.
    pub fn plugin(&mut self, name: &'static str, entry: &str) -> &mut Project {
        let grants_http = name != "naughty" || entry.contains("http = ");
        let grant = if grants_http { "" } else { ", http = [\"config:cloud\"]" };
        let before = self.plugins.insert(name, format!("{entry}{grant}"));
        let source = |entry: &str| entry.split(',').next().map(str::to_owned);
        if before.is_none_or(|before| source(&before) != source(entry)) {
            self.forget_lock();
        }
        self.write_settings();
        self
    }

    /// Sets a table of the stack's file, other than `aws` and `config`.
    ///
    /// It is written as TOML lines.
    pub fn table(&mut self, name: &'static str, toml: &str) -> &mut Project {
        self.tables.insert(name, toml.to_owned());
        self.write_settings();
        self
    }

    /// Sets the limits of the program: `memory = 64, computing = 30`.
    pub fn limit_program(&mut self, limits: &str) -> &mut Project {
        let given = |line: &&str| !line.starts_with("limits = ");
        self.head = self.head.lines().filter(given).map(|line| format!("{line}\n")).collect();
        self.head += &format!("limits = {{ {limits} }}\n");
        self.write_settings();
        self
    }

    /// Removes the lock, as if no run had written it.
    pub fn forget_lock(&self) {
        // Neither has to exist.
        let _ = std::fs::remove_file(self.folder().join("kim.lock"));
        let _ = std::fs::remove_dir_all(self.user_folder());
    }

    /// Returns the folder of what kim keeps for the user, outside of projects.
    pub fn user_folder(&self) -> PathBuf {
        self.folder().join("user")
    }

    fn write_settings(&self) {
        let mut text = self.head.clone() + "[plugins]\n";
        for service in self.services {
            let own = format!(", aws = [{service:?}]");
            let grant = self.grants.get(service).unwrap_or(&own);
            text += &format!("aws-{service} = {{ path = {:?}{grant} }}\n", guests::plugin(service));
        }
        for (name, entry) in &self.plugins {
            text += &format!("{name} = {{ {entry} }}\n");
        }
        self.write("Kim.toml", &text);
        let keys: String =
            self.config.iter().map(|(key, value)| format!("{key} = {value}\n")).collect();
        let tables: String =
            self.tables.iter().map(|(name, lines)| format!("[{name}]\n{lines}\n")).collect();
        self.write(
            "Kim.dev.toml",
            &format!("[aws]\nregion = {REGION:?}\n[config]\n{keys}{tables}"),
        );
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut kim = Command::new(&*KIM);
        without_own_settings(&mut kim);
        kim.args(arguments)
            .current_dir(self.folder())
            .env("KIM_STACK", "dev")
            .env("XDG_STATE_HOME", self.user_folder())
            .envs(&self.environment);
        kim.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        kim
    }

    /// Runs kim to its end.
    pub fn kim(&self, arguments: &[&str]) -> Output {
        self.start(arguments).end()
    }

    /// Runs kim by a shell, after the commands in `before`.
    ///
    /// In them, "$@" is kim with its arguments. If they do not contain it, kim replaces the shell
    /// after them.
    pub fn in_shell(&self, before: &str, arguments: &[&str]) -> Output {
        self.start_in_shell(before, arguments).end()
    }

    /// Starts the same command and returns while it runs.
    pub fn start_in_shell(&self, before: &str, arguments: &[&str]) -> Running {
        self.started(self.in_shell_command(&[], before, arguments))
    }

    /// Runs the same command in a mount namespace of its own.
    ///
    /// So file systems can be mounted. Returns `None` (and reports it) on a machine that does not
    /// allow that.
    pub fn in_namespace(&self, before: &str, arguments: &[&str]) -> Option<Output> {
        Some(self.start_in_namespace(before, arguments)?.end())
    }

    /// Starts the same command and returns while it runs.
    pub fn start_in_namespace(&self, before: &str, arguments: &[&str]) -> Option<Running> {
        let way = namespace::way()?;
        Some(self.started(self.in_shell_command(way, before, arguments)))
    }

    fn in_shell_command(&self, way: &[&str], before: &str, arguments: &[&str]) -> Command {
        let kim = self.command(arguments);
        let line = if before.contains("\"$@\"") {
            before.to_owned()
        } else {
            format!("{before}; exec \"$@\"")
        };
        let words: Vec<&str> = way.iter().copied().chain(["sh", "-c", &line, "sh"]).collect();
        let mut shell = Command::new(words[0]);
        shell
            .args(&words[1..])
            .arg(kim.get_program())
            .args(kim.get_args())
            .current_dir(self.folder());
        for (name, value) in kim.get_envs() {
            match value {
                Some(value) => shell.env(name, value),
                None => shell.env_remove(name),
            };
        }
        shell.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        shell
    }

    /// Starts kim in a terminal of that many columns and lines.
    pub fn on_terminal(&self, size: (u16, u16), arguments: &[&str]) -> Terminal {
        Terminal::around(self.command(arguments), size)
    }

    /// Starts kim in a terminal by a shell, as [`Project::in_shell`] does.
    pub fn on_terminal_in_shell(
        &self,
        size: (u16, u16),
        before: &str,
        arguments: &[&str],
    ) -> Terminal {
        Terminal::around(self.in_shell_command(&[], before, arguments), size)
    }

    /// Starts kim and returns while it runs.
    pub fn start(&self, arguments: &[&str]) -> Running {
        self.started(self.command(arguments))
    }

    fn started(&self, mut command: Command) -> Running {
        let mut process =
            command.spawn().unwrap_or_else(|error| panic!("kim does not start: {error}"));
        let stdout = BufReader::new(process.stdout.take().expect("asked for"));
        let stderr = BufReader::new(process.stderr.take().expect("asked for"));
        let (sender, receiver) = channel();
        // Ends with the pipe, or once nothing receives the lines any more.
        std::thread::spawn(move || {
            stderr.lines().map_while(Result::ok).all(|line| sender.send(line + "\n").is_ok())
        });
        Running {
            process,
            stdout,
            output: String::new(),
            stderr: receiver,
            stderr_so_far: String::new(),
        }
    }

    /// Runs `kim up --yes --json`.
    pub fn up(&self) -> Output {
        self.kim(&["up", "--yes", "--json"])
    }

    /// Runs `kim preview --json`.
    pub fn preview(&self) -> Output {
        self.kim(&["preview", "--json"])
    }

    /// Runs `kim destroy --yes --json`.
    pub fn destroy(&self) -> Output {
        self.kim(&["destroy", "--yes", "--json"])
    }

    /// Panics unless a preview plans no change.
    #[track_caller]
    pub fn expect_no_changes(&self) {
        self.kim(&["preview", "--json", "--expect-no-changes"]).succeeds();
    }

    /// Returns the stack's outputs.
    #[track_caller]
    pub fn outputs(&self) -> Json {
        self.kim(&["stack", "output", "--json"]).succeeds().document()
    }

    /// Returns the stack's state.
    #[track_caller]
    pub fn export(&self) -> Json {
        self.kim(&["stack", "export"]).succeeds().document()
    }

    /// Returns a resource's record in the state.
    #[track_caller]
    pub fn record(&self, kind: &str, name: &str) -> Json {
        let export = self.export();
        let records = export["resources"].as_array().cloned().unwrap_or_default();
        let end = format!("/{kind}/{name}");
        let found = records
            .into_iter()
            .find(|record| record["urn"].as_str().is_some_and(|urn| urn.ends_with(&end)));
        found.unwrap_or_else(|| panic!("the state has no {kind} {name}"))
    }

    /// Panics unless the state matches the cloud.
    ///
    /// There must be no orphan, no duplicate, no missing resource and no open intent.
    #[track_caller]
    pub fn matches(&self, boto: &Boto) {
        let differences = self.differences(boto);
        assert!(
            differences.is_empty(),
            "what is recorded is not what is there:\n{}",
            differences.join("\n")
        );
    }

    /// Returns how the state differs from what the cloud itself lists.
    ///
    /// Empty if it does not.
    #[track_caller]
    pub fn differences(&self, boto: &Boto) -> Vec<String> {
        let export = self.export();
        let mut recorded: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for record in export["resources"].as_array().into_iter().flatten() {
            let kind =
                record["kind"].as_str().unwrap_or_default().rsplit(':').next().unwrap_or_default();
            if record["component"] != true {
                let id = record["id"].as_str().unwrap_or_default();
                recorded.entry(kind.to_owned()).or_default().push(id.to_owned());
            }
        }
        recorded.values_mut().for_each(|ids| ids.sort_unstable());
        let there = boto.inventory();
        let kinds: BTreeSet<&String> = recorded.keys().chain(there.keys()).collect();
        let mut differences: Vec<String> = kinds
            .into_iter()
            .filter(|kind| recorded.get(*kind) != there.get(*kind))
            .map(|kind| {
                format!("{kind}: recorded {:?}, there {:?}", recorded.get(kind), there.get(kind))
            })
            .collect();
        if export["intents"] != json!([]) {
            differences.push(format!("intents are open: {}", export["intents"]));
        }
        differences
    }

    /// Keeps the project's folder when the project is dropped, and returns its path.
    pub fn keep(&mut self) -> PathBuf {
        self.folder.disable_cleanup(true);
        self.folder().to_owned()
    }
}

/// A running kim. Dropping it kills it.
pub struct Running {
    process: Child,
    stdout: BufReader<ChildStdout>,
    output: String,
    /// Its stderr, line by line.
    stderr: Receiver<String>,
    stderr_so_far: String,
}

impl Running {
    /// Returns the next line of its stdout, as JSON; `None` at its end.
    pub fn event(&mut self) -> Option<Json> {
        let mut line = String::new();
        self.stdout.read_line(&mut line).ok().filter(|read| *read > 0)?;
        let event = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        self.output += &line;
        Some(event)
    }

    /// Reads up to the next event of this type. Returns false if there is none.
    pub fn until(&mut self, kind: &str) -> bool {
        while let Some(event) = self.event() {
            if event["type"] == kind {
                return true;
            }
        }
        false
    }

    /// Reads stdout up to a word that begins like this, and returns the word.
    ///
    /// # Panics
    /// It ends without.
    pub fn wait_for_word(&mut self, beginning: &str) -> String {
        let mut line = String::new();
        while self.stdout.read_line(&mut line).is_ok_and(|read| read > 0) {
            if let Some(word) =
                line.split([' ', '=', ',', '\n']).find(|word| word.starts_with(beginning))
            {
                return word.to_owned();
            }
            self.output += &std::mem::take(&mut line);
        }
        panic!("it never says {beginning}…:\n{}", self.output)
    }

    /// Returns true if it has ended.
    pub fn has_ended(&mut self) -> bool {
        self.process.try_wait().expect("it is ours").is_some()
    }

    /// Waits until its stderr contains a text.
    ///
    /// # Panics
    /// It ends without.
    pub fn wait_for_stderr(&mut self, text: &str) {
        while !self.stderr_so_far.contains(text) {
            match self.stderr.recv() {
                Ok(line) => self.stderr_so_far += &line,
                Err(_) => panic!("it does not say {text:?}:\n{}", self.stderr_so_far),
            }
        }
    }

    /// Waits until it has reported this many interrupts on stderr.
    ///
    /// # Panics
    /// It ends without.
    pub fn wait_for_interrupts(&mut self, interrupts: usize) {
        while self.stderr_so_far.matches("interrupted").count() < interrupts {
            match self.stderr.recv() {
                Ok(line) => self.stderr_so_far += &line,
                Err(_) => panic!("it did not hear interrupt {interrupts}:\n{}", self.stderr_so_far),
            }
        }
    }

    /// Sends it a signal: `INT`, `TERM`, `KILL`.
    pub fn signal(&mut self, name: &str) {
        if name == "KILL" {
            // Directly, without another process.
            self.process.kill().expect("it is ours");
        } else {
            // kill(1) on this process alone, by its id, which is not reaped before `end`.
            let mut kill = Command::new("kill");
            kill.args([&format!("-{name}"), &self.process.id().to_string()]).stderr(Stdio::null());
            assert!(kill.status().is_ok(), "kill does not start");
        }
    }

    /// Waits until the system has stopped it, after the signal `STOP`.
    ///
    /// # Panics
    /// It ends.
    pub fn wait_until_stopped(&mut self) {
        let process = Pid::from_raw(self.process.id().cast_signed());
        let stopped = waitpid(process, Some(WaitPidFlag::WUNTRACED));
        assert!(matches!(stopped, Ok(WaitStatus::Stopped(..))), "it is not stopped: {stopped:?}");
    }

    /// Waits for its end and returns its output.
    pub fn end(mut self) -> Output {
        let mut output = std::mem::take(&mut self.output);
        // A broken pipe ends the output.
        let _ = self.stdout.read_to_string(&mut output);
        let status = self.process.wait().expect("it is awaited once");
        let stderr =
            std::mem::take(&mut self.stderr_so_far) + &self.stderr.iter().collect::<String>();
        Output { code: status.code(), stdout: output, stderr }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // This process started it, and a failed test does not need it. After `end` this has no
        // effect.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
