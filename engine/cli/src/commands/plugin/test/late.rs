//! Creates that the service carries out late: after another create with the same token.
//!
//! The engine looks up what a create without an answer created. The request may still be on its way
//! then, so that is not enough: either the service knows the token again, or the kind says that it
//! is `tokenless`.

use std::time::Duration;

use kim_engine::ports::{Deletion, LiveState, Provider};
use kim_model::Failure;
use kim_sandbox::{Delivery, Late};

use super::life::Life;
use super::network::{Call, Fault};
use super::report::Report;
use super::sample::Stage;
use crate::hints::explained;

/// The most questions about a resource that is not shown, or not deleted yet.
const ATTEMPTS: u32 = 30;
/// The longest pause between two such questions.
const PAUSE: Duration = Duration::from_secs(1);

impl Life<'_> {
    /// Checks what becomes of a create that is carried out late.
    pub(super) async fn check_late_creates(&self, report: &mut Report) {
        const LATE: &str = "create, and it is carried out late";
        let Some(lived) = self.live_with_late_create().await else {
            return report.skip(LATE, "create makes no request");
        };
        let lived = report.check(LATE, lived);
        if !self.kind.tokenless || !lived {
            return;
        }
        const TAKES_NONE: &str = "the service takes no token, as `tokenless` says";
        match self.check_takes_no_token().await {
            Ok(()) => _ = report.check(TAKES_NONE, Ok(())),
            Err(TakesNone::Contradicted(why)) => _ = report.check(TAKES_NONE, Err(why)),
            Err(TakesNone::Unknown(why)) => report.skip(TAKES_NONE, &why),
        }
        let _ = self.trial.destroy().await;
    }

    /// Runs a life whose create arrives after the engine has created another.
    ///
    /// Returns `None` if a create makes no request.
    async fn live_with_late_create(&self) -> Option<Result<(), String>> {
        let (network, kind) = (&self.plugin.network, &self.kind.name);
        // The last request is the one that creates; what comes before it looks.
        for request in (1..=network.most(kind, Call::Create)).rev() {
            let late = self.arm_late(request);
            let mut up = self.trial.up(Stage::Created).await;
            let injected = network.disarm();
            if injected && up.is_err() {
                // What the host retries against AWS, the engine leaves to the next run.
                up = self.trial.up(Stage::Created).await;
            }
            let lived = match up {
                Ok(_) if late.arrive().await => self.end_after_late_create().await,
                ended => ended.map(drop),
            };
            let destroyed = self.trial.destroy().await.map(drop);
            if injected {
                return Some(lived.and(destroyed));
            }
        }
        None
    }

    /// Lets the next run find what was created late, and destroys all.
    ///
    /// Fails if anything is left then.
    async fn end_after_late_create(&self) -> Result<(), String> {
        self.trial.up(Stage::Created).await?;
        self.trial.expect_no_changes(Stage::Created).await?;
        self.trial.destroy().await?;
        let left = self.trial.expect_nothing_left(&self.kind.name).await;
        left.map_err(|why| match self.kind.tokenless {
            true => why,
            false => format!(
                "{why}. If the service accepts no token for a create, its kind is `#[kim(tokenless)]`: looking for the \
                 token before creating is not enough"
            ),
        })
    }

    /// Fails if two creates with one token create one resource, the first of them late.
    async fn check_takes_no_token(&self) -> Result<(), TakesNone> {
        let (network, kind) = (&self.plugin.network, &self.kind.name);
        self.trial.up(Stage::Created).await?;
        let one = self.trial.created(kind)?;
        // One that nothing was created with.
        let token: String = one.token.chars().rev().collect();
        let create = || self.plugin.create(kind, &one.inputs, &token);
        let late = self.arm_late(network.most(kind, Call::Create));
        let first = create().await;
        if !network.disarm() || first.is_ok() {
            return Err(TakesNone::Unknown("create did not make its request".to_owned()));
        }
        let second = create().await.map_err(|failure| {
            TakesNone::Unknown(format!("no second one can be created beside the sample: {failure}"))
        })?;
        late.arrive().await;
        self.delete(&second).await?;
        for _ in 0..ATTEMPTS {
            let found = self.plugin.find(kind, &token, &one.inputs).await;
            match found.map_err(|failure| explained(&failure))? {
                Some(live) if live.id != second.id => return Ok(self.delete(&live).await?),
                // What was deleted is still shown.
                Some(_) => tokio::time::sleep(PAUSE).await,
                None => {
                    return Err(TakesNone::Contradicted(
                        "two creates with one token created one, so the service takes it; remove `tokenless` from the kind, \
                         and the engine repeats a create with the same token"
                            .to_owned(),
                    ));
                }
            }
        }
        Err(TakesNone::Unknown(format!("'{}' was deleted, but is still found", second.id)))
    }

    /// Arms the network: this request of the next create arrives late.
    fn arm_late(&self, request: usize) -> Late {
        let late = Late::default();
        let (call, kind) = (Call::Create, self.kind.name.clone());
        let delivery = Delivery::Late(late.clone());
        self.plugin.network.arm(vec![Fault { call, kind, request, delivery }]);
        late
    }

    /// Deletes what the engine does not know of.
    async fn delete(&self, live: &LiveState) -> Result<(), String> {
        for _ in 0..ATTEMPTS {
            match self.plugin.delete(&self.kind.name, &live.id, &live.properties).await {
                Ok(Deletion::Gone) | Err(Failure::NotFound(_)) => return Ok(()),
                Ok(Deletion::Again { after_ms, .. }) => {
                    tokio::time::sleep(PAUSE.min(Duration::from_millis(after_ms.into()))).await;
                }
                Err(failure) => return Err(explained(&failure)),
            }
        }
        Err(format!("'{}' could not be deleted; delete it by hand", live.id))
    }
}

/// Why it is not shown that a service takes no token.
enum TakesNone {
    /// It does take one.
    Contradicted(String),
    /// It cannot be found out.
    Unknown(String),
}

impl From<String> for TakesNone {
    fn from(why: String) -> TakesNone {
        TakesNone::Contradicted(why)
    }
}
