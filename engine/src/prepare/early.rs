//! Checks the declarations as far as they are known before any cloud is asked.
//!
//! Invariant: what is wrong here is wrong whatever the cloud answers. What depends on an answer, or
//! on a record that may stand in for an input, is unknown here and checked later.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use kim_model::schema::{Kind, Property};
use kim_model::{Expr, Options, Path, Remedy, Urn, Value};

use super::decisions::closure_failed;
use super::planner::Planner;
use crate::decide::diff::mark_secrets;
use crate::decide::{ResourceOutputs, keys};
use crate::desired::{Desired, UnknownTypes, are_enough, explain_absent, listed, wrong};
use crate::error::Error;
use crate::event::{Diagnostic, Severity};
use crate::resolve::Resolver;
use crate::schema::check::{self, Problem};
use crate::stack::Stack;
use crate::state::{StackId, State};

/// What is known of the declarations before any cloud is asked.
pub(super) struct Early<'e> {
    pub(super) desired: &'e Desired,
    pub(super) base: &'e State,
    pub(super) resolver: &'e mut Resolver,
}

/// What was found before any cloud is asked.
#[derive(Default)]
struct Findings {
    errors: Vec<Diagnostic>,
    /// Resources whose inputs fit the schema, with those inputs.
    fitting: Vec<(usize, Arc<Value>)>,
}

