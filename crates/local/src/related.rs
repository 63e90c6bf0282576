//! Pieces of other files that help to write at a hole: where the workspace goes on as the hole begins, and the definitions of names near it.

use std::{cmp::Reverse, ops::Range, path::Path};

use firesteel_privacy::Guard;
use firesteel_text::Text;

use crate::{
    complete::Hole,
    explain::family::Family,
    index::walk,
    state::State,
    vocabulary::{BOUNDARY, TokenId},
};

/// Pieces for one hole.
const MAX_SNIPPETS: usize = 3;
/// Lines of one piece before and after the line that matches.
const LINES_BEFORE: usize = 4;
const LINES_AFTER: usize = 8;
/// The words before the hole must be found elsewhere at this length to be worth showing.
const MIN_MATCH: usize = 4;
/// Words before the hole that are looked for.
const MAX_MATCH: usize = 16;
/// Places of one match that are looked at; they are in the order of what stands before them, not of where they are.
const MAX_PLACES: usize = 16;
/// Names before the hole whose definitions are looked for, the nearest first.
const MAX_NAMES: usize = 6;
/// How many words back those are looked for.
const NAME_SPAN: usize = 40;
/// A name that stands in more places of the workspace needs no introduction.
const MAX_USES: usize = 400;

/// A piece of another file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snippet {
    /// The file's path.
    pub path: String,
    /// The number of its first line, from 1.
    pub line: usize,
    /// Whole lines.
    pub text: String,
    /// The name before the hole that it defines; none where it goes on from the same words.
    pub defines: Option<String>,
}

impl State {
    /// Pieces of other files of the workspace, the likeliest to help first.
    pub(crate) fn related(&mut self, hole: &Hole) -> Vec<Snippet> {
        let cursor = self.cursor(&hole.path, &hole.before, &hole.after);
        self.leave(&cursor);
        let recent: Vec<TokenId> = cursor.history.recent().take(NAME_SPAN).collect();
        let mut snippets = Vec::new();
        self.continuations(&recent, &hole.path, &mut snippets);
        self.definitions(&recent, &hole.path, &mut snippets);
        snippets.truncate(MAX_SNIPPETS);
        snippets
    }

    /// Where other files have the same words as stand before the hole, and go on.
    fn continuations(&mut self, recent: &[TokenId], path: &str, snippets: &mut Vec<Snippet>) {
        // The longer match of several segments comes first.
        let mut matches: Vec<(usize, usize, Range<u32>)> = Vec::new();
        for (number, source) in self.workspace.iter_mut().enumerate() {
            let known: Vec<TokenId> = recent
                .iter()
                .take(MAX_MATCH)
                .map_while(|&token| source.local(token, &self.vocabulary))
                .collect();
            let mut intervals = Vec::new();
            source.index.intervals(&known, &mut intervals);
            let longest = intervals.pop().filter(|_| intervals.len() + 1 >= MIN_MATCH);
            matches.extend(longest.map(|longest| (intervals.len(), number, longest)));
        }
        matches.sort_by_key(|&(length, number, _)| (Reverse(length), number));
        let word = recent.iter().find(|&&word| word > BOUNDARY);
        let word = word.map_or("", |&word| self.vocabulary.text(word));
        for (_, number, longest) in matches {
            let Some(source) = self.workspace.iter().nth(number) else {
                continue;
            };
            let index = &source.index;
            let paths: Vec<&str> = index.paths().collect();
            for rank in longest.take(MAX_PLACES) {
                let file = index.sample(rank).file;
                let other = paths
                    .get(usize::from(file))
                    .filter(|_| source.is_current(file));
                let Some(&other) = other.filter(|other| **other != path) else {
                    continue;
                };
                let snippet = around(&self.guard, other, index.line_of(rank), word);
                if let Some(snippet) = snippet
                    && !overlaps(snippets, &snippet)
                {
                    snippets.push(snippet);
                    return;
                }
            }
        }
    }

    /// The definitions, in other files, of the rarer names before the hole.
    fn definitions(&mut self, recent: &[TokenId], path: &str, snippets: &mut Vec<Snippet>) {
        let mut names: Vec<TokenId> = Vec::new();
        for &token in recent {
            if self.vocabulary.is_name(token) && !names.contains(&token) && names.len() < MAX_NAMES
            {
                names.push(token);
            }
        }
        let family = Family::of(path, "");
        for name in names {
            if snippets.len() == MAX_SNIPPETS {
                return;
            }
            let defined_here = self
                .documents
                .get(path)
                .and_then(|document| document.lines.facts(name))
                .is_some_and(|facts| facts.declared > 0);
            if defined_here || self.uses_in_workspace(name) > MAX_USES {
                continue;
            }
            let text = self.vocabulary.text(name).to_owned();
            let definition = self.definition_in_workspace(&text, name, &family);
            let snippet =
                definition
                    .filter(|definition| definition.path != path)
                    .map(|definition| Snippet {
                        line: definition.line,
                        text: format!("{}\n", definition.signature),
                        path: definition.path,
                        defines: Some(text),
                    });
            if let Some(snippet) = snippet.filter(|snippet| !overlaps(snippets, snippet)) {
                snippets.push(snippet);
            }
        }
    }

    fn uses_in_workspace(&mut self, name: TokenId) -> usize {
        let mut uses = 0;
        for source in self.workspace.iter_mut() {
            let mut intervals = Vec::new();
            if let Some(local) = source.local(name, &self.vocabulary) {
                source.index.intervals(&[local], &mut intervals);
            }
            uses += intervals.first().map_or(0, |interval| interval.len());
        }
        uses
    }
}

/// The lines around the `number`th line of a file that is not blank, if that line still has the word.
fn around(guard: &Guard, path: &str, number: usize, word: &str) -> Option<Snippet> {
    let text = Text::new(&walk::read_context(guard, Path::new(path))?);
    let line = (0..text.line_count())
        .filter(|&line| !text.line(line).trim().is_empty())
        .nth(number)
        .filter(|&line| text.line(line).contains(word))?;
    let first = line.saturating_sub(LINES_BEFORE);
    let end = (line + LINES_AFTER + 1).min(text.line_count());
    let lines: String = (first..end)
        .map(|line| format!("{}\n", text.line(line)))
        .collect();
    Some(Snippet {
        path: path.to_owned(),
        line: first + 1,
        text: format!("{}\n", lines.trim_end()),
        defines: None,
    })
}

fn overlaps(snippets: &[Snippet], new: &Snippet) -> bool {
    snippets.iter().any(|old| {
        let end = old.line + old.text.matches('\n').count();
        old.path == new.path && (old.line..end).contains(&new.line)
    })
}
