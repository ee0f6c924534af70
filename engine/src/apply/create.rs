//! Creates a resource: calls create under its token, then waits until it is ready.
//!
//! If the outcome of a call is unknown, looks up what it created.
//!
//! Invariants: an id is saved as soon as the cloud has answered; a failure that is not known to
//! mean "nothing happened" is followed by a lookup of the token before any retry; a call that may
//! still be carried out is recorded as a doubt before another one creates in its place.

use std::sync::Arc;

use kim_model::{Failure, Value};

use super::error::StepError;
use super::patience::Hope;
use super::step::{Declared, Ready, StepOutcome, StepRun};
use crate::clock::unix_millis;
use crate::cloud::answer::Asked;
use crate::cloud::recover::{adopted, with_inputs_as_held, with_live_state};
use crate::cloud::{find_created, retry};
use crate::decide::Decision;
use crate::ports::{LiveState, Progress};
use crate::state::succession::supersede;
use crate::state::token::next_token;
use crate::state::{Doubt, Intent, OTHER_INPUTS, Record, StateChange, Unfinished};

/// A create that is about to begin.
pub(super) struct Create<'r> {
    declared: Declared<'r>,
    /// What will be recorded, the cloud's part still missing.
    record: Record,
    intent: u64,
    token: String,
}

impl Create<'_> {
    /// Calls the provider.
    ///
    /// An answer without an id is a failure.
    async fn call(&self, asked: Asked<'_>) -> Result<LiveState, Failure> {
        let Create { declared, record, token, .. } = self;
        let answered = declared.provider.create(&declared.kind.name, &record.inputs, token).await;
        answered.and_then(|live| asked.about_new(live))
    }
}

