//! What a program may read of other projects, and which plugin serves what.

use std::sync::Arc;

use async_trait::async_trait;
use kim_engine::ports::{Program, ProgramError, Ran, RunContext};
use kim_engine::state::StackId;
use kim_engine::{Error, Interrupt, Options, Stack};
use kim_model::{Declarations, Expr, Remedy};

use super::fixture::{Case, Cloud};

/// A program that exports what another stack exports.
struct Reads(&'static str);

#[async_trait]
impl Program for Reads {
    async fn run(&self, _: RunContext) -> Result<Ran, ProgramError> {
        let mut declarations = Declarations::default();
        let of_other = declarations.express(Expr::StackReference(self.0.to_owned()));
        declarations.exports.insert("read".to_owned(), kim_model::Value::Output(of_other));
        Ok(Ran::without_closures(declarations))
    }

    fn digest(&self) -> String {
        "reads".to_owned()
    }
}

async fn up(stack: &Stack) -> Result<(), Error> {
    stack.up(&Options::default(), Arc::new(()), Interrupt::default()).await.map(|_| ())
}

#[tokio::test]
async fn a_program_refers_to_the_projects_that_are_named_to_it() {
    let case = Case::new().await;
    for (project, name) in [("p", "other"), ("network", "prod")] {
        let id = StackId { project: project.to_owned(), name: name.to_owned() };
        case.store.create_stack(&id).await.unwrap();
    }
    let reads = |stack| case.stack("").with_program(Arc::new(Reads(stack)));
    // A stack of its own project, by both of its names.
    up(&reads("other")).await.unwrap();
    up(&reads("p/other")).await.unwrap();
    for refused in [reads("network/prod"), reads("network/prod").with_references(["net".into()])] {
        let Error::Invalid(errors) = up(&refused).await.unwrap_err() else { panic!("it ran") };
        assert_eq!(
            errors[0].message,
            "the program refers to the stack 'network/prod', but the project 'p' does not say that it may read what \
             the project 'network' exports"
        );
        assert_eq!(errors[0].remedy, Some(Remedy::Refer { project: "network".to_owned() }));
    }
    // Whether another project's stack exists is not told either.
    let Error::Invalid(_) = up(&reads("network/none")).await.unwrap_err() else { panic!("told") };
    up(&reads("network/prod").with_references(["network".into()])).await.unwrap();
}

#[tokio::test]
async fn a_kind_that_two_plugins_offer_is_served_by_neither() {
    let case = Case::new().await;
    let stack = case.stack("a: Thing secret=secret:hunter2");
    let stack = stack.with_provider(Arc::new(Cloud::new(Arc::clone(&case.world))));
    let error = up(&stack).await.unwrap_err();
    let Error::OfferedTwice(_) = &error else { panic!("{error}") };
    assert_eq!(error.remedy(), Some(Remedy::RemovePlugin));
    insta::assert_snapshot!(error.to_string(), @"two plugins offer the kind of resource 'test:Thing', 'test' and 'test', so nothing was changed: only one of them can serve it");
    assert!(case.calls().is_empty(), "nothing was asked of either");
}
