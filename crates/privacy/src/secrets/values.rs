//! What a value looks like: a password, something random, an example, a name.

use super::names::Class;
use super::words::{is_wordy, words};

/// The shortest password that counts; what is shorter is a word or a number as often as not.
const MIN_PASSWORD: usize = 6;
/// The shortest secret that a name has to vouch for.
const MIN_SECRET: usize = 8;
/// The shortest value that looks random by itself.
const MIN_RANDOM: usize = 16;
/// The shortest value that looks random though its name says hardly anything.
const MIN_RANDOM_KEY: usize = 20;
/// How many words restore a wallet at least.
const MIN_PHRASE_WORDS: usize = 12;

/// Words that say that the value is still to be put there, or that it was taken away.
const PLACEHOLDERS: &[&str] = &[
    "changeme",
    "changethis",
    "dummy",
    "example",
    "fake",
    "fixme",
    "foobar",
    "goes",
    "hidden",
    "insert",
    "masked",
    "mock",
    "notset",
    "placeholder",
    "redacted",
    "removed",
    "replace",
    "replaceme",
    "sample",
    "stub",
    "tbd",
    "todo",
    "undefined",
    "unset",
    "xxx",
    "xxxx",
    "your",
    "yours",
    "yourpassword",
    "yourtoken",
    "youapikey",
    "lorem",
    "ipsum",
    "omitted",
    "censored",
    "obfuscated",
];
/// Words that make a name, not a secret.
const NAMING: &[&str] = &[
    "access",
    "admin",
    "account",
    "api",
    "apikey",
    "app",
    "application",
    "auth",
    "authentication",
    "authorization",
    "basic",
    "bearer",
    "bot",
    "client",
    "code",
    "confirm",
    "confirmation",
    "cookie",
    "cred",
    "credential",
    "credentials",
    "csrf",
    "csrfmiddlewaretoken",
    "current",
    "custom",
    "database",
    "db",
    "default",
    "dev",
    "email",
    "env",
    "field",
    "file",
    "form",
    "github",
    "gitlab",
    "google",
    "grant",
    "header",
    "here",
    "host",
    "http",
    "id",
    "input",
    "invalid",
    "json",
    "jwt",
    "key",
    "keys",
    "local",
    "login",
    "mail",
    "method",
    "missing",
    "my",
    "name",
    "new",
    "no",
    "oauth",
    "old",
    "openid",
    "optional",
    "param",
    "pass",
    "passcode",
    "passphrase",
    "passwd",
    "password",
    "passwords",
    "personal",
    "post",
    "private",
    "prod",
    "production",
    "provider",
    "public",
    "pwd",
    "query",
    "ref",
    "refresh",
    "repeat",
    "required",
    "root",
    "saml",
    "scheme",
    "secret",
    "secrets",
    "server",
    "service",
    "session",
    "sha",
    "shared",
    "signing",
    "some",
    "sso",
    "staging",
    "storage",
    "store",
    "string",
    "test",
    "testing",
    "text",
    "the",
    "token",
    "tokens",
    "type",
    "uri",
    "url",
    "user",
    "username",
    "v",
    "value",
    "vault",
    "web",
    "wrong",
    "x",
    "xsrf",
    "valid",
    "encryption",
    "encrypted",
    "encoded",
    "hashed",
    "hash",
    "id",
    "a",
    "aws",
    "azure",
    "slack",
    "stripe",
    "openai",
    "anthropic",
];
/// Words of which one in a name of several says that it names a secret.
const NAMES_OF_SECRETS: &[&str] = &[
    "apikey",
    "credential",
    "credentials",
    "creds",
    "key",
    "keys",
    "passwd",
    "password",
    "passwords",
    "passwort",
    "secret",
    "secrets",
    "token",
    "tokens",
    "passphrase",
];
/// What stands for a value where there is none, or for its type.
const NO_VALUES: &[&str] = &[
    "always",
    "string",
    "str",
    "bytes",
    "text",
    "any",
    "number",
    "boolean",
    "bool",
    "object",
    "unknown",
    "undefined",
    "never",
    "varchar",
    "integer",
    "none",
    "null",
    "nil",
    "true",
    "false",
    "required",
    "optional",
    "default",
    "disabled",
    "enabled",
    "hidden",
    "prompt",
    "plain",
    "plaintext",
    "encrypted",
    "hashed",
    "empty",
    "include",
    "omit",
    "same-origin",
    "passwort",
    "kennwort",
    "senha",
    "wachtwoord",
    "contraseña",
    "contrasena",
    "uint256",
    "bytes32",
    "username",
    "password",
    "passwd",
    "secret",
    "secrets",
    "token",
    "tokens",
    "apikey",
    "api_key",
    "api-key",
    "inherit",
    "interactive",
    "manual",
    "strict",
    "public",
    "private",
    "external",
    "internal",
    "binary",
    "base64",
    "bcrypt",
    "argon2",
    "scrypt",
    "pbkdf2",
    "sha256",
    "sha512",
    "sha-256",
    "sha-512",
    "md5",
    "utf-8",
    "utf8",
    "static",
    "dynamic",
    "generated",
    "random",
    "changeit",
    "parola",
    "heslo",
    "lösenord",
    "salasana",
    "adgangskode",
    "password:",
    "passwort:",
    "passphrase",
    "mandatory",
    "variable",
    "literal",
    "symbol",
    "securestring",
    "char",
    "textarea",
    "numeric",
    "visible",
    "invalid",
    "missing",
    "mismatch",
    "incorrect",
    "expired",
    "forbidden",
    "unauthorized",
    "nothing",
    "something",
    "anything",
    "whatever",
    "basic",
    "bearer",
    "digest",
    "cookie",
    "session",
    "header",
    "query",
    "body",
];
/// Words of sentences, in the languages that user interfaces are shown in.
const SENTENCE: &[&str] = &[
    "a",
    "again",
    "already",
    "an",
    "and",
    "are",
    "as",
    "at",
    "be",
    "but",
    "by",
    "can",
    "cannot",
    "check",
    "choose",
    "confirm",
    "contains",
    "could",
    "do",
    "does",
    "don",
    "enter",
    "failed",
    "for",
    "forgot",
    "from",
    "has",
    "have",
    "if",
    "in",
    "incorrect",
    "invalid",
    "is",
    "it",
    "least",
    "login",
    "match",
    "may",
    "missing",
    "must",
    "need",
    "needed",
    "new",
    "no",
    "not",
    "of",
    "on",
    "or",
    "please",
    "provide",
    "provided",
    "required",
    "reset",
    "set",
    "should",
    "sign",
    "than",
    "that",
    "the",
    "this",
    "to",
    "too",
    "type",
    "use",
    "used",
    "was",
    "we",
    "when",
    "while",
    "will",
    "with",
    "wrong",
    "you",
    "your",
    "characters",
    "field",
    "expired",
    "optional",
    "hint",
    "strength",
    "show",
    "hide",
    "change",
    "update",
    "updated",
    "generate",
    "copy",
    "create",
    "created",
    "successfully",
    "unable",
    "error",
    "der",
    "die",
    "das",
    "ein",
    "eine",
    "ist",
    "und",
    "nicht",
    "mit",
    "für",
    "auf",
    "zum",
    "bitte",
    "eingeben",
    "neues",
    "ihr",
    "dein",
    "abgelaufen",
    "vergessen",
    "ungültig",
    "falsch",
    "mindestens",
    "zurücksetzen",
    "ändern",
    "bestätigen",
    "wiederholen",
    "de",
    "du",
    "la",
    "le",
    "les",
    "el",
    "los",
    "las",
    "un",
    "una",
    "une",
    "est",
    "pas",
    "votre",
    "su",
    "por",
    "favor",
    "il",
    "lo",
    "di",
    "per",
    "da",
    "do",
    "sua",
    "uw",
    "het",
    "een",
    "oublié",
    "incorrecte",
    "inválida",
    "requerida",
    "token",
    "password",
    "passwort",
    "kennwort",
    "secret",
    "key",
    "keys",
    "api",
    "passphrase",
    "passwords",
    "senha",
];

