//! Target `server_connection`: any calls on a server's connection, in any order.
//!
//! Decides by a ledger kept beside the connection; see `subject`.

use crate::bounds;
use crate::choices::Choices;
use crate::pieces::add_piece;
use crate::subject::Subject;
use blazeio::{Limits, Server};

/// Panics if a server's connection does anything that its documentation rules out.
pub fn run(data: &[u8]) {
    let mut choices = Choices::new(data);
    let limits = bounds::limits(&mut choices);
    let mut subject = new(&limits, &mut choices);
    for _ in 0..MOST_CALLS {
        if choices.is_over() {
            break;
        }
        call(&mut subject, &mut choices);
        subject.check();
    }
    subject.ledger.check_wire();
}

/// So many calls reach every state; more only take time.
const MOST_CALLS: usize = 120;

fn new<'l>(limits: &'l Limits, choices: &mut Choices<'_>) -> Subject<'l, Server> {
    let now = choices.one(&[0, 0, 0, 1_000_000, u64::MAX - 9, u64::MAX]);
    Subject::new(limits, now)
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
        _ => subject.tell(choices),
    }
}
