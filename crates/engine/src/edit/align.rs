//! Streaming alignment: which old lines the new text has come to, while it is still coming in.
//!
//! Lines that go on as before cost nothing. Lines that do not are kept until the new text is back at a line of the old
//! one that can be told from all others; then the part before is settled, and a real diff of it can be made.

use std::ops::Range;

use super::locate::likeness;

/// Letters and digits that a line needs to be told from others by itself; `}` and `else:` are everywhere.
const DISTINCTIVE: usize = 4;
/// Kept lines after which a weaker agreement is accepted, so that a long rewrite shows before its end.
const PATIENCE: usize = 16;
/// Old lines that one agreement may pass over beyond the new ones: a far one is likely moved code.
const REACH: usize = 8;

/// The old lines, and how far the new text has come in them.
#[derive(Debug)]
pub(super) struct Align {
    old: Vec<String>,
    /// The first old line that is not settled.
    next: usize,
    /// New lines that have no place yet.
    pending: Vec<String>,
    /// Old lines were left out on purpose: they stay up to where the next line is found.
    eliding: bool,
}

/// A part that is decided: these old lines become those new ones.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Settled {
    pub(super) old: Range<usize>,
    pub(super) new: Vec<String>,
}

impl Align {
    /// Begins at the first of the old lines, which come without their line endings.
    pub(super) fn new(old: Vec<String>) -> Self {
        Self {
            old,
            next: 0,
            pending: Vec::new(),
            eliding: false,
        }
    }

    pub(super) fn old(&self) -> &[String] {
        &self.old
    }

    /// Takes in a new line; returns what is decided by it.
    pub(super) fn push(&mut self, line: String) -> Option<Settled> {
        let goes_on = self.pending.is_empty() && !self.eliding;
        if goes_on && self.old.get(self.next).is_some_and(|old| same(old, &line)) {
            self.next += 1;
            return None;
        }
        self.pending.push(line);
        if self.eliding {
            return self.resume();
        }
        let agreed = self.agreement().or_else(|| self.weak_agreement());
        match agreed {
            Some(end) => Some(self.settle(end)),
            // Behind the old text there is nothing to wait for.
            None if self.next == self.old.len() => Some(self.settle(self.next)),
            None => None,
        }
    }

    /// Old lines are left out here.
    pub(super) fn elide(&mut self) -> Option<Settled> {
        let before = (!self.pending.is_empty()).then(|| self.settle(self.end_of_likes()));
        self.eliding = true;
        before
    }

    /// What is decided by the end of the new text.
    pub(super) fn finish(&mut self) -> Option<Settled> {
        if self.eliding {
            self.next = self.start_of_likes(self.old.len(), self.pending.len());
        }
        let rest = self.next < self.old.len() || !self.pending.is_empty();
        rest.then(|| self.settle(self.old.len()))
    }

    /// Ends an elision where the newest line is found again, if it is there once; what came before it is new.
    fn resume(&mut self) -> Option<Settled> {
        let line = self.pending.last()?;
        let rest = &self.old[self.next..];
        let mut places = (0..rest.len()).filter(|&at| same(&rest[at], line));
        let found = places.next()?;
        places.next().is_none().then_some(())?;
        let end = self.next + found;
        self.next = self.start_of_likes(end, self.pending.len() - 1);
        self.eliding = false;
        Some(self.settle(end + 1))
    }

    /// The end of the old lines that the pending ones are another form of.
    fn end_of_likes(&self) -> usize {
        let reach = (self.next + self.pending.len()).min(self.old.len());
        let is_meant = |at: &usize| self.pending.iter().any(|new| is_like(&self.old[*at], new));
        (self.next..reach)
            .rev()
            .find(is_meant)
            .map_or(self.next, |at| at + 1)
    }

    /// The start of the old lines before `end` that the first of the pending ones are another form of.
    fn start_of_likes(&self, end: usize, n_new: usize) -> usize {
        let reach = end.saturating_sub(n_new).max(self.next);
        let is_meant = |at: &usize| {
            let new = &self.pending[..n_new];
            new.iter().any(|new| is_like(&self.old[*at], new))
        };
        (reach..end).find(is_meant).unwrap_or(end)
    }

