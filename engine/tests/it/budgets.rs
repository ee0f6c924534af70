//! What a program makes the engine hold and compute is bounded.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use kim_engine::event::RunResult;
use kim_engine::model::{
    Declaration, Declarations, Expr, OutputId, Path, Source, Transform, Value,
};
use kim_engine::plan::Operation;
use kim_engine::ports::{Program, ProgramError, Ran, RunContext, Transforms};
use kim_engine::{Error, Interrupt, Prepared, Stack};

use crate::fixture::Case;

type Declare = dyn Fn(&mut Declarations) + Send + Sync;
type Answer = dyn Fn(u32) -> Value + Send + Sync;

/// A program of these declarations, with a closure that answers by its number.
struct Declaring {
    declare: Box<Declare>,
    answer: Arc<Answer>,
}

#[async_trait]
impl Program for Declaring {
    async fn run(&self, _: RunContext) -> Result<Ran, ProgramError> {
        let mut declarations = Declarations::default();
        (self.declare)(&mut declarations);
        Ok(Ran { declarations, transforms: Box::new(Answering(Arc::clone(&self.answer))) })
    }

    fn digest(&self) -> String {
        "declaring".to_owned()
    }
}

struct Answering(Arc<Answer>);

#[async_trait]
impl Transforms for Answering {
    async fn transform(&mut self, callback: u32, _: Vec<Value>) -> Result<Value, ProgramError> {
        Ok((self.0)(callback))
    }
}

fn stack(case: &Case, declare: impl Fn(&mut Declarations) + Send + Sync + 'static) -> Stack {
    let answer = Arc::new(|_| Value::text("x".repeat(LARGE)));
    Stack {
        program: Some(Arc::new(Declaring { declare: Box::new(declare), answer })),
        ..case.stack("")
    }
}

async fn preview(
    declare: impl Fn(&mut Declarations) + Send + Sync + 'static,
) -> Result<Prepared, Error> {
    let case = Case::new().await;
    stack(&case, declare).preview(&case.options, Interrupt::default()).await
}

/// Returns why a program is rejected.
async fn refusal(declare: impl Fn(&mut Declarations) + Send + Sync + 'static) -> String {
    match preview(declare).await {
        Ok(_) => panic!("it is accepted"),
        Err(error) => error.to_string(),
    }
}

/// The length of a large text: more than a third, and less than half, of what may be evaluated.
const LARGE: usize = 60 << 20;
const BEYOND: &str =
    "the values that the outputs of the program come to take more than 128 MB of memory";

fn large(declarations: &mut Declarations) -> OutputId {
    declarations.express(Expr::Value(Value::text("x".repeat(LARGE))))
}

fn export(declarations: &mut Declarations, value: impl Into<Value>) {
    declarations.exports.insert("all".to_owned(), value.into());
}

fn at(line: u32) -> Option<Source> {
    Some(Source { file: "src/lib.rs".to_owned(), line })
}

/// Makes an output twice as large, again and again.
fn doubled(
    declarations: &mut Declarations,
    first: OutputId,
    double: impl Fn(OutputId) -> Expr,
) -> OutputId {
    (0..40).fold(first, |output, _| declarations.express(double(output)))
}

fn joined_twice(output: OutputId) -> Expr {
    Expr::Concat(vec![output.into(), output.into()])
}

fn listed_twice(output: OutputId) -> Expr {
    Expr::Value(vec![output, output].into())
}

// Rule 43.
#[tokio::test]
async fn what_doubles_is_refused_before_it_is_built() {
    for double in [joined_twice, listed_twice] {
        let message = refusal(move |declarations| {
            let one = declarations.express(Expr::Value("a text of a few words".into()));
            let all = doubled(declarations, one, double);
            export(declarations, all);
        })
        .await;
        assert!(message.contains(BEYOND), "{message}");
        assert!(message.contains("needed by the output 'all'"), "{message}");
        let message = refusal(move |declarations| {
            let one = declarations.express(Expr::Value("a text of a few words".into()));
            let all = doubled(declarations, one, double);
            let inputs = [("ref", Value::from(all))].into_iter().collect();
            let thing = Declaration::new("test:Thing", "a", inputs);
            declarations.register(Declaration { source: at(7), ..thing });
        })
        .await;
        assert!(message.contains(BEYOND), "{message}");
        assert!(message.contains("needed by test:Thing 'a'\n  at src/lib.rs:7"), "{message}");
    }
}

// Rule 43.
#[tokio::test]
async fn what_doubles_once_an_id_is_known_fails_the_step_that_needs_it() {
    let case = Case::new().await;
    let stack = stack(&case, |declarations| {
        let first = declarations.register(Declaration::new("test:Thing", "a", Value::map()));
        let id = declarations.express(Expr::Get(first, Path::key("id")));
        let all = doubled(declarations, id, joined_twice);
        let inputs = [("ref", Value::from(all))].into_iter().collect();
        declarations.register(Declaration::new("test:Thing", "b", inputs));
        export(declarations, id);
    });
    let prepared =
        stack.plan(Operation::Up, &case.options, case.sink(), Interrupt::default()).await.unwrap();
    let summary =
        stack.apply(prepared, &case.options, case.sink(), Interrupt::default()).await.unwrap();
    assert_eq!(summary.result, RunResult::Failed);
    assert!(summary.message.as_ref().unwrap().contains(BEYOND), "{summary:?}");
    // What does not need it is made and exported.
    assert_eq!(case.cloud_items().len(), 1);
    assert_eq!(case.state().await.exports["all"], "id-1".into());
}

