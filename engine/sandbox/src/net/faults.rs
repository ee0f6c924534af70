//! A network that fails: for tests of plugins, which must cope with whatever becomes of a request.
//!
//! Invariant: a fault happens in front of the service and behind the plugin, so that neither knows of it.

use super::message::{Answer, Egress};

/// What becomes of a request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fate {
    /// It arrives, and so does its answer.
    Arrives,
    /// There is no connection: nothing is sent.
    Refused,
    /// It arrives, but its answer is lost.
    AnswerLost,
    /// It does not get as far as the service: something before it answers.
    Answered {
        /// The HTTP status.
        status: u16,
        /// The body.
        body: String,
    },
    /// It arrives, but no answer ever comes.
    Hangs,
}

/// Decides what becomes of each request of a plugin. Called from any thread.
pub trait Faults: Send + Sync {
    /// The fate of a request.
    fn fate(&self, method: &str, url: &str) -> Fate;
}

/// What a plugin gets of a request to `host` that is sent by awaiting `sent`.
pub(crate) async fn suffer(
    fate: Fate,
    host: &str,
    sent: impl Future<Output = Result<Answer, Egress>>,
) -> Result<Answer, Egress> {
    match fate {
        Fate::Arrives => sent.await,
        Fate::Refused => Err(Egress::Unreachable(format!("cannot connect to {host}: connection refused"))),
        Fate::AnswerLost => {
            sent.await?;
            let why = "the connection was reset";
            Err(Egress::NoAnswer(format!("the connection to {host} broke off before the answer was complete: {why}")))
        }
        Fate::Answered { status, body } => Ok(Answer {
            status,
            headers: vec![("content-type".to_owned(), "text/plain".to_owned())],
            body: body.into_bytes(),
        }),
        Fate::Hangs => {
            sent.await?;
            std::future::pending().await
        }
    }
}
