//! Bytes for a future that reads them: whole, byte by byte, cut at every point, and through pipes
//! of every kind.

use crate::support::pipe::{Manners, Pipe};
use crate::support::tasks::Tasks;
use crate::support::verbs::Shared;
use std::cell::Cell;
use std::fmt::Debug;
use std::io;
use std::rc::Rc;

/// Writes `pieces` to `far`, each only once the one before was taken, then ends it, unless nobody
/// reads any more; all `tasks` have to be done then.
pub fn feed<'a>(tasks: &mut Tasks<'a>, far: &'a Shared<Pipe>, pieces: &'a [&[u8]]) {
    let is_refused = Rc::new(Cell::new(false));
    for piece in pieces.iter().filter(|piece| !piece.is_empty()) {
        let refused = Rc::clone(&is_refused);
        tasks.begin(async move {
            // What is refused early may be deaf by now.
            if far.write_all(piece).await.is_err() {
                refused.set(true);
            }
        });
        tasks.settle();
    }
    if !is_refused.get() {
        tasks.begin(async { far.shutdown().await.unwrap() });
    }
    assert_eq!(tasks.settle(), 0, "still waits after the end of input");
}

/// The one outcome that `bytes` have, however they are cut and whatever the pipe is like, when
/// `outcome` feeds the pieces that it is given.
pub fn every_way<T: PartialEq + Debug>(
    bytes: &[u8],
    outcome: impl Fn(&[&[u8]], Manners) -> io::Result<T>,
) -> io::Result<T> {
    let whole = outcome(&[bytes], Manners::GOOD);
    let bytewise: Vec<&[u8]> = bytes.chunks(1).collect();
    assert_eq!(told(&outcome(&bytewise, Manners::GOOD)), told(&whole), "byte by byte");
    let short = Manners { chop: 1, ..Manners::GOOD };
    let stormy = Manners { room: 64, chop: 3, is_stormy: true, ..Manners::GOOD };
    let held = Manners { is_held: true, ..stormy };
    for manners in [short, stormy, held] {
        assert_eq!(told(&outcome(&[bytes], manners)), told(&whole), "{manners:?}");
    }
    for at in 1..bytes.len() {
        let (before, after) = bytes.split_at(at);
        let cut = outcome(&[before, after], Manners::GOOD);
        assert_eq!(told(&cut), told(&whole), "cut at {at}");
    }
    whole
}

/// An outcome as it can be compared.
fn told<T>(outcome: &io::Result<T>) -> Result<&T, String> {
    outcome.as_ref().map_err(|error| format!("{:?}: {error}", error.kind()))
}