impl Planner<'_> {
    /// Checks what is known before any cloud is asked.
    ///
    /// If something is wrong, the plugins' own rules are checked too: they ask no cloud either.
    pub(super) async fn check_early(&mut self, early: Early<'_>) -> Result<(), Error> {
        let Early { desired, base, resolver } = early;
        self.stack_references(desired, resolver).await?;
        let open = base.intents.values().map(|intent| &intent.urn).collect();
        let recorded = Recorded { base, open };
        let mut found = Findings::default();
        for &index in &desired.order {
            if !self.targets.takes(&desired.nodes[index].urn) {
                continue;
            }
            if are_enough(&found.errors) {
                break;
            }
            // So that an interrupt is seen: nothing is waited for here.
            tokio::task::consume_budget().await;
            let inputs = resolver.resolve(&desired.declaration(index).inputs).await;
            let mut inputs = inputs.map_err(|source| closure_failed(desired, index, source))?;
            mark_secrets(&mut inputs, &desired.declaration(index).options.secret_outputs);
            if let Some(outputs) = self.check_one(desired, index, &recorded, inputs, &mut found) {
                resolver.set_resource(index, outputs);
            }
        }
        let Findings { mut errors, fitting } = found;
        errors.extend(self.shared_keys(desired, &fitting));
        self.lookups_early(desired, resolver, &mut errors).await;
        // The plan resolves everything again, with what is recorded and what the cloud answers.
        resolver.withdraw(&(0..desired.nodes.len()).collect());
        resolver.renew();
        if errors.is_empty() {
            return Ok(());
        }
        let is_new = |(index, inputs): &(usize, Arc<Value>)| {
            let current = base.current(&desired.nodes[*index].urn);
            current.is_none_or(|record| !Arc::ptr_eq(&record.inputs, inputs))
        };
        self.check_rules(fitting.into_iter().filter(is_new).collect(), desired).await?;
        let of_rules = self.diagnostics.drain(..).filter(|one| one.severity == Severity::Error);
        errors.extend(of_rules);
        Err(Error::Invalid(listed(errors)))
    }

    /// Checks a declaration, and returns what its dependents can be resolved with.
    fn check_one(
        &self,
        desired: &Desired,
        index: usize,
        recorded: &Recorded<'_>,
        inputs: Value,
        found: &mut Findings,
    ) -> Option<ResourceOutputs> {
        let declaration = desired.declaration(index);
        if declaration.component {
            let inputs = Arc::new(inputs);
            return Some(ResourceOutputs { inputs: Arc::clone(&inputs), properties: inputs });
        }
        let kind = self.providers.kind(&declaration.kind)?;
        let one = EarlyResource { desired, index, kind, is_new: recorded.is_new(desired, index) };
        let (checked, mut problems) = check::check(&kind.name, &kind.properties, &inputs);
        let types = self.unknown_types(desired);
        types.check(&kind.properties, &declaration.inputs, &inputs, &mut problems);
        problems.retain(|problem| !one.may_be_ignored(&problem.path));
        let declarations = &desired.declarations;
        explain_absent(declarations, &declaration.inputs, &checked, &mut problems);
        problems.extend(misspelt(kind, &declaration.options));
        let checked = match one.is_new {
            true => Arc::new(checked),
            false => recorded.share(&desired.nodes[index].urn, checked),
        };
        if problems.is_empty() {
            found.fitting.push((index, Arc::clone(&checked)));
        }
        let of_resource = |problem| wrong(desired, index, Severity::Error, problem);
        found.errors.extend(problems.into_iter().map(of_resource));
        one.outputs(checked)
    }

    /// Returns an error for each key that two declarations have, as far as it is known.
    ///
    /// Of what has inputs that are ignored, the record may have others.
    fn shared_keys(&self, desired: &Desired, fitting: &[(usize, Arc<Value>)]) -> Vec<Diagnostic> {
        let fitting: HashMap<usize, &Value> =
            fitting.iter().map(|(index, inputs)| (*index, inputs.as_ref())).collect();
        keys::shared(desired, &self.providers, |index| {
            let ignores = !desired.declaration(index).options.ignore_changes.is_empty();
            fitting.get(&index).copied().filter(|_| !ignores)
        })
    }

    fn unknown_types<'d>(&'d self, desired: &'d Desired) -> UnknownTypes<'d> {
        UnknownTypes { declarations: &desired.declarations, providers: &self.providers }
    }

    /// Checks the arguments of lookups, as far as they are known.
    async fn lookups_early(
        &self,
        desired: &Desired,
        resolver: &mut Resolver,
        errors: &mut Vec<Diagnostic>,
    ) {
        for lookup in &desired.declarations.lookups {
            let Some(schema) = self.providers.lookup(&lookup.name) else { continue };
            // A closure that fails is reported with what needs the lookup.
            let Ok(arguments) = resolver.resolve(&lookup.arguments).await else { continue };
            let properties = &schema.arguments.properties;
            let (_, mut problems) = check::check(&lookup.name, properties, &arguments);
            self.unknown_types(desired).check(
                properties,
                &lookup.arguments,
                &arguments,
                &mut problems,
            );
            let declarations = &desired.declarations;
            explain_absent(declarations, &lookup.arguments, &arguments, &mut problems);
            if !problems.is_empty() {
                let problems: Vec<String> = problems.iter().map(Problem::to_string).collect();
                let message = format!("lookup {}: {}", lookup.name, problems.join("; "));
                errors.push(Diagnostic::error(message).declared_at(lookup.source.clone()));
            }
        }
    }

    /// Loads the outputs of other stacks that the program refers to.
    ///
    /// # Errors
    /// The program may not refer to the stack's project, or there is no such stack.
    async fn stack_references(
        &self,
        desired: &Desired,
        resolver: &mut Resolver,
    ) -> Result<(), Error> {
        for expression in &desired.declarations.expressions {
            if let Expr::StackReference(stack) = expression
                && !resolver.knows_reference(stack)
            {
                let (project, name) =
                    stack.split_once('/').unwrap_or((&self.stack.id.project, stack));
                self.expect_reference(project, stack)?;
                let id = StackId { project: project.to_owned(), name: name.to_owned() };
                let exports = Value::Map(self.stack.store.load(&id).await?.exports);
                self.stack.gate.learn(&exports);
                resolver.set_reference(stack.clone(), exports);
            }
        }
        Ok(())
    }
}

