//! `fetch` on a local executor of smol's, for the tests to run as a process.

fn main() -> std::process::ExitCode {
    blazeio_programs::fetch::main::<blazeio_suite::Local>()
}
