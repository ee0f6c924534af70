//! The folder in which an act is played: a project, a home, and the environment of kim.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::server::Server;

/// The secret of every stage. It has a capital, and characters that URLs and JSON escape.
pub(crate) const SECRET: &str = "Hunter2 \"is\" no/good+password";

/// A project, and all that belongs to it.
pub struct Stage {
    folder: TempDir,
    kim: PathBuf,
    /// The lines of `Kim.toml` before the plugins.
    pub head: String,
    /// The entry of the hostile plugin in `Kim.toml`, without its path; `None`: it is not used.
    ///
    /// `CLOUD` in it stands for where the cloud is.
    pub entry: Option<String>,
    /// The component of the hostile plugin.
    pub plugin: PathBuf,
    /// More lines of `Kim.toml`, in its table `plugins`.
    pub plugins: String,
    /// More lines of `Kim.dev.toml`: tables.
    pub more: String,
    /// The program's configuration: TOML values by key.
    pub config: BTreeMap<&'static str, String>,
    /// The plugin's configuration: TOML values by key.
    pub plugin_config: BTreeMap<&'static str, String>,
    /// The variables of kim.
    pub environment: BTreeMap<&'static str, String>,
    /// The cloud, if the act needs one.
    pub cloud: Option<Server>,
}

impl Stage {
    /// Returns a project whose program declares nothing.
    ///
    /// # Errors
    /// There is no room for it.
    pub fn new(kim: &Path) -> std::io::Result<Stage> {
        let folder = tempfile::Builder::new().prefix("kim-").tempdir()?;
        ["project", "home", "said"]
            .iter()
            .try_for_each(|name| std::fs::create_dir(folder.path().join(name)))?;
        let (program, plugin) = kim_tests::hostile();
        let mut stage = Stage {
            kim: kim.to_owned(),
            head: format!("name = \"hostile\"\n[program]\nwasm = {program:?}\n"),
            entry: Some("aws = [\"ec2\"], http = [\"config:cloud\"]".to_owned()),
            plugin,
            plugins: String::new(),
            more: String::new(),
            config: BTreeMap::new(),
            plugin_config: BTreeMap::new(),
            environment: BTreeMap::new(),
            cloud: None,
            folder,
        };
        stage.config.insert("does", "\"nothing\"".to_owned());
        stage.plugin_config.insert("cloud", "\"127.0.0.1:1\"".to_owned());
        let cache = kim_tests::programs_target().join("cache");
        let home = stage.path("home");
        for (name, value) in [
            ("KIM_CACHE_DIR", cache.display().to_string()),
            ("HOME", home.display().to_string()),
            ("PATH", std::env::var("PATH").unwrap_or_default()),
            ("KIM_STACK", "dev".to_owned()),
            ("KIM_PASSPHRASE", "correct horse battery staple".to_owned()),
            ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned()),
            ("AWS_SESSION_TOKEN", "session-token-of-the-user".to_owned()),
            ("AWS_REGION", "eu-central-1".to_owned()),
            ("AWS_ENDPOINT_URL", "http://127.0.0.1:1".to_owned()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
            ("AWS_CONFIG_FILE", "/dev/null".to_owned()),
            ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null".to_owned()),
        ] {
            stage.environment.insert(name, value);
        }
        Ok(stage)
    }

    /// Returns a path in the stage's folder: `project/Kim.toml`, `home/.bashrc`.
    pub fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// Starts a cloud, and tells kim and the plugin where it is.
    pub fn serve(&mut self, answer: crate::server::Answer) {
        let server = Server::start(answer);
        self.environment.insert("AWS_ENDPOINT_URL", format!("http://{}/gateway/aws", server.at));
        self.plugin_config.insert("cloud", format!("\"{}\"", server.at));
        self.cloud = Some(server);
    }

    /// Writes a file of the stage.
    ///
    /// # Panics
    /// It cannot be written.
    pub fn write(&self, path: &str, bytes: impl AsRef<[u8]>) {
        let file = self.path(path);
        let folder = file.parent().expect("a file lies in a folder");
        std::fs::create_dir_all(folder).expect("the folder is made");
        std::fs::write(&file, bytes).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    }

    /// Writes `Kim.toml` and `Kim.dev.toml`, where the act has put nothing of its own.
    pub fn write_settings(&self) {
        let lines = |table: &BTreeMap<&'static str, String>| -> String {
            table.iter().map(|(key, value)| format!("{key} = {value}\n")).collect()
        };
        let entry = self.entry.as_ref().map(|entry| {
            let cloud = self.plugin_config.get("cloud").map_or("", |cloud| cloud.trim_matches('"'));
            let entry = entry.replace("CLOUD", cloud);
            let entry = if entry.is_empty() { String::new() } else { format!(", {entry}") };
            format!("hostile = {{ path = {:?}{entry} }}\n", self.plugin)
        });
        let project =
            format!("{}[plugins]\n{}{}", self.head, entry.unwrap_or_default(), self.plugins);
        let mut stack = format!("[config]\n{}", lines(&self.config));
        if self.entry.is_some() {
            stack += &format!("[hostile]\n{}", lines(&self.plugin_config));
        }
        stack += &self.more;
        for (path, text) in [("project/Kim.toml", project), ("project/Kim.dev.toml", stack)] {
            if self.path(path).symlink_metadata().is_err() {
                self.write(path, text);
            }
        }
    }

    /// Returns a command of kim in the project.
    pub fn kim(&self, arguments: &[&str]) -> Command {
        let mut kim = Command::new(&self.kim);
        kim.args(arguments).current_dir(self.path("project")).env_clear().envs(&self.environment);
        kim
    }

    /// Returns the folder for outputs.
    pub fn said(&self) -> PathBuf {
        self.path("said")
    }

    /// Returns the files of the project below its folder `.kim`, and the history, as one text.
    pub fn kept(&self) -> String {
        let mut kept = String::new();
        for file in std::fs::read_dir(self.path("project/.kim")).into_iter().flatten().flatten() {
            let is_small =
                file.metadata().is_ok_and(|data| data.is_file() && data.len() < 64 << 20);
            if is_small {
                let bytes = std::fs::read(file.path()).unwrap_or_default();
                kept += &String::from_utf8_lossy(&bytes);
            }
        }
        kept
    }
}
