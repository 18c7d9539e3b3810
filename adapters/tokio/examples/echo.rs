//! A server that sends back what it is sent, on tokio: see `blazeio_programs::echo`.

fn main() -> std::process::ExitCode {
    blazeio_programs::echo::main::<blazeio_tokio::Tokio>()
}
