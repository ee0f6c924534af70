//! A Python of the project, with what tests compare against: the aws CLI, boto3, moto, cfn-lint.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::tools::{Tools, run};

/// The packages to install.
///
/// The versions are pinned: tests compare the plugins' schemas with their knowledge of AWS.
const PACKAGES: [&str; 4] =
    ["moto[server]==5.2.1", "boto3==1.43.11", "awscli==1.45.11", "cfn-lint==1.51.0"];
/// The imports that succeed only if the packages are installed.
const IMPORTS: &str = "import moto.server, boto3, awscli, cfnlint";

/// Returns the Python for tests, and sets it up if it is missing.
///
/// Returns `None` if this machine has no Python.
pub(crate) fn set_up(tools: &Tools) -> Result<Option<PathBuf>, String> {
    if let Some(given) = std::env::var_os("KIM_PYTHON").map(PathBuf::from) {
        return match imports(&given) {
            true => Ok(Some(given)),
            false => Err(format!("KIM_PYTHON is {}, which cannot `{IMPORTS}`", given.display())),
        };
    }
    let folder = tools.root.join("target/venv");
    let python = folder.join("bin/python");
    if imports(&python) {
        eprintln!("{} has everything", folder.display());
        return Ok(Some(python));
    }
    let Some(base) =
        ["python3", "python"].into_iter().find(|name| answers(Path::new(name), "import venv"))
    else {
        return Ok(None);
    };
    run(Command::new(base).args(["-m", "venv", "--clear"]).arg(&folder)).map_err(|error| {
        format!("{error}\nThe module venv may be incomplete: Debian and Ubuntu have it in the package python3-venv")
    })?;
    run(Command::new(&python)
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
        .args(PACKAGES))?;
    match imports(&python) {
        true => Ok(Some(python)),
        false => Err(format!("{} cannot `{IMPORTS}` although it was installed", python.display())),
    }
}

fn imports(python: &Path) -> bool {
    answers(python, IMPORTS)
}

fn answers(python: &Path, code: &str) -> bool {
    Command::new(python).args(["-c", code]).output().is_ok_and(|output| output.status.success())
}
