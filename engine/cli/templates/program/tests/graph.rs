//! What the program declares, as a value: without a cloud, without kim, within a second.
//!
//! After a change that is meant, `INSTA_UPDATE=always cargo test` writes the snapshot anew; read its difference before you
//! commit it.

use kim::{json, testing};

#[test]
fn a_subnet_in_each_zone() {
    let settings = json!({ "config": { "zones": ["eu-central-1a", "eu-central-1b"] } });
    let run = testing::run({{crate}}::deploy, settings).expect("the settings are fine");
    insta::assert_json_snapshot!(run.graph());
}

#[test]
fn settings_that_are_wrong_are_refused_by_name() {
    let settings = json!({ "config": { "zone": "eu-central-1a" } });
    let error = testing::run({{crate}}::deploy, settings)
        .err()
        .expect("there is no such key");
    assert!(
        error.to_string().contains("did you mean 'zones'"),
        "{error}"
    );
}
