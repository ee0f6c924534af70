//! Where kim's own crates are: what programs and plugins are written with, and the plugins that come with kim.
//!
//! Invariant: an [`Sdk`] is a folder that has been looked into: its crates are there.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// The variable that says where the sources are.
const VARIABLE: &str = "KIM_SDK";

/// Plugins that come with kim, by the name that projects give them.
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
    /// Finds the sources: the folder that is given, else that of `KIM_SDK`, else those that this binary was built from.
    ///
    /// # Errors
    /// What is named is no folder of kim's sources, or nothing is named and the sources are not where they were.
    pub fn find(given: Option<&Path>) -> Result<Sdk> {
        let hint = "pass --sdk DIR (or set KIM_SDK) with the folder that `git clone` made of kim";
        if let Some(dir) = given {
            return Sdk::at(dir).ok_or_else(|| not_there("--sdk names", dir).hint(hint));
        }
        if let Some(dir) = std::env::var_os(VARIABLE).filter(|dir| !dir.is_empty()).map(PathBuf::from) {
            return Sdk::at(&dir).ok_or_else(|| not_there("KIM_SDK names", &dir).hint(hint));
        }
        let built_from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        Sdk::at(&built_from).ok_or_else(|| {
            let built_from = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap_or(&built_from);
            not_there("this binary was built from", built_from).hint(hint)
        })
    }

    /// The sources in a folder, if it holds them.
    fn at(dir: &Path) -> Option<Sdk> {
        // The real folder: what is generated names it, wherever it lies itself.
        let sdk = Sdk { dir: dir.canonicalize().ok()? };
        let crates = [sdk.program(), sdk.aws(), sdk.plugin()];
        crates.iter().all(|dir| dir.join("Cargo.toml").is_file()).then_some(sdk)
    }

    /// The folder itself.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The crate `kim`: what programs are written with.
    pub fn program(&self) -> PathBuf {
        self.dir.join("programs/sdk")
    }

    /// The crate `kim-aws`: typed builders for the kinds of the AWS plugins.
    pub fn aws(&self) -> PathBuf {
        self.dir.join("programs/aws")
    }

    /// The crate `kim-plugin`: what plugins are written with.
    pub fn plugin(&self) -> PathBuf {
        self.dir.join("plugins/sdk")
    }

    /// The crate of a plugin that comes with kim: `aws-ec2`, ….
    pub fn bundled_plugin(&self, name: &str) -> Option<PathBuf> {
        self.bundled_plugins().find(|(bundled, _)| *bundled == name).map(|(_, dir)| dir)
    }

    /// All plugins that come with kim: their names, in order, and their crates.
    pub fn bundled_plugins(&self) -> impl Iterator<Item = (&'static str, PathBuf)> {
        BUNDLED.iter().map(|(name, dir)| (*name, self.dir.join(dir)))
    }

    /// The versions that kim itself is built with; a crate that begins with them needs nothing that kim did not need.
    ///
    /// # Errors
    /// The sources have no readable `Cargo.lock`.
    pub fn locked(&self) -> Result<String> {
        let file = self.dir.join("Cargo.lock");
        std::fs::read_to_string(&file).map_err(|error| Error::file("read", &file, &error))
    }
}

fn not_there(who: &str, dir: &Path) -> Error {
    Error::usage(format!(
        "kim's own crates are not found: {who} {}, and there are no programs/sdk, programs/aws and plugins/sdk in it",
        dir.display()
    ))
}
