//! The guests, built once per test run, and what they run in.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, LazyLock, Mutex};

use kim_model::Value;

use crate::{
    Aws, AwsSettings, Cache, Environment, Grants, Http, Limits, LogLine, PluginComponent,
    PluginOptions, Sandbox, StaticCredentials, Wasm,
};

/// The folder of the built guests.
static BUILT: LazyLock<PathBuf> = LazyLock::new(|| {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/guests");
    // Beside this test binary: <target>/<profile>/deps/<binary>.
    let binary = std::env::current_exe().unwrap();
    let target = binary.ancestors().nth(3).unwrap().join("guests");
    let status = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--release", "--target", "wasm32-wasip2"])
        .current_dir(source)
        .env("CARGO_TARGET_DIR", &target)
        .env_remove("RUSTFLAGS")
        .status()
        .unwrap();
    assert!(
        status.success(),
        "the guests do not build; is the target there? `rustup target add wasm32-wasip2`"
    );
    target.join("wasm32-wasip2/release")
});

pub(super) fn wasm(name: &str) -> Wasm {
    Wasm::read(&BUILT.join(format!("guest_{name}.wasm"))).unwrap()
}

/// One cache for all tests of a run, so that each guest is compiled once.
static CACHE: LazyLock<tempfile::TempDir> = LazyLock::new(|| tempfile::tempdir().unwrap());

pub(super) fn sandbox() -> Sandbox {
    Sandbox::new(Some(Cache::open(CACHE.path()).unwrap()), Arc::new(|_| {})).unwrap()
}

/// Returns the example keys of AWS's documentation. They are not valid.
pub(super) fn keys() -> StaticCredentials {
    StaticCredentials {
        access_key_id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
        secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned(),
        session_token: Some("a-session".to_owned()),
    }
}

pub(super) fn aws_at(endpoint: &str) -> Arc<Aws> {
    let settings = AwsSettings {
        region: Some("eu-central-1".to_owned()),
        endpoint: Some(endpoint.to_owned()),
        credentials: Some(keys()),
        ..AwsSettings::default()
    };
    Aws::new(settings, Environment::default())
}

/// A loaded plugin and the lines that it logs.
pub(super) struct Loaded {
    pub(super) plugin: PluginComponent,
    pub(super) sandbox: Sandbox,
    lines: Arc<Mutex<Vec<LogLine>>>,
}

impl Loaded {
    pub(super) fn lines(&self) -> Vec<LogLine> {
        self.lines.lock().unwrap().clone()
    }
}

/// How a test loads the test plugin.
pub(super) struct Setup {
    pub(super) limits: Limits,
    pub(super) grants: Grants,
    pub(super) endpoint: String,
    pub(super) host: String,
}

impl Default for Setup {
    fn default() -> Setup {
        Setup {
            limits: Limits::plugin(),
            grants: Grants::AsAsked,
            endpoint: "http://127.0.0.1:9".to_owned(),
            host: "nowhere.example".to_owned(),
        }
    }
}

impl Setup {
    pub(super) async fn load(self) -> Loaded {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let options = PluginOptions {
            limits: self.limits,
            grants: self.grants,
            config: [("host", self.host)].into_iter().collect::<Value>(),
            aws: aws_at(&self.endpoint),
            http: Http::new(&Environment::default()),
            on_log: {
                let lines = lines.clone();
                Arc::new(move |line| lines.lock().unwrap().push(line))
            },
        };
        let sandbox = sandbox();
        let plugin = PluginComponent::load(&sandbox, &wasm("plugin"), options).await.unwrap();
        Loaded { plugin, sandbox, lines }
    }
}
