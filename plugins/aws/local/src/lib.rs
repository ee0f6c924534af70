//! A strict AWS in one process: EC2, IAM, KMS, DLM and STS over real HTTP on loopback, with SigV4 checked, for
//! tests, demos and rehearsals. It refuses what AWS refuses; what it does not know it refuses too, by name.
//!
//! ```no_run
//! # async fn demo() -> Result<(), kim_aws_local::Error> {
//! use kim_aws_local::{Fault, LocalAws, Options, Trouble};
//!
//! let aws = LocalAws::start(Options::default()).await?;
//! println!("aws --endpoint-url {} ec2 describe-vpcs", aws.endpoint());
//! aws.faults().inject(Fault::nth("CreateVolume", 2, Trouble::LoseAnswer));
//! aws.stop().await;
//! # Ok(()) }
//! ```
//!
//! Requests run one after the other on a [`world`]: typed rows in memory, written through to a SQLite file if there
//! is one. [`service`] is the seam: a service is a table of actions over that world.

pub mod error;
pub mod faults;
#[macro_use]
pub mod node;
pub mod params;
pub mod protocol;
mod reading;
mod server;
pub mod service;
pub mod shape;
pub mod signature;
mod throttle;
pub mod world;

pub mod dlm;
pub mod ec2;
pub mod iam;
pub mod kms;
pub mod sts;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use faults::{Fault, Faults, Trouble};
pub use server::Call;
use server::Server;
use world::{DiskError, World};

/// The access key that is accepted by default.
pub const ACCESS_KEY: &str = "AKIALOCALKIM0000000";
/// The secret that goes with [`ACCESS_KEY`]; it protects nothing.
pub const SECRET_KEY: &str = "local/kim/secret/key/that/protects/nothing";
/// The account that everything belongs to by default.
pub const ACCOUNT: &str = "123456789012";

pub(crate) const SERVICES: &[&service::Service] =
    &[&ec2::SERVICE, &iam::SERVICE, &kms::SERVICE, &dlm::SERVICE, &sts::SERVICE];

/// Every action that is served: service, name, and the parameters that it reads in the notation of [`shape`].
pub fn actions() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    let of = |service: &&'static service::Service| {
        let name = service.name;
        service.actions().map(move |action| (name, action.name, action.reads))
    };
    SERVICES.iter().flat_map(of)
}

/// How a local AWS behaves.
#[derive(Clone)]
pub struct Options {
    /// The SQLite file of the world, made when absent, used by one process at a time. `None`: in memory.
    pub world: Option<PathBuf>,
    /// Where to listen. Port 0 lets the system choose. The control paths are unsigned: stay on loopback.
    pub address: SocketAddr,
    /// The regions that exist.
    pub regions: Vec<String>,
    /// The twelve digits of the account.
    pub account: String,
    /// Access keys and their secrets.
    pub credentials: Vec<(String, String)>,
    /// How long transitions such as pending → running take.
    pub transition: Duration,
    /// How long describing calls do not see what was just created.
    pub consistency_delay: Duration,
    /// The most elements in one page, also when more were asked for.
    pub page_size_limit: usize,
    /// Whether an account's default quotas hold (5 VPCs a region, 5 elastic addresses, 60 rules a group, …).
    pub quotas: bool,
    /// Requests a second beyond which calls are throttled.
    pub throttle: Option<f64>,
    /// How many seconds the clock that requests are verified by, and that answers are dated with, is ahead of this
    /// machine's: what happens to callers whose clock is off.
    pub clock_ahead: i64,
    /// Whether signatures are verified. Requests carry one in any case: it names service and region.
    pub verify_signatures: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            world: None,
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            regions: ec2::regions::names().map(str::to_owned).collect(),
            account: ACCOUNT.to_owned(),
            credentials: vec![(ACCESS_KEY.to_owned(), SECRET_KEY.to_owned())],
            transition: Duration::from_millis(30),
            consistency_delay: Duration::ZERO,
            page_size_limit: 1000,
            quotas: true,
            throttle: None,
            clock_ahead: 0,
            verify_signatures: true,
        }
    }
}

/// Why a local AWS does not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The world's file cannot be used.
    #[error("the local AWS cannot open its world: {0}")]
    World(#[from] DiskError),
    /// The address cannot be listened on.
    #[error("the local AWS cannot listen on {address}: {source}; choose another port, or 0 for any that is free")]
    Listen {
        /// What was asked for.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// An option has a value that makes no sense.
    #[error("the local AWS does not start with these options: {0}")]
    Options(String),
}

/// A running local AWS. Dropping it stops it without waiting for open requests.
pub struct LocalAws {
    server: Arc<Server>,
    address: SocketAddr,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl LocalAws {
    /// Opens the world and listens.
    pub async fn start(options: Options) -> Result<LocalAws, Error> {
        check(&options).map_err(Error::Options)?;
        let world = options.world.as_deref().map_or_else(|| Ok(World::in_memory()), World::open)?;
        let wanted = options.address;
        let listening = server::bind(wanted).await;
        let (listener, address) = listening.map_err(|source| Error::Listen { address: wanted, source })?;
        let server = Arc::new(Server::new(options, world));
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(server.clone().accept(listener, stopped));
        Ok(LocalAws { server, address, stop, task })
    }

    /// What clients take as endpoint URL, for every service: `http://127.0.0.1:PORT`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Trouble to inject.
    pub fn faults(&self) -> &Faults {
        &self.server.faults
    }

    /// The calls that reached a service, oldest first.
    pub fn calls(&self) -> Vec<Call> {
        self.server.calls()
    }

    /// Finishes the requests that run, also those that are held, closes the world and returns.
    pub async fn stop(mut self) {
        self.server.faults.clear();
        let _ = self.stop.send(true);
        // The task ends by itself; should it have panicked, there is nothing left to wait for.
        let _ = (&mut self.task).await;
    }
}

impl Drop for LocalAws {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn check(options: &Options) -> Result<(), String> {
    if options.account.len() != 12 || !options.account.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("the account {:?} is not twelve digits", options.account));
    }
    if options.throttle.is_some_and(|rate| !(rate.is_finite() && rate > 0.0)) {
        return Err("throttle must be a positive number of requests a second".to_owned());
    }
    let known: Vec<&str> = ec2::regions::names().collect();
    let unknown = options.regions.iter().find(|region| !known.contains(&region.as_str()));
    unknown.map_or(Ok(()), |region| Err(format!("the region {region} is not known; {} are", known.join(", "))))
}