impl Planner<'_> {
    /// Rejects a reference to a stack of a project that the program may not refer to.
    fn expect_reference(&self, project: &str, stack: &str) -> Result<(), Error> {
        let Stack { id, references, .. } = self.stack;
        if project == id.project || references.iter().any(|named| named == project) {
            return Ok(());
        }
        let message = format!(
            "the program refers to the stack '{stack}', but the project '{}' does not say that it may read what the \
             project '{project}' exports",
            id.project
        );
        let remedy = Remedy::Refer { project: project.to_owned() };
        Err(Error::Invalid(vec![Diagnostic::error(message).cured_by(remedy)]))
    }
}

/// What is recorded before any cloud is asked.
struct Recorded<'b> {
    base: &'b State,
    /// The resources with open intents: recovery may record them.
    open: HashSet<&'b Urn>,
}

impl Recorded<'_> {
    /// Returns the recorded inputs of a resource if they equal these.
    ///
    /// Most resources are unchanged, and the inputs of all are held at the same time.
    fn share(&self, urn: &Urn, inputs: Value) -> Arc<Value> {
        let recorded = self.base.current(urn).map(|record| &record.inputs);
        recorded
            .filter(|recorded| ***recorded == inputs)
            .map_or_else(|| Arc::new(inputs), Arc::clone)
    }

    /// Returns true if nothing is recorded of a resource.
    ///
    /// Nor may anything be recorded of it by recovery, or under a former name.
    fn is_new(&self, desired: &Desired, index: usize) -> bool {
        let urn = &desired.nodes[index].urn;
        self.base.copies(urn).next().is_none()
            && !self.open.contains(urn)
            && desired.declaration(index).options.aliases.is_empty()
    }
}

/// A resource before any cloud is asked.
struct EarlyResource<'e> {
    desired: &'e Desired,
    index: usize,
    kind: &'e Kind,
    /// True if nothing is recorded that may stand in for its inputs.
    is_new: bool,
}

impl EarlyResource<'_> {
    fn ignored(&self) -> &[Path] {
        let options = &self.desired.declaration(self.index).options;
        if self.is_new { &[] } else { &options.ignore_changes }
    }

    /// Returns true if the recorded input may take the place of that at a path.
    fn may_be_ignored(&self, path: &Path) -> bool {
        self.ignored().iter().any(|ignored| path.is_within(ignored) || ignored.is_within(path))
    }

    /// Returns what dependents are resolved with whatever the cloud answers.
    ///
    /// `None` if that is nothing.
    fn outputs(&self, inputs: Arc<Value>) -> Option<ResourceOutputs> {
        if !self.ignored().is_empty() {
            return None;
        }
        // Of what is given, dependents get the input. A recorded copy may have anything else.
        let is_unknown = |(name, property): &(&String, &Property)| {
            inputs.get(name).is_none() && (property.computed || !self.is_new)
        };
        let properties = self.kind.properties.iter().filter(is_unknown).map(|(name, property)| {
            let is_secret = property.secret && property.computed;
            let value = if is_secret { Value::secret(Value::Unknown) } else { Value::Unknown };
            (name.clone(), value)
        });
        let hidden = &self.desired.declaration(self.index).options.secret_outputs;
        let mut properties = Value::Map(properties.collect());
        mark_secrets(&mut properties, hidden);
        Some(ResourceOutputs { inputs, properties: Arc::new(properties) })
    }
}

/// Returns a fault for each path of an option that the kind does not have.
///
/// The option would do nothing there, and what was meant would go on as without it.
fn misspelt(kind: &Kind, options: &Options) -> Vec<Problem> {
    let named = [
        ("ignore_changes", &options.ignore_changes),
        ("replace_on_changes", &options.replace_on_changes),
        ("secret_outputs", &options.secret_outputs),
    ];
    let of_option = |(option, paths): (_, &Vec<Path>)| -> Vec<Problem> {
        paths.iter().filter_map(|path| check::path(kind, path, option)).collect()
    };
    named.into_iter().flat_map(of_option).collect()
}
