//! From our types to LSP's.

use firesteel_engine::edit::{Action, Availability};
use firesteel_engine::suggest::Suggestion;
use firesteel_privacy::fenced;
use firesteel_text::{Document, Encoding, Position, Text};
use serde_json::Value;
use tower_lsp::ls_types::{
    CodeAction, CodeActionDisabled, CodeActionKind, Command, CompletionItem, CompletionItemKind,
    CompletionTextEdit, Documentation, Hover, HoverContents, InlineCompletionItem, MarkupContent,
    MarkupKind, Position as LspPosition, PositionEncodingKind, Range, TextEdit,
};

use crate::handlers::commands::{self, ActionArgs};

pub(crate) fn encoding_kind(encoding: Encoding) -> PositionEncodingKind {
    match encoding {
        Encoding::Utf8 => PositionEncodingKind::UTF8,
        Encoding::Utf16 => PositionEncodingKind::UTF16,
        Encoding::Utf32 => PositionEncodingKind::UTF32,
    }
}

pub(crate) fn position(text: &Text, offset: usize, encoding: Encoding) -> LspPosition {
    let Position { line, character } = text.position(offset, encoding);
    LspPosition { line, character }
}

pub(crate) fn range(text: &Text, range: std::ops::Range<usize>, encoding: Encoding) -> Range {
    Range {
        start: position(text, range.start, encoding),
        end: position(text, range.end, encoding),
    }
}

/// The whole line up to the cursor is part of the item: Neovim's ghost text then shrinks as the user types through it,
/// and accepting it later is still right.
pub(crate) fn inline_item(
    document: &Document,
    suggestion: &Suggestion,
    encoding: Encoding,
) -> InlineCompletionItem {
    let text = &document.text;
    let line_start = text.line_start(text.line_of(suggestion.offset));
    let prefix = text.slice(line_start..suggestion.offset);
    InlineCompletionItem {
        insert_text: format!("{prefix}{}", suggestion.text),
        filter_text: None,
        range: Some(range(text, line_start..suggestion.offset, encoding)),
        command: Some(accepted(document)),
        insert_text_format: None,
    }
}

/// What the client sends when the item is taken.
fn accepted(document: &Document) -> Command {
    Command {
        title: "Suggestion taken".to_owned(),
        command: commands::ACCEPTED.to_owned(),
        arguments: Some(vec![document.uri.as_ref().into()]),
    }
}

/// The longest label of a menu item, in characters: Helix's menu breaks on longer ones.
const LABEL_CAP: usize = 60;

/// The same suggestion as an item of the completion menu: it replaces the word at the cursor, which it is filtered by.
pub(crate) fn menu_item(
    document: &Document,
    suggestion: &Suggestion,
    encoding: Encoding,
) -> CompletionItem {
    let text = &document.text;
    let start = word_start(text, suggestion.offset);
    let word = text.slice(start..suggestion.offset);
    let new_text = format!("{word}{}", suggestion.text);
    let first_line = new_text.trim_start().lines().next().unwrap_or_default();
    CompletionItem {
        label: first_line.chars().take(LABEL_CAP).collect(),
        kind: Some(CompletionItemKind::SNIPPET),
        detail: Some("Firesteel".to_owned()),
        documentation: Some(Documentation::MarkupContent(MarkupContent {
            kind: MarkupKind::Markdown,
            value: fenced("", &new_text),
        })),
        // What the other servers offer stays above it.
        sort_text: Some("~firesteel".to_owned()),
        filter_text: Some(new_text.clone()),
        text_edit: Some(CompletionTextEdit::Edit(TextEdit {
            range: range(text, start..suggestion.offset, encoding),
            new_text,
        })),
        command: Some(accepted(document)),
        ..CompletionItem::default()
    }
}

fn word_start(text: &Text, offset: usize) -> usize {
    let line_start = text.line_start(text.line_of(offset));
    let line = text.slice(line_start..offset);
    let is_word = |c: &char| c.is_alphanumeric() || *c == '_';
    let word: usize = line
        .chars()
        .rev()
        .take_while(is_word)
        .map(char::len_utf8)
        .sum();
    offset - word
}

const NEEDS_MODEL: &str = "needs a model, and none is configured: run `firesteel setup`";

/// An entry of the menu with the command that carries it out.
pub(crate) fn code_action(action: Action, args: ActionArgs) -> CodeAction {
    let disabled = match action.availability {
        Availability::Ready => None,
        Availability::Disabled(reason) => Some(CodeActionDisabled { reason }),
        Availability::NeedsModel => Some(CodeActionDisabled {
            reason: NEEDS_MODEL.to_owned(),
        }),
    };
    let args = serde_json::to_value(args).unwrap_or_default();
    CodeAction {
        kind: Some(CodeActionKind::from(action.kind)),
        command: disabled
            .is_none()
            .then(|| command(&action.title, commands::ACTION, args.clone())),
        title: action.title,
        disabled,
        data: Some(args),
        ..CodeAction::default()
    }
}

/// An entry of the menu that is nothing but a command.
pub(crate) fn command_action(
    title: String,
    kind: CodeActionKind,
    name: &str,
    args: Value,
) -> CodeAction {
    CodeAction {
        command: Some(command(&title, name, args)),
        title,
        kind: Some(kind),
        ..CodeAction::default()
    }
}

fn command(title: &str, name: &str, args: Value) -> Command {
    Command {
        title: title.to_owned(),
        command: name.to_owned(),
        arguments: Some(vec![args]),
    }
}

pub(crate) fn hover(markdown: String, range: Range) -> Hover {
    Hover {
        contents: HoverContents::Markup(MarkupContent {
            kind: MarkupKind::Markdown,
            value: markdown,
        }),
        range: Some(range),
    }
}
