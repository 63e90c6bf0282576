//! What a client's change really changes: some replace whole lines, and all that stands between two edits.

use imara_diff::{Algorithm, Diff, InternedInput};

use crate::Edit;

/// How long a replaced part and its new text may be together for their lines to be compared, in bytes.
const COMPARED_BYTES: usize = 256 * 1024;

/// The edits that turn `old`, which stands at `start`, into `new`, as small as they can be; the last in the text comes
/// first, so that each may be applied as it is.
pub(crate) fn edits(old: &str, start: usize, new: &str) -> Vec<Edit> {
    let is_one = old.is_empty() || new.is_empty() || !old.contains('\n');
    if is_one || old.len() + new.len() > COMPARED_BYTES {
        return vec![trimmed(old, start, new)];
    }
    let lines = |text: &str| {
        let lengths = text.split_inclusive('\n').map(str::len);
        let ends = lengths.scan(0, |end, length| {
            *end += length;
            Some(*end)
        });
        std::iter::once(0).chain(ends).collect::<Vec<_>>()
    };
    let mut input = InternedInput::default();
    input.update_before(old.split_inclusive('\n'));
    input.update_after(new.split_inclusive('\n'));
    let mut diff = Diff::compute(Algorithm::Histogram, &input);
    diff.postprocess_no_heuristic(&input);
    let (old_lines, new_lines) = (lines(old), lines(new));
    let edit = |hunk: imara_diff::Hunk| {
        let range = |lines: &[usize], hunk: std::ops::Range<u32>| {
            lines[hunk.start as usize]..lines[hunk.end as usize]
        };
        let (before, after) = (
            range(&old_lines, hunk.before),
            range(&new_lines, hunk.after),
        );
        trimmed(&old[before.clone()], start + before.start, &new[after])
    };
    let mut edits: Vec<_> = diff.hunks().map(edit).collect();
    edits.reverse();
    edits
}

/// One edit without what the two have in common at their ends.
fn trimmed(old: &str, start: usize, new: &str) -> Edit {
    // Lines that came in above the old ones are told apart by what follows them: what they begin with, such as their
    // indentation, may be that of the old ones too.
    let (prefix, suffix) = match new.strip_suffix(old) {
        Some(above) if above.ends_with(['\n', '\r']) => (0, old.len()),
        _ => common_ends(old, new),
    };
    Edit {
        range: start + prefix..start + old.len() - suffix,
        insert: new[prefix..new.len() - suffix].to_owned(),
    }
}

/// How many bytes two texts have in common at their beginnings, and at the ends of what is left of them.
fn common_ends(old: &str, new: &str) -> (usize, usize) {
    let same = |(old, new): &(char, char)| old == new;
    let bytes = |(old, _): (char, char)| old.len_utf8();
    let pairs = old.chars().zip(new.chars());
    let prefix = pairs.take_while(same).map(bytes).sum();
    let pairs = old[prefix..].chars().rev().zip(new[prefix..].chars().rev());
    (prefix, pairs.take_while(same).map(bytes).sum())
}
