//! kim-plugin.
