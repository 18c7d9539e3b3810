//! A connection between two ends, and the network between them.
//!
//! Decides what of the one end's doing reaches the other, and when. As with TCP: closing an
//! end with unread bytes, or writing to a closed one, is answered by a reset; a reset may
//! cost the bytes that its receiver has not read.

use crate::sim::agenda::Event;
use crate::sim::direction::Direction;
use crate::sim::end::{End, LOST, READ, WRITE};
use crate::sim::environment::{Environment, Note};
use crate::sim::fate::{Fate, Trigger};
use crate::sim::faults::Fault;
use std::io::IoSlice;

const ROOM: usize = 64 * 1024;

#[derive(Debug)]
pub(super) struct Connection {
    pub(super) id: u32,
    /// From the first end to the second, and back.
    pub(super) directions: [Direction; 2],
    pub(super) ends: [End; 2],
    pub(super) fate: Option<Fate>,
    /// The harm that came to it.
    pub(super) harm: Option<Fault>,
    has_vanished: bool,
}

impl Connection {
    pub(super) fn new(id: u32, env: &mut Environment) -> Self {
        let fate = Fate::roll(env);
        if let Some(Fate { trigger: Trigger::Time(at), .. }) = fate {
            env.schedule(at, Event::Fate(id));
        }
        Self {
            id,
            directions: [(); 2].map(|()| Direction::new(capacity(env))),
            ends: [0, 1].map(|end| End::new(id, end, env)),
            fate,
            harm: None,
            has_vanished: false,
        }
    }

    pub(super) const fn name(&self, end: usize) -> u64 {
        self.id as u64 * 2 + end as u64
    }

    /// How many bytes the socket of `end` takes now.
    pub(super) fn room(&self, end: usize) -> usize {
        let direction = &self.directions[end];
        if direction.is_cut {
            return usize::MAX;
        }
        match self.fate {
            Some(Fate { fault, trigger: Trigger::Written { end: writer, bytes } })
                if writer == end && fault != Fault::WriteZero =>
            {
                direction.room().min((bytes - direction.written) as usize)
            }
            _ => direction.room(),
        }
    }

    /// Whether the next write of `end` takes nothing; so once.
    pub(super) fn takes_nothing(&mut self, env: &mut Environment, end: usize) -> bool {
        let is_so = matches!(self.fate, Some(Fate {
                fault: Fault::WriteZero,
                trigger: Trigger::Written { end: writer, bytes },
            }) if writer == end && self.ends[end].taken >= bytes);
        if is_so {
            self.fate = None;
            self.harm = Some(Fault::WriteZero);
            env.hit(Fault::WriteZero);
        }
        is_so
    }

