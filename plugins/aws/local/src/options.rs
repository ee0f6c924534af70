//! The options of a local AWS, and the check that they are valid.

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

/// The options of a local AWS.
#[derive(Clone)]
pub struct Options {
    /// The SQLite file of the world; `None` keeps the world in memory.
    ///
    /// It is created when absent, and used by one process at a time.
    pub world: Option<PathBuf>,
    /// The address to listen on. Port 0 lets the system choose.
    ///
    /// The control paths are unsigned: stay on loopback.
    pub address: SocketAddr,
    /// The regions that exist.
    pub regions: Vec<String>,
    /// The twelve digits of the account.
    pub account: String,
    /// Access keys and their secrets.
    pub credentials: Vec<(String, String)>,
    /// How long transitions such as pending → running take.
    pub transition: Duration,
    /// How long describing calls do not see a new resource.
    pub consistency_delay: Duration,
    /// How long the head of a request may take to arrive, and its body again.
    ///
    /// A connection on which neither arrives in time is closed, also one that is only kept open.
    pub request_timeout: Duration,
    /// The most elements in one page, even if a request asks for more.
    pub page_size_limit: usize,
    /// True if an account's default quotas hold.
    ///
    /// Examples are 5 VPCs a region, 5 elastic addresses and 60 rules a group.
    pub quotas: bool,
    /// Requests a second beyond which calls are throttled.
    pub throttle: Option<f64>,
    /// How many seconds the server's clock is ahead of this machine's.
    ///
    /// Requests are verified by that clock, and answers are dated with it. So a caller finds out
    /// what happens if its clock is wrong.
    pub clock_ahead: i64,
    /// True if signatures are verified.
    ///
    /// Requests carry one in any case: it names service and region.
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
            request_timeout: Duration::from_secs(60),
            page_size_limit: 1000,
            quotas: true,
            throttle: None,
            clock_ahead: 0,
            verify_signatures: true,
        }
    }
}

/// Rejects options that are not valid, and says which.
pub(crate) fn check(options: &Options) -> Result<(), String> {
    if options.account.len() != 12 || !options.account.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("the account {:?} is not twelve digits", options.account));
    }
    if options.throttle.is_some_and(|rate| !(rate.is_finite() && rate > 0.0)) {
        return Err("throttle must be a positive number of requests a second".to_owned());
    }
    let known: Vec<&str> = regions::names().collect();
    let unknown = options.regions.iter().find(|region| !known.contains(&region.as_str()));
    unknown.map_or(Ok(()), |region| {
        Err(format!("the region {region} is not known; {} are", known.join(", ")))
    })
}
