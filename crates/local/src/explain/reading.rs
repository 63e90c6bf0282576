//! Reads a definition off a file's lines: its signature and its doc comment, in any language.

use firesteel_text::Text;

use crate::{explain::Definition, lexer, vocabulary::DEFINING};

/// Lines of a signature that are shown.
const MAX_SIGNATURE_LINES: usize = 16;
/// Lines of a doc comment that are shown.
const MAX_DOC_LINES: usize = 24;
/// Lines between a definition and its doc comment that may be attributes or decorators.
const MAX_ATTRIBUTE_LINES: usize = 12;

/// The name that a target is about: itself, or what its first defining line defines.
pub(super) fn name_of(target: &str) -> Option<&str> {
    let trimmed = target.trim();
    let single = !trimmed.is_empty() && trimmed.bytes().all(lexer::is_name_byte);
    if single {
        return Some(trimmed);
    }
    trimmed.lines().find_map(defined_name)
}

fn defined_name(line: &str) -> Option<&str> {
    let words: Vec<&str> = lexer::words(line).map(|word| word.text).collect();
    words
        .windows(2)
        .find(|pair| DEFINING.contains(&pair[0]) && lexer::starts_name(pair[1].as_bytes()[0]))
        .map(|pair| pair[1])
}

pub(super) fn defines(line: &str, name: &str) -> bool {
    line.contains(name) && defined_name(line) == Some(name)
}

pub(super) fn definition_at(path: &str, text: &Text, line: usize) -> Definition {
    let end = (line + MAX_SIGNATURE_LINES).min(text.line_count());
    let lines: Vec<String> = (line..end).map(|at| text.line(at).into_owned()).collect();
    let doc =
        doc_above(text, line).or_else(|| docstring_below(text, line, lines_of_signature(&lines)));
    Definition {
        path: path.to_owned(),
        line: line + 1,
        signature: signature(&lines),
        doc,
    }
}

/// How many lines the signature takes: up to the bracket or colon that opens the body.
fn lines_of_signature(lines: &[String]) -> usize {
    let mut depth = 0i32;
    for (index, line) in lines.iter().enumerate() {
        for word in lexer::words(line) {
            match word.text {
                "(" | "[" => depth += 1,
                ")" | "]" => depth -= 1,
                _ => {}
            }
        }
        let end = line.trim_end();
        let opens = end.ends_with(['{', ':', ';', ',', '}']) || end.ends_with("=>");
        let alone = lines
            .get(index + 1)
            .is_none_or(|next| next.trim().is_empty());
        if depth <= 0 && (opens || alone) {
            return index + 1;
        }
    }
    1
}

fn signature(lines: &[String]) -> String {
    let count = lines_of_signature(lines);
    let indent = lexer::indent_columns(lines.first().map_or("", String::as_str));
    let dedent = |line: &String| {
        let extra = lexer::indent_columns(line).saturating_sub(indent);
        format!("{}{}", " ".repeat(extra), line.trim())
    };
    let joined: Vec<String> = lines.iter().take(count).map(dedent).collect();
    let text = joined.join("\n");
    text.trim_end().trim_end_matches('{').trim_end().to_owned()
}

/// The comment lines that end right above the definition, without their marks.
fn doc_above(text: &Text, line: usize) -> Option<String> {
    let mut at = line;
    let mut skipped = 0;
    while at > 0 && skipped < MAX_ATTRIBUTE_LINES && is_attribute(&text.line(at - 1)) {
        at -= 1;
        skipped += 1;
    }
    let mut doc = Vec::new();
    while at > 0 && doc.len() < MAX_DOC_LINES {
        let above = text.line(at - 1).into_owned();
        let Some(content) = comment_content(&above) else {
            break;
        };
        doc.push(content);
        at -= 1;
    }
    doc.reverse();
    let joined = doc.join("\n");
    let trimmed = joined.trim();
    (!trimmed.is_empty()).then(|| trimmed.to_owned())
}

fn is_attribute(line: &str) -> bool {
    let body = line.trim_start();
    body.starts_with("#[") || body.starts_with('@')
}

fn comment_content(line: &str) -> Option<String> {
    let body = line.trim();
    for mark in ["///", "//!", "//", "/**", "*/", "/*", "*", "#", "--"] {
        if let Some(rest) = body.strip_prefix(mark) {
            let rest = rest.strip_prefix(' ').unwrap_or(rest);
            return Some(rest.trim_end_matches("*/").trim_end().to_owned());
        }
    }
    None
}

/// A Python docstring under the signature.
fn docstring_below(text: &Text, line: usize, signature: usize) -> Option<String> {
    let first = line + signature;
    let opening = text.line(first).into_owned();
    let body = opening.trim_start();
    let quote = ["\"\"\"", "'''"]
        .into_iter()
        .find(|quote| body.trim_start_matches(['r', 'R']).starts_with(quote))?;
    let mut doc = Vec::new();
    for at in first..(first + MAX_DOC_LINES).min(text.line_count()) {
        let content = text.line(at).into_owned();
        let content = content.trim();
        let content = if at == first {
            content
                .trim_start_matches(['r', 'R'])
                .trim_start_matches(quote)
        } else {
            content
        };
        if let Some(last) = content
            .strip_suffix(quote)
            .or_else(|| content.find(quote).map(|end| &content[..end]))
        {
            doc.push(last.to_owned());
            break;
        }
        doc.push(content.to_owned());
    }
    let joined = doc.join("\n");
    let trimmed = joined.trim();
    (!trimmed.is_empty()).then(|| trimmed.to_owned())
}
