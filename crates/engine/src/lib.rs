//! The features, editor-neutral: suggest, edit and explain, in offsets and ranges.
