//! The embedding API: how a [`Stack`] is built, its calls for whole operations, and providers with
//! few methods.

use std::sync::Arc;

use kim_engine::model::{Failure, Value};
use kim_engine::ports::{Deletion, Live, LiveState, Progress, Provider, Store};
use kim_engine::{Error, Interrupt, MemoryStore, Stack};

use crate::fixture::{Case, Cloud, Fixture, stack_id};

fn stack(case: &Case, program: &str) -> Stack {
    Stack::new("p", "s")
        .with_program(Arc::new(Fixture(program.to_owned())))
        .with_provider(Arc::new(Cloud::new(Arc::clone(&case.world))))
        .with_store(Arc::clone(&case.store))
        .with_who("tester@here")
}

#[tokio::test]
async fn each_operation_is_one_call() {
    let case = Case::new().await;
    let stack = stack(
        &case,
        r"
            a: Thing size=1
            b: Thing ref=a.id
        ",
    );
    assert_eq!(
        stack.preview(&case.options, Interrupt::default()).await.unwrap().summary().changes["create"],
        2
    );
    assert_eq!(case.calls(), Vec::<String>::new());
    let run = |changes: &std::collections::BTreeMap<String, u64>, what: &str| changes[what];
    let up = stack.up(&case.options, case.sink(), Interrupt::default()).await.unwrap();
    assert_eq!((run(&up.changes, "create"), up.message), (2, None));
    let refresh = stack.refresh(&case.options, case.sink(), Interrupt::default()).await.unwrap();
    assert_eq!(run(&refresh.changes, "same"), 2);
    let destroy = stack.destroy(&case.options, case.sink(), Interrupt::default()).await.unwrap();
    assert_eq!(run(&destroy.changes, "delete"), 2);
    assert_eq!(case.store.history(&stack_id(), 9).await.unwrap().len(), 3);
}

#[tokio::test]
async fn an_interrupt_before_there_is_a_plan_changes_nothing() {
    let case = Case::new().await;
    let interrupt = Interrupt::default();
    interrupt.interrupt();
    let error = stack(&case, "a: Thing size=1")
        .up(&case.options, case.sink(), interrupt)
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Interrupted), "{error}");
    assert_eq!(case.calls(), Vec::<String>::new());
    assert_eq!(case.store.history(&stack_id(), 9).await.unwrap(), []);
}

#[tokio::test]
async fn opening_twice_is_opening_once() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
    for _ in 0..2 {
        Stack::new("p", "s").with_store(Arc::clone(&store)).open().await.unwrap();
    }
    assert_eq!(store.stacks("p").await.unwrap().len(), 1);
    // The error about a stack that was never opened lists those that there are.
    let error = Stack::new("p", "t").with_store(store).outputs().await.unwrap_err();
    assert_eq!(error.to_string(), "there is no stack 't' in project 'p'; there are: s");
}

/// A provider with only the methods that it must have.
struct Bare(kim_engine::model::schema::Plugin);

#[kim_engine::ports::async_trait]
impl Provider for Bare {
    fn schema(&self) -> &kim_engine::model::schema::Plugin {
        &self.0
    }
    fn digest(&self) -> String {
        String::new()
    }
    async fn create(&self, _: &str, _: &Value, _: &str) -> Result<LiveState, Failure> {
        Err(Failure::Other("nothing to create in".to_owned()))
    }
    async fn read(&self, _: &str, _: &[Live]) -> Result<Vec<Option<LiveState>>, Failure> {
        Ok(Vec::new())
    }
    async fn update(&self, _: &str, _: &str, _: &Value, _: &Value) -> Result<Progress, Failure> {
        Err(Failure::Other("nothing to update".to_owned()))
    }
    async fn delete(&self, _: &str, _: &str, _: &Value) -> Result<Deletion, Failure> {
        Ok(Deletion::Gone)
    }
    async fn find(&self, _: &str, _: &str, _: &Value) -> Result<Option<LiveState>, Failure> {
        Ok(None)
    }
}

#[tokio::test]
async fn a_provider_need_not_look_up_check_or_price() {
    let bare =
        Bare(kim_engine::model::schema::Plugin { name: "bare".to_owned(), ..Default::default() });
    assert_eq!(bare.check("k", &Value::map()).await, Ok(Vec::new()));
    assert_eq!(bare.price("k", &Value::map()).await, Ok(None));
    let settled = bare.settle("k", "id-1", &Value::map(), &Value::Int(1)).await;
    assert_eq!(
        settled,
        Ok(Progress::Done(LiveState { id: "id-1".to_owned(), properties: Value::Int(1) }))
    );
    let refused = bare.look_up("bare:ami", &Value::map()).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the provider 'bare' declares the lookup bare:ami, but does not implement it"
    );
}
