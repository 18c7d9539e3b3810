//! Target `server_connection`: any calls on a server's connection, in any order.
//!
//! Decides by a ledger kept beside the connection; see `subject`.

use crate::choices::Choices;
use crate::pieces::add_piece;
use crate::subject::{self, Subject};
use blazeio::Server;

/// Panics if a server's connection does anything that its documentation rules out.
pub fn run(data: &[u8]) {
    subject::play(data, call);
}

fn call(subject: &mut Subject<'_, Server>, choices: &mut Choices<'_>) {
    match choices.below(32) {
        0..=5 => {
            add_piece(choices, true, &mut subject.input);
            subject.receive_all();
        }
        6 | 7 => add_piece(choices, true, &mut subject.input),
        8 => drop(subject.receive()),
        9 => subject.receive_cut(choices),
        10..=13 => subject.go_on(choices),
        27 => subject.send_head(choices),
        14 => subject.send_interim(choices),
        15 | 16 => subject.send_content(choices),
        17 => subject.frame_content(choices),
        18..=21 => subject.send_end(choices),
        22 => subject.send_error(choices),
        23 | 24 => subject.pass_time(choices),
        25 => subject.expire(),
        26 => subject.receive_all(),
        28 if choices.rarely(6) => subject.cut_off(),
        _ => subject.tell(choices),
    }
}
