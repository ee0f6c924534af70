//! The local AWS, seen from outside.
