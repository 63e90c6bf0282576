//! Which slot of llama.cpp serves which document. A slot keeps the prompt that it had last, so that the next one of the
//! same document is read from where it differs, and two documents do not take that from each other.

use std::sync::{Mutex, PoisonError};

use firesteel_prompt::Question;

use crate::carrier::Carrier;
use crate::spec::Identity;
use crate::wire::Kind;

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
    /// When it had a request last, counted in requests; never is 0.
    used: u64,
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

    /// The slot of a document, of `total`: its own, else the one that was not used for longest; none where there is
    /// nothing to choose. While the slot writes something for the document, the server has the next request wait for it:
    /// that is a fraction of a second, and in any other slot the whole prompt would be read anew.
    pub(crate) fn slot(&self, total: u32, document: &str) -> Option<u32> {
        if total < 2 {
            return None;
        }
        let mut seats = self.seats.lock().unwrap_or_else(PoisonError::into_inner);
        seats.resize(total as usize, Seat::default());
        let now = seats.iter().map(|seat| seat.used).max().unwrap_or(0) + 1;
        let is_own = |seat: &Seat| seat.used > 0 && seat.document == document;
        let own = seats.iter().position(is_own);
        let oldest = || (0..seats.len()).min_by_key(|index| seats[*index].used);
        let index = own.or_else(oldest)?;
        seats[index] = Seat {
            document: document.to_owned(),
            used: now,
        };
        u32::try_from((index as u64 + self.first) % u64::from(total)).ok()
    }
}

impl Carrier {
    /// The slot that a question stays on, where the server has said how many it has. A user who asks by a shortcut is
    /// given several texts at once, which several slots write.
    pub(crate) fn slot(&self, kind: Kind, question: &Question) -> Option<u32> {
        let total = self.learned.facts().slots;
        match (kind, question) {
            (Kind::Infill, Question::Fim(fim)) if !fim.invoked => {
                self.slots.slot(total?, &fim.path)
            }
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
        let of = |document: &str| slots.slot(2, document);
        let (a, b) = (of("a"), of("b"));
        assert!(a.is_some() && b.is_some() && a != b, "{a:?} {b:?}");
        assert_eq!((of("a"), of("b"), of("a")), (a, b, a));
        // The one that was not used for longer makes room.
        assert_eq!((of("c"), of("a"), of("b")), (b, a, b));
        assert_eq!(slots.slot(1, "a"), None);
        assert_eq!(slots.slot(0, "a"), None);
    }
}