/// Whether a value behind a name of this class is a secret.
pub(super) fn is_secret(class: Class, value: &str) -> bool {
    match class {
        Class::Password => is_password(value),
        Class::Phrase => {
            value.split_whitespace().count() >= MIN_PHRASE_WORDS || is_long_random(value)
        }
        Class::Secret => is_made_secret(value),
        Class::Token => is_token(value),
        Class::Key => is_long_random(value),
    }
}

/// Whether a token is one that documentation shows, and not anybody's.
pub(super) fn is_example(value: &str) -> bool {
    let lower = value.to_lowercase();
    let says_so = [
        "example",
        "your",
        "xxxx",
        "****",
        "....",
        "placeholder",
        "redacted",
        "changeme",
        "dummy",
        "insert",
        "<",
        "${",
        "{{",
    ];
    says_so.iter().any(|word| lower.contains(word)) || has_few_characters(value)
}

/// Whether a person may have chosen this as a password.
pub(super) fn is_password(value: &str) -> bool {
    let value = value.trim();
    let length = value.chars().count();
    if length < MIN_PASSWORD || is_no_value(value) {
        return false;
    }
    let digits = value.chars().filter(char::is_ascii_digit).count();
    let words = words(value);
    let parts: Vec<&str> = value.split(|c: char| "-_./: ".contains(c)).collect();
    // No name has a digit in the place of a letter.
    let is_leet = parts.iter().any(|part| has_inner_digit(part));
    let is_camel = value.starts_with(char::is_lowercase) && value.contains(char::is_uppercase);
    let is_joined = !is_leet && (parts.len() > 1 || is_camel);
    let letters = words
        .iter()
        .filter(|word| !word.starts_with(|c: char| c.is_ascii_digit()));
    let names = |list: &[&str]| letters.clone().any(|word| list.contains(&word.as_str()));
    if is_joined && is_wordy(value) && digits <= 3 && names(NAMES_OF_SECRETS) {
        return false;
    }
    let is_all_naming =
        !words.is_empty() && letters.clone().all(|word| NAMING.contains(&word.as_str()));
    !(is_all_naming && letters.count() > 1 && digits <= 3 && is_joined)
}

