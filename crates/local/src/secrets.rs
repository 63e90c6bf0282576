//! Keeps secrets out of what is learned, and out of what is suggested.

use std::borrow::Cow;

use firesteel_privacy::find_secrets;

/// A line of nothing but so many characters of base64 is a key or data.
const BASE64_LINE: usize = 40;

/// The text without its secrets; it has the same lines.
pub(crate) fn without_secrets(text: &str) -> Cow<'_, str> {
    let secrets = find_secrets(text);
    if secrets.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut kept = String::with_capacity(text.len());
    let mut at = 0;
    for secret in secrets {
        let (start, end) = (secret.range.start.max(at), secret.range.end.max(at));
        kept.push_str(text.get(at..start).unwrap_or_default());
        let lines = text
            .get(start..end)
            .unwrap_or_default()
            .split_inclusive('\n');
        lines
            .filter(|line| line.ends_with('\n'))
            .for_each(|line| kept.push_str(if line.ends_with("\r\n") { "\r\n" } else { "\n" }));
        at = end;
    }
    kept.push_str(text.get(at..).unwrap_or_default());
    Cow::Owned(kept)
}

/// What of one line of a document is learned. A block of several lines is not seen here, so its lines are known by their look.
pub(crate) fn learned_line(line: &str) -> Cow<'_, str> {
    let bare = line.trim_matches(|character: char| {
        character.is_whitespace() || matches!(character, '"' | '\'' | '+' | ',' | '\\' | 'n' | ';')
    });
    let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    if bare.len() >= BASE64_LINE && bare.bytes().all(is_base64) {
        return Cow::Borrowed("");
    }
    without_secrets(line)
}

/// Whether a text that is suggested behind `before`, which is the beginning of its line, would write a secret or a part of one.
pub(crate) fn writes_secret(before: &str, text: &str, rest: &str) -> bool {
    let whole = [before, text, rest].concat();
    let written = before.len()..before.len() + text.len();
    find_secrets(&whole)
        .into_iter()
        .any(|secret| secret.range.start < written.end && written.start < secret.range.end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_cut_and_lines_stay() {
        let key: String = [
            "-----BEGIN PRIVATE KEY-----",
            "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQ",
            "-----END PRIVATE KEY-----",
        ]
        .join("\n");
        let text =
            format!("password = \"hunter2hunter2\"\nlet x = 1;\nkey = \"\"\"{key}\"\"\"\nlast\n");
        let kept = without_secrets(&text);
        assert!(
            !kept.contains("hunter2") && !kept.contains("MIIEv"),
            "{kept}"
        );
        assert!(kept.contains("password") && kept.contains("let x = 1;"));
        assert_eq!(kept.lines().count(), text.lines().count());
        assert_eq!(kept.lines().last(), Some("last"));
    }

    #[test]
    fn a_line_of_a_key_is_not_learned() {
        let line = "  MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQ";
        assert_eq!(learned_line(line), "");
        assert_eq!(learned_line(&format!("\"{line}\\n\" +")), "");
        assert_eq!(
            learned_line("let total = sum(items);"),
            "let total = sum(items);"
        );
    }

    #[test]
    fn a_suggestion_that_writes_a_secret_is_known() {
        let token = "ghp_0123456789abcdefghijABCDEFGHIJ012345";
        assert!(writes_secret(
            "GITHUB_TOKEN = ",
            &format!("\"{token}\""),
            ""
        ));
        assert!(writes_secret("password = \"hunter2", "hunter2\"", ""));
        assert!(!writes_secret("password = ", "read_password()", ""));
        assert!(!writes_secret(
            &format!("use(\"{token}\", "),
            "timeout)",
            ""
        ));
    }
}
