//! Injected network faults, for tests of plugins: a plugin must handle every fate of a request.
//!
//! Invariant: a fault happens between the plugin and the service, so neither can tell it from a real one.

use super::message::{Answer, Egress};

/// What happens to a request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fate {
    /// It arrives, and so does its answer. No fault.
    Arrives,
    /// The connection is refused. Nothing is sent.
    Refused,
    /// It arrives and is answered, but the answer is lost.
    AnswerLost,
    /// It never reaches the service: something in front of the service answers, in plain text. Nothing is sent.
    Answered {
        /// The HTTP status of the answer.
        status: u16,
        /// The body of the answer.
        body: String,
    },
    /// It arrives and is answered, but the plugin never receives an answer: the call ends at its deadline.
    Hangs,
}

/// Decides the fate of each request of a plugin.
pub trait Faults: Send + Sync {
    /// Returns the fate of a request.
    ///
    /// It is called once per permitted request of a plugin, before the request is sent and not again for retries. A
    /// lookup of the AWS account is a request too. Calls may come from any thread and may overlap. `method` is `GET`,
    /// `POST` and so on. `url` is the whole URL with its query.
    fn fate(&self, method: &str, url: &str) -> Fate;
}

/// Applies a fate to a request and returns what the plugin receives. Awaiting `sent` sends the request to `host`.
///
/// # Errors
/// Those of `sent`, or [`Egress::Unreachable`] and [`Egress::NoAnswer`] as the fate says.
pub(crate) async fn apply_fault(
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
