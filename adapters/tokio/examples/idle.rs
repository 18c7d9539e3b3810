//! What an idle keep-alive connection costs, on tokio: see `blazeio_programs::idle`.

fn main() -> std::io::Result<std::process::ExitCode> {
    blazeio_programs::idle::main::<blazeio_tokio::Tokio>()
}
