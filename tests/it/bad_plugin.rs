//! bad plugins
