//! The engine's tests, all through one small language: a program in a few lines, a cloud in memory, and what is
//! expected. See `fixture`.

mod applying;
mod crash;
mod fixture;
mod planning;
mod random;
