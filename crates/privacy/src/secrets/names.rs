//! Which names say that their value is a secret.

use super::vocabulary::VOCABULARY;
use super::words::words;

/// What a name says of its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// A person may have chosen it: anything from six characters.
    Password,
    /// A secret that both people and generators make.
    Secret,
    /// Made by a generator.
    Token,
    /// A key of which nothing says that it opens anything: only what looks random counts.
    Key,
    /// The words that restore a wallet.
    Phrase,
}

impl Class {
    /// The kind under which a secret of this class is reported.
    pub(super) fn kind(self) -> &'static str {
        match self {
            Self::Password => "assigned-password",
            Self::Secret => "assigned-secret",
            Self::Token => "assigned-token",
            Self::Key => "assigned-key",
            Self::Phrase => "recovery-phrase",
        }
    }
}

/// What a name says of its value; `None` for one that does not name a secret.
pub(super) fn classify(name: &str) -> Option<Class> {
    let mut words = words(name);
    while words.len() > 1 {
        let last = words.last().map_or("", String::as_str);
        if !VOCABULARY.qualifiers.contains(last) && !last.starts_with(|c: char| c.is_ascii_digit())
        {
            break;
        }
        words.pop();
    }
    let last = words.pop()?;
    if words
        .iter()
        .any(|word| VOCABULARY.about.contains(word.as_str()))
    {
        return None;
    }
    let before = words.last().map_or("", String::as_str);
    let plural = || match head(last.strip_suffix('s')?, before)? {
        // A list of tokens is as often one of a parser.
        Class::Token if last == "tokens" => Some(Class::Key),
        class => Some(class),
    };
    head(&last, before).or_else(plural)
}

fn head(last: &str, before: &str) -> Option<Class> {
    if VOCABULARY.passwords.contains(last) || is_fused_password(last) {
        return Some(Class::Password);
    }
    match last {
        "passe" if before == "de" => Some(Class::Password),
        "mnemonic" => Some(Class::Phrase),
        "phrase" if ["seed", "recovery", "secret", "wallet", "backup"].contains(&before) => {
            Some(Class::Phrase)
        }
        "phrase" if before == "pass" => Some(Class::Password),
        "word" if before == "pass" => Some(Class::Password),
        "code" if ["backup", "recovery", "pass"].contains(&before) => Some(Class::Secret),
        "key" if VOCABULARY.no_key.contains(before) => None,
        "key" if before == "secret" => Some(Class::Secret),
        "key" if VOCABULARY.before_key.contains(before) => Some(Class::Token),
        "key" | "auth" | "authorization" | "sid" | "session" | "sess" | "sessid" | "sessionid"
        | "phpsessid" | "jsessionid" | "seed" | "credential" | "cred" => Some(Class::Key),
        "cookie" if before == "erlang" => Some(Class::Token),
        "cookie" => Some(Class::Key),
        "id" if ["session", "sess"].contains(&before) => Some(Class::Key),
        "id" if before == "secret" => Some(Class::Key),
        "salt" | "pepper" | "pat" | "jwt" | "bearer" | "otp" | "totp" | "apitoken" | "csrf"
        | "xsrf" | "hmac" | "apisecret" => Some(Class::Token),
        _ if last.ends_with("secret") => Some(Class::Secret),
        _ if last.ends_with("token") => Some(Class::Token),
        _ if VOCABULARY
            .fused_keys
            .iter()
            .any(|key| last.ends_with(key.as_str())) =>
        {
            Some(Class::Token)
        }
        _ => None,
    }
}

fn is_fused_password(word: &str) -> bool {
    let is_before = |end: &str| {
        let before = word.strip_suffix(end);
        before.is_some_and(|before| VOCABULARY.before_pass.contains(before))
    };
    VOCABULARY
        .fused_passwords
        .iter()
        .any(|end| word.ends_with(end.as_str()))
        || is_before("pass")
        || is_before("pw")
        || is_before("pwd")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets_are_told_from_names_about_them() {
        for name in [
            "password",
            "DB_PASSWORD",
            "dbPassword2",
            "mysql_root_passwd",
            "PGPASSWORD",
            "rootpw",
            "client_secret",
            "clientSecret",
            "apiKey",
            "API_KEYS",
            "AWS_SECRET_ACCESS_KEY",
            "authToken",
            "_authToken",
            "x-api-key",
            "secret_key_base",
            "SECRET_KEY_PROD",
            "passphrase",
            "smtp_pass",
            "jwtSecret",
            "private_key",
            "NONCE_SALT",
        ] {
            assert!(classify(name).is_some(), "{name}");
        }
        for name in [
            "token_url",
            "password_hasher",
            "tokenizer",
            "secretary",
            "TOKEN_TYPE",
            "password_min_length",
            "bypass",
            "compass",
            "has_password",
            "next_token",
            "pad_token",
            "public_key",
            "sort_key",
            "secretName",
            "token_count",
            "passenger",
            "keynote",
            "author",
            "get_token",
            "forgot_password",
            "passwordField",
            "monkey",
            "tokenize",
        ] {
            assert_eq!(classify(name), None, "{name}");
        }
    }
}
