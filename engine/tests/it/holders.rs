//! Holders: a resource that another one refers to by a property that holds cannot go before it.

use kim_engine::Error;
use kim_engine::plan::Operation;

use crate::fixture::{Case, check};

/// Returns the error of a preview of `after` on what `before` deployed; nothing is called.
async fn refused(before: &str, after: &str) -> String {
    let case = Case::new().await;
    case.up(before).await;
    case.clear_calls();
    let error = case.preview(after).await.unwrap_err();
    assert_eq!(case.calls(), [""; 0]);
    with_lines(&error)
}

/// Returns an error with the lines of what it is about.
fn with_lines(error: &Error) -> String {
    let Error::Invalid(diagnostics) = error else { panic!("{error}") };
    let lines = diagnostics.iter().flat_map(|one| one.sources.iter().map(|source| source.line));
    format!("{error}\nlines {:?}", lines.collect::<Vec<u32>>())
}

/// Returns the calls of a run of `after` on what `before` deployed; it converges.
async fn calls(before: &str, after: &str) -> Vec<String> {
    let case = Case::new().await;
    case.up(before).await;
    case.clear_calls();
    case.up(after).await;
    let calls = case.calls();
    case.expect_convergence(after).await;
    calls.into_iter().filter(|call| !call.starts_with("settle")).collect()
}

// Rule 45.
#[tokio::test]
async fn what_holds_by_a_name_that_stays_is_replaced_with_what_it_holds() {
    let role = |size: &str| format!("role: Named fixed=web size={size} !replaces=size");
    // By an output, and written out.
    for name in ["role.fixed", "web"] {
        let policy = format!("policy: Thing clamp={name}");
        let program = |size: &str| format!("{}\n{policy}", role(size));
        let expect = "
            ∓ role size: 1 → 2
            ∓ policy # role is replaced, which it keeps from being deleted
        ";
        let case = check(&program("1"), &program("2"), expect).await;
        case.up(&program("2")).await;
        let calls: Vec<String> =
            case.calls().into_iter().filter(|call| !call.starts_with("settle")).collect();
        assert_eq!(calls, ["delete id-2", "delete web", "create web", "create ?"], "{name}");
        case.expect_convergence(&program("2")).await;
        case.expect_destroyed().await;
    }
}

// Rule 45.
#[tokio::test]
async fn what_is_held_by_a_name_waits_for_what_holds_it() {
    let program = "policy: Thing clamp=web\nrole: Named fixed=web";
    let case = Case::new().await;
    case.up(program).await;
    assert_eq!(case.calls(), ["create web", "settle web", "create ?", "settle id-2"]);
    case.destroy().await;
    assert_eq!(case.calls(), ["delete id-2", "delete web"]);
    // The name is that of another kind, or no name at all.
    let program = "a: Thing clamp=web\nb: Part fixed=web\nc: Thing ref=other\nd: Named fixed=other";
    assert_eq!(calls("a: Thing size=1", program).await[0], "create ?");
}

// Rule 45.
#[tokio::test]
async fn what_cannot_let_go_first_is_refused_with_its_lines() {
    let program = |size: &str| {
        format!(
            "role: Named fixed=web size={size} !replaces=size
             profile: Thing grip=role.fixed
             other: Thing grip=web"
        )
    };
    insta::assert_snapshot!(refused(&program("1"), &program("2")).await);
    // The new name is known only once the new one exists.
    let program = |fixed: &str| format!("a: Thing fixed={fixed} !dbr\nb: Thing grip=a.id");
    insta::assert_snapshot!(refused(&program("1x"), &program("2x")).await);
    // The new one can exist beside the old one.
    let program = |fixed: &str| format!("a: Named fixed={fixed} !cbd\nb: Thing grip=a.id");
    let expected = ["create 2x", "update id-2", "delete 1x"];
    assert_eq!(calls(&program("1x"), &program("2x")).await, expected);
}

// Rule 45.
#[tokio::test]
async fn a_holder_that_is_told_so_is_replaced_too() {
    let program = |size: &str| {
        format!(
            "role: Named fixed=web size={size} !replaces=size
             profile: Thing grip=web !follow=role"
        )
    };
    let expected = ["delete id-2", "delete web", "create web", "create ?"];
    assert_eq!(calls(&program("1"), &program("2")).await, expected);
}

