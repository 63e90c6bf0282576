//! A redacted task as a model reads it: instructions, and pieces of text under headings.
//!
//! The pieces that change least come first and the text before the cursor last: typing then changes only the end of the
//! prompt, and a server's prompt cache keeps the rest.

#[cfg(test)]
mod tests;

use std::fmt::Write;
use std::sync::LazyLock;

use firesteel_privacy::Redacted;
use firesteel_syntax::{DocStyle, Language};
use firesteel_task::{Code, Complete, File, LineDiff, Said, Speaker, Task, Wanted};

use crate::answer::with_line_feeds;
use crate::blocks;
use crate::question::{Chat, Extra, Fim, Question, Turn};

/// The history in a prompt, in bytes: about 1,000 tokens. The newest edits come first, and what is over is left out.
const HISTORY_CAP: usize = 4 * 1024;
/// Tokens of a line of code, at most as a rule: what a completion may be long is counted in lines, and models count tokens.
const TOKENS_PER_LINE: u32 = 40;

/// Headings. Each is the first line of a part; the piece is the rest.
mod heading {
    pub(super) const FILE: &str = "### File";
    pub(super) const INSTRUCTION: &str = "### Instruction";
    pub(super) const BEFORE: &str = "### Code before";
    pub(super) const TARGET: &str = "### Code in question";
    pub(super) const AFTER: &str = "### Code after";
}

const DOCUMENT: &str = "You write the documentation comment of the code in question. Answer with the comment's \
lines and nothing else: no code, no Markdown fence, no explanation. Say what the code does, its parameters, what it \
returns and how it fails; do not guess.";

const EXPLAIN_AT_LENGTH: &str = "You explain the code in question to a programmer, in Markdown: what it is for, how it \
works, what it returns and how it fails, and what is surprising about it. Do not repeat the code.";

const EXPLAIN: &str = "You explain the code in question to a programmer who looks at it in an editor, in Markdown and in at \
most six short lines: what it does here and why it is called, as far as the code around it shows, what it returns, how it \
fails, and what is surprising about it. Write no heading and no empty line. Do not repeat the code.";

/// What comes with a problem that was reported in the code.
const EXPLAIN_PROBLEM: &str = " The instruction is a problem that a tool has reported in the code: say first what to change \
so that it goes away, then why it was reported, and leave out the rest.";

const NEXT_EDIT: &str = "A programmer has just made the edits that the instruction shows as unified diffs, the newest \
first. The code in question may have to follow them, as a call follows a changed signature, and a value or a choice \
follows a changed type. Answer with the whole new text of the code in question and nothing else: no explanation, no \
Markdown fence. Keep everything that need not change exactly as it is; where nothing need change, answer with the code as \
it is.";

const REVIEW: &str = "You review a change that another model made to code that is sensitive. The message gives the change \
as a diff whose lines carry their numbers in the changed file. Look for what is wrong or dangerous in it: holes in \
security, lost checks, leaked secrets, undefined behavior, injection, errors that are swallowed. Say nothing about style, \
nor about code that the change did not touch. Answer with one finding a line, in the form\nLINE: error: what is wrong and \
what to do\nwith warning in place of error where it may be intended, and with nothing else. Answer with the word none if \
there is nothing to find.";

/// What a model has to know of placeholders, where there are any.
const PLACEHOLDERS: &str = " Names such as REDACTED_SECRET_1 stand for secrets: copy each exactly as it is, where it \
stands, and use it nowhere else.";

static REWRITE: LazyLock<String> = LazyLock::new(|| {
    format!(
        "You change code as the instruction asks, and nothing else: no renaming, no reformatting, no new dependency \
         that was not asked for.\n{}",
        blocks::FORMAT
    )
});

static WRITE: LazyLock<String> = LazyLock::new(|| {
    format!(
        "You write new code as the instruction asks, in the style of the file. The code in question is the empty place \
         where your answer goes; do not repeat what stands around it.\n{}",
        blocks::FORMAT
    )
});

