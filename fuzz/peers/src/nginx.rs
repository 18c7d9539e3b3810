//! nginx as a reverse proxy.

use crate::proxy::{Proxy, free_port};
use std::path::Path;
use std::process::Command;

pub(crate) fn start(dir: &Path, origin: u16) -> (String, Proxy) {
    let port = free_port();
    let text = include_str!("../nginx.conf")
        .replace("{DIR}", &dir.display().to_string())
        .replace("{PORT}", &port.to_string())
        .replace("{ORIGIN}", &origin.to_string());
    let file = dir.join("nginx.conf");
    std::fs::write(&file, text).expect("a file");
    let mut command = Command::new("nginx");
    // Until its configuration is read, it would log elsewhere.
    command.arg("-e").arg(dir.join("nginx.log")).arg("-p").arg(dir).arg("-c").arg(file);
    let version = crate::proxy::version("nginx", "-v").replace("nginx version: nginx/", "");
    (version, Proxy::start(command, port, dir, "nginx"))
}
