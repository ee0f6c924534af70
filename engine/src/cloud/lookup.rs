//! Making a lookup: arguments against the schema, then the plugin.

use std::collections::BTreeSet;

use kim_model::{Declarations, Lookup, Value};
use tokio::sync::Mutex;

use super::retry;
use crate::ports::ProgramError;
use crate::providers::Providers;
use crate::resolve::Resolver;
use crate::schema::check;

/// Why a lookup was not made.
pub(crate) enum NotMade {
    /// A closure failed that its arguments need.
    Program(ProgramError),
    /// The lookup of that index failed, for this reason.
    Lookup(usize, String),
}

/// Makes those of these lookups that were not made yet and whose arguments are known by now. The resolver is not locked
/// during a call of a plugin.
pub(crate) async fn make(
    due: BTreeSet<usize>,
    declarations: &Declarations,
    providers: &Providers,
    resolver: &Mutex<Resolver>,
) -> Result<(), NotMade> {
    for index in due {
        let lookup = &declarations.lookups[index];
        let arguments = arguments(index, lookup, &mut *resolver.lock().await).await;
        if let Some(arguments) = arguments.map_err(NotMade::Program)? {
            let answer = look_up(providers, &lookup.name, &arguments).await;
            resolver.lock().await.set_lookup(index, answer.map_err(|why| NotMade::Lookup(index, why))?);
        }
    }
    Ok(())
}

/// Returns the arguments of a lookup; `None` if it was made already, or if they are not known yet.
async fn arguments(index: usize, lookup: &Lookup, resolver: &mut Resolver) -> Result<Option<Value>, ProgramError> {
    if resolver.knows_lookup(index) {
        return Ok(None);
    }
    let arguments = resolver.resolve(&lookup.arguments).await?;
    Ok((!arguments.has_unknown()).then_some(arguments))
}

/// Makes a lookup; its arguments are known.
///
/// # Errors
/// The arguments do not fit the schema, or the plugin failed.
pub(crate) async fn look_up(providers: &Providers, name: &str, arguments: &Value) -> Result<Value, String> {
    let (Some(provider), Some(schema)) = (providers.of_lookup(name), providers.lookup(name)) else {
        return Err(providers.unknown_lookup(name));
    };
    let (arguments, problems) = check::check(name, &schema.arguments.properties, arguments);
    if !problems.is_empty() {
        let problems: Vec<String> = problems.iter().map(|one| format!("{} {}", one.path, one.message)).collect();
        return Err(problems.join("; "));
    }
    let answer = retry::retry_read(|| provider.look_up(name, &arguments)).await;
    answer.map_err(|failure| failure.to_string())
}
