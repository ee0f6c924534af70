//! Faults on demand, which the next calls of an action run into.
//!
//! They are injected through [`Faults`] or `POST /_kim/faults`.

use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use tokio::sync::watch;

/// One fault: trouble, and the calls that it hits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// The service, such as `ec2`; any when absent.
    #[serde(default)]
    pub service: Option<String>,
    /// The action, such as `CreateVolume`; any when absent.
    #[serde(default)]
    pub action: Option<String>,
    /// The first matching call that it hits, from 1 = the next one.
    #[serde(default = "one")]
    pub nth: u64,
    /// How many matching calls in a row it hits from there.
    #[serde(default = "one")]
    pub times: u64,
    /// What happens to these calls.
    pub trouble: Trouble,
}

fn one() -> u64 {
    1
}

/// What happens to a call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Trouble {
    /// The call is refused with this error, and changes nothing.
    Fail {
        /// AWS's error code.
        code: String,
        /// The message beside the code.
        #[serde(default = "injected")]
        message: String,
        /// The HTTP status.
        #[serde(default = "bad_request")]
        status: u16,
    },
    /// The call is throttled: refused as one too many.
    Throttle,
    /// The call is refused as one whose credentials have expired.
    Expired,
    /// The answer is an HTML page with status 500, as from a broken balancer.
    ///
    /// The call changes nothing.
    HtmlError,
    /// The answer is an HTML page with status 200, as from a login portal.
    ///
    /// The call changes nothing.
    HtmlPage,
    /// The call is carried out, but the connection closes before the answer.
    LoseAnswer,
    /// The connection closes before anything is done.
    LoseRequest,
    /// The call is carried out after this many milliseconds.
    Delay(u64),
    /// The call is carried out after [`Faults::release`].
    Hold,
    /// The call is carried out, and answered after [`Faults::release`].
    HoldAnswer,
}

fn injected() -> String {
    "This failure was injected.".to_owned()
}

fn bad_request() -> u16 {
    400
}

impl Fault {
    /// Returns trouble for the next call of an action of any service.
    pub fn next(action: &str, trouble: Trouble) -> Fault {
        Fault::nth(action, 1, trouble)
    }

    /// Returns trouble for the n-th call of an action from now, counted from 1.
    pub fn nth(action: &str, nth: u64, trouble: Trouble) -> Fault {
        Fault { service: None, action: Some(action.to_owned()), nth, times: 1, trouble }
    }
}

/// The faults that have not hit their last call yet.
///
/// Each counts the calls that match it. It is removed when it has hit its last one.
#[derive(Debug, Default)]
pub struct Faults {
    waiting: Mutex<Vec<Fault>>,
    /// How often held calls were released.
    released: watch::Sender<u64>,
}

impl Faults {
    /// Adds a fault.
    pub fn inject(&self, fault: Fault) {
        self.lock().push(fault);
    }

    /// Removes all faults, and releases the calls that they hold.
    pub fn clear(&self) {
        self.forget();
        self.release();
    }

    /// Removes all faults that have not hit a call. What is held stays held.
    pub fn forget(&self) {
        self.lock().clear();
    }

    /// Releases the calls that are held now.
    ///
    /// A later call is held all the same.
    pub fn release(&self) {
        self.released.send_modify(|times| *times += 1);
    }

    /// Returns the faults that have not hit their last call yet.
    pub fn waiting(&self) -> Vec<Fault> {
        self.lock().clone()
    }

    /// Counts a call, and returns the trouble that it runs into.
    pub(crate) fn hit(&self, service: &str, action: &str) -> Vec<Trouble> {
        let mut troubles = Vec::new();
        let matches =
            |name: &Option<String>, found: &str| name.as_deref().is_none_or(|name| name == found);
        self.lock().retain_mut(|fault| {
            if !matches(&fault.service, service) || !matches(&fault.action, action) {
                return true;
            }
            if fault.nth > 1 {
                fault.nth -= 1;
                return true;
            }
            troubles.push(fault.trouble.clone());
            fault.times = fault.times.saturating_sub(1);
            fault.times > 0
        });
        troubles
    }

    /// Returns a receiver of the releases from now on.
    ///
    /// Subscribe before [`Faults::hit`], so that no release is missed.
    pub(crate) fn releases(&self) -> watch::Receiver<u64> {
        self.released.subscribe()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Fault>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nth_call_is_hit_and_no_other() {
        let faults = Faults::default();
        faults.inject(Fault::nth("A", 2, Trouble::Throttle));
        assert!(faults.hit("ec2", "A").is_empty());
        assert!(faults.hit("ec2", "B").is_empty());
        assert_eq!(faults.hit("ec2", "A"), [Trouble::Throttle]);
        assert!(faults.hit("ec2", "A").is_empty());
    }

    #[test]
    fn only_what_is_held_now_is_let_go() {
        let faults = Faults::default();
        faults.release();
        let mut held = faults.releases();
        assert_eq!(held.has_changed().ok(), Some(false));
        faults.release();
        assert_eq!(held.has_changed().ok(), Some(true));
        held.mark_unchanged();
        faults.clear();
        assert_eq!(held.has_changed().ok(), Some(true));
    }
}