/// The question that a redacted task is.
pub fn question(redacted: &Redacted) -> Question {
    let (instructions, parts) = match redacted.task() {
        Task::Complete(task) => return Question::Fim(fim(task)),
        Task::Edit(task) => {
            let instructions = match task.wanted {
                Wanted::Comment => DOCUMENT,
                Wanted::Rewrite => &REWRITE,
                Wanted::NewCode => &WRITE,
                Wanted::Explanation => EXPLAIN_AT_LENGTH,
            };
            let mut parts = code(&task.file, &task.code);
            parts.push(part(heading::INSTRUCTION, &task.instruction.text));
            (instructions, parts)
        }
        Task::NextEdit(task) => {
            let mut parts = code(&task.file, &task.code);
            parts.push(part(heading::INSTRUCTION, &unified(&task.history)));
            (NEXT_EDIT, parts)
        }
        Task::Explain(task) => {
            let mut parts = code(&task.file, &task.code);
            if !task.problem.text.is_empty() {
                parts.push(part(heading::INSTRUCTION, &task.problem.text));
            }
            (EXPLAIN, parts)
        }
        Task::Review(task) => {
            let concerns = format!("Review this change: {}.", task.concerns.text);
            let parts = vec![
                file(&task.file),
                part(heading::TARGET, &task.diff.text),
                part(heading::INSTRUCTION, &concerns),
            ];
            (REVIEW, parts)
        }
        Task::Chat(task) => return Question::Chat(chat(task)),
    };
    let mut instructions = instructions.to_owned();
    if let Task::Edit(task) = redacted.task()
        && task.wanted == Wanted::Comment
    {
        instructions.push_str(&form_of_comments(&task.file.language));
    }
    if matches!(redacted.task(), Task::Explain(task) if !task.problem.text.is_empty()) {
        instructions.push_str(EXPLAIN_PROBLEM);
    }
    if redacted.placeholders().count() > 0 {
        instructions.push_str(PLACEHOLDERS);
    }
    let mut turns = vec![Turn {
        role: crate::Role::User,
        parts,
    }];
    for turn in redacted.turns() {
        if !turn.answer.is_empty() {
            turns.push(Turn::assistant(&turn.answer));
        }
        turns.push(Turn::user(&turn.request));
    }
    Question::Chat(Chat {
        instructions,
        turns,
        max_tokens: None,
        temperature: None,
    })
}

/// How a language writes its documentation comments.
fn form_of_comments(language: &str) -> String {
    match Language::from_id(language).and_then(Language::doc_style) {
        Some(DocStyle::Lines(mark)) => format!(" Write it as lines that begin with {mark}"),
        Some(DocStyle::Block) => " Write it as a block comment: /** ... */".to_owned(),
        Some(DocStyle::Docstring) => " Write it as a docstring in triple quotes.".to_owned(),
        None => String::new(),
    }
}

/// Another program's conversation as it is: what it wants of the model is its own affair.
fn chat(task: &firesteel_task::Chat) -> Chat {
    let turn = |Said { by, text }: &Said| match by {
        Speaker::User => Turn::user(&text.text),
        Speaker::Assistant => Turn::assistant(&text.text),
    };
    Chat {
        instructions: task.instructions.text.clone(),
        turns: task.turns.iter().map(turn).collect(),
        max_tokens: task.max_tokens,
        temperature: task.temperature,
    }
}

fn fim(task: &Complete) -> Fim {
    let extra = task.context.iter().map(|piece| Extra {
        path: piece.path.display().to_string(),
        text: shown(&piece.text.text),
    });
    let of_lines = task.max_lines.saturating_mul(TOKENS_PER_LINE);
    Fim {
        path: task.file.path.display().to_string(),
        language: task.file.language.clone(),
        before: shown(&task.before.text),
        after: shown(&task.after.text),
        extra: extra.collect(),
        max_lines: task.max_lines,
        max_tokens: of_lines.min(task.max_tokens.unwrap_or(of_lines)),
        alternative: task.alternative,
        invoked: task.invoked,
    }
}

fn code(of: &File, code: &Code) -> Vec<String> {
    vec![
        file(of),
        part(heading::BEFORE, &shown(&code.before.text)),
        part(heading::AFTER, &shown(&code.after.text)),
        part(heading::TARGET, &shown(&code.target.text)),
    ]
}

fn file(file: &File) -> String {
    let File { path, language } = file;
    part(heading::FILE, &format!("{} ({language})", path.display()))
}

/// A document's text as models read it: lines end in a line feed, whatever the file has, and no byte order mark begins it.
pub(crate) fn shown(text: &str) -> String {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    with_line_feeds(text).into_owned()
}

fn part(heading: &str, piece: &str) -> String {
    format!("{heading}\n{piece}")
}

/// The edits as hunks without context; those of other files are named.
fn unified(edits: &[LineDiff]) -> String {
    let mut history = String::new();
    for edit in edits {
        let hunk = hunk(edit);
        if history.len() + hunk.len() > HISTORY_CAP {
            break;
        }
        history.push_str(&hunk);
    }
    history
}

/// One edit as a hunk.
pub(crate) fn hunk(edit: &LineDiff) -> String {
    let LineDiff {
        path,
        line,
        old,
        new,
    } = edit;
    let mut hunk = String::new();
    // Writing to a string does not fail.
    if let Some(path) = path.as_ref().map(|path| path.display()) {
        let _ = writeln!(hunk, "--- {path}\n+++ {path}");
    }
    let (old, new) = (&old.text, &new.text);
    let (removed, added) = (old.lines().count(), new.lines().count());
    let _ = writeln!(hunk, "@@ -{line},{removed} +{line},{added} @@");
    let lines = { old.lines() }.map(|old| ('-', old));
    for (sign, line) in lines.chain(new.lines().map(|new| ('+', new))) {
        let _ = writeln!(hunk, "{sign}{line}");
    }
    hunk
}
