//! Where the value of an output comes from: what a message names.

use kim_model::{Declarations, Expr, OutputId, Path, Step, Value};

use crate::schema::check::Problem;

/// The expression that a chain of parts begins with, and the path in it.
pub(super) struct Origin<'d> {
    pub(super) expression: &'d Expr,
    pub(super) path: Path,
}

/// Follows an output to the expression whose part it is.
///
/// Sees through values of the program and the inputs of components. Works without recursion:
/// programs may chain many thousands.
pub(super) fn origin(declarations: &Declarations, output: OutputId) -> Option<Origin<'_>> {
    // The path is kept in reverse: its inner steps are found first.
    let (mut output, mut steps) = (output, Vec::new());
    loop {
        let expression = declarations.expression(output)?;
        let holder = match expression {
            Expr::Get(of, path) if *of < output => {
                steps.extend(path.steps().iter().rev().cloned());
                output = *of;
                continue;
            }
            Expr::Value(value) => Some(value),
            Expr::Resource(index) => {
                let declaration = &declarations.resources[*index];
                declaration.component.then_some(&declaration.inputs)
            }
            _ => None,
        };
        let path: Vec<Step> = steps.iter().rev().cloned().collect();
        match holder.and_then(|holder| output_at(holder, &path)) {
            Some((of, rest)) if of < output => {
                steps.truncate(rest.len());
                output = of;
            }
            _ => return Some(Origin { expression, path: path.into_iter().collect() }),
        }
    }
}

/// Names where a part of an output comes from.
///
/// For example `'id' of test:Thing 'a' (src/lib.rs:1)`.
pub(super) fn describe(declarations: &Declarations, output: OutputId, within: &[Step]) -> String {
    let Some(Origin { expression, path }) = origin(declarations, output) else {
        return "an output that does not exist".to_owned();
    };
    let path: Path = path.steps().iter().chain(within).cloned().collect();
    let part = if path.is_root() { String::new() } else { format!("'{path}' of ") };
    let at = |source: &Option<kim_model::Source>| {
        source.as_ref().map_or(String::new(), |source| format!(" ({source})"))
    };
    match expression {
        Expr::Resource(index) => {
            let declaration = &declarations.resources[*index];
            let place = at(&declaration.source);
            format!("{part}{} '{}'{place}", declaration.kind, declaration.name)
        }
        Expr::Lookup(index) => {
            let lookup = &declarations.lookups[*index];
            format!("{part}the lookup {}{}", lookup.name, at(&lookup.source))
        }
        Expr::StackReference(stack) => format!("{part}the stack {stack}"),
        Expr::Transform(_) => format!("{part}a closure of the program"),
        Expr::Concat(_) => "several values joined".to_owned(),
        Expr::Get(..) | Expr::Value(_) => format!("{part}an expression of the program"),
    }
}

/// Adds to problems with values that are absent where the values come from.
///
/// `declared` are the values as the program gave them, `checked` as they were checked.
pub(crate) fn explain_absent(
    declarations: &Declarations,
    declared: &Value,
    checked: &Value,
    problems: &mut [Problem],
) {
    for problem in problems {
        let is_absent =
            checked.at(&problem.path).is_none_or(|found| *found.revealed() == Value::Null);
        if is_absent && let Some((output, within)) = output_at(declared, problem.path.steps()) {
            let origin = describe(declarations, output, within);
            problem.message =
                format!("{}; it comes from {origin}, which is absent", problem.message);
        }
    }
}

/// Returns the output that a path leads to or into, and the rest of the path.
fn output_at<'p>(declared: &Value, path: &'p [Step]) -> Option<(OutputId, &'p [Step])> {
    match (declared.revealed(), path.split_first()) {
        (Value::Output(output), _) => Some((*output, path)),
        (Value::Map(map), Some((Step::Key(key), rest))) => output_at(map.get(key)?, rest),
        (Value::List(items), Some((Step::Index(at), rest))) => output_at(items.get(*at)?, rest),
        _ => None,
    }
}
