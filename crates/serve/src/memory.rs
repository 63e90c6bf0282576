//! What a connection remembers of its responses, so that a later request can continue one.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use firesteel_protocol::client::{InputItem, Part};

/// Responses that one connection remembers. The protocol promises the newest one; a few more let a
/// client fork several requests from one prefix.
const MAX_RESPONSES: usize = 16;
/// Items in one remembered conversation.
const MAX_ITEMS: usize = 1024;
/// What one connection remembers, in bytes: a conversation of twice the largest request.
const MAX_BYTES: usize = 32 << 20;
/// What all connections of a service remember together, in bytes.
const MAX_ALL_BYTES: usize = 128 << 20;
/// What an item or a part of one takes beside its text, in bytes.
const OVERHEAD: usize = 64;

/// What a connection remembers.
#[derive(Debug)]
pub(crate) struct Memory {
    responses: VecDeque<Remembered>,
    bytes: usize,
    /// Of all connections.
    all: Arc<AtomicUsize>,
}

#[derive(Debug)]
struct Remembered {
    id: String,
    items: Vec<InputItem>,
    bytes: usize,
}

impl Memory {
    /// Remembers nothing yet; `all` counts the bytes of all connections.
    pub(crate) fn new(all: Arc<AtomicUsize>) -> Self {
        Self {
            responses: VecDeque::new(),
            bytes: 0,
            all,
        }
    }

    /// The conversation that ends with a response.
    pub(crate) fn get(&self, id: &str) -> Option<&[InputItem]> {
        self.responses
            .iter()
            .find(|known| known.id == id)
            .map(|known| known.items.as_slice())
    }

    /// Keeps a conversation under the id of the response that ends it, where there is room: the oldest ones make some.
    /// A client that continues one that is gone is told, and sends it whole.
    pub(crate) fn keep(&mut self, id: String, mut items: Vec<InputItem>) {
        items.drain(..items.len().saturating_sub(MAX_ITEMS));
        items.shrink_to_fit();
        let bytes = items.iter().map(size).sum::<usize>();
        if bytes > MAX_BYTES {
            return;
        }
        while self.responses.len() >= MAX_RESPONSES || self.bytes + bytes > MAX_BYTES {
            self.forget_oldest();
        }
        // What others hold is theirs to let go: this one makes room with its own.
        while self.all.fetch_add(bytes, Ordering::Relaxed) + bytes > MAX_ALL_BYTES {
            self.all.fetch_sub(bytes, Ordering::Relaxed);
            if !self.forget_oldest() {
                return;
            }
        }
        self.bytes += bytes;
        self.responses.push_back(Remembered { id, items, bytes });
    }

    /// Forgets a response: a request that continued it failed.
    pub(crate) fn evict(&mut self, id: &str) {
        if let Some(at) = self.responses.iter().position(|known| known.id == id) {
            let known = self.responses.remove(at);
            self.let_go(known.as_ref());
        }
    }

    fn forget_oldest(&mut self) -> bool {
        let oldest = self.responses.pop_front();
        self.let_go(oldest.as_ref());
        oldest.is_some()
    }

    fn let_go(&mut self, known: Option<&Remembered>) {
        let bytes = known.map_or(0, |known| known.bytes);
        self.bytes -= bytes;
        self.all.fetch_sub(bytes, Ordering::Relaxed);
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        self.all.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// What an item takes, in bytes.
fn size(item: &InputItem) -> usize {
    let part = |part: &Part| match part {
        Part::Input(text) | Part::Output(text) => text.len() + OVERHEAD,
        Part::Other(raw) => raw.json().len() + OVERHEAD,
    };
    OVERHEAD
        + match item {
            InputItem::Message(message) => {
                message.role.len() + message.content.iter().map(part).sum::<usize>()
            }
            InputItem::Other(raw) => raw.json().len(),
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conversation(bytes: usize) -> Vec<InputItem> {
        vec![InputItem::user("x".repeat(bytes))]
    }

    #[test]
    fn the_oldest_make_room_and_what_is_too_large_is_not_kept() {
        let all = Arc::new(AtomicUsize::new(0));
        let mut memory = Memory::new(all.clone());
        for n in 0..16 {
            memory.keep(n.to_string(), conversation(12 << 20));
            assert!(memory.bytes <= MAX_BYTES && memory.bytes == all.load(Ordering::Relaxed));
        }
        assert!(memory.get("15").is_some() && memory.get("14").is_some());
        assert!(memory.get("13").is_none());
        memory.keep("large".to_owned(), conversation(MAX_BYTES));
        assert!(memory.get("large").is_none() && memory.get("15").is_some());
        memory.evict("15");
        memory.evict("14");
        assert_eq!((memory.bytes, all.load(Ordering::Relaxed)), (0, 0));
    }

    #[test]
    fn all_connections_share_one_bound_and_give_back_what_they_held() {
        let all = Arc::new(AtomicUsize::new(0));
        let mut connections: Vec<Memory> = Vec::new();
        for _ in 0..10 {
            let mut memory = Memory::new(all.clone());
            memory.keep("a".to_owned(), conversation(15 << 20));
            memory.keep("b".to_owned(), conversation(15 << 20));
            assert!(all.load(Ordering::Relaxed) <= MAX_ALL_BYTES);
            connections.push(memory);
        }
        let n_known = connections
            .iter()
            .filter(|memory| memory.get("b").is_some());
        assert_eq!(n_known.count(), 4);
        drop(connections);
        assert_eq!(all.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn small_conversations_are_bounded_by_their_number() {
        let mut memory = Memory::new(Arc::default());
        for n in 0..100 {
            memory.keep(n.to_string(), conversation(10));
        }
        assert_eq!(memory.responses.len(), MAX_RESPONSES);
        assert!(memory.get("99").is_some());
    }
}
