//! The same life once for each way in which one of its requests can fail.
//!
//! The engine must complete it all the same, without a duplicate and with nothing left behind.

use kim_engine::ports::{LiveState, Provider};
use kim_model::Failure;
use kim_sandbox::Delivery;

use super::life::Life;
use super::network::{Call, Fault, Network};
use super::report::Report;
use super::sample::Stage;
use super::watched::Created;

/// Returns what can happen to a request.
fn deliveries() -> [(&'static str, Delivery); 5] {
    let answered = |status, body: &str| Delivery::Answered { status, body: body.to_owned() };
    [
        ("there is no connection", Delivery::Refused),
        ("the answer is lost", Delivery::AnswerLost),
        ("the answer is 429", answered(429, "too many requests")),
        ("the answer is 503", answered(503, "<html>unavailable</html>")),
        ("no answer ever comes", Delivery::Hangs),
    ]
}

/// Returns each way in which each request of a call can fail, by name.
///
/// `of` is the call's kind, or the lookup.
pub(super) fn faults_of(network: &Network, call: Call, of: &str) -> Vec<(String, Fault)> {
    let mut faults = Vec::new();
    let requests = network.most(of, call);
    let name = if call == Call::LookUp { of } else { call.name() };
    for request in 1..=requests {
        let which = if requests > 1 { format!(" (request {request})") } else { String::new() };
        for (words, delivery) in deliveries() {
            faults.push((
                format!("{name}, and {words}{which}"),
                Fault { call, kind: of.to_owned(), request, delivery },
            ));
        }
    }
    faults
}

/// Reports the result of a life with a fault.
///
/// A life that did not make the request, and passed, is not reported.
fn report_case(report: &mut Report, name: &str, injected: bool, ended: Result<(), String>) {
    if injected || ended.is_err() {
        report.check(name, ended);
    }
}

impl Life<'_> {
    /// Fails every request of every call once, in every way.
    pub(super) async fn check_with_faults(&self, report: &mut Report) {
        let (network, kind) = (&self.plugin.network, &self.kind.name);
        for call in [Call::Create, Call::Settle, Call::Read, Call::Update, Call::Delete] {
            for (name, fault) in faults_of(network, call, kind) {
                let (injected, lived) = self.live_with(vec![fault]).await;
                report_case(report, &name, injected, lived);
            }
        }
        for (name, fault) in faults_of(network, Call::Find, kind) {
            let (injected, lived) = self.find_with(fault).await;
            report_case(report, &name, injected, lived);
        }
    }

    /// Runs a life with these faults.
    ///
    /// Returns whether all of them were injected, and the result.
    async fn live_with(&self, faults: Vec<Fault>) -> (bool, Result<(), String>) {
        let hangs = faults.iter().any(|fault| fault.delivery == Delivery::Hangs);
        // The host already retries requests to AWS. If those retries fail too, only the next run
        // tries again.
        let is_repeated = !self.plugin.schema().capabilities.aws.is_empty();
        self.plugin.network.arm(faults);
        let lived = self.short_life(hangs || is_repeated).await;
        let injected = self.plugin.network.disarm();
        if lived.is_err() {
            let _ = self.trial.destroy().await;
            return (injected, lived);
        }
        (injected, self.trial.expect_nothing_left(&self.kind.name).await)
    }

    /// Calls find with a fault, and then runs a life that must call find.
    ///
    /// Returns whether the fault was injected, and the result.
    async fn find_with(&self, fault: Fault) -> (bool, Result<(), String>) {
        let (network, kind) = (&self.plugin.network, &self.kind.name);
        let one = match self.trial.up(Stage::Created).await.and_then(|_| self.trial.created(kind)) {
            Ok(one) => one,
            Err(why) => return (false, Err(why)),
        };
        // The engine calls find only after a create whose answer was lost.
        let (call, request, delivery) =
            (Call::Create, network.last(kind, Call::Create), Delivery::AnswerLost);
        let lost = Fault { call, kind: kind.clone(), request, delivery };
        network.arm(vec![fault.clone()]);
        let found = self.plugin.find(kind, &one.token, &one.inputs).await;
        let injected = network.disarm();
        if let Err(why) = self.trial.destroy().await.and_then(|_| check_faulty_find(&one, found)) {
            return (injected, Err(why));
        }
        let (injected_too, lived) = self.live_with(vec![lost, fault]).await;
        (injected || injected_too, lived)
    }

    /// Runs a short life.
    ///
    /// A run that `may_fail` is repeated once if it fails, and continues from there.
    async fn short_life(&self, may_fail: bool) -> Result<(), String> {
        let kind = &self.kind.name;
        let up = async |stage| match self.trial.up(stage).await {
            Err(_) if may_fail => self.trial.up(stage).await,
            ended => ended,
        };
        let same = async |stage| match self.trial.expect_no_changes(stage).await {
            Err(_) if may_fail => self.trial.expect_no_changes(stage).await,
            same => same,
        };
        up(Stage::Created).await?;
        self.trial.expect_one(kind).await?;
        same(Stage::Created).await?;
        if self.samples.has(kind, Stage::Updated) {
            up(Stage::Updated).await?;
            same(Stage::Updated).await?;
        }
        match self.trial.destroy().await {
            Err(_) if may_fail => self.trial.destroy().await?,
            gone => gone?,
        };
        Ok(())
    }
}

/// Fails if a find reports no resource although its request failed.
fn check_faulty_find(
    created: &Created,
    found: Result<Option<LiveState>, Failure>,
) -> Result<(), String> {
    let id = created.id.as_deref().unwrap_or_default();
    let not_found = match found {
        Ok(Some(live)) if live.id != id => {
            return Err(format!("it was created as '{id}', but find returned '{}'", live.id));
        }
        Ok(None) => "nothing".to_owned(),
        Err(Failure::NotFound(why)) => format!("'not found: {why}'"),
        // The plugin may have retried by itself.
        Ok(Some(_)) | Err(_) => return Ok(()),
    };
    Err(format!(
        "'{id}' is there, but find returned {not_found}; a find whose request failed must return a failure, or the engine \
         assumes that it created nothing"
    ))
}
