//! Whether a secret is being typed at a cursor: what stands there is too short to tell, so it is asked what it would be
//! if it went on.

use std::ops::Range;

use firesteel_text::Text;

use super::find_secrets;

/// What a secret might go on with.
const REST: &str = "q7Zk2vXw9PmT4bJc8R";
/// What follows the password of a URL; its port may look like one that is being typed, but for its digits.
const HOST: &str = "db.internal/x";
/// Lines around the cursor that tell what is typed there.
const LINES: usize = 24;
/// The most of a line that is looked at, in bytes each way.
const LINE_BYTES: usize = 2 * 1024;

/// Whether a secret that goes on at `cursor` has begun before it. In code only what stands in a string or a URL counts: a
/// bare word behind a name is an expression.
pub fn is_typing_secret(text: &Text, cursor: usize, is_code: bool) -> bool {
    let cursor = text.floor_char_boundary(cursor);
    let line = text.line_of(cursor);
    let start = text.line_start(line.saturating_sub(LINES));
    let start = text.floor_char_boundary(start.max(cursor.saturating_sub(LINES * LINE_BYTES)));
    let end = text.line_end(line).min(cursor + LINE_BYTES);
    let before = text.slice(start..cursor);
    let rest = text.slice(cursor..text.floor_char_boundary(end));
    let at = before.len();
    let is_it = |range: &Range<usize>| {
        let has_begun = range.start < at && at < range.end;
        has_begun && (!is_code || is_quoted(&before, range.start))
    };
    let is_in = |rest: &str| {
        let probe = format!("{before}{rest}");
        find_secrets(&probe)
            .iter()
            .any(|secret| is_it(&secret.range))
    };
    is_in(&format!("{REST}{rest}"))
        || may_be_of_url(&before) && is_in(&format!("{REST}@{HOST}{rest}"))
}

/// Whether the password of a URL may be typed here; a port has digits only.
fn may_be_of_url(before: &str) -> bool {
    let quotes = ['"', '\'', '`', ' ', '\n'];
    let word = before.rsplit(quotes).next().unwrap_or_default();
    let user = { word.split_once("://") }.and_then(|(_, rest)| rest.split_once(':'));
    user.is_some_and(|(_, typed)| !typed.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Whether a string or a URL is open at an offset, as far as its line tells.
fn is_quoted(text: &str, at: usize) -> bool {
    let line = text[..at].rsplit('\n').next().unwrap_or_default();
    let is_open = |quote: char| line.matches(quote).count() % 2 == 1;
    ['"', '\'', '`'].into_iter().any(is_open)
        || line.contains("://")
        || text.matches("\"\"\"").count() % 2 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, is_code: bool, expected: bool) {
        let cursor = text.find('|').unwrap();
        let text = Text::new(&text.replacen('|', "", 1));
        assert_eq!(
            is_typing_secret(&text, cursor, is_code),
            expected,
            "{text:?}"
        );
    }

    #[test]
    fn a_secret_counts_from_its_first_character() {
        for text in [
            "password = \"h|",
            "password = \"h|\"",
            "    apiKey: 'q|',\n",
            "url = \"postgres://bob:h|",
            "headers = {\"Authorization\": \"Bearer e|",
            "let api_key = `a|",
        ] {
            check(text, true, true);
        }
        check("password: h|", false, true);
        check("DB_PASSWORD=h|", false, true);
    }

    #[test]
    fn code_and_prose_are_no_secrets() {
        for text in [
            "token = g|",
            "password = input(|",
            "name = \"h|",
            "token_url = \"https://a|",
            "print(\"pass|",
            "password = \"|",
            "url = \"http://localhost:80|",
            "// the password is h|",
        ] {
            check(text, true, false);
        }
    }
}
