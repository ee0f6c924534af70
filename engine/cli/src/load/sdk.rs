//! The folders of kim's own crates.
//!
//! These are the SDKs of programs and plugins, and the plugins that come with kim.
//!
//! Invariant: the folder of an [`Sdk`] was checked: its crates are there.

use std::path::{Path, PathBuf};

use crate::environment::Environment;
use crate::error::{Error, Result};

/// The environment variable that names the folder of kim's sources.
const VARIABLE: &str = "KIM_SDK";

/// The plugins that come with kim.
///
/// Each has the name that projects give it, and its folder.
const BUNDLED: [(&str, &str); 4] = [
    ("aws-dlm", "plugins/aws/dlm"),
    ("aws-ec2", "plugins/aws/ec2"),
    ("aws-iam", "plugins/aws/iam"),
    ("aws-kms", "plugins/aws/kms"),
];

/// The folder of kim's sources.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sdk {
    dir: PathBuf,
}

impl Sdk {
    /// Finds the sources of kim.
    ///
    /// They are those in the given folder, else in that of `KIM_SDK`, else those that this binary
    /// was built from.
    ///
    /// # Errors
    /// The named folder does not hold kim's sources. Or none is named, and the sources are no
    /// longer where this binary was built.
    pub fn find(given: Option<&Path>, environment: &Environment) -> Result<Sdk> {
        let hint = "pass --sdk DIR (or set KIM_SDK) with the folder into which `git clone` put kim";
        if let Some(dir) = given {
            return Sdk::at(dir).ok_or_else(|| missing_sdk_error("--sdk names", dir).hint(hint));
        }
        if let Some(dir) = environment.path(VARIABLE) {
            return Sdk::at(&dir)
                .ok_or_else(|| missing_sdk_error("KIM_SDK names", &dir).hint(hint));
        }
        let built_from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        Sdk::at(&built_from).ok_or_else(|| {
            let built_from =
                Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap_or(&built_from);
            missing_sdk_error("this binary was built from", built_from).hint(hint)
        })
    }

    /// Returns the sources in a folder, if it holds them.
    fn at(dir: &Path) -> Option<Sdk> {
        // The canonical path, because generated files name it and may lie anywhere.
        let sdk = Sdk { dir: dir.canonicalize().ok()? };
        let crates = [sdk.program(), sdk.aws(), sdk.plugin()];
        crates.iter().all(|dir| dir.join("Cargo.toml").is_file()).then_some(sdk)
    }

    /// Returns the folder of the sources.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Returns the crate `kim`, the SDK of programs.
    pub fn program(&self) -> PathBuf {
        self.dir.join("programs/sdk")
    }

    /// Returns the crate `kim-aws`: typed builders for the kinds of the AWS plugins.
    pub fn aws(&self) -> PathBuf {
        self.dir.join("programs/aws")
    }

    /// Returns the crate `kim-plugin`, the SDK of plugins.
    pub fn plugin(&self) -> PathBuf {
        self.dir.join("plugins/sdk")
    }

    /// Returns the crate of a plugin that comes with kim: `aws-ec2`, ….
    pub fn bundled_plugin(&self, name: &str) -> Option<PathBuf> {
        self.bundled_plugins().find(|(bundled, _)| *bundled == name).map(|(_, dir)| dir)
    }

    /// Returns the names and crates of all plugins that come with kim.
    ///
    /// They are in the order of their names.
    pub fn bundled_plugins(&self) -> impl Iterator<Item = (&'static str, PathBuf)> {
        BUNDLED.iter().map(|(name, dir)| (*name, self.dir.join(dir)))
    }

    /// Returns the `Cargo.lock` that kim itself is built with.
    ///
    /// A crate that starts from it needs no crate that kim does not need.
    ///
    /// # Errors
    /// The sources have no readable `Cargo.lock`.
    pub fn locked(&self) -> Result<String> {
        let file = self.dir.join("Cargo.lock");
        std::fs::read_to_string(&file).map_err(|error| Error::file("read", &file, &error))
    }
}

fn missing_sdk_error(who: &str, dir: &Path) -> Error {
    Error::usage(format!(
        "kim's own crates are not found: {who} {}, and there are no programs/sdk, programs/aws and plugins/sdk in it",
        dir.display()
    ))
}
