//! kim-sandbox.
