//! Who goes next on which socket: the table that requests, pumps and the manager share.
//!
//! It is behind one short lock and knows nothing of sockets; a link is only the way to a pump.

use firesteel_task::{Error, Priority};
use std::collections::VecDeque;
use tokio::time::Instant;

use tokio::sync::mpsc;

use crate::options::{Capabilities, Timeouts};
use crate::transport::websocket::job::Job;
use crate::transport::websocket::pump::Command;

/// Requests that wait, per kind. A keystroke's request is stale after a few others.
const MAX_WAITING: usize = 64;
/// Lanes of a socket that are kept free for keystrokes.
const RESERVED_LANES: usize = 4;
/// Sockets that are open while nobody asks: one to use, one to spare.
const PAIR: usize = 2;

/// The way to one pump.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) id: u64,
    pub(crate) commands: mpsc::Sender<Command>,
    pub(crate) busy: usize,
    pub(crate) born: Instant,
    pub(crate) last_used: Option<Instant>,
    /// Set when it is old enough to be replaced; until then it serves on.
    pub(crate) aging: bool,
    /// Set when its replacement is there: it takes nothing new.
    pub(crate) retiring: bool,
}

/// The table.
#[derive(Debug)]
pub(crate) struct Pool {
    capabilities: Capabilities,
    links: Vec<Link>,
    waiting: [VecDeque<Job>; 3],
    /// Dials under way.
    pub(crate) dialing: usize,
    /// Whether the last dial failed: then the last free socket is for everybody.
    pub(crate) dial_failed: bool,
    pub(crate) closed: bool,
}

/// Where a request went.
#[derive(Debug)]
pub(crate) enum Placement {
    /// To a pump.
    Sent,
    /// To the queue.
    Waits,
    /// Nowhere; the request that is given back is to end with this.
    Refused(Box<Job>, Error),
}

impl Pool {
    pub(crate) fn new(capabilities: Capabilities) -> Self {
        Pool {
            capabilities,
            links: Vec::new(),
            waiting: [VecDeque::new(), VecDeque::new(), VecDeque::new()],
            dialing: 0,
            dial_failed: false,
            closed: false,
        }
    }

    /// Hands a request to a pump, or to the queue.
    pub(crate) fn place(&mut self, mut job: Job) -> Placement {
        if self.closed {
            return Placement::Refused(Box::new(job), Error::ShutDown);
        }
        while let Some(index) = self.choose(job.priority) {
            let link = &mut self.links[index];
            if !job.slot.carried_by(&link.commands) {
                return Placement::Sent; // Nobody wants it any more: the best place is none.
            }
            match link.commands.try_send(Command::Start(Box::new(job))) {
                Ok(()) => {
                    link.busy += 1;
                    link.last_used = Some(Instant::now());
                    return Placement::Sent;
                }
                Err(mpsc::error::TrySendError::Full(Command::Start(back)))
                | Err(mpsc::error::TrySendError::Closed(Command::Start(back))) => {
                    job = *back;
                    self.links.remove(index);
                }
                Err(_) => return Placement::Sent,
            }
        }
        self.wait(job)
    }

    fn wait(&mut self, mut job: Job) -> Placement {
        job.dialed = self.links.is_empty();
        let queue = &mut self.waiting[job.priority.index()];
        queue.push_back(job);
        if queue.len() <= MAX_WAITING {
            return Placement::Waits;
        }
        match queue.pop_front() {
            Some(oldest) => Placement::Refused(Box::new(oldest), Error::Busy),
            None => Placement::Waits,
        }
    }

    /// Puts a request back at the head: its socket died under it.
    pub(crate) fn put_back(&mut self, job: Job) {
        self.waiting[job.priority.index()].push_front(job);
    }

    /// The link to use: the one used last, whose prompt cache is warm.
    fn choose(&self, priority: Priority) -> Option<usize> {
        let free =
            |link: &&(usize, &Link)| !link.1.retiring && link.1.busy < self.lanes_for(priority);
        let links: Vec<(usize, &Link)> = self.links.iter().enumerate().collect();
        let best = links
            .iter()
            .filter(free)
            .min_by_key(|(_, link)| (link.busy, std::cmp::Reverse(link.last_used)))?;
        self.may_take(priority).then_some(best.0)
    }

    fn lanes_for(&self, priority: Priority) -> usize {
        let lanes = self.lanes();
        match priority {
            Priority::Inline => lanes,
            Priority::Hover | Priority::Edit => lanes.saturating_sub(RESERVED_LANES).max(1),
        }
    }

    /// A lower priority leaves the last free socket to the next keystroke, as long as there can be more
    /// than one.
    fn may_take(&self, priority: Priority) -> bool {
        if priority == Priority::Inline
            || self.capabilities.lanes > 1
            || self.capabilities.sockets < PAIR
        {
            return true;
        }
        let idle = self
            .links
            .iter()
            .filter(|link| !link.retiring && link.busy == 0)
            .count();
        idle > 1 || self.dial_failed
    }

