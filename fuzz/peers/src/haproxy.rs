//! HAProxy as a reverse proxy.

use crate::proxy::{Proxy, free_port};
use std::path::Path;
use std::process::Command;

/// Tells HAProxy's own refusals from what the origin answered.
const REFUSED: &str =
    "HTTP/1.1 502 Bad Gateway\r\nX-Refused: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

pub(crate) fn start(dir: &Path, origin: u16) -> (String, Proxy) {
    let port = free_port();
    let text = include_str!("../haproxy.cfg")
        .replace("{DIR}", &dir.display().to_string())
        .replace("{PORT}", &port.to_string())
        .replace("{ORIGIN}", &origin.to_string());
    let file = dir.join("haproxy.cfg");
    std::fs::write(&file, text).expect("a file");
    std::fs::write(dir.join("502.http"), REFUSED).expect("a file");
    let mut command = Command::new("haproxy");
    command.arg("-db").arg("-q").arg("-f").arg(file);
    let version = crate::proxy::version("haproxy", "-v");
    let version = version.split(' ').nth(2).unwrap_or("?").into();
    (version, Proxy::start(command, port, dir, "haproxy"))
}
