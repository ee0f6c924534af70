//! kim-tests.
