//! A change as a diff whose lines carry their numbers, so that a finding can name one.

use std::fmt::Write;
use std::ops::Range;

use imara_diff::{Algorithm, Diff, InternedInput};

/// Lines that are shown around each change.
const CONTEXT: usize = 3;

/// The difference of two texts: `-` before old lines, `+` and a number before new ones.
pub(super) fn numbered(before: &str, after: &str) -> String {
    let input = InternedInput::new(before, after);
    let mut diff = Diff::compute(Algorithm::Histogram, &input);
    diff.postprocess_lines(&input);
    let old: Vec<&str> = before.lines().collect();
    let new: Vec<&str> = after.lines().collect();
    let part = |range: Range<u32>| range.start as usize..range.end as usize;
    let (mut out, mut shown) = (String::new(), 0);
    for hunk in diff.hunks() {
        let (removed, added) = (part(hunk.before), part(hunk.after));
        let start = added.start.saturating_sub(CONTEXT).max(shown);
        if start > shown || shown == 0 {
            out.push_str("@@\n");
        }
        lines(&mut out, ' ', &new, start..added.start);
        for line in old.get(removed).unwrap_or_default() {
            let _ = writeln!(out, "-      {line}");
        }
        lines(&mut out, '+', &new, added.clone());
        // What follows may be shown before the next change, or as the context of this one.
        shown = (added.end + CONTEXT).min(new.len());
        lines(&mut out, ' ', &new, added.end..shown);
    }
    out
}

fn lines(out: &mut String, mark: char, text: &[&str], range: Range<usize>) {
    for number in range {
        let line = text.get(number).copied().unwrap_or_default();
        let _ = writeln!(out, "{mark}{:>5} {line}", number + 1);
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn new_lines_have_numbers() {
        let before = "a\nb\nc\nd\ne\nf\ng\nh\ni\n";
        let after = "a\nB\nc\nd\ne\nf\ng\nh\ni\nj\n";
        expect![[r#"
            @@
                 1 a
            -      b
            +    2 B
                 3 c
                 4 d
                 5 e
            @@
                 7 g
                 8 h
                 9 i
            +   10 j
        "#]]
        .assert_eq(&numbered(before, after));
        assert_eq!(numbered("", "a\n"), "@@\n+    1 a\n");
        assert_eq!(numbered(before, before), "");
    }
}
