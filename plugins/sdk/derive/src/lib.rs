//! kim-plugin-derive.
