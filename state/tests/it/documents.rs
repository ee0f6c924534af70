//! The exported document, and what makes a state invalid.

use std::sync::Arc;

use kim_engine::state::{Action, Intent, Record, Standing, State, StateChange, validate};
use kim_engine::testing::sample::{self, exports, put};
use kim_model::{Source, Urn, Value};
use kim_state::to_json;

fn urn(name: &str) -> Urn {
    Urn::new("shop", "dev", "aws:ec2:Volume", &[], name)
}

fn record(name: &str) -> Record {
    sample::record(urn(name))
}

fn state(changes: impl IntoIterator<Item = StateChange>) -> State {
    let mut state = State { stack_id: "5f".into(), ..State::default() };
    changes.into_iter().for_each(|change| state.apply(&change));
    state
}

#[test]
fn the_document_is_stable_and_hides_secrets() {
    let mut volume = record("log");
    let inputs = [
        ("size", Value::Int(500)),
        ("token", Value::secret([("raw", Value::Bytes(vec![1, 255]))].into_iter().collect())),
    ];
    volume.inputs = Arc::new(inputs.into_iter().collect());
    volume.dependencies = [urn("key")].into();
    volume.source = Some(Source { file: "src/lib.rs".into(), line: 12 });
    let intent = Intent {
        id: 3,
        urn: urn("key"),
        action: Action::Create,
        generation: 1,
        token: "t".into(),
        record: Record { generation: 1, id: String::new(), ..record("key") },
    };
    let state = state([
        put(volume),
        StateChange::NextGeneration { urn: urn("log"), next: 1 },
        StateChange::OpenIntent(Arc::new(intent)),
        exports([("password", Value::secret("hunter2".into())), ("later", Value::Unknown)]),
    ]);
    insta::assert_json_snapshot!(to_json(&state, false));
    assert!(!to_json(&state, false).to_string().contains("hunter2"));

    let revealed = to_json(&state, true);
    assert_eq!(revealed["exports"]["password"], "hunter2");
    assert_eq!(revealed["resources"][0]["inputs"]["token"]["raw"], "01ff");
    assert_eq!(revealed["resources"][0]["secrets"], serde_json::json!(["inputs.token"]));
    assert_eq!(revealed["resources"][0]["bytes"], serde_json::json!(["inputs.token.raw"]));
}

#[test]
fn an_invalid_state_reports_every_fault() {
    let mut parent = record("group");
    (parent.component, parent.id) = (true, String::new());
    let mut child = record("child");
    (child.parent, child.dependencies) = (Some(urn("group")), [urn("group")].into());
    let mut old = record("child");
    (old.generation, old.standing) = (1, Standing::Replaced);
    let mut pending = record("pending");
    (pending.standing, pending.id) = (Standing::ReplacementPending, String::new());
    let valid = state([parent, child, old, pending].map(put));
    assert_eq!(validate(&valid), Vec::<String>::new());

    let mut twice = record("twice");
    twice.generation = 7;
    let mut nowhere = record("nowhere");
    nowhere.id = String::new();
    (nowhere.parent, nowhere.deleted_with) = (Some(urn("gone")), Some(urn("gone")));
    let [mut a, mut b, mut c] = ["a", "b", "c"].map(record);
    (a.dependencies, b.parent, c.dependencies) =
        ([urn("b")].into(), Some(urn("c")), [urn("b"), urn("lost")].into());
    insta::assert_snapshot!(validate(&state([record("twice"), twice, nowhere, a, b, c].map(put))).join("\n"), @r#"
kim:shop/dev/aws:ec2:Volume/c: its dependency kim:shop/dev/aws:ec2:Volume/lost is not recorded
kim:shop/dev/aws:ec2:Volume/nowhere: generation 0 has no id
kim:shop/dev/aws:ec2:Volume/nowhere: its parent kim:shop/dev/aws:ec2:Volume/gone is not recorded
kim:shop/dev/aws:ec2:Volume/nowhere: its container kim:shop/dev/aws:ec2:Volume/gone is not recorded
kim:shop/dev/aws:ec2:Volume/twice: there is more than one current copy
kim:shop/dev/aws:ec2:Volume/b: it depends on itself: kim:shop/dev/aws:ec2:Volume/b -> kim:shop/dev/aws:ec2:Volume/c -> kim:shop/dev/aws:ec2:Volume/b
"#);
}

#[test]
fn a_long_chain_is_checked_without_recursion() {
    let chain = (0..20_000).map(|n| {
        let mut link = record(&format!("{n:05}"));
        link.dependencies = (n > 0).then(|| urn(&format!("{:05}", n - 1))).into_iter().collect();
        put(link)
    });
    assert_eq!(validate(&state(chain)), Vec::<String>::new());
}
