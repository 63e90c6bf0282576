//! Rope documents: positions in three encodings, edits, and anchors that move with them.
