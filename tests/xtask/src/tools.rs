//! The tools that phases run (cargo, rustup, kim), and the paths of files.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The target of programs and plugins.
pub(crate) const TARGET: &str = "wasm32-wasip2";

/// The paths of the workspace and its tools.
pub(crate) struct Tools {
    /// The root of the workspace.
    pub(crate) root: PathBuf,
    /// The target folder of native code.
    pub(crate) target: PathBuf,
    cargo: OsString,
}

impl Tools {
    /// Finds the workspace and its tools.
    pub(crate) fn find() -> Result<Tools, String> {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let output = Command::new(&cargo)
            .args(["locate-project", "--workspace", "--message-format", "plain"])
            .output()
            .map_err(|error| format!("cannot run cargo: {error}"))?;
        let manifest = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
        let root = manifest
            .parent()
            .filter(|root| root.is_dir())
            .ok_or("this is not kim's workspace")?
            .to_owned();
        let target = std::env::var_os("CARGO_TARGET_DIR")
            .map_or_else(|| root.join("target"), |dir| root.join(dir));
        Ok(Tools { root, target, cargo })
    }

    /// Returns a cargo command in the workspace.
    pub(crate) fn cargo(&self, arguments: &[&str]) -> Command {
        self.command(&self.cargo, arguments)
    }

    /// Returns a kim command in the project of the demo.
    pub(crate) fn kim(&self, arguments: &[&str]) -> Command {
        self.kim_at("debug", arguments)
    }

    /// Returns a kim command with the binary of a profile's folder.
    pub(crate) fn kim_at(&self, profile: &str, arguments: &[&str]) -> Command {
        let mut kim =
            self.command(self.kim_file(profile).as_os_str(), &["-C", "programs/kimberlite"]);
        kim.args(arguments);
        kim
    }

    /// Returns the path of the binary in a profile's folder.
    pub(crate) fn kim_file(&self, profile: &str) -> PathBuf {
        self.target.join(profile).join(format!("kim{}", std::env::consts::EXE_SUFFIX))
    }

    /// Returns the folder of the plugins' components.
    pub(crate) fn components(&self) -> PathBuf {
        self.root.join("target/guest").join(TARGET).join("component")
    }

    fn command(&self, program: &OsStr, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(&self.root);
        command
    }

    /// Adds the wasm target to the toolchain if it is missing.
    pub(crate) fn add_target(&self) -> Result<(), String> {
        if self.has_target()? {
            eprintln!("{TARGET} is installed");
            return Ok(());
        }
        let mut rustup = self.command(OsStr::new("rustup"), &["target", "add", TARGET]);
        run(&mut rustup).map_err(|error| {
            format!("{error}\nRust's target {TARGET} is missing, and rustup could not add it: install it another way")
        })
    }

    fn has_target(&self) -> Result<bool, String> {
        let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let output = self
            .command(&rustc, &["--print", "target-libdir", "--target", TARGET])
            .output()
            .map_err(|error| format!("cannot run rustc: {error}"))?;
        Ok(Path::new(String::from_utf8_lossy(&output.stdout).trim()).is_dir())
    }

    /// Builds the binary `kim`.
    pub(crate) fn build_kim(&self) -> Result<(), String> {
        run(&mut self.cargo(&["build", "--package", "kim-cli"]))
    }

    /// Builds the real database, for the tests that start it.
    ///
    /// It is a workspace of its own.
    pub(crate) fn build_kimberlite(&self) -> Result<(), String> {
        let target = self.root.join("target/kimberlite");
        let mut cargo =
            self.cargo(&["build", "--locked", "--manifest-path", "tests/kimberlite/Cargo.toml"]);
        run(cargo
            .arg("--target-dir")
            .arg(target)
            .env_remove("CARGO_TARGET_DIR")
            .env_remove("RUSTFLAGS"))
    }

    /// Builds the plugins that the program uses, by `kim plugin build`.
    pub(crate) fn build_plugins(&self) -> Result<(), String> {
        run(&mut self.kim(&["plugin", "build"]))
    }
}

/// Runs a command. It inherits stdout and stderr.
pub(crate) fn run(command: &mut Command) -> Result<(), String> {
    let shown = shown(command);
    eprintln!("$ {shown}");
    let status = command
        .stdin(Stdio::null())
        .status()
        .map_err(|error| format!("cannot run `{shown}`: {error}"))?;
    match (status.success(), status.code()) {
        (true, _) => Ok(()),
        (false, Some(code)) => Err(format!("`{shown}` ended with exit code {code}")),
        (false, None) => Err(format!("`{shown}` was killed")),
    }
}

/// Returns a command as a person would type it.
fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let mut shown: Vec<String> = words.map(|word| word.to_string_lossy().into_owned()).collect();
    if let Some(name) = Path::new(command.get_program()).file_name() {
        shown[0] = name.to_string_lossy().into_owned();
    }
    shown.join(" ")
}