    /// Sends the first `n` bytes of `slices`, for which there is room.
    pub(super) fn send(
        &mut self,
        env: &mut Environment,
        end: usize,
        slices: &[IoSlice<'_>],
        n: usize,
    ) {
        env.histogram.bytes += n as u64;
        env.note(Note::Write, self.name(end), n as u64);
        if self.directions[end].is_cut {
            self.directions[end].send_into_void(n);
            return self.send_reset(env, end);
        }
        let at = self.arrival(env, end);
        self.directions[end].send(slices, n, at);
        self.expect(env, end, at);
        let written = self.directions[end].written;
        let is_fated = matches!(self.fate, Some(Fate { fault, trigger: Trigger::Written { end: writer, bytes } })
            if writer == end && bytes <= written && fault != Fault::WriteZero);
        if is_fated {
            self.meet_fate(env);
        }
    }

    /// Passes on what `end` held back, as far as there is room.
    pub(super) fn pass_on(&mut self, env: &mut Environment, end: usize) {
        let n = self.room(end).min(self.ends[end].held.len());
        if n > 0 && self.ends[end].lost.is_none() {
            let mut held = std::mem::take(&mut self.ends[end].held);
            self.send(env, end, &[IoSlice::new(&held)], n);
            held.drain(..n);
            self.ends[end].held = held;
        }
    }

    /// Ends the direction from `end`.
    pub(super) fn send_fin(&mut self, env: &mut Environment, end: usize) {
        self.ends[end].sent_fin = true;
        if !self.directions[end].fin_is_sent() {
            env.note(Note::Shutdown, self.name(end), 0);
            let at = self.arrival(env, end);
            self.directions[end].send_fin(at);
            self.expect(env, end, at);
        }
    }

    fn arrival(&self, env: &mut Environment, end: usize) -> u64 {
        let mut at = env.arrival();
        if env.inject(Fault::Stall) {
            at += env.dice.spread(50_000..=60_000_000);
        }
        self.directions[end].behind(at)
    }

    /// What `from` sent arrives at `at`.
    fn expect(&mut self, env: &mut Environment, from: usize, at: u64) {
        match at <= env.now {
            true => self.arrive(env, from),
            false => {
                env.schedule(at, Event::Arrival { connection: self.id, from: from as u8 });
            }
        }
    }

    /// What `from` sent, and what is due by now, arrives.
    pub(super) fn arrive(&mut self, env: &mut Environment, from: usize) {
        if self.has_vanished {
            return;
        }
        let (bytes, ends) = self.directions[from].arrive(env.now);
        if bytes == 0 && !ends {
            return;
        }
        let to = 1 - from;
        env.count_event();
        env.note(Note::Arrive, self.name(to), bytes as u64);
        if self.ends[to].is_open && self.ends[to].lost.is_none() {
            return self.ends[to].slots[READ].wake(env);
        }
        if bytes > 0 {
            self.directions[from].lose();
            self.send_reset(env, from);
        }
    }

    /// A reset is under way to `to`.
    fn send_reset(&mut self, env: &mut Environment, to: usize) {
        if self.ends[to].is_open && self.ends[to].lost.is_none() && !self.has_vanished {
            let at = env.arrival();
            match at <= env.now {
                true => self.reset(env, to),
                false => env.schedule(at, Event::Reset { connection: self.id, at: to as u8 }),
            }
        }
    }

    /// A reset arrives at `at`.
    pub(super) fn reset(&mut self, env: &mut Environment, at: usize) {
        if !self.ends[at].is_open || self.ends[at].lost.is_some() || self.has_vanished {
            return;
        }
        env.count_event();
        env.note(Note::Reset, self.name(at), 0);
        self.ends[at].lose(env);
        let incoming = &mut self.directions[1 - at];
        match incoming.is_holding() && env.inject(Fault::LostUnread) {
            true => incoming.lose(),
            false => incoming.hurry(),
        }
        for interest in [READ, WRITE, LOST] {
            self.ends[at].slots[interest].wake(env);
        }
    }

    /// What was planned happens.
    pub(super) fn meet_fate(&mut self, env: &mut Environment) {
        let Some(Fate { fault, .. }) = self.fate.take() else { return };
        if !self.is_alive() {
            return;
        }
        env.hit(fault);
        self.harm = Some(fault);
        match fault {
            Fault::Reset => [0, 1].into_iter().for_each(|end| self.send_reset(env, end)),
            Fault::End => self.cut(env),
            Fault::Vanish => self.has_vanished = true,
            _ => self.directions[env.dice.below(2) as usize].is_stalled = true,
        }
    }

    fn cut(&mut self, env: &mut Environment) {
        for end in [0, 1] {
            self.directions[end].is_cut = true;
            if !self.directions[end].fin_is_sent() {
                let at = self.arrival(env, end);
                self.directions[end].send_fin(at);
                self.expect(env, end, at);
            }
            // Who waits for room finds it: what is written now is lost.
            self.ends[end].slots[WRITE].wake(env);
        }
    }

    /// Whether anything can still happen to it.
    pub(super) fn is_alive(&self) -> bool {
        let is_over = |end: &End| !end.is_open || end.lost.is_some();
        !self.has_vanished && !self.ends.iter().all(is_over)
    }

    /// The socket of `end` is dropped.
    pub(super) fn close(&mut self, env: &mut Environment, end: usize) {
        env.note(Note::Close, self.name(end), 0);
        let has_unread = self.directions[1 - end].unread() > 0;
        let this = &mut self.ends[end];
        this.is_open = false;
        this.held = Vec::new();
        for slot in &mut this.slots {
            slot.forget(env);
        }
        let is_known = this.lost.is_some() || self.directions[end].is_cut || self.has_vanished;
        if !is_known && (this.resets || has_unread) {
            this.sent_reset = true;
            self.send_reset(env, 1 - end);
        } else if !is_known && !this.is_shut {
            self.send_fin(env, end);
        }
        if has_unread {
            self.directions[1 - end].lose();
        }
    }
}

fn capacity(env: &mut Environment) -> usize {
    match env.inject(Fault::SmallBuffer) {
        // Seldom tiny: each byte of room less costs a scenario many polls.
        true if env.dice.chance(0.95) => env.dice.spread(64..=16_384) as usize,
        true => env.dice.spread(1..=63) as usize,
        false => ROOM,
    }
}
