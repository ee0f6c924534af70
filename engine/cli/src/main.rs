//! The binary `kim`. All code is in the library, so that tests can call it.

/// The allocator: mimalloc.
///
/// Planning allocates and frees millions of small values. mimalloc takes two thirds of the time of
/// glibc's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    kim_cli::main()
}
