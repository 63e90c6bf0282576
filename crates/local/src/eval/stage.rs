//! Sets an engine's state as it was when a replayed line was about to be written.

use std::sync::Arc;

use firesteel_text::Text;

use crate::{
    eval::replay::Case,
    index::{Index, segments::Segment},
    lexer,
    mixer::Mixer,
    state::{Cursor, State},
    vocabulary::TokenId,
};

/// A state with the indexes of one commit.
pub(crate) fn state(
    mixer: Option<Arc<Mixer>>,
    workspace: Option<Arc<Index>>,
    dependencies: Option<Arc<Index>>,
) -> State {
    let mut state = State::new(mixer);
    let whole = |index: Option<Arc<Index>>| index.into_iter().map(Segment::whole).collect();
    state.set_workspace(whole(workspace), 0);
    state.set_dependencies(whole(dependencies));
    state
}

/// The text before the line, with the line's indentation.
pub(crate) fn before(case: &Case) -> String {
    let indent = &case.line[..case.line.len() - case.line.trim_start().len()];
    if case.before.is_empty() {
        indent.to_owned()
    } else {
        format!("{}\n{indent}", case.before)
    }
}

/// The text after the line.
pub(crate) fn after(case: &Case) -> String {
    if case.after.is_empty() {
        String::new()
    } else {
        format!("\n{}", case.after)
    }
}

/// Opens the file with a blank line where the line is to come, and puts the cursor there.
pub(crate) fn open(state: &mut State, case: &Case) -> Cursor {
    let (before, after) = (before(case), after(case));
    state.session.clear();
    state
        .session
        .wrote("\0elsewhere", case.session.iter().cloned());
    state
        .session
        .removed(&case.path, case.removed.iter().cloned());
    state.open(&case.path, Text::new(&format!("{before}{after}")));
    while state.read_on() {}
    state.cursor(&case.path, &before, &after)
}

/// The words of the true line, with the white space before each.
pub(crate) fn truth(state: &mut State, case: &Case) -> Vec<(TokenId, String)> {
    lexer::words(&case.line)
        .map(|word| (state.vocabulary.intern(word.text), word.space.to_owned()))
        .collect()
}

/// The closing brackets that an editor would have put after the cursor, for the brackets opened by these words.
pub(crate) fn auto_closed(state: &mut State, words: &[TokenId]) -> Vec<TokenId> {
    let mut open = Vec::new();
    for &word in words {
        match state.vocabulary.text(word) {
            "(" => open.push(")"),
            "[" => open.push("]"),
            "{" => open.push("}"),
            ")" | "]" | "}" => {
                open.pop();
            }
            _ => {}
        }
    }
    open.iter()
        .rev()
        .map(|closer| state.vocabulary.intern(closer))
        .collect()
}
