//! `kim local`: serves the local AWS for any client.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use clap::Args;
use kim_aws_local::{ACCESS_KEY, LocalAws, Options, SECRET_KEY};

use crate::consent;
use crate::context::Context;
use crate::error::Result;
use crate::load;
use crate::screen::print;
use crate::terminal::signals;

/// Serve the local AWS until interrupted
#[derive(Args, Debug)]
pub struct LocalArgs {
    /// The port on 127.0.0.1; 0 lets the system choose
    #[arg(long, default_value_t = 4566)]
    pub port: u16,
    /// The world's file [default: local-aws.db beside the state]
    #[arg(long, value_name = "FILE")]
    pub world: Option<PathBuf>,
    /// Keep the world in memory alone
    #[arg(long, conflicts_with = "world")]
    pub memory: bool,
}

/// Serves until interrupted.
pub(super) async fn run(context: &Context, args: LocalArgs) -> Result<()> {
    let world = match (args.memory, args.world) {
        (true, _) => None,
        (false, Some(world)) => Some(context.resolve(&world)),
        (false, None) => {
            let project = context.project()?;
            consent::expect_state_allowed(context, &project).await?;
            Some(load::local_world_file(&project)?)
        }
    };
    let interrupt = signals::listen(None, |_| {})?;
    let kept = world
        .as_ref()
        .map_or_else(|| "in memory".to_owned(), |world| format!("in {}", world.display()));
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, args.port));
    let aws = LocalAws::start(Options { world, address, ..Options::default() }).await?;
    // A shell can read all of it: `kim local > settings &`, then `. ./settings`.
    print(&format!(
        "# local AWS at {}, its world {kept}; Ctrl-C stops it\n\n\
         export AWS_ENDPOINT_URL={}\n\
         export AWS_ACCESS_KEY_ID={ACCESS_KEY}\n\
         export AWS_SECRET_ACCESS_KEY={SECRET_KEY}\n\
         export AWS_REGION=${{AWS_REGION:-us-east-1}}\n\
         export AWS_DEFAULT_REGION=$AWS_REGION # for older clients\n",
        aws.endpoint(),
        aws.endpoint(),
    ));
    interrupt.reached(1).await;
    aws.stop().await;
    Ok(())
}
