//! What a value looks like: a password, something random, an example, a name.

use super::names::Class;
use super::vocabulary::VOCABULARY;
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
    let is_camel =
        words.len() > 1 && value.contains(char::is_uppercase) && value.contains(char::is_lowercase);
    let is_joined = !is_leet && (parts.len() > 1 || is_camel);
    let letters = words
        .iter()
        .filter(|word| !word.starts_with(|c: char| c.is_ascii_digit()));
    let is_named = letters
        .clone()
        .any(|word| VOCABULARY.names_of_secrets.contains(word.as_str()));
    if is_joined && is_wordy(value) && digits <= 3 && is_named {
        return false;
    }
    let is_all_naming = !words.is_empty()
        && letters
            .clone()
            .all(|word| VOCABULARY.naming.contains(word.as_str()));
    !(is_all_naming && letters.count() > 1 && digits <= 3 && is_joined)
}

fn has_inner_digit(part: &str) -> bool {
    const USUAL: &[&str] = &[
        "a11y", "b2b", "base64", "d3", "e2e", "ec2", "g4f", "h2", "ipv4", "ipv6", "k8s", "log4j",
        "md5", "neo4j", "oauth2", "p2p", "s3", "sha1", "utf8", "v1", "v2", "v3", "web3", "x509",
        "pkcs8", "http2",
    ];
    let lower = part.to_lowercase();
    let is_letter = |byte: &u8| byte.is_ascii_lowercase();
    let has = part
        .as_bytes()
        .windows(3)
        .any(|three| is_letter(&three[0]) && three[1].is_ascii_digit() && is_letter(&three[2]));
    has && !USUAL.iter().any(|usual| lower.contains(usual))
}

/// Whether a word, in lower case, is one of those that names are made of.
pub(super) fn is_naming(word: &str) -> bool {
    VOCABULARY.naming.contains(word) || word.starts_with(|c: char| c.is_ascii_digit())
}

/// Whether a value has more than the letters of a word in it.
pub(super) fn is_mixed(value: &str) -> bool {
    let rest = value.get(1..).unwrap_or_default();
    value.contains(|c: char| c.is_ascii_digit() || "!@#$%^&*".contains(c))
        || rest.contains(char::is_uppercase) && value.contains(char::is_lowercase)
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
        && !is_alphabet(value)
        && !is_wordy(value)
}

/// Whether the letters stand in their order, as in a table of characters.
fn is_alphabet(value: &str) -> bool {
    let bytes = value.as_bytes();
    let n_next = bytes
        .windows(2)
        .filter(|pair| pair[1] == pair[0].wrapping_add(1))
        .count();
    n_next * 2 > bytes.len() && bytes.len() > 24
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
    let is_leet = value
        .split(|c: char| "-_./: ".contains(c))
        .any(has_inner_digit);
    if is_token(value) || is_leet && value.len() >= MIN_SECRET && !is_no_value(value) {
        return true;
    }
    let value = value.trim();
    let words = words(value);
    let is_named = words
        .iter()
        .any(|word| VOCABULARY.naming.contains(word.as_str()));
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
    VOCABULARY.no_values.contains(lower.as_str())
        || is_reference(value)
        || is_placeholder(value)
        || is_path(value)
        || is_text(value)
}

pub(super) fn is_placeholder(value: &str) -> bool {
    let words = words(value);
    let is = |word: &String| VOCABULARY.placeholders.contains(word.as_str());
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
        || is_constant(value)
        || value.contains("&lt;")
        || value.contains("AAAAB3NzaC1")
        || value.contains("AAAAC3NzaC1")
        || value.contains("AAAAE2VjZHNh")
        || interpolates(value)
}

/// Whether this is the name of a constant: `MAX_SIZE`.
fn is_constant(value: &str) -> bool {
    let is_part = |part: &str| {
        part.chars()
            .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
    };
    value.contains('_')
        && value.starts_with(|c: char| c.is_ascii_uppercase())
        && value.split('_').all(is_part)
        && !value.ends_with('_')
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
        } else if let Some(inner) = here.strip_prefix('{') {
            let name = inner
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
        ".bin", ".der", ".pem", ".key", ".crt", ".cer", ".json", ".yaml", ".yml", ".txt", ".toml",
        ".env", ".p12", ".pfx", ".jks", ".ts", ".js", ".css", ".html", ".py", ".go", ".rs",
        ".java", ".sh", ".p8", ".asc", ".gpg", ".pub", ".ini", ".cfg", ".conf", ".xml", ".php",
        ".rb",
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
        return value.ends_with(['?', '…', ':'])
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
    parts.any(|part| VOCABULARY.sentence.contains(part.to_lowercase().as_str()))
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
