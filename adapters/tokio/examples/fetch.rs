//! A client that fetches URLs, on tokio: see `blazeio_programs::fetch`.

fn main() -> std::process::ExitCode {
    blazeio_programs::fetch::main::<blazeio_tokio::Tokio>()
}
