//! The binary `kim`. Everything is in the library, so that tests can call it.

fn main() -> std::process::ExitCode {
    kim_cli::main()
}
