//! Which slot of llama.cpp serves which document. A slot keeps the prompt that it had last, so that the next one of the
//! same document is read from where it differs, and two documents do not take that from each other.

use std::sync::{Mutex, MutexGuard, PoisonError};

use firesteel_prompt::Question;

use crate::carrier::Carrier;
use crate::spec::Identity;
use crate::wire::Kind;

/// A slot that was not used for so many requests may serve what its document's own slot has no time for.
const SPARE: u64 = 32;

/// The slots of a server.
#[derive(Debug)]
pub(crate) struct Slots {
    /// The first slot to be given away: two editors at one server do not begin with the same.
    first: u64,
    seats: Mutex<Vec<Seat>>,
}

/// One slot.
#[derive(Debug, Clone, Default)]
struct Seat {
    document: String,
    /// When it was given to its document last, counted in requests; never is 0.
    used: u64,
    /// Requests of ours that are under way there.
    busy: usize,
}

/// A slot that serves a request, until this is dropped.
#[derive(Debug)]
pub(crate) struct Pin<'a> {
    slots: &'a Slots,
    index: usize,
    slot: u32,
}

impl Slots {
    pub(crate) fn new(identity: &Identity) -> Self {
        let session = identity.fill("{session}");
        let first = session.bytes().fold(0, |sum, byte| sum + u64::from(byte));
        Slots {
            first,
            seats: Mutex::default(),
        }
    }

    /// The slot for a request of a document, of `total`; none where there is nothing to choose. While its own slot
    /// writes another text of the same document, one that no document has used for long serves it; where there is none
    /// it waits for its own at the server, for it would take another document's prompt away.
    pub(crate) fn pin(&self, total: u32, document: &str) -> Option<Pin<'_>> {
        if total < 2 {
            return None;
        }
        let mut seats = self.seats();
        seats.resize(total as usize, Seat::default());
        let now = seats.iter().map(|seat| seat.used).max().unwrap_or(0) + 1;
        let oldest = |seats: &[Seat]| {
            let free = seats.iter().enumerate().filter(|(_, seat)| seat.busy == 0);
            free.min_by_key(|(_, seat)| seat.used)
                .map(|(index, _)| index)
        };
        let is_own = |seat: &Seat| seat.used > 0 && seat.document == document;
        let index = match seats.iter().position(is_own) {
            Some(own) if seats[own].busy > 0 => {
                let is_spare =
                    |index: &usize| seats[*index].used == 0 || seats[*index].used + SPARE < now;
                oldest(&seats).filter(is_spare).unwrap_or(own)
            }
            own => {
                let index = own.or_else(|| oldest(&seats))?;
                let seat = &mut seats[index];
                document.clone_into(&mut seat.document);
                seat.used = now;
                index
            }
        };
        seats[index].busy += 1;
        let slot = (index as u64 + self.first) % u64::from(total);
        Some(Pin {
            slots: self,
            index,
            slot: u32::try_from(slot).ok()?,
        })
    }

    fn seats(&self) -> MutexGuard<'_, Vec<Seat>> {
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pin<'_> {
    /// Its number at the server.
    pub(crate) fn slot(&self) -> u32 {
        self.slot
    }
}

impl Drop for Pin<'_> {
    fn drop(&mut self) {
        if let Some(seat) = self.slots.seats().get_mut(self.index) {
            seat.busy = seat.busy.saturating_sub(1);
        }
    }
}

impl Carrier {
    /// The slot that a question stays on, where the server has said how many it has.
    pub(crate) fn pin(&self, kind: Kind, question: &Question) -> Option<Pin<'_>> {
        let total = self.learned.facts().slots;
        match (kind, question) {
            (Kind::Infill, Question::Fim(fim)) => self.slots.pin(total?, &fim.path),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_keeps_its_slot_until_others_need_it_more() {
        let slots = Slots::new(&Identity::of("/project", "me"));
        let of = |document: &str| slots.pin(2, document).map(|pin| pin.slot());
        let (a, b) = (of("a"), of("b"));
        assert!(a.is_some() && b.is_some() && a != b, "{a:?} {b:?}");
        assert_eq!((of("a"), of("b"), of("a")), (a, b, a));
        // The one that was not used for longer makes room.
        assert_eq!((of("c"), of("a")), (b, a));
        let held = slots.pin(2, "a");
        assert!(held.is_some());
        assert_eq!(
            of("a"),
            a,
            "it waits, for the other slot has a document's prompt"
        );
        assert_eq!(of("d"), b, "not the slot that writes");
        drop(held);
        let alone = Slots::new(&Identity::of("/project", "me"));
        assert!(alone.pin(1, "a").is_none());
        let first = alone
            .pin(3, "a")
            .map(|pin| (pin.slot(), alone.pin(3, "a").map(|pin| pin.slot())));
        assert!(first.is_some_and(|(own, other)| other.is_some_and(|other| other != own)));
    }
}
