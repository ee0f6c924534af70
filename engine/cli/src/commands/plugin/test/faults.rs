//! The same life once for each way in which a request of it can fail: the engine must bring it to its end all the same,
//! without a duplicate and without anything left behind.

use kim_sandbox::Fate;

use super::life::Life;
use super::network::{Blow, Call};
use super::report::Report;
use super::sample::Stage;

/// What can become of a request.
fn fates() -> [(&'static str, Fate); 5] {
    let answered = |status, body: &str| Fate::Answered { status, body: body.to_owned() };
    [
        ("there is no connection", Fate::Refused),
        ("the answer is lost", Fate::AnswerLost),
        ("the answer is 429", answered(429, "too many requests")),
        ("the answer is 503", answered(503, "<html>unavailable</html>")),
        ("no answer ever comes", Fate::Hangs),
    ]
}

impl Life<'_> {
    /// Lets every request of every call fail once, in every way.
    pub(super) async fn faults(&self, report: &mut Report) {
        let network = &self.plugin.network;
        for call in [Call::Create, Call::Settle, Call::Read, Call::Update, Call::Delete] {
            let requests = network.most(&self.kind.name, call);
            for request in 1..=requests {
                for (words, fate) in fates() {
                    let which = if requests > 1 { format!(" (request {request})") } else { String::new() };
                    let name = format!("{}, and {words}{which}", call.name());
                    let blow = Blow { call, kind: self.kind.name.clone(), request, fate };
                    self.strike(report, &name, blow).await;
                }
            }
        }
    }

    async fn strike(&self, report: &mut Report, name: &str, blow: Blow) {
        let hangs = blow.fate == Fate::Hangs;
        self.plugin.network.arm(blow);
        let lived = self.cycle(hangs).await;
        // Not every life makes every request.
        if self.plugin.network.disarm() {
            report.check(name, lived.clone());
        } else if let Err(why) = &lived {
            report.check(name, Err(why.clone()));
        }
        if lived.is_err() {
            let _ = self.trial.destroy().await;
        }
    }

    /// A short life. A call that `hangs` is cut off, which fails its run: the next one goes on from there.
    async fn cycle(&self, hangs: bool) -> Result<(), String> {
        let kind = &self.kind.name;
        let up = async |stage| match self.trial.up(stage).await {
            Err(_) if hangs => self.trial.up(stage).await,
            ended => ended,
        };
        up(Stage::Created).await?;
        self.trial.expect_one(kind).await?;
        match self.trial.expect_same(Stage::Created).await {
            Err(_) if hangs => self.trial.expect_same(Stage::Created).await?,
            same => same?,
        }
        if self.samples.has(kind, Stage::Updated) {
            up(Stage::Updated).await?;
            self.trial.expect_same(Stage::Updated).await?;
        }
        match self.trial.destroy().await {
            Err(_) if hangs => self.trial.destroy().await?,
            gone => gone?,
        };
        self.trial.expect_nothing_left(kind).await
    }
}
