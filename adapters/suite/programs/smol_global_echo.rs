//! `echo` on smol's global executor, for the tests to run as a process.

fn main() -> std::process::ExitCode {
    blazeio_programs::echo::main::<blazeio_suite::Global>()
}
