//! llhttp, the one inside Node.

use crate::case::Case;
use crate::reading::Reading;
use std::path::Path;
use std::process::Command;

pub(crate) fn read(home: &Path, cases: &[Case]) -> (String, Vec<Reading>) {
    let mut command = Command::new("node");
    command.arg("--no-deprecation").arg(home.join("read_by_llhttp.js"));
    crate::pipe::read_all(command, cases)
}
