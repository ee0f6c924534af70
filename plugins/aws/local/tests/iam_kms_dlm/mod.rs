//! IAM, KMS and DLM as boto3 and the `aws` CLI see them: one script a service, each on a world of
//! its own.

use std::time::Duration;

use kim_aws_local::Options;

use crate::harness::run;

#[tokio::test(flavor = "multi_thread")]
async fn iam() {
    run("iam_kms_dlm/iam.py", Options::default()).await.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn kms() {
    run("iam_kms_dlm/kms.py", Options::default()).await.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dlm() {
    run("iam_kms_dlm/dlm.py", Options::default()).await.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_new_is_seen_late() {
    let options = Options { consistency_delay: Duration::from_secs(3600), ..Options::default() };
    run("iam_kms_dlm/late.py", options).await.stop().await;
}

/// Key material outlives the process, as the rest of the world does.
#[tokio::test(flavor = "multi_thread")]
async fn a_world_in_a_file_keeps_its_keys() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { world: Some(folder.path().join("world.db")), ..Options::default() };
    run("iam_kms_dlm/seal.py", options.clone()).await.stop().await;
    run("iam_kms_dlm/open.py", options).await.stop().await;
}
