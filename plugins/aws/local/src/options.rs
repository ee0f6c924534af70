//! How a local AWS behaves, and which settings make no sense.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use crate::regions;

/// The access key that is accepted by default.
pub const ACCESS_KEY: &str = "AKIALOCALKIM0000000";
/// The secret of [`ACCESS_KEY`]; it protects nothing.
pub const SECRET_KEY: &str = "local/kim/secret/key/that/protects/nothing";
/// The account that everything belongs to by default.
pub const ACCOUNT: &str = "123456789012";

/// How a local AWS behaves.
#[derive(Clone)]
pub struct Options {
    /// The SQLite file of the world, created when absent, used by one process at a time. `None`: in memory.
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
            regions: regions::names().map(str::to_owned).collect(),
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

/// Rejects options that make no sense, and says which.
pub(crate) fn check(options: &Options) -> Result<(), String> {
    if options.account.len() != 12 || !options.account.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("the account {:?} is not twelve digits", options.account));
    }
    if options.throttle.is_some_and(|rate| !(rate.is_finite() && rate > 0.0)) {
        return Err("throttle must be a positive number of requests a second".to_owned());
    }
    let known: Vec<&str> = regions::names().collect();
    let unknown = options.regions.iter().find(|region| !known.contains(&region.as_str()));
    unknown.map_or(Ok(()), |region| Err(format!("the region {region} is not known; {} are", known.join(", "))))
}
