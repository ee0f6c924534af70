//! Rules of providers: the engine relies on them to create, resume and repeat.

use std::collections::BTreeSet;

use kim_model::Value;

use super::fixture::ProviderFixture;
use super::subject::{Created, Subject, new_token};
use crate::ports::Live;

/// Checks that the schema describes the kind and its id.
///
/// Neither schema nor digest may change.
pub async fn a_schema_describes_its_kind(fixture: &dyn ProviderFixture) {
    let Subject { provider, kind, .. } = Subject::new(fixture);
    let id = kind
        .properties
        .get(&kind.id)
        .unwrap_or_else(|| panic!("the schema has no property '{}'", kind.id));
    assert!(id.computed, "the id is not a computed property");
    assert_ne!(provider.schema().name, "");
    assert_eq!(provider.schema(), fixture.provider().schema());
    assert_ne!(provider.digest(), "");
    assert_eq!(provider.digest(), fixture.provider().digest());
}

/// Checks that valid inputs break no rule, and that inputs may be unknown.
pub async fn a_check_accepts_valid_and_unknown_inputs(fixture: &dyn ProviderFixture) {
    let subject = Subject::new(fixture);
    let inputs = fixture.inputs("a");
    let found = subject.provider.check(&subject.kind.name, &inputs).await.unwrap();
    assert!(
        found.iter().all(|violation| violation.warning),
        "valid inputs are rejected: {found:?}"
    );
    for unknown in inputs.as_map().into_iter().flatten().map(|(name, _)| name) {
        let partly = inputs.as_map().into_iter().flatten().map(|(name, value)| {
            (name.clone(), if name == unknown { Value::Unknown } else { value.clone() })
        });
        let checked = subject.provider.check(&subject.kind.name, &partly.collect()).await;
        assert!(checked.is_ok(), "the check fails if '{unknown}' is unknown: {checked:?}");
    }
}

/// Checks that a create returns an id, and that the resource shows its inputs.
pub async fn a_created_resource_has_an_id_and_its_inputs(fixture: &dyn ProviderFixture) {
    let subject = Subject::new(fixture);
    let created = subject.create("a").await;
    subject.assert_shows_inputs(&created.live, &created.inputs);
    subject.delete(&created).await;
}

/// Checks that a read returns a created resource as it was when it became ready.
pub async fn a_created_resource_is_read(fixture: &dyn ProviderFixture) {
    let subject = Subject::new(fixture);
    let created = subject.create("a").await;
    let read = subject
        .read(&[created.recorded()])
        .await
        .remove(0)
        .expect("the resource is read as missing");
    assert_eq!(read.id, created.live.id);
    assert_eq!(subject.stable(&read), subject.stable(&created.live));
    subject.delete(&created).await;
}

/// Checks that a read needs nothing but the id.
pub async fn a_resource_is_read_by_its_id_alone(fixture: &dyn ProviderFixture) {
    let subject = Subject::new(fixture);
    let created = subject.create("a").await;
    let id_alone = Live { id: created.live.id.clone(), properties: Value::map() };
    let read = subject.read(&[id_alone]).await.remove(0).expect("the resource is read as missing");
    assert_eq!(read.id, created.live.id);
    subject.delete(&created).await;
}

/// Checks that a resource that was deleted is read as missing.
pub async fn a_missing_resource_is_read_as_missing(fixture: &dyn ProviderFixture) {
    let subject = Subject::new(fixture);
    let created = subject.create("a").await;
    subject.delete(&created).await;
    assert_eq!(subject.read(&[created.recorded()]).await, [None]);
}

/// Checks that a read returns its results in the order of the resources.
///
/// The order stays if one of them is missing.
pub async fn a_read_keeps_the_order(fixture: &dyn ProviderFixture) {
    let subject = Subject::new(fixture);
    let [a, b, c] =
        [subject.create("a").await, subject.create("b").await, subject.create("c").await];
    subject.delete(&b).await;
    for order in [[&a, &b, &c], [&c, &b, &a], [&b, &c, &a]] {
        let read = subject.read(&order.map(Created::recorded)).await;
        let ids: Vec<_> =
            read.iter().map(|found| found.as_ref().map(|live| live.id.as_str())).collect();
        let expected =
            order.map(|created| (created.live.id != b.live.id).then_some(created.live.id.as_str()));
        assert_eq!(ids, expected, "read returns another order");
    }
    subject.delete(&a).await;
    subject.delete(&c).await;
}

