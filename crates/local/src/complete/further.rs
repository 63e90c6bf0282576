//! Writes further lines after the first, where they repeat something long.

use std::sync::atomic::AtomicBool;

use crate::{
    complete::{Writer, render, repeat::closes_what_it_opens},
    evidence::history::History,
    state::{Cursor, State},
    vocabulary::TokenId,
};

/// After the first line, only text that repeats at least this many words is gone on with.
const MIN_COPIED_WORDS: usize = 8;

impl Writer {
    /// Adds further lines as long as they repeat something long and are likely enough; gives how sure the whole is.
    pub(super) fn write_on(
        &mut self,
        state: &mut State,
        mut history: History,
        end: (isize, usize),
        sure: f32,
        cancel: &AtomicBool,
        text: &mut String,
    ) -> f32 {
        let start = self.cursor.scene.columns as isize;
        let mut columns = start;
        let mut confidence = sure;
        let mut end = Some(end);
        let mut pending = String::new();
        let mut settled = (text.clone(), confidence);
        let tabs = indents_with_tabs(state, &self.cursor);
        for _ in 1..self.lines {
            let Some((step, copied)) = end else { break };
            columns = (columns + step).max(0);
            if copied < MIN_COPIED_WORDS || columns < start || !self.cursor.rest.trim().is_empty() {
                break;
            }
            history.push(step_token(step), &state.vocabulary);
            state.look_from(&mut self.cursor, columns as usize);
            // By itself the whole text must be likely enough; on request, each line given those before it.
            let given = if self.invoked { 1.0 } else { confidence };
            let draft = self.draft(state, &mut history, "", given, cancel);
            let Some(last) = draft.pieces.last().filter(|_| draft.end.is_some()) else {
                break;
            };
            confidence *= last.confidence / given;
            let line: String = render(&draft.pieces);
            if self.stands_below(state, &line) {
                break;
            }
            pending.push_str(line_ending(state, &self.cursor));
            push_indent(columns as usize, tabs, &mut pending);
            pending.push_str(&line);
            let back = draft.end.is_some_and(|(step, _)| columns + step <= start);
            if (columns == start || back) && closes_what_it_opens(&format!("{text}{pending}")) {
                settled = (format!("{text}{pending}"), confidence);
            }
            end = draft.end;
        }
        *text = settled.0;
        settled.1
    }

    fn stands_below(&self, state: &State, line: &str) -> bool {
        let Some(document) = state.documents.get(&self.cursor.document) else {
            return false;
        };
        let next = document.lines.at_or_below(self.cursor.scene.rank + 1);
        next.is_some_and(|next| document.text.line(next).trim() == line.trim())
    }
}

fn step_token(step: isize) -> TokenId {
    match step.signum() {
        -1 => crate::vocabulary::OUTDENT,
        0 => crate::vocabulary::LINE_END,
        _ => crate::vocabulary::INDENT,
    }
}

fn indents_with_tabs(state: &State, cursor: &Cursor) -> bool {
    if cursor.before.starts_with(['\t', ' ']) {
        return cursor.before.starts_with('\t');
    }
    let Some(document) = state.documents.get(&cursor.document) else {
        return false;
    };
    let near = cursor.scene.rank.saturating_sub(200)..cursor.scene.rank + 200;
    near.take_while(|&line| line < document.text.line_count())
        .find_map(|line| {
            document
                .text
                .line(line)
                .chars()
                .next()
                .filter(|first| [' ', '\t'].contains(first))
        })
        == Some('\t')
}

fn line_ending(state: &State, cursor: &Cursor) -> &'static str {
    state
        .documents
        .get(&cursor.document)
        .map_or("\n", |document| document.text.line_ending().as_str())
}

fn push_indent(columns: usize, tabs: bool, out: &mut String) {
    if tabs {
        out.extend(std::iter::repeat_n('\t', columns / 4));
    } else {
        out.extend(std::iter::repeat_n(' ', columns));
    }
}
