//! The pieces that prompts show, in an order that changes at its end only: what a server has read of it stays read.

use std::ops::Range;
use std::path::Path;

use firesteel_prompt::CONTEXT_CAP;
use firesteel_task::Piece;

/// When a piece has no room, the oldest ones go until this is left, in bytes: a ring that lost its first piece for each
/// new one would begin differently each time.
const KEPT: usize = CONTEXT_CAP / 2;
/// The largest piece, in bytes, so that a new one does not take the place of all others.
const PIECE_CAP: usize = CONTEXT_CAP / 2;

/// Pieces of files, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Ring(Vec<Piece>);

impl Ring {
    /// Those that are of another file than this one, the newest first.
    pub(super) fn newest_first(&self, path: &Path) -> Vec<Piece> {
        let others = self.0.iter().rev().filter(|piece| piece.path != path);
        others.cloned().collect()
    }

    /// Takes in what was found, the likeliest to help first; whether that changes anything.
    pub(super) fn take(&mut self, found: Vec<Piece>) -> bool {
        let mut is_changed = false;
        // The likeliest is the newest, which stands next to the code.
        for piece in found.into_iter().rev() {
            if size(&piece) <= PIECE_CAP && !self.0.iter().any(|old| covers(old, &piece)) {
                self.0.retain(|old| overlap(old, &piece).is_empty());
                self.make_room(size(&piece));
                self.0.push(piece);
                is_changed = true;
            }
        }
        is_changed
    }

    /// Forgets what is of a file.
    pub(super) fn forget(&mut self, path: &Path) {
        self.0.retain(|piece| piece.path != path);
    }

    fn make_room(&mut self, wanted: usize) {
        let mut total: usize = self.0.iter().map(size).sum();
        if total + wanted <= CONTEXT_CAP {
            return;
        }
        let goes = self.0.iter().take_while(|piece| {
            let goes = total > KEPT.min(CONTEXT_CAP - wanted);
            total -= size(piece);
            goes
        });
        let n_gone = goes.count();
        self.0.drain(..n_gone);
    }
}

fn size(piece: &Piece) -> usize {
    piece.text.text.len()
}

fn lines(piece: &Piece) -> Range<usize> {
    piece.line..piece.line + piece.text.text.lines().count()
}

/// The lines that both show of one file.
fn overlap(old: &Piece, new: &Piece) -> Range<usize> {
    if old.path != new.path {
        return 0..0;
    }
    let (old, new) = (lines(old), lines(new));
    old.start.max(new.start)..old.end.min(new.end)
}

/// Whether the old piece shows most of the new one, as it still is.
fn covers(old: &Piece, new: &Piece) -> bool {
    let both = overlap(old, new);
    let part = |piece: &Piece| -> Vec<String> {
        let lines = piece.text.text.lines().skip(both.start - piece.line);
        lines.take(both.len()).map(str::to_owned).collect()
    };
    2 * both.len() > lines(new).len() && part(old) == part(new)
}

#[cfg(test)]
mod tests {
    use firesteel_task::Excerpt;

    use super::*;

    fn piece(path: &str, lines: Range<usize>, word: &str) -> Piece {
        let text: String = lines.clone().map(|n| format!("{word} {n}\n")).collect();
        Piece {
            path: path.into(),
            line: lines.start,
            text: Excerpt::plain(text),
            defines: None,
        }
    }

    fn shown(ring: &Ring) -> Vec<String> {
        let name = |piece: &Piece| format!("{}:{}", piece.path.display(), piece.line);
        ring.0.iter().map(name).collect()
    }

    #[test]
    fn what_is_there_stays_where_it_is_and_what_is_new_comes_behind() {
        let mut ring = Ring::default();
        let found = || vec![piece("a", 1..9, "x"), piece("b", 1..2, "x")];
        assert!(ring.take(found()) && !ring.take(found()));
        assert_eq!(shown(&ring), ["b:1", "a:1"]);
        // Nearly the same lines, as a search one line on finds them.
        assert!(!ring.take(vec![piece("a", 3..11, "x")]));
        assert!(ring.take(vec![piece("c", 5..6, "x")]));
        assert_eq!(shown(&ring), ["b:1", "a:1", "c:5"]);
        let newest: Vec<_> = ring.newest_first("a".as_ref());
        assert_eq!(newest[0].path, Path::new("c"));
        assert_eq!(newest.len(), 2);
        // Others of the same file, and the same lines with another text.
        assert!(ring.take(vec![piece("a", 7..15, "x")]));
        assert!(ring.take(vec![piece("b", 1..2, "y")]));
        assert_eq!(shown(&ring), ["c:5", "a:7", "b:1"]);
        ring.forget("a".as_ref());
        assert_eq!(shown(&ring), ["c:5", "b:1"]);
    }

    #[test]
    fn old_ones_go_in_steps_and_what_is_too_large_never_comes() {
        let mut ring = Ring::default();
        assert!(!ring.take(vec![piece("huge", 1..CONTEXT_CAP, "x")]));
        let mut beginnings = Vec::new();
        for n in 0..100 {
            assert!(ring.take(vec![piece(&format!("f{n}"), 1..20, "some words")]));
            let total: usize = ring.0.iter().map(size).sum();
            assert!(total <= CONTEXT_CAP, "{total}");
            assert_eq!(shown(&ring).last(), Some(&format!("f{n}:1")));
            beginnings.push(shown(&ring)[0].clone());
        }
        beginnings.dedup();
        assert!(beginnings.len() <= 20, "{beginnings:?}");
    }
}
