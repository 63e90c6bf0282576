//! Text with a cursor mark: `$0` in a fixture is where the cursor stands.

/// The mark of the cursor in a fixture.
pub const CURSOR: &str = "$0";

/// Splits a fixture into its text without the mark and the byte offset of the mark.
///
/// A fixture without a mark has its cursor at the end.
///
/// ```
/// assert_eq!(firesteel_testkit::fixture::cursor("let $0x;"), ("let x;".to_owned(), 4));
/// ```
pub fn cursor(fixture: &str) -> (String, usize) {
    match fixture.split_once(CURSOR) {
        Some((before, after)) => (format!("{before}{after}"), before.len()),
        None => (fixture.to_owned(), fixture.len()),
    }
}