    /// How many more sockets are wanted now. One that grows old counts no more.
    pub(crate) fn wanted_dials(&self) -> usize {
        let live = self
            .links
            .iter()
            .filter(|link| !link.retiring && !link.aging)
            .count();
        let busy = self
            .links
            .iter()
            .filter(|link| !link.retiring && link.busy > 0)
            .count();
        let waiting: usize = self.waiting.iter().map(VecDeque::len).sum();
        let in_use = if self.capabilities.lanes > 1 {
            0
        } else {
            busy + waiting
        };
        let wanted = (in_use + 1).max(PAIR).min(self.capabilities.sockets.max(1));
        wanted.saturating_sub(live + self.dialing)
    }

    /// Lets the oldest of the old sockets go, for a new one has come.
    pub(crate) fn retire_replaced(&mut self) {
        let old = self
            .links
            .iter_mut()
            .filter(|link| link.aging && !link.retiring);
        if let Some(link) = old.min_by_key(|link| link.born) {
            link.retiring = true;
            // A full queue means a busy pump, which looks at `retiring` when it is done.
            let _ = link.commands.try_send(Command::Retire);
        }
    }

    /// The next request to go by HTTP, when so many may; the last place is for a keystroke.
    pub(crate) fn next_by_http(&mut self, places: usize) -> Option<Job> {
        let served = match places {
            0 => return None,
            1 => &Priority::ALL[..1],
            _ => &Priority::ALL[..],
        };
        served
            .iter()
            .find_map(|priority| self.waiting[priority.index()].pop_front())
    }

    pub(crate) fn add(&mut self, link: Link) {
        self.dial_failed = false;
        self.links.push(link);
    }

    /// Sends out what waits and may go, keystrokes first.
    pub(crate) fn send_waiting(&mut self) {
        for priority in Priority::ALL {
            while self.choose(priority).is_some() {
                let Some(job) = self.waiting[priority.index()].pop_front() else {
                    break;
                };
                // A link was free under this lock; a pump that has just died puts the request back in line.
                let _ = self.place(job);
            }
        }
    }

    /// The next request for a link with a free lane, if any may go there.
    pub(crate) fn next_for(&mut self, id: u64) -> Option<Job> {
        let retiring = self.links.iter().find(|link| link.id == id)?.retiring;
        if retiring {
            return None;
        }
        for priority in Priority::ALL {
            let lanes = self.lanes_for(priority);
            let is_full = self
                .links
                .iter()
                .any(|link| link.id == id && link.busy >= lanes);
            if is_full || self.waiting[priority.index()].is_empty() || !self.may_take(priority) {
                continue;
            }
            while let Some(job) = self.waiting[priority.index()].pop_front() {
                let link = self.links.iter_mut().find(|link| link.id == id)?;
                if !job.slot.carried_by(&link.commands) {
                    continue;
                }
                link.busy += 1;
                link.last_used = Some(Instant::now());
                return Some(job);
            }
        }
        None
    }

    /// How many responses one socket carries at once.
    pub(crate) fn lanes(&self) -> usize {
        self.capabilities.lanes.max(1)
    }

    /// The endpoint has no more lanes than this, whatever was thought.
    pub(crate) fn lower_lanes(&mut self, most: usize) {
        self.capabilities.lanes = self.lanes().min(most.max(1));
    }

    /// Asks every other socket whether it lives: when one is silent for long, all are.
    pub(crate) fn prove_others(&self, id: u64) {
        for link in self.links.iter().filter(|link| link.id != id) {
            // A full queue means a busy pump, which hears from its peer anyway.
            let _ = link.commands.try_send(Command::Prove);
        }
    }

    /// Every socket goes when it is idle: what they were opened with does not count any more.
    pub(crate) fn retire_all(&mut self) {
        for link in &mut self.links {
            link.retiring = true;
            let _ = link.commands.try_send(Command::Retire);
        }
    }

    /// A lane of a link is free again; true when the link is idle and to go.
    pub(crate) fn release(&mut self, id: u64) -> bool {
        let Some(link) = self.links.iter_mut().find(|link| link.id == id) else {
            return true;
        };
        link.busy = link.busy.saturating_sub(1);
        link.retiring |= !self.capabilities.reuse;
        link.retiring && link.busy == 0
    }

    pub(crate) fn remove(&mut self, id: u64) {
        self.links.retain(|link| link.id != id);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.links.is_empty()
    }

    pub(crate) fn links_mut(&mut self) -> &mut Vec<Link> {
        &mut self.links
    }

    /// Takes out all waiting requests that `leaves` picks.
    pub(crate) fn drain_waiting(&mut self, mut leaves: impl FnMut(&mut Job) -> bool) -> Vec<Job> {
        let mut out = Vec::new();
        for queue in &mut self.waiting {
            for mut job in std::mem::take(queue) {
                if leaves(&mut job) {
                    out.push(job);
                } else {
                    queue.push_back(job);
                }
            }
        }
        out
    }

    /// When the first of the waiting requests has waited too long.
    pub(crate) fn first_deadline(&self, timeouts: &Timeouts) -> Option<Instant> {
        let deadline = |job: &Job| job.deadline(job.asked, timeouts.turn, timeouts);
        self.waiting.iter().flatten().map(deadline).min()
    }
}
