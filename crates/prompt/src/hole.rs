//! The hole prompt: fill-in-the-middle for models that can only chat.
//!
//! What changes least comes first (other files, then the text after the cursor's window start), so that prompt caches
//! hold; the marker stands where the answer goes. [`HoleAnswer`] takes the answer apart while it streams in.

mod answer;

pub use answer::HoleAnswer;
pub(crate) use answer::held_back;

use crate::formats::window;
use crate::question::{Chat, Fim, Turn};

/// Bytes of a hole prompt's code and context: a chat model reads some thousand tokens at once.
const BUDGET: usize = 24 * 1024;
/// The marker of the hole, unless the user's text has it.
const MARKER: &str = "<|HOLE|>";

const INSTRUCTIONS: &str = "You complete code at a cursor while a programmer types. The last message shows a file in which \
one marker stands for the cursor. Answer with exactly the text that replaces the marker and nothing else: no explanation, \
no Markdown fence, no repetition of what stands before or after the marker. Match the file's style and indentation. \
Prefer to end at the end of a statement or block; an empty answer is right when nothing should be added.";

/// The headings of the prompt, which some models repeat.
pub(crate) mod heading {
    pub(crate) const OTHER: &str = "### Other file: ";
    pub(crate) const FILE: &str = "### File: ";
    pub(crate) const WANTED: &str = "### Wanted";
}

/// The conversation that asks a chat model for the text of a hole.
pub fn hole(fim: &Fim) -> Chat {
    hole_within(fim, BUDGET)
}

/// The same with at most `budget` bytes of code.
pub fn hole_within(fim: &Fim, budget: usize) -> Chat {
    let cut = window::cut(fim, budget.min(BUDGET));
    let marker = marker(fim);
    let mut text = String::new();
    // Most relevant last: next to the code that it is for.
    for extra in cut.extra.iter().rev() {
        text.push_str(&format!(
            "{}{}\n{}\n",
            heading::OTHER,
            one_line(&extra.path),
            extra.text.trim_end()
        ));
    }
    let language = if fim.language.is_empty() {
        String::new()
    } else {
        format!(" ({})", one_line(&fim.language))
    };
    text.push_str(&format!(
        "{}{}{language}\n",
        heading::FILE,
        one_line(&fim.path)
    ));
    text.push_str(cut.before);
    text.push_str(&marker);
    text.push_str(cut.after);
    text.push_str(&format!("\n{}\n{}", heading::WANTED, wanted(fim, &marker)));
    Chat {
        instructions: INSTRUCTIONS.to_owned(),
        turns: vec![Turn::user(text)],
        max_tokens: (fim.max_tokens > 0).then_some(fim.max_tokens),
        temperature: None,
    }
}

fn wanted(fim: &Fim, marker: &str) -> String {
    let most = match fim.max_lines {
        0 => String::new(),
        1 => ", at most the rest of this line".to_owned(),
        lines => format!(", at most {lines} lines"),
    };
    let other = match fim.alternative {
        0 => String::new(),
        number => format!(
            " Give another text than the most obvious one (number {}).",
            number + 1
        ),
    };
    format!("The text in place of {marker}{most}.{other}")
}

/// A marker that is not in the user's text.
pub(crate) fn marker(fim: &Fim) -> String {
    let is_free = |marker: &str| {
        let extra = fim.extra.iter().any(|extra| extra.text.contains(marker));
        !extra && !fim.before.contains(marker) && !fim.after.contains(marker)
    };
    let numbered = (1..).map(|number| format!("<|HOLE_{number}|>"));
    std::iter::once(MARKER.to_owned())
        .chain(numbered)
        .find(|marker| is_free(marker))
        .unwrap_or_default()
}

fn one_line(text: &str) -> String {
    text.replace(['\n', '\r'], " ")
}
