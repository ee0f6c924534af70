//! The text of builders, from an invented schema. The tests of `kim-aws` show that it compiles and
//! works.

use std::path::Path;

use kim_generate::{GenerateError, generate, reference};
use kim_model::schema::Plugin;

fn plugin() -> Plugin {
    serde_json::from_str(include_str!("shop.json")).expect("a schema")
}

#[test]
fn builders_as_text() {
    let files = generate(&[plugin()]).expect("it generates");
    assert_eq!(
        files.keys().map(|path| path.as_path()).collect::<Vec<_>>(),
        [Path::new("lib.rs"), Path::new("store.rs")]
    );
    insta::assert_snapshot!("lib", files[Path::new("lib.rs")]);
    insta::assert_snapshot!("store", files[Path::new("store.rs")]);
}

#[test]
fn a_reference_as_text() {
    insta::assert_snapshot!(reference(&plugin()));
}

#[test]
fn names_that_do_not_fit_are_refused() {
    let mut wrong = plugin();
    wrong.kinds[0].name = "Shelf".into();
    let error = generate(&[wrong]).expect_err("no service in it");
    insta::assert_snapshot!(error, @"'Shelf' is not the name of a kind or lookup: write it like aws:ec2:Volume");
    let mut twice = plugin();
    let mut other = twice.kinds[0].clone();
    other.name = "shop:store:Size".into();
    twice.kinds.push(other);
    assert!(
        matches!(generate(&[twice]), Err(GenerateError::Collision { name, .. }) if name == "Size")
    );
}
