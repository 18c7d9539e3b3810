//! `fetch` on mio, for the tests to run as a process.

fn main() -> std::process::ExitCode {
    blazeio_programs::fetch::main::<blazeio_mio::Mio>()
}