fn has_inner_digit(part: &str) -> bool {
    let bytes = part.as_bytes();
    let is_letter = |byte: &u8| byte.is_ascii_lowercase();
    bytes
        .windows(3)
        .any(|three| is_letter(&three[0]) && three[1].is_ascii_digit() && is_letter(&three[2]))
}

/// Whether a word, in lower case, is one of those that names are made of.
pub(super) fn is_naming(word: &str) -> bool {
    NAMING.contains(&word) || word.starts_with(|c: char| c.is_ascii_digit())
}

/// Whether this looks as if made at random.
pub(super) fn is_random(value: &str) -> bool {
    let count = |is: fn(&char) -> bool| value.chars().filter(is).count();
    let digits = count(char::is_ascii_digit);
    let (lower, upper) = (
        count(char::is_ascii_lowercase),
        count(char::is_ascii_uppercase),
    );
    let is_mixed = digits > 0 && lower + upper > 0 || lower > 2 && upper > 2;
    value.len() >= MIN_RANDOM
        && is_mixed
        && value.chars().all(|c| c.is_ascii_graphic())
        && entropy(value) >= 2.8
        && !is_wordy(value)
}

/// What is strange enough to be a secret though its name says hardly anything.
fn is_long_random(value: &str) -> bool {
    let is_token = |c: char| c.is_ascii_alphanumeric() || "+/=_-.%:~".contains(c);
    value.len() >= MIN_RANDOM_KEY
        && is_random(value)
        && !is_no_value(value)
        && value.chars().all(is_token)
        && !is_uuid(value)
        && entropy(value) >= 3.2
}

fn is_token(value: &str) -> bool {
    let value = value.trim();
    if is_no_value(value)
        || value.contains(char::is_whitespace)
            && !value.starts_with("FlyV1 ")
            && is_sentence_like(value)
    {
        return false;
    }
    let digits = value.chars().filter(char::is_ascii_digit).count();
    let letters = value.chars().filter(|c| c.is_alphabetic()).count();
    let length = value.chars().count();
    let strange = value
        .chars()
        .filter(|c| !c.is_alphanumeric() && !"-_./: ".contains(*c))
        .count();
    length >= MIN_SECRET
        && (digits > 0 && letters > 0 || length >= MIN_RANDOM || digits >= MIN_RANDOM_KEY)
        && letters + digits > 0
        && !is_wordy(value)
        && !words(value).iter().all(|word| is_naming(word))
        && !(strange > 1 && length < MIN_RANDOM)
        && !is_color(value)
        && !is_date(value)
}

fn is_sentence_like(value: &str) -> bool {
    value.split(' ').filter(|word| word.len() < 8).count() * 2 > value.split(' ').count()
        && !value.contains(|c: char| "!#$%^&*~|{}".contains(c))
}

fn is_made_secret(value: &str) -> bool {
    if is_token(value) {
        return true;
    }
    let value = value.trim();
    let words = words(value);
    let is_named = words.iter().any(|word| NAMING.contains(&word.as_str()));
    let is_mixed =
        value.contains(|c: char| c.is_ascii_digit()) && value.contains(char::is_alphabetic);
    let is_spoken = words.len() > 1
        && !value.contains(['.', '/', '_', ':'])
        && value.chars().all(|c| !c.is_uppercase());
    value.len() >= MIN_SECRET
        && !is_no_value(value)
        && !is_date(value)
        && !is_color(value)
        && !is_named
        && (is_spoken || is_mixed && !value.contains(['.', '/', ':', '_', '-', ' ']))
}

