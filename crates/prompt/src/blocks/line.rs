//! What a single line of an answer is: a marker, a fence, a path, words, or a stand-in for lines that are left out.

/// The kinds of marker lines.
#[derive(Debug, PartialEq)]
pub(super) enum Marker {
    Search(Option<String>),
    Create(Option<String>),
    Target,
    End,
}

/// A run of five to nine of one character, and then a word: `<<<<<<< SEARCH path`.
pub(super) fn marker(line: &str) -> Option<Marker> {
    let line = line.trim();
    let mark = line
        .chars()
        .next()
        .filter(|first| matches!(first, '<' | '>'))?;
    let rest = line.trim_start_matches(mark);
    (5..=9).contains(&(line.len() - rest.len())).then_some(())?;
    let (word, path) = rest.trim().split_once(' ').unwrap_or((rest.trim(), ""));
    let path = Some(without_quotes(path.trim()));
    let path = path.filter(|path| !path.is_empty()).map(str::to_owned);
    match (mark, word.to_ascii_uppercase().as_str()) {
        ('<', "SEARCH") => Some(Marker::Search(path)),
        ('<', "CREATE") => Some(Marker::Create(path)),
        ('<', "TARGET") => Some(Marker::Target),
        ('>', "REPLACE" | "SEARCH" | "CREATE" | "TARGET") => Some(Marker::End),
        _ => None,
    }
}

/// A path without the quotes that are around it; those that are part of a name stay.
fn without_quotes(path: &str) -> &str {
    let mut quotes = ['`', '"', '\''].into_iter();
    quotes
        .find_map(|quote| path.strip_prefix(quote)?.strip_suffix(quote))
        .unwrap_or(path)
}

pub(super) fn is_fence(line: &str) -> bool {
    line.trim_start().starts_with("```")
}

/// The lines without a Markdown fence around all of them.
pub(super) fn without_fence(text: &str) -> String {
    let inside = text.split_once('\n').filter(|(first, _)| is_fence(first));
    let inside = inside.and_then(|(_, rest)| rest.strip_suffix("```\n"));
    inside.unwrap_or(text).to_owned()
}

pub(super) fn is_diff(line: &str) -> bool {
    ["diff --git ", "--- a/", "@@ -"]
        .iter()
        .any(|start| line.starts_with(start))
}

/// A line that is nothing but a path, perhaps dressed as a heading: `**src/main.rs**:`.
pub(super) fn path_of(line: &str) -> Option<String> {
    let bare = line
        .trim()
        .trim_start_matches("File:")
        .trim_matches(['#', '*', '`', ':', ' ', '"']);
    let (_, extension) = bare.rsplit_once('.')?;
    let is_name = |text: &str| {
        // Frameworks put meaning into brackets, `@`, `+` and `$`.
        let known = |c: char| !c.is_whitespace() && !"<>\"`".contains(c);
        !text.is_empty() && text.chars().all(known)
    };
    let is_extension =
        (1..=4).contains(&extension.len()) && extension.chars().all(|c| c.is_ascii_alphanumeric());
    (is_name(bare) && is_extension && line.trim_start().len() == line.len())
        .then(|| bare.to_owned())
}

/// Whether a line is a person's words: it begins with a capital and has no mark of code outside of backticks.
pub(super) fn is_prose(line: &str) -> bool {
    if !line.starts_with(|c: char| c.is_uppercase()) {
        return false;
    }
    let words: String = line.split('`').step_by(2).collect();
    let is_code = |c: char| "{}[]<>=;\\|_@$#/\"".contains(c);
    let calls = words
        .match_indices('(')
        .any(|(at, _)| !words[..at].ends_with(' '));
    let is_said = words.split_whitespace().count() >= 2 || words.ends_with(['.', '!', ',']);
    is_said && !words.contains(is_code) && !calls
}

/// Whether a comment stands for lines that are left out: `// ... existing code ...`, `# (rest unchanged)`.
pub(super) fn is_elision(line: &str) -> bool {
    let line = line.trim();
    let opens = ["//", "#", "/*", "--", "{/*"]
        .iter()
        .find_map(|open| line.strip_prefix(open));
    let bare = match opens {
        Some(comment) => comment
            .trim_end_matches("*/")
            .trim_end_matches("*/}")
            .trim(),
        None => return false,
    };
    let has_dots = bare.contains("...") || bare.contains('…');
    let lower = bare.to_lowercase();
    let words = [
        "existing",
        "unchanged",
        "rest of",
        "remaining",
        "same as",
        "remains",
        "as before",
        "other ",
    ];
    let is_short = bare.len() <= 80;
    is_short
        && words.iter().any(|word| lower.contains(word))
        && (has_dots || lower.contains("unchanged"))
        || matches!(bare, "..." | "…")
}