    /// The end of the old part that the newest lines agree with beyond doubt.
    fn agreement(&self) -> Option<usize> {
        let (last, rest) = self.pending.split_last()?;
        let reach = self.next + self.pending.len() + REACH;
        let window = &self.old[self.next..reach.min(self.old.len())];
        let places = || (0..window.len()).filter(|&at| same(&window[at], last));
        let in_rest = self.old[self.next..].iter().filter(|old| same(old, last));
        // A short line is trusted where it stands as far on as it did.
        let is_in_step = |at: usize| at == rest.len() && last.contains(char::is_alphanumeric);
        if in_rest.count() == 1
            && let Some(at) = places().next()
            && (is_distinctive(last) || is_in_step(at))
        {
            return Some(self.next + at + 1);
        }
        let before = rest.last()?;
        let is_pair = |at: &usize| *at > 0 && same(&window[at - 1], before);
        let tells = is_distinctive(last) || is_distinctive(before);
        places()
            .find(is_pair)
            .filter(|_| tells)
            .map(|at| self.next + at + 1)
    }

    /// After much that agreed with nothing: any distinctive line that the newest one repeats.
    fn weak_agreement(&self) -> Option<usize> {
        let last = self.pending.last().filter(|last| is_distinctive(last))?;
        let window = self.old[self.next..].iter().take(self.pending.len());
        let found = { window }.position(|old| same(old, last))?;
        (self.pending.len() >= PATIENCE).then_some(self.next + found + 1)
    }

    fn settle(&mut self, end: usize) -> Settled {
        let old = self.next..end;
        self.next = end;
        Settled {
            old,
            new: std::mem::take(&mut self.pending),
        }
    }
}

/// Lines that differ only in white space at their end are the same: the old one stays.
pub(super) fn same(a: &str, b: &str) -> bool {
    a.trim_end() == b.trim_end()
}

/// Whether a line is another form of a line, rather than another line.
fn is_like(old: &str, new: &str) -> bool {
    /// The share of words that both have.
    const LIKE: f64 = 0.5;
    same(old, new) || likeness(old, new) >= LIKE
}

fn is_distinctive(line: &str) -> bool {
    line.chars().filter(|c| c.is_alphanumeric()).count() >= DISTINCTIVE
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    /// The parts that are decided, and the text that they make of the old one.
    fn align(old: &str, new: &str) -> (Vec<Settled>, String) {
        let mut align = Align::new(lines(old));
        let mut parts = Vec::new();
        for line in lines(new) {
            parts.extend(match line.contains("...") {
                true => align.elide(),
                false => align.push(line),
            });
        }
        parts.extend(align.finish());
        let mut text = lines(old);
        for part in parts.iter().rev() {
            text.splice(part.old.clone(), part.new.iter().cloned());
        }
        (parts, text.join("\n"))
    }

    #[test]
    fn whatever_comes_the_new_text_is_what_stands_there_in_the_end() {
        let old = "fn a() {\n    one();\n    two();\n}\n\nfn b() {\n    three();\n}";
        for new in [
            "",
            old,
            "fn a() {\n    one();\n    more();\n    two();\n}\n\nfn b() {\n    three();\n}",
            "fn b() {\n    three();\n}\n\nfn a() {\n    one();\n    two();\n}",
            "}\n}\n}\nnothing()\n\n\nfn a() {\n}",
            "fn a() {\n    two();\n}",
        ] {
            assert_eq!(align(old, new).1, new);
        }
    }

    #[test]
    fn a_change_is_decided_at_the_first_line_that_is_as_before() {
        let old = "a = 1\nfirst(a)\nsecond(a)\nthird(a)";
        let mut align = Align::new(lines(old));
        assert_eq!(align.push("a = 2".to_owned()), None);
        let settled = align.push("first(a)".to_owned()).unwrap();
        assert_eq!(settled.old, 0..2);
        assert_eq!(align.push("second(a)".to_owned()), None);
        assert_eq!(align.push("third(a)".to_owned()), None);
        assert_eq!(align.finish(), None);
    }

    #[test]
    fn what_is_left_out_stays() {
        let old = "def f(a):\n    x = 1\n    y = 2\n    return x + y";
        let (_, text) = align(old, "def f(a, b):\n    # ...\n    return x + y + b");
        assert_eq!(
            text,
            "def f(a, b):\n    x = 1\n    y = 2\n    return x + y + b"
        );
        let (_, text) = align(old, "def f(a, b):\n    # ...");
        assert_eq!(text, old.replace("(a)", "(a, b)"));
        let (_, text) = align(old, "def f(a):\n    # ...\n    y = 3\n    return x + y");
        assert_eq!(text, "def f(a):\n    x = 1\n    y = 3\n    return x + y");
    }
}
