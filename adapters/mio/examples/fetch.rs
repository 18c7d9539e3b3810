//! A client that fetches URLs, on mio: see `blazeio_programs::fetch`.

fn main() -> std::process::ExitCode {
    blazeio_programs::fetch::main::<blazeio_mio::Mio>()
}
