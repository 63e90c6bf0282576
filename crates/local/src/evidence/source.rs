//! A static index as the session sees it: the same words, numbered by the session's vocabulary.

use std::sync::Arc;

use crate::{
    index::Index,
    vocabulary::{BOUNDARY, TokenId, Vocabulary},
};

const ABSENT: u32 = 1;

/// An index and the translation of ids, worked out word by word as they are met.
pub(crate) struct Source {
    pub(crate) index: Arc<Index>,
    /// By the session's id: 0 not yet looked up, 1 absent, else the index's id and 2.
    to_index: Vec<u32>,
    /// By the index's id: 0 not yet interned, else the session's id.
    to_session: Vec<TokenId>,
}

impl Source {
    pub(crate) fn new(index: Arc<Index>) -> Source {
        Source {
            to_session: vec![0; index.words()],
            to_index: Vec::new(),
            index,
        }
    }

    /// The index's id of one of the session's words.
    pub(crate) fn local(&mut self, token: TokenId, vocabulary: &Vocabulary) -> Option<TokenId> {
        if token <= BOUNDARY {
            return Some(token);
        }
        let at = token as usize;
        if at >= self.to_index.len() {
            self.to_index.resize(vocabulary.len().max(at + 1), 0);
        }
        if self.to_index[at] == 0 {
            self.to_index[at] = self
                .index
                .find(vocabulary.text(token))
                .map_or(ABSENT, |id| id + 2);
        }
        self.to_index[at].checked_sub(2)
    }

    /// The same for a word that was looked up before.
    pub(crate) fn known_local(&self, token: TokenId) -> Option<TokenId> {
        if token <= BOUNDARY {
            Some(token)
        } else {
            self.to_index.get(token as usize)?.checked_sub(2)
        }
    }

    /// The session's id of one of the index's words.
    pub(crate) fn session(&mut self, local: TokenId, vocabulary: &mut Vocabulary) -> TokenId {
        if local <= BOUNDARY {
            return local;
        }
        let Some(slot) = self.to_session.get_mut(local as usize) else {
            return BOUNDARY;
        };
        if *slot == 0 {
            *slot = vocabulary.intern(self.index.word(local));
        }
        *slot
    }
}
