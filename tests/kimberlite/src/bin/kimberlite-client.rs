//! `kimberlite-client`: writes and reads rows with the database's own client, for tests.
//!
//! Its first argument is what a stack exports as `client_addresses`. The client library follows no hint to another
//! address, so a write is tried at each address in turn until the leader answers.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use clap::Parser;
use kimberlite_client::{Client, ClientConfig, ClientError, QueryParam, QueryResponse};
use kimberlite_types::TenantId;

/// A statement, sent to the nodes of a cluster.
#[derive(Parser)]
struct Arguments {
    /// The addresses of the nodes: `10.0.0.10:7000,10.0.1.11:7000,…`
    addresses: String,
    /// Gives up after this many seconds from the start.
    #[arg(long, default_value_t = 30)]
    seconds: u64,
    /// Sends the statement to each node. Each has to answer.
    #[arg(long)]
    each: bool,
    /// The SQL statement.
    sql: String,
    /// The parameters of the statement: numbers, or texts.
    parameters: Vec<String>,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let until = Instant::now() + Duration::from_secs(arguments.seconds);
    let all: Vec<&str> = arguments.addresses.split(',').collect();
    if !arguments.each {
        println!("{}", ask(&all, &arguments, until)?);
        return Ok(());
    }
    for address in all {
        println!("{address}\t{}", ask(&[address], &arguments, until)?);
    }
    Ok(())
}

/// Returns the first answer: the address that gave it, and its rows.
fn ask(addresses: &[&str], arguments: &Arguments, until: Instant) -> Result<String> {
    let mut last = String::new();
    for address in addresses.iter().cycle() {
        match send(address, arguments) {
            Ok(response) => return Ok(shown(&response)),
            Err(error) => last = format!("{address}: {error}"),
        }
        if Instant::now() > until {
            break;
        }
        // The election of the leader may be in progress. A pause before the retry avoids a flood of requests.
        std::thread::sleep(Duration::from_millis(50));
    }
    bail!("no node took it: {last}")
}

fn send(address: &str, arguments: &Arguments) -> Result<QueryResponse, ClientError> {
    let timeout = Some(Duration::from_secs(5));
    let config = ClientConfig { read_timeout: timeout, write_timeout: timeout, ..ClientConfig::default() };
    let mut client = Client::connect(address, TenantId::new(1), config)?;
    client.query(&arguments.sql, &parameters(&arguments.parameters))
}

fn parameters(texts: &[String]) -> Vec<QueryParam> {
    let parameter = |text: &String| match text.parse() {
        Ok(number) => QueryParam::BigInt(number),
        Err(_) => QueryParam::Text(text.clone()),
    };
    texts.iter().map(parameter).collect()
}

fn shown(response: &QueryResponse) -> String {
    format!("{:?}", response.rows)
}
