//! Batched reads: N volumes take N/page calls.

use kim_aws_local::Options;
use kim_tests::{Cloud, Project};

// Rule 31.
#[test]
fn many_volumes_are_read_a_page_at_a_time() {
    let cloud = Cloud::with(Options { page_size_limit: 25, ..Options::default() });
    let mut project = Project::small(&cloud.account());
    project.set("volumes", "60").up().succeeds();
    let calls = cloud.calls().len();
    project.expect_no_changes();
    let reads = cloud.actions_since(calls);
    let of_volumes = reads.iter().filter(|action| *action == "DescribeVolumes").count();
    assert_eq!(of_volumes, 3, "60 volumes in pages of 25: {reads:?}");
}
