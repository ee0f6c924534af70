//! Injected network faults, for tests of plugins.
//!
//! A plugin must handle whatever becomes of a request.
//!
//! Invariant: a fault happens between the plugin and the service, so neither can tell it from a
//! real one.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use super::explain;
use super::message::{Answer, SendError};

/// What becomes of a request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Delivery {
    /// It arrives, and so does its answer. No fault.
    Arrives,
    /// The connection is refused. Nothing is sent.
    Refused,
    /// It arrives and is answered, but the answer is lost.
    AnswerLost,
    /// Something in front of the service answers, in plain text.
    ///
    /// The request never reaches the service. Nothing is sent.
    Answered {
        /// The HTTP status of the answer.
        status: u16,
        /// The body of the answer.
        body: String,
    },
    /// It arrives and is answered, but the plugin never receives an answer.
    ///
    /// The call ends at its deadline.
    Hangs,
    /// No answer comes, and the request arrives only once the test says so.
    Late(Late),
}

/// A request that arrives late.
///
/// Clones share it. Two are equal if they share one.
#[derive(Clone, Default)]
pub struct Late(Arc<Mutex<Option<Sending>>>);

type Sending = Pin<Box<dyn Future<Output = ()> + Send>>;

impl Late {
    /// Lets the request arrive, and waits for the answer, which nobody receives.
    ///
    /// Returns false if there is none that waits.
    pub async fn arrive(&self) -> bool {
        let sending = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        match sending {
            Some(sending) => {
                sending.await;
                true
            }
            None => false,
        }
    }

    /// Keeps a request until it arrives, and returns what the plugin receives.
    ///
    /// Awaiting `sent` sends the request to `host`.
    pub(crate) fn keep(
        &self,
        host: &str,
        sent: impl Future<Output = Result<Answer, SendError>> + Send + 'static,
    ) -> SendError {
        let sending = async move {
            // The plugin was told long ago that no answer comes.
            let _ = sent.await;
        };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::pin(sending));
        no_answer(host)
    }
}

impl PartialEq for Late {
    fn eq(&self, other: &Late) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Late {}

impl fmt::Debug for Late {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Late")
    }
}

/// Decides what becomes of each request of a plugin.
pub trait Faults: Send + Sync {
    /// Returns what becomes of a request.
    ///
    /// It is called once per permitted request of a plugin, before the request is sent and not
    /// again for retries. A lookup of the AWS account is a request too. Calls may come from any
    /// thread and may overlap. `method` is `GET`, `POST` and so on. `url` is the whole URL with its
    /// query.
    fn delivery(&self, method: &str, url: &str) -> Delivery;
}

/// Applies a delivery to a request, and returns what the plugin receives.
///
/// Awaiting `sent` sends the request to `host`. A request that arrives [late](Late::keep) is not
/// sent here.
///
/// # Errors
/// Those of `sent`, or [`SendError::ConnectionLost`] and [`SendError::NoAnswer`] as the delivery
/// says.
pub(crate) async fn apply_fault(
    delivery: Delivery,
    host: &str,
    sent: impl Future<Output = Result<Answer, SendError>>,
) -> Result<Answer, SendError> {
    match delivery {
        Delivery::Arrives => sent.await,
        Delivery::Refused => {
            Err(SendError::ConnectionLost(format!("cannot connect to {host}: connection refused")))
        }
        Delivery::AnswerLost => {
            sent.await?;
            Err(no_answer(host))
        }
        Delivery::Answered { status, body } => Ok(Answer {
            status,
            headers: vec![("content-type".to_owned(), "text/plain".to_owned())],
            body: body.into_bytes(),
        }),
        Delivery::Hangs => {
            sent.await?;
            std::future::pending().await
        }
        Delivery::Late(_) => Err(no_answer(host)),
    }
}

/// Returns the error of a request that may have arrived.
fn no_answer(host: &str) -> SendError {
    SendError::NoAnswer(explain::broken_off_message(host, "the connection was reset"))
}
