//! What AWS refuses after a first half was done: the first half is undone.

use kim_plugin::Failure;

/// Returns the failure of a change whose first half was undone.
///
/// `undone` is the outcome of the undoing, `as_before` says what holds then: "i-1 runs again as
/// before". The failure keeps its type, but a conflict becomes [`Failure::Refused`]: a repetition
/// would do and undo the first half once more. If the undoing may pass, its own failure is
/// returned: the next call is refused again, and undoes again.
///
/// ```
/// use kim_plugin::Failure;
/// use kim_plugin_aws::after_undo;
///
/// let refused = Failure::Refused("Unsupported".to_owned());
/// let failure = after_undo(refused, Ok(()), "i-1 runs again as before");
/// assert_eq!(failure.to_string(), "refused: Unsupported; i-1 runs again as before");
/// ```
pub fn after_undo(refusal: Failure, undone: Result<(), Failure>, as_before: &str) -> Failure {
    match undone {
        Ok(()) => match refusal.map_message(|message| format!("{message}; {as_before}")) {
            Failure::Conflict(message) => Failure::Refused(message),
            other => other,
        },
        Err(failure) if failure.is_retryable() => failure,
        Err(failure) => Failure::Other(format!(
            "{refusal}. What was done before that could not be undone: {failure}. The next up goes on from there"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_not_be_undone_is_said() {
        let refused = || Failure::Conflict("IncorrectState: no".to_owned());
        let text = |undone| after_undo(refused(), undone, "as before").to_string();
        assert_eq!(text(Ok(())), "refused: IncorrectState: no; as before");
        let throttled = Failure::Throttled("slow down".to_owned());
        assert_eq!(text(Err(throttled)), "throttled: slow down");
        let denied = Failure::Denied("UnauthorizedOperation: StartInstances".to_owned());
        assert_eq!(
            text(Err(denied)),
            "conflict: IncorrectState: no. What was done before that could not be undone: denied: UnauthorizedOperation: StartInstances. The next up goes on from there"
        );
    }
}