// Rule 45.
#[tokio::test]
async fn a_holder_that_refers_to_something_else_lets_go_first() {
    let before = "a: Thing fixed=1x !dbr\nother: Thing\nb: Thing grip=a.id";
    // It moves to what exists, and to nothing.
    for (grip, call) in [(" grip=other.id", "update id-3"), ("", "update id-3")] {
        let after = format!("a: Thing fixed=2x !dbr\nother: Thing\nb: Thing{grip}");
        assert_eq!(calls(before, &after).await, [call, "delete id-1", "create 2x"]);
        let after = format!("other: Thing\nb: Thing{grip}");
        assert_eq!(calls(before, &after).await, [call, "delete id-1"]);
    }
    // Held by what is deleted in the same run.
    let after = "a: Thing fixed=2x !dbr\nother: Thing";
    assert_eq!(calls(before, after).await, ["delete id-3", "delete id-1", "create 2x"]);
}

// Rule 45.
#[tokio::test]
async fn what_is_no_longer_declared_is_kept_by_what_still_refers_to_it() {
    // The program writes out an id of the cloud: nothing is recorded to depend on it.
    let before = "a: Thing\nb: Thing grip=id-1";
    insta::assert_snapshot!(refused(before, "b: Thing grip=id-1").await);
    // What holds it is retained.
    let case = Case::new().await;
    case.up("a: Thing\nb: Thing grip=a.id !retain").await;
    insta::assert_snapshot!(case.run_error(Operation::Destroy, "").await);
    // What holds it is no target.
    let mut case = Case::new().await;
    case.up(before).await;
    case.options.exclude = vec!["b".to_owned()];
    insta::assert_snapshot!(case.preview_error("c: Thing").await);
}

// Rule 45.
#[tokio::test]
async fn what_the_cloud_tells_counts_as_held() {
    let program = |size: &str| {
        format!("role: Named fixed=web size={size} !replaces=size\nprofile: Thing grip=web")
    };
    let case = Case::new().await;
    case.up(&program("1")).await;
    // Somebody took the role out of the profile: it is put in again once the new one exists.
    case.cloud().items.get_mut("id-2").unwrap().properties.remove("grip");
    case.clear_calls();
    case.up(&program("2")).await;
    assert_eq!(case.calls(), ["delete web", "create web", "settle web", "update id-2"]);
    case.expect_convergence(&program("2")).await;
}

// Rule 45.
#[tokio::test]
async fn what_is_pinned_moves_once_nothing_pins_it() {
    // Of what is replaced with it, the old copy goes before, although it would be created first.
    let program = |vpc: &str| {
        format!(
            "vpc: Thing fixed={vpc}
             gateway: Thing ref=vpc.id
             route: Thing size=1 !after=gateway
             nat: Thing pin_ref=x fixed=vpc.id !after=route"
        )
    };
    let expected = ["create 2x", "delete id-4", "update id-2", "create id-5", "delete id-1"];
    assert_eq!(calls(&program("1x"), &program("2x")).await, expected);
    // What is dropped in the same run.
    let case = Case::new().await;
    case.up(&program("1x")).await;
    case.clear_calls();
    let after =
        "vpc: Thing fixed=2x\ngateway: Thing ref=vpc.id\nroute: Thing size=1 !after=gateway";
    case.up(after).await;
    let calls = case.calls();
    let at = |call: &str| calls.iter().position(|one| one == call).unwrap();
    assert!(at("delete id-4") < at("update id-2"), "{calls:?}");
    // Its first place is none that it leaves.
    let before = "gateway: Thing size=1\naddress: Thing pin_ref=x !after=gateway";
    let after = "gateway: Thing size=1 ref=x\naddress: Thing pin_ref=x !after=gateway";
    let case = Case::new().await;
    case.up(before).await;
    case.expect_plan(after, "~ gateway ref: ∅ → \"x\"").await;
}

// Rule 45.
#[tokio::test]
async fn what_is_pinned_does_not_move_under_what_stays() {
    let program = |vpc: &str| {
        format!(
            "gateway: Thing ref={vpc}\nroute: Thing size=1 !after=gateway\naddress: Thing pin_ref=x !after=route"
        )
    };
    insta::assert_snapshot!(refused(&program("1x"), &program("2x")).await);
    // Nor does it go.
    let before = program("1x");
    insta::assert_snapshot!(refused(&before, "address: Thing pin_ref=x").await);
    // It is free once nothing is set.
    let after = "gateway: Thing ref=2x\nroute: Thing size=1\naddress: Thing size=2";
    assert_eq!(calls(&before, after).await, ["update id-3", "update id-1"]);
}
