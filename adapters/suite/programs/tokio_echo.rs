//! `echo` on tokio, for the tests to run as a process.

fn main() -> std::process::ExitCode {
    blazeio_programs::echo::main::<blazeio_tokio::Tokio>()
}
