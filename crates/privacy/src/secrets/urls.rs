//! Passwords and tokens in the user information of URLs.

use std::ops::Range;

use super::scan::Scanner;
use super::values;

/// What ends a URL in a text, wherever it stands.
const ENDS: &str = "\"'`<>|^";

/// Shorter passwords are letters that stand for one.
const MIN_PASSWORD: usize = 3;

/// Finds the secrets in the URLs of a line.
pub(super) fn find(scanner: &mut Scanner<'_>, line: Range<usize>) {
    let text = &scanner.text()[line.clone()];
    for (at, _) in text.match_indices("://") {
        let scheme =
            text[..at].trim_end_matches(|c: char| c.is_ascii_alphanumeric() || "+.-".contains(c));
        let scheme = &text[scheme.len()..at];
        let start = at + 3;
        let rest = &text[start..];
        let end = rest.find(|c: char| c.is_whitespace() || ENDS.contains(c));
        let rest = &rest[..end.unwrap_or(rest.len())];
        let escape = ["\\n", "\\r", "\\t", "\\\""]
            .iter()
            .filter_map(|escape| rest.find(escape))
            .min();
        let rest = &rest[..escape.unwrap_or(rest.len())].trim_end_matches('\\');
        if let Some((secret, kind)) = secret(scheme, rest) {
            let begin = line.start + start;
            scanner.push(begin + secret.start..begin + secret.end, kind);
        }
    }
}

/// The secret in what follows `://`.
fn secret(scheme: &str, rest: &str) -> Option<(Range<usize>, &'static str)> {
    let (user, password) = user_info(rest)?;
    let Some(password) = password else {
        let name = &rest[user.clone()];
        let is_token = values::is_random(name)
            && !values::is_no_value(name)
            && !scheme.eq_ignore_ascii_case("ssh");
        return is_token.then_some((user, "url-token"));
    };
    let (name, value) = (&rest[user], &rest[password.clone()]);
    let is_given = value.len() >= MIN_PASSWORD && !is_placeholder(name, value);
    is_given.then_some((password, "url-password"))
}

/// The user and, if there is one, the password before the host.
///
/// What people write is not always encoded: a password may hold `@`, `/`, `#` and `?`.
fn user_info(rest: &str) -> Option<(Range<usize>, Option<Range<usize>>)> {
    let bracketed = without_interpolations(rest);
    let authority = bracketed.find(['/', '?', '#']).unwrap_or(rest.len());
    let colon = bracketed.find(':').filter(|colon| *colon < authority);
    let at = match bracketed[..authority].rfind('@') {
        Some(at) => at,
        None => {
            let colon = colon?;
            let behind = &bracketed[colon + 1..];
            let port = behind
                .find(|c: char| !c.is_ascii_digit())
                .unwrap_or(behind.len());
            if port == behind.len() || behind[port..].starts_with(['/', '?', '#']) {
                return None;
            }
            let at = bracketed.rfind('@')?;
            let is_host =
                bracketed[at + 1..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[');
            (is_host && !bracketed[colon..at].contains("://")).then_some(at)?
        }
    };
    match colon.filter(|colon| *colon < at) {
        Some(colon) => Some((0..colon, Some(colon + 1..at))),
        None => Some((0..at, None)),
    }
}

/// The text with what stands in `${…}` and `{…}` made harmless, at the same length.
fn without_interpolations(text: &str) -> String {
    let mut depth = 0_usize;
    let plain = text.chars().map(|char| {
        match char {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > 0 && char.is_ascii() {
            '_'
        } else {
            char
        }
    });
    plain.collect()
}

/// Whether user information only shows what belongs there.
fn is_placeholder(user: &str, password: &str) -> bool {
    const WORDS: &[&str] = &[
        "pass",
        "passwd",
        "password",
        "pw",
        "pwd",
        "secret",
        "token",
        "key",
        "apikey",
        "api_key",
        "api-key",
        "pass123",
        "passw",
        "p",
        "x-oauth-basic",
        "contraseña",
        "passwort",
        "mypassword",
        "dbpassword",
        "db_password",
        "db_pass",
        "dbpass",
        "user_password",
        "userpass",
        "my_password",
        "my-password",
        "auth",
        "password123",
        "access_token",
    ];
    let lower = password.to_lowercase();
    WORDS.contains(&lower.as_str())
        || password.starts_with(['$', '{', '<', '[', '%']) && values::is_no_value(password)
        || password.starts_with('$')
            && password[1..]
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '_')
        || password.starts_with("%s")
        || password.starts_with("%d")
        || password == "%v"
        || password.contains("${")
        || password.contains("#{")
        || password.contains("$(")
        || password.starts_with('{')
        || password.starts_with('<')
        || password.chars().all(|c| "*x.X•".contains(c))
        || values::is_example(password) && password.len() < 40
        || user.contains("username") && lower.contains("password")
}
