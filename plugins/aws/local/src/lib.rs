//! A strict AWS in one process, for tests, demos and rehearsals.
//!
//! It serves EC2, IAM, KMS, DLM and STS over real HTTP on loopback, and checks SigV4. It refuses
//! what AWS refuses. An action or parameter that it does not know is refused by name.
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
//! Requests run one after the other on a [`world`]: typed rows in memory, written through to a
//! SQLite file if there is one. A [`service`] is a table of actions over that world.

pub mod error;
pub mod faults;
#[macro_use]
pub mod node;
mod options;
mod origin;
pub mod params;
pub mod protocol;
mod reading;
mod receive;
pub mod regions;
mod routing;
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

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use faults::{Fault, Faults, Trouble};
pub use options::{ACCESS_KEY, ACCOUNT, Options, SECRET_KEY};
pub use server::LoggedCall;
use server::Server;
use world::{DiskError, World};

/// All services.
const SERVICES: &[&service::Service] =
    &[&ec2::SERVICE, &iam::SERVICE, &kms::SERVICE, &dlm::SERVICE, &sts::SERVICE];

/// Returns every action that is served.
///
/// Each has its service, its name, and the parameters that it reads in the notation of [`shape`].
pub fn actions() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    let of = |service: &&'static service::Service| {
        let name = service.name;
        service.actions().map(move |action| (name, action.name, action.reads))
    };
    SERVICES.iter().flat_map(of)
}

/// Why a local AWS does not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The world's file cannot be used.
    #[error("the local AWS cannot open its world: {0}")]
    World(#[from] DiskError),
    /// The address cannot be listened on.
    #[error(
        "the local AWS cannot listen on {address}: {source}; choose another port, or 0 for any that is free"
    )]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// The system's error.
        source: std::io::Error,
    },
    /// An option has a value that is not valid.
    #[error("the local AWS does not start with these options: {0}")]
    Options(String),
}

/// A running local AWS.
///
/// Dropping it stops it without waiting for open requests.
pub struct LocalAws {
    server: Arc<Server>,
    address: SocketAddr,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl LocalAws {
    /// Opens the world and listens.
    pub async fn start(options: Options) -> Result<LocalAws, Error> {
        options::check(&options).map_err(Error::Options)?;
        let world = options.world.as_deref().map_or_else(|| Ok(World::in_memory()), World::open)?;
        let wanted = options.address;
        let listening = server::bind(wanted).await;
        let (listener, address) =
            listening.map_err(|source| Error::Listen { address: wanted, source })?;
        let server = Arc::new(Server::new(options, world, SERVICES));
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(server.clone().accept(listener, stopped));
        Ok(LocalAws { server, address, stop, task })
    }

    /// Returns the endpoint URL for every service: `http://127.0.0.1:PORT`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns the faults, to inject more.
    pub fn faults(&self) -> &Faults {
        &self.server.faults
    }

    /// Returns the calls that reached a service, oldest first.
    pub fn calls(&self) -> Vec<LoggedCall> {
        self.server.calls()
    }

    /// Finishes the requests that run, closes the world and returns.
    ///
    /// Requests that are held are finished too.
    pub async fn stop(mut self) {
        self.server.faults.clear();
        let _ = self.stop.send(true);
        // The task ends by itself; if it panicked, there is nothing left to wait for.
        let _ = (&mut self.task).await;
    }
}

impl Drop for LocalAws {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A local AWS without a socket, with a world in memory.
///
/// For `tests/fuzz`: millions of requests pass, each after what came before it alone.
#[doc(hidden)]
pub struct Offline(Arc<Server>);

impl Offline {
    /// Creates one.
    pub fn new(options: Options) -> Offline {
        Offline(Arc::new(Server::new(options, World::in_memory(), SERVICES)))
    }

    /// Answers a request as if it had come over HTTP.
    ///
    /// Returns `None` if the connection would be closed without an answer.
    pub async fn answer(&self, request: protocol::Incoming) -> Option<protocol::Outgoing> {
        self.0.clone().answer(request).await.0
    }
}
