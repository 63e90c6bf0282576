//! Refactorings of the embedded engine, planned on the task's text and written in the answer format of edits.

use std::ops::Range;
use std::path::{Path, PathBuf};

use firesteel_protocol::blocks;
use firesteel_protocol::task::EditTask;
use firesteel_refactor::{Action, Elsewhere, Place, Workspace, plan};
use firesteel_syntax::{Language, PARSE_LIMIT, parse};
use firesteel_text::{Edit, Text};

/// The answer to a task that is a refactoring; `None` if it is none, or does not apply.
pub(crate) fn answer(task: &EditTask, roots: &[PathBuf]) -> Option<String> {
    let action = Action::named(&task.action, &task.instruction)?;
    let language = Language::from_id(&task.language)?;
    let source = [&task.before, &task.target, &task.after].map(String::as_str);
    let source = source.concat();
    let target = task.before.len()..task.before.len() + task.target.len();
    let text = Text::new(&source);
    let tree = parse(language, &text, 0, None, PARSE_LIMIT)?;
    let place = Place {
        tree: &tree,
        text: &text,
        path: Path::new(&task.path),
        target: &target,
        files: &Workspace::new(roots),
    };
    let plan = plan(place, &action)?;
    let mut answer = changed(None, &source, &plan.changes)?;
    if let Some(elsewhere) = &plan.elsewhere {
        answer += &other_file(elsewhere, roots)?;
    }
    Some(answer)
}

fn other_file(elsewhere: &Elsewhere, roots: &[PathBuf]) -> Option<String> {
    let relative = Workspace::new(roots).relative(&elsewhere.path)?.to_str()?;
    match &elsewhere.before {
        Some(before) => changed(Some(relative), before, &elsewhere.changes),
        None => Some(blocks::create(relative, &plain(&elsewhere.after()))),
    }
}

/// A block for each group of changed lines, with as many lines around as make it the only such place.
fn changed(path: Option<&str>, source: &str, changes: &[Edit]) -> Option<String> {
    let lines = Lines::of(source);
    let mut answer = String::new();
    let mut groups: Vec<(Range<usize>, Vec<&Edit>)> = Vec::new();
    for change in changes {
        let touched = lines.at(change.range.start)..lines.at(change.range.end) + 1;
        let touched = lines.unique(touched)?;
        match groups.last_mut() {
            Some((last, edits)) if touched.start <= last.end => {
                *last = lines.unique(last.start..last.end.max(touched.end))?;
                edits.push(change);
            }
            _ => groups.push((touched, vec![change])),
        }
    }
    for (range, edits) in groups {
        let bytes = lines.bytes(&range);
        let offset = |at: usize| at - bytes.start;
        let old = source.get(bytes.clone())?;
        let (mut new, mut at) = (String::new(), 0);
        for edit in edits {
            new.push_str(old.get(at..offset(edit.range.start))?);
            new.push_str(&edit.insert);
            at = offset(edit.range.end);
        }
        new.push_str(old.get(at..)?);
        answer += &blocks::change(path, &plain(old), &plain(&new));
    }
    Some(answer)
}

/// The format has lines and no line endings; the file's own are put back where it lands.
fn plain(text: &str) -> String {
    text.replace("\r\n", "\n")
}

/// The lines of a text, by the offsets at which they begin.
struct Lines<'a> {
    starts: Vec<usize>,
    texts: Vec<&'a str>,
    length: usize,
}

impl<'a> Lines<'a> {
    fn of(source: &'a str) -> Self {
        let texts: Vec<&str> = source.split_inclusive('\n').collect();
        let mut at = 0;
        let starts = texts.iter().map(|line| {
            let start = at;
            at += line.len();
            start
        });
        Self {
            starts: starts.collect(),
            texts: texts.iter().map(|line| line.trim()).collect(),
            length: source.len(),
        }
    }

    /// The line in which an offset is; behind the last line it is that one.
    fn at(&self, offset: usize) -> usize {
        let behind = self.starts.partition_point(|start| *start <= offset);
        behind.saturating_sub(1)
    }

    fn bytes(&self, range: &Range<usize>) -> Range<usize> {
        let start = |line: usize| self.starts.get(line).copied().unwrap_or(self.length);
        start(range.start)..start(range.end)
    }

    /// The range with lines around it until it is the only one that reads so. Its first and last
    /// lines are not blank, for a search does not look at such.
    fn unique(&self, mut range: Range<usize>) -> Option<Range<usize>> {
        range.end = range.end.min(self.texts.len());
        loop {
            let is_blank = |line: usize| self.texts.get(line).is_none_or(|text| text.is_empty());
            let can_grow = (range.start > 0, range.end < self.texts.len());
            match can_grow {
                (true, _) if is_blank(range.start) => range.start -= 1,
                (_, true) if is_blank(range.end.saturating_sub(1)) => range.end += 1,
                _ if self.count(&range) <= 1 => return Some(range),
                (true, _) => range.start -= 1,
                (_, true) => range.end += 1,
                (false, false) => return None,
            }
        }
    }

    fn count(&self, range: &Range<usize>) -> usize {
        let wanted = &self.texts[range.clone()];
        let windows = self.texts.windows(wanted.len().max(1));
        windows.filter(|window| *window == wanted).count()
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    #[track_caller]
    fn check(action: &str, instruction: &str, fixture: &str, expected: Expect) {
        let (before, rest) = fixture.split_once("$0").unwrap();
        let (target, after) = rest.split_once("$0").unwrap();
        let task = EditTask {
            path: "/project/module.py".to_owned(),
            language: "python".to_owned(),
            action: action.to_owned(),
            instruction: instruction.to_owned(),
            before: before.to_owned(),
            target: target.to_owned(),
            after: after.to_owned(),
        };
        let answer = answer(&task, &[PathBuf::from("/project")]);
        expected.assert_eq(&answer.unwrap_or_else(|| "none\n".to_owned()));
    }

    #[test]
    fn each_block_is_found_in_one_place_only() {
        check(
            "memoize",
            "",
            "import os\r\n\r\n\r\n$0def fib(n):\r\n    if n < 2:\r\n        return n\r\n    return fib(n - 1) + fib(n - 2)\r\n$0",
            expect![[r#"
                <<<<<<< SEARCH
                import os
                =======
                import functools
                import os
                >>>>>>> REPLACE
                <<<<<<< SEARCH
                def fib(n):
                =======
                @functools.cache
                def fib(n):
                >>>>>>> REPLACE
            "#]],
        );
        check(
            "rename",
            "total",
            "def f(x):\n    y = x\n    return y\n\n\ndef g(x):\n    $0y$0 = x\n    return y\n",
            expect![[r#"
                <<<<<<< SEARCH
                def g(x):
                    y = x
                    return y
                =======
                def g(x):
                    total = x
                    return total
                >>>>>>> REPLACE
            "#]],
        );
        check(
            "tests",
            "",
            "$0def f(x):\n    return x\n$0",
            expect![[r#"
                <<<<<<< CREATE test_module.py
                import unittest

                from module import f


                class FTest(unittest.TestCase):
                    @unittest.skip("a skeleton: say what f gives for which arguments")
                    def test_f(self):
                        self.assertEqual(f(...), ...)


                if __name__ == "__main__":
                    unittest.main()
                >>>>>>> CREATE
            "#]],
        );
        check(
            "simplify",
            "",
            "$0def f(x):\n    return x\n$0",
            expect![[r#"
                none
            "#]],
        );
    }
}
