//! A plugin as `kim plugin new` makes it, in a folder of its own, to be changed and tried.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::output::Output;
use crate::{guests, project};

/// A folder with a new plugin, and room for projects beside it.
pub struct Scaffolded {
    folder: TempDir,
    name: String,
}

impl Scaffolded {
    /// A new plugin. Each needs another name: they share a target folder.
    ///
    /// # Panics
    /// `kim plugin new` fails.
    pub fn new(name: &str) -> Scaffolded {
        let folder = tempfile::Builder::new().prefix("kim-").tempdir().expect("a scratch folder");
        let plugin = Scaffolded { folder, name: name.to_owned() };
        plugin.kim(".", &["plugin", "new", name]).succeeds();
        // What plugins stand on is compiled once for all tests.
        let target = guests::programs_target().join("plugins");
        std::fs::create_dir_all(&target).expect("a folder is made");
        std::os::unix::fs::symlink(target, plugin.dir().join("target")).expect("a link is made");
        plugin
    }

    /// The plugin's folder.
    pub fn dir(&self) -> PathBuf {
        self.folder.path().join(&self.name)
    }

    /// The folder around it.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Where installed plugins go.
    pub fn installed(&self) -> PathBuf {
        self.folder.path().join("installed")
    }

    /// Writes other text over a piece of a file.
    ///
    /// # Panics
    /// The piece is not there exactly once.
    #[track_caller]
    pub fn edit(&self, file: &str, from: &str, to: &str) -> &Scaffolded {
        let file = self.dir().join(file);
        let text = std::fs::read_to_string(&file).expect("it is there");
        assert_eq!(text.matches(from).count(), 1, "{from} in {}", file.display());
        std::fs::write(&file, text.replace(from, to)).expect("it is written");
        self
    }

    /// Compiles the plugin as it is now.
    ///
    /// # Panics
    /// It does not compile.
    #[track_caller]
    pub fn build(&self) -> &Scaffolded {
        self.kim(&self.name, &["plugin", "build"]).succeeds();
        self
    }

    /// Runs kim in a folder below.
    pub fn kim(&self, below: &str, arguments: &[&str]) -> Output {
        let mut kim = Command::new(project::binary());
        project::without_own_settings(&mut kim);
        let cache = guests::programs_target().join("cache");
        kim.args(arguments).current_dir(self.folder.path().join(below)).env("KIM_CACHE_DIR", cache);
        kim.env("KIM_PLUGIN_DIR", self.installed()).env("CARGO_TARGET_DIR", guests::programs_target());
        let output = kim.stdin(Stdio::null()).output().unwrap_or_else(|error| panic!("kim does not start: {error}"));
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Output { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}
