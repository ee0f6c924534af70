//! The endpoints of services, and how fast requests leave.

use std::time::Duration;

use tokio::time::Instant;

use crate::aws::endpoint::Endpoint;
use crate::aws::limiter::State;

#[test]
fn services_are_where_aws_says() {
    for (service, region, host, signed) in [
        ("ec2", "eu-central-1", "ec2.eu-central-1.amazonaws.com", "eu-central-1"),
        ("iam", "eu-central-1", "iam.amazonaws.com", "us-east-1"),
        ("kms", "cn-north-1", "kms.cn-north-1.amazonaws.com.cn", "cn-north-1"),
        ("iam", "cn-northwest-1", "iam.cn-north-1.amazonaws.com.cn", "cn-north-1"),
        ("iam", "us-gov-east-1", "iam.us-gov.amazonaws.com", "us-gov-west-1"),
        ("sts", "us-gov-east-1", "sts.us-gov-east-1.amazonaws.com", "us-gov-east-1"),
    ] {
        let endpoint = Endpoint::standard(service, region).unwrap();
        assert_eq!(
            (endpoint.base.as_str(), &*endpoint.region),
            (&*format!("https://{host}/"), signed)
        );
    }
}

#[test]
fn no_path_and_no_name_becomes_a_host() {
    let endpoint = Endpoint::standard("ec2", "eu-central-1").unwrap();
    for path in
        ["", "x", "//evil.example/", "@evil.example/", "https://evil.example/", "/..//evil.example"]
    {
        assert!(endpoint.url(path).is_err(), "{path}");
    }
    for path in ["/", "/?a=b", "/@evil.example/", "/\\evil.example/", "/a?b=//c#d"] {
        let url = endpoint.url(path).unwrap();
        assert_eq!(url.host_str(), Some("ec2.eu-central-1.amazonaws.com"), "{path} became {url}");
    }
    for name in ["", "evil.example/", "EC2", "a b", "-x", &"x".repeat(64)] {
        assert!(
            Endpoint::standard(name, "eu-central-1").is_err()
                && Endpoint::standard("ec2", name).is_err(),
            "{name}"
        );
    }
    let below = endpoint.at("http://127.0.0.1:4566/base/").unwrap();
    assert_eq!(below.url("/x?y=%20z").unwrap().as_str(), "http://127.0.0.1:4566/base/x?y=%20z");
}

/// Returns when the last of `count` simultaneous requests leaves, from `now` on.
fn leave(state: &mut State, now: Instant, count: u32) -> Duration {
    (0..count).map(|_| state.reserve(now)).last().unwrap() - now
}

#[test]
fn the_pace_is_free_until_it_is_refused_and_recovers() {
    let mut now = Instant::now();
    let mut state = State::new(now);
    assert_eq!(leave(&mut state, now, 100), Duration::ZERO);
    state.cut(now);
    let cut = state.rate.unwrap();
    assert!((69.0..71.0).contains(&cut), "below the hundred that left at once: {cut}");
    assert!(leave(&mut state, now, 70) >= Duration::from_millis(950));
    state.cut(now);
    assert_eq!(state.rate, Some(cut), "refusals of one moment count once");
    now += Duration::from_secs(2);
    state.cut(now);
    assert!(state.rate.unwrap() < cut);
    (0..100_000).for_each(|_| state.grow());
    assert_eq!(state.rate, None);
    assert_eq!(leave(&mut state, now, 100), Duration::ZERO);
}
