//! `fetch` on an executor of smol's of its own, for the tests to run as a process.

fn main() -> std::process::ExitCode {
    blazeio_programs::fetch::main::<blazeio_smol::Smol>()
}
