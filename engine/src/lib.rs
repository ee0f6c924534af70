//! kim-engine.
