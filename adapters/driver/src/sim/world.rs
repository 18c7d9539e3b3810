//! Everything simulated, as it is at this moment.
//!
//! Decides what an event does, and which events do nothing any more: those do not move the
//! clock, and keep no simulation from being stuck.

use crate::runtime::Task;
use crate::sim::agenda::{Event, SlotKey};
use crate::sim::connection::Connection;
use crate::sim::environment::{Environment, Note};
use crate::sim::faults::Fault;
use crate::sim::listener::Backlog;
use crate::sim::slot::Slot;
use crate::sim::tasks::{MAIN, Ready, Tasks, Turn};
use crate::sim::timer::Alarm;
use std::net::IpAddr;
use std::sync::Arc;

/// What is polled next.
pub(super) enum Choice {
    /// The future that a run waits for.
    Main,
    Task(Turn),
    /// Nothing: the task has ended.
    Ended,
}

#[derive(Debug)]
pub(super) struct World {
    pub(super) env: Environment,
    pub(super) connections: Vec<Connection>,
    pub(super) backlogs: Vec<Backlog>,
    pub(super) alarms: Vec<Alarm>,
    free_alarms: Vec<u32>,
    pub(super) tasks: Tasks,
    pub(super) names: Vec<(String, Vec<IpAddr>)>,
    /// Polls since time moved.
    pub(super) polls_at_once: u64,
    /// Polls until the process sleeps.
    until_suspended: u64,
}

impl World {
    pub(super) fn new(env: Environment) -> Self {
        let mut world = Self {
            env,
            connections: Vec::new(),
            backlogs: Vec::new(),
            alarms: Vec::new(),
            free_alarms: Vec::new(),
            tasks: Tasks::default(),
            names: Vec::new(),
            polls_at_once: 0,
            until_suspended: u64::MAX,
        };
        world.plan_suspension();
        world
    }

    pub(super) fn connect(&mut self) -> u32 {
        let id = self.connections.len() as u32;
        self.connections.push(Connection::new(id, &mut self.env));
        id
    }

    pub(super) fn add_alarm(&mut self) -> u32 {
        self.free_alarms.pop().unwrap_or_else(|| {
            self.alarms.push(Alarm::default());
            self.alarms.len() as u32 - 1
        })
    }

    pub(super) fn drop_alarm(&mut self, id: u32) {
        self.alarms[id as usize].forget(&mut self.env);
        self.free_alarms.push(id);
    }

    fn slot(&mut self, key: SlotKey) -> &mut Slot {
        slot(&mut self.connections, &mut self.backlogs, key)
    }

    /// The time of the next event that does something.
    pub(super) fn next_event(&mut self) -> Option<u64> {
        while let Some((at, event)) = self.env.agenda.next() {
            if !self.is_stale(event) {
                return Some(at);
            }
            self.env.agenda.pop();
            match event {
                Event::Wake(key) => self.slot(key).skip(),
                Event::Timer { id, generation } => {
                    self.alarms[id as usize].skip(&mut self.env, id, generation);
                }
                _ => {}
            }
        }
        None
    }

    fn is_stale(&mut self, event: Event) -> bool {
        match event {
            Event::Wake(key) => self.slot(key).waker.is_none(),
            Event::Arrival { connection, .. } | Event::Reset { connection, .. } => {
                !self.connections[connection as usize].is_alive()
            }
            Event::Fate(id) => {
                let connection = &self.connections[id as usize];
                connection.fate.is_none() || !connection.is_alive()
            }
            Event::Timer { id, generation } => self.alarms[id as usize].is_stale(generation),
            Event::Task(_) => false,
        }
    }

    /// Lets everything happen that is due by now.
    pub(super) fn happen(&mut self) {
        loop {
            while let Some(key) = self.env.agenda.due.pop() {
                slot(&mut self.connections, &mut self.backlogs, key).deliver(&mut self.env);
            }
            match self.next_event() {
                Some(at) if at <= self.env.now => self.fire(),
                _ if self.env.agenda.due.is_empty() => return,
                _ => {}
            }
        }
    }

    fn fire(&mut self) {
        let Some((_, event)) = self.env.agenda.next() else { return };
        self.env.agenda.pop();
        let env = &mut self.env;
        match event {
            Event::Wake(key) => slot(&mut self.connections, &mut self.backlogs, key).deliver(env),
            Event::Arrival { connection, from } => {
                self.connections[connection as usize].arrive(env, from.into());
            }
            Event::Reset { connection, at } => {
                self.connections[connection as usize].reset(env, at.into());
            }
            Event::Fate(id) => self.connections[id as usize].meet_fate(env),
            Event::Timer { id, .. } => self.alarms[id as usize].fire(env),
            Event::Task(id) => self.tasks.begin(id),
        }
    }

    /// Moves the clock.
    pub(super) fn pass_time(&mut self, to: u64) {
        self.env.note(Note::Time, to - self.env.now, 0);
        self.env.now = to;
        self.polls_at_once = 0;
    }

    /// What is polled for a number that was woken: its task, or by a fault another.
    pub(super) fn choose(&mut self, ready: &Ready, id: u32) -> Choice {
        if self.env.inject(Fault::SpuriousPoll) {
            let other = self.tasks.any_or_main(&mut self.env.dice);
            let choice = if other == id { Choice::Ended } else { self.choice(other) };
            if !matches!(choice, Choice::Ended) {
                ready.put_back(id);
                self.env.count_event();
                return choice;
            }
        }
        self.choice(id)
    }

    fn choice(&mut self, id: u32) -> Choice {
        match id {
            MAIN => Choice::Main,
            _ => self.tasks.take(id).map_or(Choice::Ended, Choice::Task),
        }
    }

    /// The process may have slept.
    pub(super) fn suspend(&mut self) {
        self.until_suspended -= 1;
        if self.until_suspended == 0 {
            let slept = self.env.dice.spread(1_000_000..=300_000_000);
            self.env.hit(Fault::Suspend);
            self.env.slept += slept;
            self.pass_time(self.env.now + slept);
            self.plan_suspension();
        }
    }

    fn plan_suspension(&mut self) {
        let is_planned = self.env.dice.chance(self.env.faults.rate(Fault::Suspend));
        self.until_suspended = if is_planned { self.env.dice.spread(1..=1_000) } else { u64::MAX };
    }

    /// Forgets all wakers.
    pub(super) fn forget(&mut self) {
        let env = &mut self.env;
        env.agenda.clear();
        let slots = self.connections.iter_mut().flat_map(|it| &mut it.ends);
        slots.flat_map(|end| &mut end.slots).for_each(|slot| slot.forget(env));
        self.backlogs.iter_mut().for_each(|backlog| backlog.slot.forget(env));
        self.alarms.iter_mut().for_each(|alarm| alarm.forget(env));
    }

    pub(super) fn spawn(&mut self, task: Task, ready: &Arc<Ready>) -> u32 {
        self.env.count_event();
        self.tasks.add(task, ready)
    }
}

/// The slot of `key`, of fields that are borrowed apart from the rest.
fn slot<'a>(
    connections: &'a mut [Connection],
    backlogs: &'a mut [Backlog],
    key: SlotKey,
) -> &'a mut Slot {
    match key {
        SlotKey::Socket { connection, end, interest } => {
            &mut connections[connection as usize].ends[end as usize].slots[interest as usize]
        }
        SlotKey::Listener(id) => &mut backlogs[id as usize].slot,
    }
}
