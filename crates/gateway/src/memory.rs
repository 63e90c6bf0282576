//! What a connection remembers of its responses, so that a later request can continue one.

use std::collections::VecDeque;

use firesteel_protocol::client::InputItem;

/// Responses that one connection remembers. The protocol promises the newest one; a few more let a
/// client fork several requests from one prefix.
const MAX_RESPONSES: usize = 16;
/// Items in one remembered conversation.
const MAX_ITEMS: usize = 1024;

/// What a connection remembers.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    responses: VecDeque<(String, Vec<InputItem>)>,
}

impl Memory {
    /// The conversation that ends with a response.
    pub(crate) fn get(&self, id: &str) -> Option<&[InputItem]> {
        self.responses
            .iter()
            .find(|(known, _)| known == id)
            .map(|(_, items)| items.as_slice())
    }

    /// Keeps a conversation under the id of the response that ends it.
    pub(crate) fn keep(&mut self, id: String, mut items: Vec<InputItem>) {
        items.drain(..items.len().saturating_sub(MAX_ITEMS));
        self.responses.push_back((id, items));
        if self.responses.len() > MAX_RESPONSES {
            self.responses.pop_front();
        }
    }

    /// Forgets a response: a request that continued it failed.
    pub(crate) fn evict(&mut self, id: &str) {
        self.responses.retain(|(known, _)| known != id);
    }
}
