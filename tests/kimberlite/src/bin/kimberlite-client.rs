//! `kimberlite-client`: writes and reads rows with the database's own client, for tests.
//!
//! It is given what a stack exports as `client_addresses`. A write goes to whichever node takes it: the client library
//! follows no hint to another address by itself, so each address is tried in turn until the leader answers.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use clap::Parser;
use kimberlite_client::{Client, ClientConfig, ClientError, QueryParam, QueryResponse};
use kimberlite_types::TenantId;

/// One statement, sent to the nodes of a cluster.
#[derive(Parser)]
struct Arguments {
    /// `10.0.0.10:7000,10.0.1.11:7000,…`
    addresses: String,
    /// Gives up after so many seconds.
    #[arg(long, default_value_t = 30)]
    seconds: u64,
    /// The statement is sent to each node, and each has to answer.
    #[arg(long)]
    each: bool,
    /// The SQL statement.
    sql: String,
    /// Its parameters: numbers, or texts.
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
        // The leader may still be being elected: the nodes are asked again, not flooded.
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
