//! h11, in the Python that `PEERS_PYTHON` names, or `python3`.

use crate::case::Case;
use crate::reading::Reading;
use std::path::Path;
use std::process::Command;

pub(crate) fn read(home: &Path, cases: &[Case]) -> (String, Vec<Reading>) {
    let python = std::env::var("PEERS_PYTHON").unwrap_or_else(|_| "python3".into());
    let mut command = Command::new(python);
    command.arg(home.join("read_by_h11.py"));
    crate::pipe::read_all(command, cases)
}