/// Whether this stands for a value: a reference, a placeholder, a type, a text for people.
pub(super) fn is_no_value(value: &str) -> bool {
    let lower = value.to_lowercase();
    NO_VALUES.contains(&lower.as_str())
        || is_reference(value)
        || is_placeholder(value)
        || is_path(value)
        || is_text(value)
}

pub(super) fn is_placeholder(value: &str) -> bool {
    let words = words(value);
    let is = |word: &String| PLACEHOLDERS.contains(&word.as_str());
    let is_change = |pair: &[String]| {
        pair[0] == "change"
            && ["me", "this", "it", "before", "in", "please"].contains(&pair[1].as_str())
    };
    words.is_empty()
        || words.windows(2).any(is_change)
        || words.iter().take(6).any(is) && (is_wordy(value) || value.len() < 40)
        || value.to_lowercase().contains("example") && value.len() < 64
        || has_few_characters(value)
        || value.contains("xxxx")
        || value.contains("XXXX")
        || value.contains("****")
        || value.contains("....")
}

/// Whether the same few characters are repeated.
fn has_few_characters(value: &str) -> bool {
    let mut seen: Vec<char> = Vec::new();
    for char in value.chars() {
        if !seen.contains(&char) {
            seen.push(char);
        }
        if seen.len() > 3 {
            return false;
        }
    }
    value.chars().count() >= 6 && !value.chars().all(|c| c.is_ascii_digit())
}

/// Whether a value says where the secret is, instead of being it.
pub(super) fn is_reference(value: &str) -> bool {
    const STARTS: &[&str] = &[
        "${",
        "$(",
        "{{",
        "{%",
        "<%",
        "#{",
        "@{",
        "%{",
        "ENC[",
        "ENC(",
        "AQICA",
        "vault:",
        "op://",
        "arn:",
        "ssm:",
        "secretsmanager:",
        "secret://",
        "file:",
        "keyring:",
        "env:",
        "env.",
        "ENV[",
        "process.env",
        "os.environ",
        "os.getenv",
        "import.meta",
        "var.",
        "local.",
        "data.",
        "secrets.",
        "module.",
        "!Ref",
        "!Sub",
        "!GetAtt",
        "!vault",
        "!env",
        "!secret",
        "Fn::",
        "@Microsoft.KeyVault",
        "projects/",
        "gcp:",
        "awssm",
        "sops:",
        "ref+",
        "keychain:",
        "data:",
        "%(",
        "$ANSIBLE_VAULT",
        "=> ",
        "() =>",
        "function",
        "-----BEGIN PUBLIC",
        "-----BEGIN CERT",
        "-----BEGIN PGP PUBLIC",
        "-----BEGIN PGP MESS",
        "-----BEGIN SSH2 PUB",
        "ssh-rsa ",
        "ssh-ed25519 ",
        "ecdsa-sha2-",
        "sha512-",
        "sha256-",
        "sha384-",
        "sha256:",
        "sha512:",
        "sha1:",
    ];
    let inner = value
        .get(1..value.len().saturating_sub(1))
        .unwrap_or_default();
    let is_ident = |text: &str| {
        !text.is_empty()
            && text
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "_.:-[]>\"'$".contains(c))
    };
    STARTS.iter().any(|start| value.starts_with(start))
        || value.contains("://")
        || value
            .strip_prefix('$')
            .is_some_and(|name| is_ident(name) && !name.contains('$') || name.starts_with('{'))
        || value.starts_with('<') && value.ends_with('>')
        || value.starts_with('[') && value.ends_with(']')
        || value.starts_with('{') && value.ends_with('}') && inner.len() < 60
        || value.starts_with('%') && value.ends_with('%') && is_ident(inner)
        || value.starts_with('@') && value.ends_with('@') && is_ident(inner)
        || value.starts_with("__") && value.ends_with("__")
        || interpolates(value)
}

/// Whether a literal takes most of its text from elsewhere.
fn interpolates(value: &str) -> bool {
    let mut rest = String::new();
    let mut at = 0;
    let mut found = false;
    while let Some(open) = value[at..]
        .find(['$', '#', '{', '%', '\\'])
        .map(|open| at + open)
    {
        rest.push_str(&value[at..open]);
        let here = &value[open..];
        let end = if ["${", "#{", "$(", "\\("]
            .iter()
            .any(|start| here.starts_with(start))
        {
            here.find(['}', ')'])
        } else if here.starts_with('{') {
            let name = here[1..]
                .find(|c: char| !(c.is_ascii_alphanumeric() || "_.:!{".contains(c)))
                .map(|end| end + 1);
            name.filter(|end| here[*end..].starts_with('}') && here.len() > 2)
        } else if here.starts_with("%s")
            || here.starts_with("%d")
            || here.starts_with("%v")
            || here.starts_with("%@")
        {
            Some(1)
        } else {
            None
        };
        match end {
            Some(end) => {
                found = true;
                at = open + end + 1;
            }
            None => {
                rest.push_str(&here[..1]);
                at = open + 1;
            }
        }
    }
    rest.push_str(&value[at..]);
    found && !is_random(rest.trim())
}

