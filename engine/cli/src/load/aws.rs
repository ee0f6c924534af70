//! Access to AWS and to other hosts, or to a local AWS in this process.
//!
//! Invariant: settings that point to the local AWS point nowhere else.

use std::path::PathBuf;
use std::sync::Arc;

use kim_aws_local::LocalAws;
use kim_sandbox::{Aws, AwsSettings, Http, StaticCredentials};

use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::project::Project;
use crate::project::settings::Settings;

/// The region of the local AWS if none is configured.
const LOCAL_REGION: &str = "us-east-1";

/// The plugins' access to the network.
pub(crate) struct CloudAccess {
    /// AWS. The host signs and limits the requests.
    pub aws: Arc<Aws>,
    /// Other hosts.
    pub http: Arc<Http>,
    /// True if AWS is the local one.
    pub is_local: bool,
    local: Option<LocalAws>,
}

impl CloudAccess {
    /// Opens AWS as the settings and the environment say.
    ///
    /// With a world file, starts a local AWS instead.
    pub(crate) async fn open(
        settings: &Settings,
        world: Option<PathBuf>,
        environment: &Environment,
    ) -> Result<CloudAccess> {
        let table = settings.aws()?;
        let mut aws = AwsSettings {
            region: table.region,
            profile: table.profile,
            endpoint: table.endpoint,
            ..AwsSettings::default()
        };
        let local = match world {
            None => None,
            Some(world) => {
                let options = kim_aws_local::Options {
                    world: Some(world),
                    ..kim_aws_local::Options::default()
                };
                let local = LocalAws::start(options).await?;
                point_at(&mut aws, &local, environment);
                Some(local)
            }
        };
        let environment = environment.for_sandbox();
        let http = Http::new(&environment);
        let aws = Aws::new(aws, environment);
        Ok(CloudAccess { aws, http, is_local: local.is_some(), local })
    }

    /// Stops the local AWS, if there is one, after it answered the requests in flight.
    pub(crate) async fn close(self) {
        if let Some(local) = self.local {
            local.stop().await;
        }
    }
}

/// Points settings to a local AWS and nowhere else.
fn point_at(aws: &mut AwsSettings, local: &LocalAws, environment: &Environment) {
    aws.endpoint = Some(local.endpoint());
    aws.profile = None;
    aws.credentials = Some(StaticCredentials {
        access_key_id: kim_aws_local::ACCESS_KEY.to_owned(),
        secret_access_key: kim_aws_local::SECRET_KEY.to_owned(),
        session_token: None,
    });
    let configured =
        ["AWS_REGION", "AWS_DEFAULT_REGION"].iter().any(|name| environment.text(name).is_some());
    if aws.region.is_none() && !configured {
        aws.region = Some(LOCAL_REGION.to_owned());
    }
}

/// Returns the file of the world of a project's local AWS.
///
/// It is beside the state. Creates its folder.
pub(crate) fn local_world_file(project: &Project) -> Result<PathBuf> {
    let folder = project.state.parent().unwrap_or(&project.dir);
    kim_files::write::create_private_folder(folder)
        .map_err(|error| Error::file("create the folder", folder, &error))?;
    let file = folder.join("local-aws.db");
    // SQLite would follow a link, and write its tables into whatever database is there.
    if file.symlink_metadata().is_ok() {
        kim_files::owner::expect_own_file(&file).map_err(|exposed| {
            Error::usage(format!("the local AWS cannot keep its world: {exposed}"))
                .hint("move it away; a new world is made in its place")
        })?;
    }
    Ok(file)
}
