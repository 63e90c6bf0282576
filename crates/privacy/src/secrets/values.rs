//! What a value looks like: a password, something random, an example, a name.

/// Whether a token is one that documentation shows, and not anybody's.
pub(super) fn is_example(value: &str) -> bool {
    value.contains("EXAMPLE")
}

/// Whether a person may have chosen this as a password.
pub(super) fn is_password(value: &str) -> bool {
    value.len() >= 6
}

/// Whether this looks as if made at random.
pub(super) fn is_random(value: &str) -> bool {
    value.len() >= 16
}
