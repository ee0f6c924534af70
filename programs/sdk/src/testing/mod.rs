//! Unit tests of programs: run one natively, inspect its desired graph as a value, resolve its
//! outputs.
//!
//! ```
//! # use kim::prelude::*;
//! # fn deploy(stack: &Stack) -> Result<()> {
//! #     let volume = Resource::new("aws:ec2:Volume", "data").input("size", 10).declare(stack);
//! #     stack.export("volume", volume.get::<String>("volume_id"));
//! #     Ok(())
//! # }
//! # fn main() -> Result<()> {
//! let run = kim::testing::run(deploy, kim::json!({ "config": {} }))?;
//! let resolved = run.resolve(|question, inputs| question.echo(inputs))?;
//! assert_eq!(resolved.exports["volume"], kim::Value::from("data.volume_id"));
//! # Ok(())
//! # }
//! ```

mod graph;
mod resolve;

use kim_model::Value;
pub use kim_model::{Declaration, Declarations, Options};

use crate::transforms::{self, Closure};
use crate::{Error, Result, Stack, children, host};

pub use resolve::{Question, Resolved};

/// A finished run of a program: its declarations and its closures.
pub struct Run {
    /// All declarations of the program.
    pub declarations: Declarations,
    closures: Vec<Closure>,
}

/// Runs a program as the stack `test` of the project `test`.
///
/// `settings` is a map of tables; `config` is the program's own.
///
/// # Errors
/// Returns the program's error, or an error if another program is running on this thread.
pub fn run(deploy: fn(&Stack) -> Result<()>, settings: Value) -> Result<Run> {
    run_as("test", "test", deploy, settings)
}

/// Runs a program as a stack of a project. `settings` is a map of tables.
///
/// # Errors
/// Returns the program's error, or an error if another program is running on this thread.
pub fn run_as(
    project: &str,
    stack: &str,
    deploy: fn(&Stack) -> Result<()>,
    settings: Value,
) -> Result<Run> {
    /// Ends the recording even if the program panics.
    struct End;
    impl Drop for End {
        fn drop(&mut self) {
            host::swap(None);
            transforms::take();
            children::clear();
        }
    }
    let recording = host::Recording {
        project: project.to_owned(),
        stack: stack.to_owned(),
        settings,
        declarations: Declarations::default(),
    };
    if let Some(outer) = host::swap(Some(recording)) {
        host::swap(Some(outer));
        return Err(Error::new("a program cannot run inside of another one"));
    }
    let end = End;
    let result = deploy(&Stack::root());
    let recorded = host::swap(None);
    let closures = transforms::take();
    drop(end);
    result?;
    let declarations = recorded.map(|recording| recording.declarations).unwrap_or_default();
    Ok(Run { declarations, closures })
}

impl Run {
    /// Returns the names of a resource's components and its own: `main/node-1`.
    pub fn qualified_name(&self, declaration: &Declaration) -> String {
        qualified_name(&self.declarations, declaration)
    }

    /// Returns the resource that an output stands for.
    ///
    /// Returns `None` if the output stands for something else.
    pub fn resource_of(&self, output: crate::OutputId) -> Option<&Declaration> {
        self.declarations
            .resource_of(output)
            .and_then(|index| self.declarations.resources.get(index))
    }

    /// Returns the resource of a kind and qualified name (`main/node-1`), or `None`.
    pub fn resource(&self, kind: &str, name: &str) -> Option<&Declaration> {
        self.declarations.resources.iter().find(|declaration| {
            declaration.kind == kind && self.qualified_name(declaration) == name
        })
    }
}

/// Returns a value as JSON for people. Secrets become `"[secret]"`.
pub fn json(value: &Value) -> serde_json::Value {
    kim_model::json::redacted(value)
}

fn qualified_name(declarations: &Declarations, declaration: &Declaration) -> String {
    let parent = declaration.parent.and_then(|id| declarations.resource_of(id));
    match parent.and_then(|index| declarations.resources.get(index)) {
        Some(parent) => format!("{}/{}", qualified_name(declarations, parent), declaration.name),
        None => declaration.name.clone(),
    }
}
