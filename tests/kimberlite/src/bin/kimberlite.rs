//! `kimberlite`: a stand-in for the released command line, around the real server.
//!
//! The released command line is not in the registry; its library crates are. This one accepts the arguments and
//! variables of `crates/kimberlite-cli/src/commands/start.rs` of the database's repository (v0.8.0, and the
//! variables of 0.9.1's `ReplicationMode::from_env`), and nothing else: a command that the release would reject
//! fails here too. There are two differences. A `KMB_` variable that no code reads is rejected, so that a misspelt
//! one is found. The metrics listen at the node's own address instead of 0.0.0.0, because the nodes of a test share
//! a machine.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::{Parser, Subcommand};
use kimberlite::Kimberlite;
use kimberlite_server::{ReplicationMode, Server, ServerConfig};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

/// The variables that server and command line read.
const VARIABLES: [&str; 6] = [
    "KMB_REPLICA_ID",
    "KMB_CLUSTER_PEERS",
    "KMB_CLUSTER_CLIENT_PEERS",
    "KMB_SINGLE_NODE",
    "KMB_HTTP_PORT",
    "KMB_ENABLE_FOLLOWER_PROJECTION",
];

/// The part of the database's command line that a node needs.
#[derive(Parser)]
#[command(name = "kimberlite", version = "0.9.1")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Shows the version.
    Version,
    /// Starts the server.
    Start {
        /// The data directory, which has to exist.
        path: PathBuf,
        /// A port, or an address with a port.
        #[arg(short, long, default_value = "5432")]
        address: String,
        /// Runs without replication.
        #[arg(long)]
        development: bool,
        /// Runs a replica of a cluster. The variables configure it.
        #[arg(long, conflicts_with = "development")]
        cluster: bool,
    },
}

fn main() -> Result<()> {
    match Arguments::parse().command {
        Command::Version => {
            println!("kimberlite 0.9.1 (stand-in for tests)");
            Ok(())
        }
        Command::Start { path, address, development, cluster } => start(path, &address, development, cluster),
    }
}

fn start(path: PathBuf, address: &str, development: bool, cluster: bool) -> Result<()> {
    check_variables()?;
    let filter = EnvFilter::from_default_env().add_directive(LevelFilter::INFO.into());
    tracing_subscriber::fmt().with_env_filter(filter).init();
    if !path.exists() {
        bail!("Data directory '{}' does not exist", path.display());
    }
    let address = bind_address(address)?;
    let replication = match (cluster, development) {
        (true, _) => ReplicationMode::from_env().context("failed to build cluster config from the KMB_ variables")?,
        (_, true) => ReplicationMode::Direct,
        _ => ReplicationMode::single_node(),
    };
    let database = Kimberlite::open(&path).context("Failed to open database")?;
    let mut config = ServerConfig::new(address, &path).with_replication(replication);
    if cluster {
        let port = std::env::var("KMB_HTTP_PORT").ok().and_then(|port| port.parse().ok()).unwrap_or(9000);
        config.metrics_bind_addr = Some(SocketAddr::new(address.ip(), port));
    }
    let mut server = Server::with_signal_handling(config, database).context("Failed to create server")?;
    println!("Server is ready.");
    server.run_with_shutdown().context("Server error during operation")?;
    println!("Server stopped gracefully.");
    Ok(())
}

fn check_variables() -> Result<()> {
    for (name, _) in std::env::vars() {
        if name.starts_with("KMB_") && !VARIABLES.contains(&name.as_str()) {
            bail!("{name} is no variable that Kimberlite 0.9.1 reads on a node");
        }
    }
    Ok(())
}

fn bind_address(text: &str) -> Result<SocketAddr> {
    if let Ok(address) = text.parse() {
        return Ok(address);
    }
    let port: u16 = text.parse().with_context(|| format!("Invalid address '{text}'"))?;
    Ok(SocketAddr::from(([127, 0, 0, 1], port)))
}