// Rule 43.
#[tokio::test]
async fn an_output_that_is_another_one_shares_its_value() {
    let prepared = preview(|declarations| {
        let one = large(declarations);
        let last = (0..200).fold(one, |output, _| {
            declarations.express(Expr::Get(output, Path::root()));
            declarations.express(Expr::Value(output.into()))
        });
        export(declarations, last);
    });
    let exports = prepared.await.unwrap().plan.exports.clone();
    assert_eq!(exports["all"].as_text().map(str::len), Some(LARGE));
}

// Rule 43.
#[tokio::test]
async fn copies_of_a_large_value_are_counted() {
    let lists = refusal(|declarations| {
        let one = large(declarations);
        export(declarations, vec![one; 200]);
    });
    let parts = refusal(|declarations| {
        let map = [("a", Value::text("x".repeat(LARGE)))].into_iter().collect();
        let whole = declarations.express(Expr::Value(map));
        let parts = (0..200).map(|_| declarations.express(Expr::Get(whole, Path::key("a"))));
        let parts: Vec<OutputId> = parts.collect();
        export(declarations, parts);
    });
    let inputs = refusal(|declarations| {
        let one = large(declarations);
        for name in ["a", "b", "c"] {
            let inputs = [("ref", Value::from(one))].into_iter().collect();
            declarations.register(Declaration::new("test:Thing", name, inputs));
        }
    });
    let closures = refusal(|declarations| {
        let answers = (0..200).map(|callback| {
            declarations.express(Expr::Transform(Transform { callback, arguments: Vec::new() }))
        });
        let answers: Vec<OutputId> = answers.collect();
        export(declarations, answers);
    });
    for message in [lists.await, parts.await, inputs.await, closures.await] {
        assert!(message.contains(BEYOND), "{message}");
        assert!(message.len() < 1_000, "{} bytes", message.len());
    }
}

// Rule 43.
#[tokio::test]
async fn room_is_free_again_once_a_value_is_forgotten() {
    // It draws on what is known in the apply alone, so it is evaluated in each phase.
    let case = Case::new().await;
    let stack = stack(&case, |declarations| {
        let first = declarations.register(Declaration::new("test:Thing", "a", Value::map()));
        let id = declarations.express(Expr::Get(first, Path::key("id")));
        let text = declarations.express(Expr::Value(Value::text("x".repeat(LARGE / 2))));
        let both = declarations.express(Expr::Value(vec![id, text].into()));
        export(declarations, both);
    });
    for _ in 0..2 {
        let sink = case.sink();
        let summary = stack.up(&case.options, sink, Interrupt::default()).await.unwrap();
        assert_eq!(summary.message, None);
    }
}

// Rule 43.
#[tokio::test]
async fn values_inside_one_another_are_bounded() {
    for levels in [5_000, 200_000] {
        let message = refusal(move |declarations| {
            let one = declarations.express(Expr::Value("x".into()));
            let all = (0..levels)
                .fold(one, |output, _| declarations.express(Expr::Value(vec![output].into())));
            export(declarations, all);
        })
        .await;
        assert!(message.contains("nested more than 128 levels deep"), "{message}");
    }
}

/// Declares components inside each other, the first on line 1.
fn nest(declarations: &mut Declarations, depth: u32) {
    let mut parent = None;
    for line in 1..=depth {
        let mut group = Declaration::new("test:Group", format!("g{line}"), Value::map());
        (group.component, group.parent, group.source) = (true, parent, at(line));
        parent = Some(declarations.register(group));
    }
}

// Rule 43.
#[tokio::test]
async fn components_inside_each_other_are_bounded() {
    preview(|declarations| nest(declarations, 65)).await.map(|_| ()).unwrap();
    for depth in [66, 30_000] {
        let result = preview(move |declarations| nest(declarations, depth)).await;
        let Err(Error::Invalid(errors)) = result else { panic!("{depth} are accepted") };
        let [error] = &errors[..] else { panic!("{} errors", errors.len()) };
        assert_eq!(
            error.message,
            "test:Group 'g66' is inside 65 components; at most 64 components may be inside each other"
        );
        assert_eq!(error.sources, [at(66).unwrap()]);
    }
}

