//! Makes lookups: checks the arguments against the schema, then asks the plugin.

use std::collections::{BTreeMap, BTreeSet};

use kim_model::schema::Property;
use kim_model::{Declarations, Failure, LookupCall, Remedy, Value};
use tokio::sync::Mutex;

use super::answer::Asked;
use super::retry;
use crate::desired::explain_absent;
use crate::interrupt::Interrupt;
use crate::ports::ProgramError;
use crate::providers::{NotOffered, Providers};
use crate::resolve::Resolver;
use crate::schema::check::{self, Problem};

/// Why a lookup was not made.
pub(crate) enum NotMade {
    /// The run was interrupted.
    Interrupted,
    /// A closure that its arguments need failed.
    Program(ProgramError),
    /// The lookup of that index failed, for this reason.
    Lookup(usize, LookupError),
}

/// Why a lookup failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LookupError {
    /// No plugin offers it.
    #[error(transparent)]
    NotOffered(#[from] NotOffered),
    /// Its arguments do not fit its schema.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Arguments(Vec<Problem>),
    /// Its plugin failed.
    #[error(transparent)]
    Plugin(#[from] Failure),
}

impl LookupError {
    /// Returns what the user may do about it beyond what the message says.
    pub(crate) fn remedy(&self) -> Option<Remedy> {
        match self {
            LookupError::NotOffered(error) => error.remedy(),
            LookupError::Arguments(_) => None,
            LookupError::Plugin(failure) => failure.remedy().cloned(),
        }
    }
}

/// Makes those of these lookups that were not made yet, until it is interrupted.
///
/// Skips a lookup whose arguments are not known yet. The resolver is not locked during a call of a
/// plugin.
pub(crate) async fn make(
    due: BTreeSet<usize>,
    declarations: &Declarations,
    providers: &Providers,
    resolver: &Mutex<Resolver>,
    interrupt: &Interrupt,
) -> Result<(), NotMade> {
    for index in due {
        let lookup = &declarations.lookups[index];
        let arguments = arguments(index, lookup, &mut *resolver.lock().await).await;
        if let Some(arguments) = arguments.map_err(NotMade::Program)? {
            if interrupt.level() > 0 || !interrupt.allows_request().await {
                return Err(NotMade::Interrupted);
            }
            let answer = look_up(providers, &lookup.name, &arguments, interrupt).await;
            let answer = answer.map_err(|mut why| {
                let may_pass =
                    matches!(&why, LookupError::Plugin(failure) if failure.is_retryable());
                if may_pass && interrupt.level() > 0 {
                    return NotMade::Interrupted;
                }
                if let LookupError::Arguments(problems) = &mut why {
                    explain_absent(declarations, &lookup.arguments, &arguments, problems);
                }
                NotMade::Lookup(index, why)
            })?;
            let kept = resolver.lock().await.set_lookup(index, arguments, answer);
            kept.map_err(NotMade::Program)?;
        }
    }
    Ok(())
}

/// Returns the arguments of a lookup.
///
/// Returns `None` if it was made with them already, or if they are not known yet.
async fn arguments(
    index: usize,
    lookup: &LookupCall,
    resolver: &mut Resolver,
) -> Result<Option<Value>, ProgramError> {
    if resolver.knows_lookup(index) {
        return Ok(None);
    }
    let arguments = resolver.resolve(&lookup.arguments).await?;
    let is_due = !arguments.has_unknown() && !resolver.recall_lookup(index, &arguments);
    Ok(is_due.then_some(arguments))
}

/// Makes a lookup; its arguments are known. After an interrupt it is not retried.
///
/// # Errors
/// The arguments do not fit the schema, or the plugin failed.
pub(crate) async fn look_up(
    providers: &Providers,
    name: &str,
    arguments: &Value,
    interrupt: &Interrupt,
) -> Result<Value, LookupError> {
    let (Some(provider), Some(schema)) = (providers.of_lookup(name), providers.lookup(name)) else {
        return Err(providers.unknown_lookup(name).into());
    };
    let results = &schema.results.properties;
    let (arguments, problems) = check::check(name, &schema.arguments.properties, arguments);
    if !problems.is_empty() {
        return Err(LookupError::Arguments(problems));
    }
    let look = || provider.look_up(name, &arguments);
    let found = retry::retry_until_interrupted(interrupt, look).await?;
    let found = Asked::new(providers, "look-up", name).result(found)?;
    Ok(with_secrets(results, arguments.has_secret(), found))
}

/// Marks as secret what a lookup found by a `secret` argument.
///
/// And what the schema says is secret.
fn with_secrets(results: &BTreeMap<String, Property>, secret: bool, found: Value) -> Value {
    let Value::Map(found) = found else {
        return if secret { Value::secret(found.without_secrets()) } else { found };
    };
    let marked = found.into_iter().map(|(name, value)| {
        let secret = secret || results.get(&name).is_some_and(|property| property.secret);
        (name, if secret { Value::secret(value.without_secrets()) } else { value })
    });
    Value::Map(marked.collect())
}
