//! The way to AWS and to other hosts, or to a local AWS that this process runs.
//!
//! Invariant: settings that lead to the local AWS lead nowhere else.

use std::path::PathBuf;
use std::sync::Arc;

use kim_aws_local::LocalAws;
use kim_sandbox::{Aws, AwsSettings, Environment, Http, StaticCredentials};

use crate::error::{Error, Result};
use crate::project::Project;
use crate::project::settings::Settings;

/// The region of the local AWS where none is configured.
const LOCAL_REGION: &str = "us-east-1";

/// How plugins reach the outside.
pub(crate) struct Outside {
    /// AWS, signed and limited by the host.
    pub aws: Arc<Aws>,
    /// Other hosts.
    pub http: Arc<Http>,
    /// Whether AWS is the local one.
    pub is_local: bool,
    local: Option<LocalAws>,
}

impl Outside {
    /// The way to AWS as settings and environment say, or (with a world's file) to a local AWS that is started here.
    pub(crate) async fn open(settings: &Settings, world: Option<PathBuf>) -> Result<Outside> {
        let table = settings.aws()?;
        let mut aws = AwsSettings {
            region: table.region,
            profile: table.profile,
            endpoint: table.endpoint,
            ..AwsSettings::default()
        };
        let environment = Environment::of_process();
        let local = match world {
            None => None,
            Some(world) => {
                let options = kim_aws_local::Options { world: Some(world), ..kim_aws_local::Options::default() };
                let local = LocalAws::start(options).await?;
                point_at(&mut aws, &local, &environment);
                Some(local)
            }
        };
        let (aws, http) = (Aws::new(aws, environment.clone()), Http::new(&environment));
        Ok(Outside { aws, http, is_local: local.is_some(), local })
    }

    /// Stops the local AWS, if there is one, once it has answered what it was asked.
    pub(crate) async fn close(self) {
        if let Some(local) = self.local {
            local.stop().await;
        }
    }
}

/// Makes settings lead to a local AWS and nowhere else.
fn point_at(aws: &mut AwsSettings, local: &LocalAws, environment: &Environment) {
    aws.endpoint = Some(local.endpoint());
    aws.profile = None;
    aws.credentials = Some(StaticCredentials {
        access_key_id: kim_aws_local::ACCESS_KEY.to_owned(),
        secret_access_key: kim_aws_local::SECRET_KEY.to_owned(),
        session_token: None,
    });
    let configured = ["AWS_REGION", "AWS_DEFAULT_REGION"].iter().any(|name| environment.get(name).is_some());
    if aws.region.is_none() && !configured {
        aws.region = Some(LOCAL_REGION.to_owned());
    }
}

/// Where the local AWS of a project keeps its world: beside the state.
pub(crate) fn world(project: &Project) -> Result<PathBuf> {
    let folder = project.state.parent().unwrap_or(&project.dir);
    std::fs::create_dir_all(folder).map_err(|error| Error::file("make the folder", folder, &error))?;
    Ok(folder.join("local-aws.db"))
}