// Rule 43.
#[tokio::test]
async fn urns_are_bounded() {
    let long = preview(|declarations| {
        let thing = Declaration::new("test:Thing", "x".repeat(20 << 20), Value::map());
        declarations.register(Declaration { source: at(3), ..thing });
    });
    let many = preview(|declarations| {
        let mut group = Declaration::new("test:Group", "g".repeat(1_000), Value::map());
        group.component = true;
        let mut parent = None;
        for _ in 0..3 {
            parent = Some(declarations.register(Declaration { parent, ..group.clone() }));
        }
        for name in 0..30_000 {
            let thing = Declaration::new("test:Thing", format!("t{name}"), Value::map());
            declarations.register(Declaration { parent, source: at(9), ..thing });
        }
    });
    for (result, expected) in [(long.await, "longer than the 4 KB"), (many.await, "the 64 MB")] {
        let Err(Error::Invalid(errors)) = result else { panic!("they are accepted") };
        assert!(errors[0].message.contains(expected), "{}", errors[0].message);
        assert!(errors[0].message.len() < 400 && errors[0].sources.len() == 1, "{errors:?}");
    }
}

// Rule 43.
#[tokio::test]
async fn what_depends_on_what_is_bounded() {
    let chain = preview(|declarations| {
        let mut all = declarations.express(Expr::Value("x".into()));
        for line in 1..=40_000 {
            let group = Declaration::new("test:Group", format!("g{line}"), Value::map());
            let declared = Declaration { component: true, source: at(line), ..group };
            let group = declarations.register(declared);
            all = declarations.express(Expr::Value(vec![all, group].into()));
        }
    });
    let options = preview(|declarations| {
        let mut group = Declaration::new("test:Group", "g", Value::map());
        group.component = true;
        let group = declarations.register(group);
        for name in 0..10_000 {
            let mut thing = Declaration::new("test:Group", format!("g{name}"), Value::map());
            (thing.component, thing.parent) = (true, Some(group));
            declarations.register(thing);
        }
        for line in 1..=10_000 {
            let mut thing = Declaration::new("test:Thing", format!("t{line}"), Value::map());
            (thing.options.depends_on, thing.source) = (vec![group], at(line));
            declarations.register(thing);
        }
    });
    for result in [chain.await, options.await] {
        let Err(Error::Invalid(errors)) = result else { panic!("it is accepted") };
        let [error] = &errors[..] else { panic!("{} errors", errors.len()) };
        assert!(
            error
                .message
                .contains("what depends on what takes more than 5,000,000 references to find out"),
            "{}",
            error.message
        );
        assert_eq!(error.sources.len(), 1, "it has a place");
    }
}

// Rule 43.
#[tokio::test]
async fn errors_are_listed_up_to_a_number() {
    let wrong = |declarations: &mut Declarations, name: &str| {
        let inputs = [("siz", 1)].into_iter().collect();
        declarations.register(Declaration::new("test:Thing", name, inputs))
    };
    let of_inputs = preview(move |declarations| {
        (0..3_000).for_each(|name| _ = wrong(declarations, &name.to_string()));
    });
    let of_parts = preview(|declarations| {
        let thing = declarations.register(Declaration::new("test:Thing", "a", Value::map()));
        for _ in 0..3_000 {
            declarations.express(Expr::Get(thing, Path::key("siz")));
        }
    });
    for result in [of_inputs.await, of_parts.await] {
        let Err(Error::Invalid(errors)) = result else { panic!("it is accepted") };
        assert_eq!(errors.len(), 1_001);
        let last = &errors[1_000].message;
        assert_eq!(last, "these are 1,000 errors; there are more, which are not listed");
    }
}

#[tokio::test]
async fn a_circle_of_many_resources_is_cut_in_its_message() {
    let message = refusal(|declarations| {
        let mut group = Declaration::new("test:Group", "g", Value::map());
        group.component = true;
        let group = declarations.register(group);
        let mut before = None;
        for name in 0..100_000 {
            let mut thing = Declaration::new("test:Thing", format!("t{name}"), Value::map());
            thing.parent = Some(group);
            thing.options.depends_on = vec![before.unwrap_or(group)];
            before = Some(declarations.register(thing));
        }
    })
    .await;
    assert!(message.contains("depend on each other in a circle: g/t"), "{message}");
    assert!(message.len() < 2_000, "{} bytes", message.len());
}

#[tokio::test]
async fn an_interrupt_ends_a_plan_that_waits_for_nothing() {
    let (case, interrupt) = (Case::new().await, Interrupt::default());
    let called = Arc::new(AtomicUsize::new(0));
    let (count, stop) = (Arc::clone(&called), interrupt.clone());
    // The first closure requests a stop. Only a task that gets its turn can pass it on.
    let answer = move |_| {
        let stop = stop.clone();
        if count.fetch_add(1, Ordering::Relaxed) == 0 {
            tokio::spawn(async move { stop.interrupt() });
        }
        Value::Null
    };
    let declare = |declarations: &mut Declarations| {
        let outputs = (0..10_000).map(|callback| {
            declarations.express(Expr::Transform(Transform { callback, arguments: Vec::new() }))
        });
        let outputs: Vec<OutputId> = outputs.collect();
        export(declarations, outputs);
    };
    let program = Declaring { declare: Box::new(declare), answer: Arc::new(answer) };
    let stack = Stack { program: Some(Arc::new(program)), ..case.stack("") };
    let planned = stack.preview(&case.options, interrupt).await;
    assert!(matches!(planned, Err(Error::Interrupted)), "it ran to its end");
    assert!(called.load(Ordering::Relaxed) < 10_000, "all closures were called");
}
