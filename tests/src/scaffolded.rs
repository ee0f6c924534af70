//! A plugin of `kim plugin new`, in a folder of its own, for tests that change it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::output::Output;
use crate::{guests, project};

/// A folder with a new plugin. Projects can be put beside the plugin.
pub struct Scaffolded {
    folder: TempDir,
    name: String,
}

impl Scaffolded {
    /// Creates a plugin. The name has to be unique: plugins share a target folder.
    ///
    /// # Panics
    /// `kim plugin new` fails.
    pub fn new(name: &str) -> Scaffolded {
        let folder = tempfile::Builder::new().prefix("kim-").tempdir().expect("a scratch folder");
        let plugin = Scaffolded { folder, name: name.to_owned() };
        plugin.kim(".", &["plugin", "new", name]).succeeds();
        // Dependencies of plugins are compiled once for all tests.
        let target = guests::programs_target().join("plugins");
        std::fs::create_dir_all(&target).expect("a folder is made");
        std::os::unix::fs::symlink(target, plugin.dir().join("target")).expect("a link is made");
        plugin
    }

    /// Returns the plugin's folder.
    pub fn dir(&self) -> PathBuf {
        self.folder.path().join(&self.name)
    }

    /// Returns the folder that contains the plugin's folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Returns the folder of installed plugins.
    pub fn installed(&self) -> PathBuf {
        self.folder.path().join("installed")
    }

    /// Replaces a part of a file.
    ///
    /// # Panics
    /// The file does not contain the part exactly once.
    #[track_caller]
    pub fn edit(&self, file: &str, from: &str, to: &str) -> &Scaffolded {
        let file = self.dir().join(file);
        let text = std::fs::read_to_string(&file).expect("it is there");
        assert_eq!(text.matches(from).count(), 1, "{from} in {}", file.display());
        std::fs::write(&file, text.replace(from, to)).expect("it is written");
        self
    }

    /// Compiles the plugin.
    ///
    /// # Panics
    /// It does not compile.
    #[track_caller]
    pub fn build(&self) -> &Scaffolded {
        self.kim(&self.name, &["plugin", "build"]).succeeds();
        self
    }

    /// Runs kim in a subfolder.
    pub fn kim(&self, below: &str, arguments: &[&str]) -> Output {
        let mut kim = Command::new(project::binary());
        project::without_own_settings(&mut kim);
        let cache = guests::programs_target().join("cache");
        kim.args(arguments).current_dir(self.folder.path().join(below)).env("KIM_CACHE_DIR", cache);
        kim.env("KIM_PLUGIN_DIR", self.installed())
            .env("XDG_STATE_HOME", self.folder.path().join("user"))
            .env("CARGO_TARGET_DIR", guests::programs_target());
        let output = kim
            .stdin(Stdio::null())
            .output()
            .unwrap_or_else(|error| panic!("kim does not start: {error}"));
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Output {
            code: output.status.code(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }
}
