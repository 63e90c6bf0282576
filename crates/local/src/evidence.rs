//! What the open files teach: lines, the skip contexts of their words, and the words before the cursor.

pub(crate) mod counts;
pub(crate) mod declared;
pub(crate) mod history;
pub(crate) mod lines;
pub(crate) mod source;