impl<'r> StepRun<'r> {
    pub(super) async fn begin_create(&self) -> Result<Ready<Create<'r>>, StepError> {
        let mut declared = self.declared().await?;
        if let Some(record) = self.needless_replacement(&mut declared) {
            self.run.needless().insert(declared.index);
            let kept = self.keep(&declared, &record).await?;
            return Ok(Ready::Ended(StepOutcome::unchanged(vec![kept, self.history()])));
        }
        if declared.decision.gone {
            self.finish_delete().await?;
        }
        let record = self.record_of(&declared, None);
        let (create, intent) = self.next_create(declared, record);
        Ok(Ready::StepWork { intent: Some(intent), work: create })
    }

    /// Returns a create under the next token, and the change that records its intent.
    fn next_create<'d>(&self, declared: Declared<'d>, record: Record) -> (Create<'d>, StateChange) {
        let (generation, token) =
            next_token(&self.run.state(), self.urn(), declared.kind, &record.inputs);
        let record = Record { generation, ..record };
        let (intent, change) = self.intent(record.clone(), token.clone());
        (Create { declared, record, intent, token }, change)
    }

    pub(super) async fn create(&self, create: Create<'_>) -> Result<StepOutcome, StepError> {
        let (Create { declared, record, intent, token }, live) = self.call_create(create).await?;
        let mut record = with_live_state(declared.kind, record, live.clone());
        if declared.kind.ready {
            let (id, properties) = (record.id.clone(), Arc::clone(&record.properties));
            let mut changes = self.created(record, &declared.decision, &token);
            changes.push(StateChange::CloseIntent(intent));
            let outcome = self.made(&declared, &properties, changes).await?;
            return Ok(StepOutcome { made: Some(id), ..outcome });
        }
        record.incomplete = Some("it was created, but was not ready when the run ended".to_owned());
        record.unfinished = Some(Unfinished::Create);
        self.record_created(record.clone(), &declared.decision, &token, None).await?;
        match self.settle(&declared, &record.inputs, &live).await {
            Ok(live) => {
                let mut record = with_live_state(declared.kind, record, live.clone());
                record.incomplete = None;
                record.unfinished = None;
                let properties = Arc::clone(&record.properties);
                let changes = vec![
                    StateChange::PutRecord(Arc::new(record)),
                    StateChange::CloseIntent(intent),
                ];
                self.made(&declared, &properties, changes).await
            }
            // The record says already that it was not ready.
            Err(StepError::Interrupted { status }) => {
                self.run.commit(vec![StateChange::CloseIntent(intent)]).await?;
                Err(StepError::InterruptedUnready { status })
            }
            Err(error) => {
                record.incomplete = Some(error.to_string());
                self.run
                    .commit(vec![
                        StateChange::PutRecord(Arc::new(record)),
                        StateChange::CloseIntent(intent),
                    ])
                    .await?;
                Err(StepError::NotReady { source: Box::new(error) })
            }
        }
    }

    /// Returns the changes that record what a token created.
    ///
    /// What was in doubt about the token is known then: it creates nothing more.
    fn created(&self, record: Record, decision: &Decision, token: &str) -> Vec<StateChange> {
        let state = self.run.state();
        let mut changes = supersede(record, &state, decision.gone);
        if state.doubts.contains_key(token) {
            changes.push(StateChange::CloseDoubt(token.to_owned()));
        }
        changes
    }

    /// Records what was created, before anything else happens.
    ///
    /// `settled`: the intent to close in the same commit.
    async fn record_created(
        &self,
        record: Record,
        decision: &Decision,
        token: &str,
        settled: Option<u64>,
    ) -> Result<(), StepError> {
        let id = record.id.clone();
        let mut changes = self.created(record, decision, token);
        changes.extend(settled.map(StateChange::CloseIntent));
        self.run.commit(changes).await.map_err(|source| StepError::NotRecorded { id, source })
    }

    /// Calls create until there is an id.
    ///
    /// Returns the create that succeeded: it may have another token than the first one.
    ///
    /// On an error the intent is closed, or stays open if the outcome could not be found out or
    /// recorded.
    async fn call_create<'d>(
        &self,
        mut create: Create<'d>,
    ) -> Result<(Create<'d>, LiveState), StepError> {
        let (mut attempt, mut in_doubt) = (0, false);
        loop {
            // The worker looked before the first call, when its intent was durable.
            if attempt > 0
                && let Err(error) = self.expect_no_interrupt(None)
            {
                self.give_up(&create, in_doubt).await?;
                return Err(error);
            }
            let failure = match create
                .call(self.asked("create"))
                .await
                .and_then(|live| self.as_new(&create, live))
            {
                Ok(live) => {
                    self.run.patience.renew();
                    return Ok((create, live));
                }
                Err(Failure::Partial { id, outputs, message }) => match self.bad_id(&create, &id) {
                    None => Failure::Partial { id, outputs, message },
                    Some(bad) => self.name_part(&create, message, &bad).await?,
                },
                Err(failure) => failure,
            };
            if let Failure::Partial { id, outputs, message } = failure {
                return Err(self.created_in_part(&create, id, outputs, message).await);
            }
            if failure.is_token_used() {
                attempt += 1;
                if attempt >= retry::ATTEMPTS {
                    self.give_up(&create, in_doubt).await?;
                    return Err(failure.into());
                }
                (create, in_doubt) = (self.leave_token(create, failure).await?, false);
                continue;
            }
            let unknown = !failure.nothing_happened();
            // A refusal says nothing of the calls before it.
            in_doubt |= unknown;
            if unknown && let Some(live) = self.what_it_created(&create, &failure).await? {
                return Ok((create, live));
            }
            // A create has nothing of its own yet: what is not found is what it refers to.
            let passes = failure.is_not_yet() || failure.is_not_found();
            let hope = self.hope(failure.is_retryable(), passes);
            let repeats = self.wait_for_retry(&mut attempt, failure.clone(), hope).await;
            if let Err(error) = repeats {
                self.give_up(&create, in_doubt).await?;
                let unknown = unknown.then_some(StepError::NothingMade { source: failure });
                return Err(unknown.unwrap_or(error));
            }
            if unknown && create.declared.kind.tokenless {
                (create, in_doubt) = (self.under_next_token(create).await?, false);
            }
        }
    }

    /// Closes the intent of a create that created nothing that was found.
    ///
    /// `in_doubt`: one of its calls may still be carried out.
    async fn give_up(&self, create: &Create<'_>, in_doubt: bool) -> Result<(), StepError> {
        let mut changes = vec![StateChange::CloseIntent(create.intent)];
        changes.extend(in_doubt.then(|| self.doubt(create)));
        Ok(self.run.commit(changes).await?)
    }

    /// Returns the failure of a create in part, with the id of that part.
    ///
    /// The failure names no part if none is found.
    async fn name_part(
        &self,
        create: &Create<'_>,
        message: String,
        bad: &Failure,
    ) -> Result<Failure, StepError> {
        let found = self.what_it_created(create, bad).await?;
        Ok(match found {
            Some(live) => Failure::Partial { id: live.id, outputs: live.properties, message },
            None => Failure::Other(message),
        })
    }

    /// Records what a create created in part, and returns the error of the step.
    async fn created_in_part(
        &self,
        create: &Create<'_>,
        id: String,
        outputs: Value,
        message: String,
    ) -> StepError {
        let Create { declared, record, intent, token } = create;
        let (outputs, message) = self.asked("create").of_part(outputs, message);
        let live = LiveState { id, properties: outputs };
        let mut record = with_live_state(declared.kind, record.clone(), live);
        record.incomplete = Some(message.clone());
        match self.record_created(record, &declared.decision, token, Some(*intent)).await {
            Ok(()) => StepError::InPart { message },
            Err(error) => StepError::InPartNotRecorded { message, source: Box::new(error) },
        }
    }

    /// Returns the change that records that a create may still be carried out.
    fn doubt(&self, create: &Create<'_>) -> StateChange {
        let intent = Intent {
            id: create.intent,
            urn: self.urn().clone(),
            action: self.step.action,
            generation: create.record.generation,
            token: create.token.clone(),
            record: create.record.clone(),
        };
        StateChange::OpenDoubt(Arc::new(Doubt { intent, since: unix_millis() }))
    }

    /// Replaces a create that may still be carried out by one under another token.
    ///
    /// Both the doubt about the one and the intent of the other are recorded.
    async fn under_next_token<'d>(&self, create: Create<'d>) -> Result<Create<'d>, StepError> {
        self.put_in_doubt(&create).await?;
        let (create, intent) = self.next_create(create.declared, create.record);
        self.run.commit(vec![intent]).await?;
        Ok(create)
    }

    /// Records that a create may still be carried out.
    ///
    /// Its token is not used again.
    async fn put_in_doubt(&self, create: &Create<'_>) -> Result<(), StepError> {
        let next = create.record.generation + 1;
        let changes = vec![
            self.doubt(create),
            StateChange::CloseIntent(create.intent),
            StateChange::NextGeneration { urn: self.urn().clone(), next },
        ];
        Ok(self.run.commit(changes).await?)
    }

    /// Replaces a create whose token was used before by one under another token.
    ///
    /// If something that the token created is found, it is recorded instead, and the step fails.
    async fn leave_token<'d>(
        &self,
        mut create: Create<'d>,
        failure: Failure,
    ) -> Result<Create<'d>, StepError> {
        create.record.incomplete = Some(OTHER_INPUTS.to_owned());
        self.put_in_doubt(&create).await?;
        let found = self.what_became_of_it(&create, &failure).await?;
        let is_new =
            |live: &LiveState| self.run.holder_of(&live.id, self.urn().kind(), None).is_none();
        if let Some(live) = found.filter(is_new) {
            let Create { declared, record, token, .. } = create;
            let id = live.id.clone();
            let record = adopted(with_inputs_as_held(declared.kind, record, live));
            self.record_created(record, &declared.decision, &token, None).await?;
            return Err(StepError::CreatedBefore { id, failure });
        }
        create.record.incomplete = None;
        let (create, intent) = self.next_create(create.declared, create.record);
        self.run.commit(vec![intent]).await?;
        Ok(create)
    }

    /// Returns the answer about something new.
    fn as_new(&self, create: &Create<'_>, live: LiveState) -> Result<LiveState, Failure> {
        self.bad_id(create, &live.id).map_or(Ok(live), Err)
    }

    /// Returns the failure for an id that nothing new can have.
    fn bad_id(&self, create: &Create<'_>, id: &str) -> Option<Failure> {
        let gone = create.declared.decision.gone.then_some(self.urn());
        let holder = || self.run.holder_of(id, self.urn().kind(), gone);
        let asked = self.asked("create");
        asked.bad_id(id).or_else(|| holder().map(|holder| asked.of_another(id, &holder)))
    }

    /// Looks up what a create with an unknown outcome created.
    ///
    /// It has to be something new.
    async fn what_it_created(
        &self,
        create: &Create<'_>,
        failure: &Failure,
    ) -> Result<Option<LiveState>, StepError> {
        let found = self.what_became_of_it(create, failure).await?;
        let found = found.map(|live| self.as_new(create, live)).transpose();
        found.map_err(|source| StepError::NotFoundOut {
            failure: Box::new(failure.clone()),
            source: Box::new(source),
        })
    }

    /// Looks up what the token of a create created.
    async fn what_became_of_it(
        &self,
        create: &Create<'_>,
        failure: &Failure,
    ) -> Result<Option<LiveState>, StepError> {
        let Create { declared, record, token, .. } = create;
        let waits = || self.status(&format!("{failure}; looking up what it created"));
        let asked = self.asked("find");
        // The first as well: the call before it may have taken as long as another run.
        let look = || async {
            let owns = self.run.ownership.expect().await;
            owns.map_err(|error| Failure::Other(error.to_string()))?;
            declared.provider.find(&declared.kind.name, token, &record.inputs).await
        };
        let found = find_created::find_created(&self.run.watch.interrupt, asked, waits, look).await;
        found.map_err(|source| StepError::NotFoundOut {
            failure: Box::new(failure.clone()),
            source: Box::new(source),
        })
    }

    /// Calls settle until what a create made is ready.
    ///
    /// `inputs` are those of that create.
    pub(super) async fn settle(
        &self,
        declared: &Declared<'_>,
        inputs: &Value,
        created: &LiveState,
    ) -> Result<LiveState, StepError> {
        self.expect_no_interrupt(None)?;
        let (kind, id) = (&declared.kind.name, &created.id);
        let (mut polls, mut attempt) = (retry::PollBackoff::default(), 0);
        loop {
            match declared.provider.settle(kind, id, inputs, &created.properties).await {
                Ok(Progress::Done(live)) => return Ok(self.asked("settle").about(id, live)?),
                Ok(Progress::Again { after_ms, status }) => {
                    attempt = 0;
                    self.poll(&mut polls, after_ms, &status).await?;
                }
                Err(failure) => {
                    let hope = Hope {
                        by_repetition: failure.is_retryable(),
                        // What it waits for is its own, so it was changed in this run or the last.
                        by_waiting: failure
                            .is_not_yet()
                            .then(|| self.run.patience.left())
                            .flatten(),
                    };
                    self.wait_for_retry(&mut attempt, failure, hope).await?;
                }
            }
        }
    }
}
