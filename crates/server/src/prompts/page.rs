//! The prompts as a page of Markdown.

use std::fmt::Write;
use std::time::Duration;

use firesteel_host::Role;

use super::{NOTHING, PieceView, PromptView, last};

/// The page; the newest prompt comes first. Writing to a string does not fail.
pub(super) fn markdown(views: &[PromptView<'_>], role: Option<Role>) -> String {
    if views.is_empty() {
        return match role {
            Some(role) => format!("For `{}` {NOTHING}.\n", role.name()),
            None => format!("Firesteel: {NOTHING}.\n"),
        };
    }
    let mut page =
        "# What was sent\n\nThe last prompts, newest first. They are kept in memory only, and \
        forgotten when the server ends. API keys and headers are not part of them.\n"
            .to_owned();
    for view in views {
        prompt(view, &mut page);
    }
    page
}

fn prompt(view: &PromptView<'_>, page: &mut String) {
    let prompt = view.prompt;
    let ahead = match prompt.is_ahead {
        true => ", read ahead: no answer was wanted yet",
        false => "",
    };
    let age = prompt.sent_at.elapsed().unwrap_or_default();
    let _ = write!(page, "\n## {}, {}{ahead}\n\n", prompt.role, ago(age));
    let model = match prompt.model.as_str() {
        "" => "the model that the server chooses".to_owned(),
        model => plain(model),
    };
    let _ = writeln!(
        page,
        "- **To**: {model} at {}, wire `{}`",
        plain(&prompt.endpoint),
        prompt.wire
    );
    let _ = writeln!(page, "- **Tokens**: {}", tokens(view));
    let _ = match prompt.ended {
        Some((end, took)) => writeln!(
            page,
            "- **Took**: {} ms, {}",
            took.as_millis(),
            end.name().replace('_', " ")
        ),
        None => writeln!(page, "- **Took**: under way"),
    };
    if prompt.attempts > 1 {
        let _ = writeln!(
            page,
            "- **Sent**: {} times; this is the last",
            prompt.attempts
        );
    }
    if prompt.body.is_none() {
        let bytes = prompt.bytes;
        let _ = writeln!(
            page,
            "\nIts {bytes} bytes are more than is kept, so its text is not here."
        );
        return;
    }
    page.push_str("\n| piece | from | size | tokens, about | redacted |\n|-|-|-:|-:|-|\n");
    let continues = view.body.json().get("previous_response_id").is_some();
    for piece in &view.pieces {
        row(piece, continues, page);
    }
    let _ = writeln!(
        page,
        "| Headings, format and settings | | {} bytes | | |",
        view.rest()
    );
    body(view, page);
}

fn tokens(view: &PromptView<'_>) -> String {
    let count = view.tokens.count;
    let Some(usage) = view.prompt.usage.filter(|_| !view.tokens.is_estimate) else {
        return format!(
            "about {count} (estimated; {} bytes in all)",
            view.prompt.bytes
        );
    };
    format!(
        "{count} read, {} of them from the server's cache, {} written, as the server counts",
        usage.cached_tokens, usage.output_tokens
    )
}

fn row(piece: &PieceView<'_>, continues: bool, page: &mut String) {
    let part = piece.part;
    let mut from = part.path.as_deref().map(plain).unwrap_or_default();
    if let Some(lines) = &part.lines {
        let _ = write!(from, ":{}-{}", lines.start, last(lines));
    }
    if let Some(why) = part.from.why() {
        let _ = write!(from, ", {}", plain(&why));
    }
    let all = part.text.len();
    let size = match piece.sent {
        sent if sent == all => bytes(all),
        0 if continues => format!("{}, not sent again: the server has them", bytes(all)),
        0 => format!("left out ({})", bytes(all)),
        sent => format!("{sent} of {}", bytes(all)),
    };
    let replaced = part.replaced.iter();
    let replaced: Vec<String> = replaced
        .map(|one| format!("`{}` ({})", one.placeholder, one.kind))
        .collect();
    let _ = writeln!(
        page,
        "| {} | {from} | {size} | {} | {} |",
        part.from.words(),
        piece.tokens,
        replaced.join(", ")
    );
}

/// The body: its texts in full, and around them what else was sent.
fn body(view: &PromptView<'_>, page: &mut String) {
    let (outline, texts) = view.body.taken_apart();
    let outline = serde_json::to_string_pretty(&outline).unwrap_or_default();
    page.push_str("\nThe request:\n\n");
    fenced("json", &outline, page);
    for (place, text) in texts {
        let _ = write!(page, "\n`{place}`:\n\n");
        fenced("text", text, page);
    }
}

/// A text as it is, in a fence that it does not have.
fn fenced(language: &str, text: &str, page: &mut String) {
    let runs = text.split(|c| c != '`').map(str::len);
    let fence = "`".repeat(runs.max().unwrap_or(0).max(2) + 1);
    let end = if text.ends_with('\n') { "" } else { "\n" };
    let _ = writeln!(page, "{fence}{language}\n{text}{end}{fence}");
}

/// A name within a line, where it means nothing in Markdown.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' => out.push(' '),
            '|' | '`' | '[' | '<' | '*' | '\\' => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out
}

fn bytes(count: usize) -> String {
    match count {
        1 => "1 byte".to_owned(),
        count => format!("{count} bytes"),
    }
}

fn ago(age: Duration) -> String {
    match age.as_secs() {
        0 => "just now".to_owned(),
        1 => "1 second ago".to_owned(),
        seconds @ 2..120 => format!("{seconds} seconds ago"),
        seconds @ 120..7_200 => format!("{} minutes ago", seconds / 60),
        seconds => format!("{} hours ago", seconds / 3_600),
    }
}
