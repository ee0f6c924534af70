//! Clouds for tests: the strict local AWS in this process, and moto as a server.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use kim_aws_local::{ACCESS_KEY, Faults, LocalAws, LoggedCall, Options, SECRET_KEY};
use tokio::runtime::Runtime;

use crate::boto::{Boto, python};
use crate::project::Running;

/// The region of every test.
pub(crate) const REGION: &str = "eu-central-1";

/// The endpoint of a cloud, and credentials for it.
#[derive(Clone, Debug)]
pub struct Account {
    /// The endpoint of all services.
    pub endpoint: String,
    /// The access key.
    pub access_key: String,
    /// The secret key.
    pub secret_key: String,
}

impl Account {
    /// Returns the account of a cloud that does not exist.
    ///
    /// It is for commands that need no cloud.
    pub fn nowhere() -> Account {
        Account {
            endpoint: "http://127.0.0.1:1".to_owned(),
            access_key: ACCESS_KEY.to_owned(),
            secret_key: SECRET_KEY.to_owned(),
        }
    }

    /// Returns the environment variables that every AWS client reads.
    pub(crate) fn variables(&self) -> Vec<(String, String)> {
        let pairs = [
            ("AWS_ENDPOINT_URL", self.endpoint.as_str()),
            ("AWS_ACCESS_KEY_ID", &self.access_key),
            ("AWS_SECRET_ACCESS_KEY", &self.secret_key),
            ("AWS_REGION", REGION),
            ("AWS_DEFAULT_REGION", REGION),
            ("AWS_CONFIG_FILE", "/dev/null"),
            ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ];
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
    }
}

/// The runtime of all local AWSs.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(1).enable_all().build().expect("a runtime starts")
});

/// A strict local AWS with a world of its own. Dropping it ends it.
pub struct Cloud {
    aws: LocalAws,
}

impl Cloud {
    /// Starts a local AWS with the default options.
    pub fn start() -> Cloud {
        Cloud::with(Options::default())
    }

    /// Starts a local AWS with these options.
    pub fn with(options: Options) -> Cloud {
        Cloud { aws: RUNTIME.block_on(LocalAws::start(options)).expect("the local AWS starts") }
    }

    /// Returns its endpoint and credentials.
    pub fn account(&self) -> Account {
        Account {
            endpoint: self.aws.endpoint(),
            access_key: ACCESS_KEY.to_owned(),
            secret_key: SECRET_KEY.to_owned(),
        }
    }

    /// Returns a boto3 that reads this cloud.
    ///
    /// Returns `None` (and reports it) on a machine without boto3.
    pub fn boto(&self) -> Option<Boto> {
        Boto::open(&self.account())
    }

    /// Returns the faults to inject.
    pub fn faults(&self) -> &Faults {
        self.aws.faults()
    }

    /// Returns the calls so far, oldest first.
    pub fn calls(&self) -> Vec<LoggedCall> {
        self.aws.calls()
    }

    /// Waits until a condition is true.
    ///
    /// # Panics
    /// It takes minutes.
    #[track_caller]
    pub fn until(&self, mut holds: impl FnMut() -> bool) {
        let began = Instant::now();
        while !holds() {
            assert!(
                began.elapsed() < Duration::from_secs(120),
                "it never came to that; the calls: {:?}",
                self.calls()
            );
            // Nothing unparks this thread: it is a pause, so that others get the processor.
            std::thread::park_timeout(Duration::from_millis(2));
        }
    }

    /// Waits until a run has reached all injected faults.
    ///
    /// # Panics
    /// The run ends before.
    #[track_caller]
    pub fn until_hit(&self, run: &mut Running) {
        self.until(|| self.faults().waiting().is_empty() || run.has_ended());
        let missed = self.faults().waiting();
        assert!(missed.is_empty(), "the run ended before it came to {missed:?}");
    }

    /// Returns the actions of all calls after the first `before` ones.
    pub fn actions_since(&self, before: usize) -> Vec<String> {
        self.calls().into_iter().skip(before).map(|call| call.action).collect()
    }
}

/// A moto server: an independent emulator of AWS. Dropping it ends it.
pub struct Moto {
    server: Child,
    endpoint: String,
}

impl Moto {
    /// Starts a moto server.
    ///
    /// Returns `None` (and reports it) on a machine without moto.
    pub fn start() -> Option<Moto> {
        let python = python("moto.server")?;
        let mut server = Command::new(python)
            .args(["-m", "moto.server", "-H", "127.0.0.1", "-p", "0"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("moto starts");
        let stderr = server.stderr.take().expect("it was asked for");
        let mut lines = BufReader::new(stderr).lines().map_while(Result::ok);
        let url = lines
            .find_map(|line| line.split_once("Running on ").map(|(_, url)| url.trim().to_owned()));
        // The server blocks if nothing reads its log.
        std::thread::spawn(move || lines.for_each(drop));
        Some(Moto { server, endpoint: url.expect("moto prints its address") })
    }

    /// Returns its endpoint and credentials. It accepts any key.
    pub fn account(&self) -> Account {
        Account {
            endpoint: self.endpoint.clone(),
            access_key: "AKIAIOSFODNN7EXAMPLE".to_owned(),
            secret_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned(),
        }
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        // This process started it. It may have ended by itself.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
