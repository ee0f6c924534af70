//! Making a lookup: arguments against the schema, then the plugin.

use kim_model::Value;

use crate::check;
use crate::providers::Providers;
use crate::retry;

/// Looks something up; arguments are known. An error says what is wrong with the arguments, or why it failed.
pub(crate) async fn look_up(providers: &Providers, name: &str, arguments: &Value) -> Result<Value, String> {
    let (Some(provider), Some(schema)) = (providers.of_lookup(name), providers.lookup(name)) else {
        return Err(providers.unknown_lookup(name));
    };
    let (arguments, problems) = check::check(name, &schema.arguments.properties, arguments);
    if !problems.is_empty() {
        let problems: Vec<String> = problems.iter().map(|one| format!("{} {}", one.path, one.message)).collect();
        return Err(problems.join("; "));
    }
    let answer = retry::harmless(|| provider.look_up(name, &arguments)).await;
    answer.map_err(|failure| failure.to_string())
}