/// Checks that a create that is repeated with its token creates no second resource.
///
/// A kind that is `tokenless` need not keep this rule.
pub async fn a_repeated_create_makes_no_second_resource(fixture: &dyn ProviderFixture) {
    let subject = Subject::new(fixture);
    if subject.kind.tokenless {
        return;
    }
    let created = subject.create("a").await;
    let again = subject.call_create(&created.inputs, &created.token).await;
    assert_eq!(again.id, created.live.id, "the same token created a second resource");
    subject.delete(&created).await;
}

/// Checks that a token finds the resource that was created with it, among others.
pub async fn a_token_finds_what_it_created(fixture: &dyn ProviderFixture) {
    let subject = Subject::new(fixture);
    let [a, b] = [subject.create("a").await, subject.create("b").await];
    for created in [&a, &b] {
        assert_eq!(
            subject.find_created(created).await.id,
            created.live.id,
            "another resource is found"
        );
    }
    subject.delete(&a).await;
    subject.delete(&b).await;
}

/// Checks that a token that created nothing finds nothing.
///
/// That holds even if a resource of the same inputs exists.
pub async fn an_unused_token_finds_nothing(fixture: &dyn ProviderFixture) {
    let subject = Subject::new(fixture);
    let created = subject.create("a").await;
    assert_eq!(subject.find(&new_token(), &created.inputs).await, None);
    subject.delete(&created).await;
}

/// Checks that settling a ready resource succeeds.
pub async fn a_settle_can_be_repeated(fixture: &dyn ProviderFixture) {
    let subject = Subject::new(fixture);
    let created = subject.create("a").await;
    if !subject.kind.ready {
        let again = subject.settle(&created.inputs, &created.live).await;
        assert_eq!(subject.stable(&again), subject.stable(&created.live));
    }
    subject.delete(&created).await;
}

/// Checks that an update changes the resource, and that a read shows it.
pub async fn an_update_changes_the_resource(fixture: &dyn ProviderFixture) {
    let subject = Subject::new(fixture);
    let Some(inputs) = subject.updated_inputs("a") else { return };
    let created = subject.create("a").await;
    let updated = subject.update(&created, &inputs).await;
    subject.assert_shows_inputs(&updated, &inputs);
    assert_ne!(
        subject.stable(&updated),
        subject.stable(&created.live),
        "the update changed nothing"
    );
    let read = subject
        .read(&[created.recorded()])
        .await
        .remove(0)
        .expect("the resource is read as missing");
    assert_eq!(subject.stable(&read), subject.stable(&updated));
    subject.delete(&created).await;
}

/// Checks that an update that changes nothing succeeds.
pub async fn an_update_can_be_repeated(fixture: &dyn ProviderFixture) {
    let subject = Subject::new(fixture);
    let Some(inputs) = subject.updated_inputs("a") else { return };
    let created = subject.create("a").await;
    let updated = subject.update(&created, &inputs).await;
    // With the same arguments, as the next run does if this one was killed before it recorded the
    // outcome.
    let again = subject.update(&created, &inputs).await;
    assert_eq!(subject.stable(&again), subject.stable(&updated));
    subject.delete(&created).await;
}

/// Checks that deleting a deleted resource succeeds.
pub async fn a_delete_can_be_repeated(fixture: &dyn ProviderFixture) {
    let subject = Subject::new(fixture);
    let created = subject.create("a").await;
    subject.delete(&created).await;
    subject.delete(&created).await;
}

/// Checks that a delete deletes its own resource and no other.
pub async fn a_delete_takes_one_resource(fixture: &dyn ProviderFixture) {
    let subject = Subject::new(fixture);
    let [a, b] = [subject.create("a").await, subject.create("b").await];
    subject.delete(&a).await;
    let read = subject.read(&[a.recorded(), b.recorded()]).await;
    assert_eq!(read.iter().map(Option::is_some).collect::<Vec<_>>(), [false, true]);
    subject.delete(&b).await;
}

/// Checks that creates of different resources may overlap.
pub async fn creates_may_overlap(fixture: &dyn ProviderFixture) {
    let subject = Subject::new(fixture);
    let (a, b, c, d) = tokio::join!(
        subject.create("a"),
        subject.create("b"),
        subject.create("c"),
        subject.create("d")
    );
    let all = [a, b, c, d];
    let ids: BTreeSet<&str> = all.iter().map(|created| created.live.id.as_str()).collect();
    assert_eq!(ids.len(), all.len(), "two resources have one id");
    for created in &all {
        assert_eq!(
            subject.find_created(created).await.id,
            created.live.id,
            "another resource is found"
        );
        subject.delete(created).await;
    }
}