/// Whether a value is the name of a file or of an entry somewhere.
fn is_path(value: &str) -> bool {
    const EXTENSIONS: &[&str] = &[
        ".pem", ".key", ".crt", ".cer", ".json", ".yaml", ".yml", ".txt", ".toml", ".env", ".p12",
        ".pfx", ".jks", ".ts", ".js", ".css", ".html", ".py", ".go", ".rs", ".java", ".sh", ".p8",
        ".asc", ".gpg", ".pub", ".ini", ".cfg", ".conf", ".xml", ".php", ".rb",
    ];
    if value.contains(char::is_whitespace) {
        return false;
    }
    let is_drive = value
        .get(1..3)
        .is_some_and(|drive| drive == ":\\" || drive == ":/");
    let starts = ["/", "./", "../", "~/", "\\\\", "%"]
        .iter()
        .any(|start| value.starts_with(start));
    let lower = value.to_lowercase();
    if EXTENSIONS
        .iter()
        .any(|extension| lower.ends_with(extension))
        && value.len() > 8
    {
        return true;
    }
    let n_parts = value.split(['/', '\\']).count();
    let is_lower = value
        .chars()
        .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "/-_.{}".contains(c));
    let is_plain = value
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "/\\-_.~%@:".contains(c));
    let is_entry = |part: &str| part.len() < 20 || is_wordy(part);
    is_drive
        || starts
            && is_plain
            && n_parts > 1
            && (value.contains(['.', '_', '-']) || is_wordy(value))
            && value.split(['/', '\\']).all(is_entry)
        || n_parts > 1 && value.contains('/') && is_wordy(value) && (is_lower || n_parts > 2)
}

/// Whether a value is a text for people.
fn is_text(value: &str) -> bool {
    let has_letters = value.chars().any(|c| !c.is_ascii() && c.is_alphabetic());
    let has_digit = value.chars().any(|c| c.is_ascii_digit());
    if has_letters && !has_digit && value.chars().any(|c| u32::from(c) > 0x370) {
        return true;
    }
    let mut parts = value
        .split(|c: char| c.is_whitespace() || ",.:;?!()…".contains(c))
        .filter(|part| !part.is_empty());
    if !value.contains(char::is_whitespace) {
        return value.ends_with(['?', '…'])
            && !has_digit
            && value
                .trim_end_matches(['?', '…'])
                .chars()
                .all(char::is_alphabetic)
            || has_letters
                && !has_digit
                && value.starts_with(char::is_uppercase)
                && value.chars().all(char::is_alphabetic);
    }
    parts.any(|part| SENTENCE.contains(&part.to_lowercase().as_str()))
}

fn is_uuid(value: &str) -> bool {
    value.len() == 36
        && value.split('-').map(str::len).eq([8, 4, 4, 4, 12])
        && value.chars().all(|c| c.is_ascii_hexdigit() || c == '-')
}

fn is_color(value: &str) -> bool {
    value
        .strip_prefix('#')
        .is_some_and(|hex| hex.len() <= 8 && hex.chars().all(|c| c.is_ascii_hexdigit()))
}

/// Whether a value is a date, a time, a version or a number.
fn is_date(value: &str) -> bool {
    value.len() < 36
        && value.starts_with(|c: char| c.is_ascii_digit() || c == 'v' || c == '+' || c == '-')
        && value.chars().filter(|c| c.is_ascii_alphabetic()).count() <= 2
        && value.contains(['-', '.', ':', '/', '_', ' '])
        && !is_uuid(value)
        && value
            .split(['-', '.', ':', '/', 'T', '_', ' '])
            .all(|part| part.len() <= 4 || part.ends_with('Z'))
}

/// Bits of information in each character, were they independent.
fn entropy(value: &str) -> f64 {
    let mut counts = [0u32; 256];
    for byte in value.bytes() {
        counts[usize::from(byte)] += 1;
    }
    let length = value.len() as f64;
    let share = |count: &u32| f64::from(*count) / length;
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(share)
        .map(|share| -share * share.log2())
        .sum()
}
