//! A token bucket, which limits requests as AWS does.
//!
//! A rate is the requests a second, and also those at once after a pause.

use std::time::Instant;

/// The bucket of all callers together.
#[derive(Debug)]
pub(crate) struct Bucket {
    rate: f64,
    tokens: f64,
    filled: Instant,
}

impl Bucket {
    /// Creates a full bucket that gains `rate` tokens a second.
    pub(crate) fn new(rate: f64) -> Bucket {
        Bucket { rate, tokens: rate.max(1.0), filled: Instant::now() }
    }

    /// Takes a token if there is one.
    pub(crate) fn take(&mut self) -> bool {
        let now = Instant::now();
        let gained = now.duration_since(self.filled).as_secs_f64() * self.rate;
        self.filled = now;
        self.tokens = (self.tokens + gained).min(self.rate.max(1.0));
        let granted = self.tokens >= 1.0;
        self.tokens -= if granted { 1.0 } else { 0.0 };
        granted
    }
}

#[cfg(test)]
mod tests {
    use super::Bucket;

    #[test]
    fn a_bucket_gives_what_it_has_and_no_more() {
        let mut bucket = Bucket::new(0.000_001);
        assert_eq!([bucket.take(), bucket.take(), bucket.take()], [true, false, false]);
        let mut bucket = Bucket::new(3.0);
        assert!(bucket.take() && bucket.take() && bucket.take());
    }
}
