//! Reads the corpus: snippets in which secrets and look-alikes are marked, with values made from a fixed seed.

use std::fs;
use std::ops::Range;
use std::path::Path;

/// A piece of code or configuration.
pub(crate) struct Snippet {
    /// The kind of the secrets in it, or of what looks like them.
    #[allow(dead_code, reason = "one of two tests groups by it")]
    pub(crate) kind: String,
    /// The text, without marks.
    pub(crate) text: String,
    /// Where the secrets are.
    pub(crate) secrets: Vec<Range<usize>>,
    /// What must not be found.
    #[allow(dead_code, reason = "one of two tests counts them")]
    pub(crate) lookalikes: Vec<Range<usize>>,
}

impl Snippet {
    /// The line on which a range begins.
    #[allow(dead_code, reason = "one of two tests prints it")]
    pub(crate) fn line_of(&self, range: &Range<usize>) -> &str {
        let start = self.text[..range.start]
            .rfind('\n')
            .map_or(0, |end| end + 1);
        self.text[start..].lines().next().unwrap_or_default()
    }
}

/// The snippets of the files whose names begin with `prefix`, in the files' order.
pub(crate) fn read(prefix: &str) -> Vec<Snippet> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files.retain(|path| {
        let name = path.file_name().unwrap().to_string_lossy();
        name.starts_with(prefix) && name.ends_with(".txt")
    });
    let texts = files.iter().map(|path| fs::read_to_string(path).unwrap());
    texts.flat_map(|text| snippets(&text)).collect()
}

fn snippets(text: &str) -> Vec<Snippet> {
    let mut snippets: Vec<(String, String)> = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with("==#")) {
        match line.strip_prefix("=== ") {
            Some(kind) => snippets.push((kind.to_owned(), String::new())),
            None => {
                let snippet = &mut snippets.last_mut().expect("a snippet has a kind").1;
                snippet.push_str(line);
                snippet.push('\n');
            }
        }
    }
    let parsed = snippets.into_iter().enumerate();
    parsed
        .map(|(idx, (kind, source))| snippet(kind, &source, Generator(idx as u64)))
        .collect()
}

fn snippet(kind: String, source: &str, mut generator: Generator) -> Snippet {
    let mut snippet = Snippet {
        kind,
        text: String::new(),
        secrets: Vec::new(),
        lookalikes: Vec::new(),
    };
    let mut opened = 0;
    let mut rest = source;
    while let Some(char) = rest.chars().next() {
        rest = &rest[char.len_utf8()..];
        match char {
            '«' | '‹' => opened = snippet.text.len(),
            '»' => snippet.secrets.push(opened..snippet.text.len()),
            '›' => snippet.lookalikes.push(opened..snippet.text.len()),
            '⟦' => {
                let (template, behind) = rest.split_once('⟧').expect("a template is closed");
                rest = behind;
                snippet.text.push_str(&generator.make(template));
            }
            _ => snippet.text.push(char),
        }
    }
    snippet
}

/// SplitMix64, for values that are the same in each run.
pub(crate) struct Generator(pub(crate) u64);

impl Generator {
    /// The next number.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    fn make(&mut self, template: &str) -> String {
        const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
        const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
        const DIGITS: &str = "0123456789";
        let (name, length) = template.split_once(':').unwrap_or((template, "36"));
        let length: usize = length.parse().expect("a template has a length");
        let alphabet = match name {
            "base62" => format!("{UPPER}{LOWER}{DIGITS}"),
            "base64" => format!("{UPPER}{LOWER}{DIGITS}+/"),
            "base64url" => format!("{UPPER}{LOWER}{DIGITS}-_"),
            "letters" => format!("{UPPER}{LOWER}"),
            "lower36" => format!("{LOWER}{DIGITS}"),
            "BASE36" => format!("{UPPER}{DIGITS}"),
            "BASE32" => format!("{UPPER}234567"),
            "bech32" => "qpzry9x8gf2tvdw0s3jn54khce6mua7l".to_owned(),
            "BECH32" => "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L".to_owned(),
            "hex" | "uuid" | "hexcolon" => format!("{DIGITS}abcdef"),
            "HEX" => format!("{DIGITS}ABCDEF"),
            "digits" => "123456789".to_owned(),
            "ascii" => format!("{UPPER}{LOWER}{DIGITS}!@#$%^&*()-_ []{{}}<>~`+=,.;:/?|"),
            "django" => format!("{LOWER}{DIGITS}!@#$%^&*(-_=+)"),
            other => panic!("no alphabet {other}"),
        };
        let alphabet: Vec<char> = alphabet.chars().collect();
        let mut pick = || alphabet[self.below(alphabet.len())];
        match name {
            "uuid" => (0..36)
                .map(|idx| {
                    if [8, 13, 18, 23].contains(&idx) {
                        '-'
                    } else {
                        pick()
                    }
                })
                .collect(),
            "hexcolon" => (0..length * 3 - 1)
                .map(|idx| if idx % 3 == 2 { ':' } else { pick() })
                .collect(),
            // Neither the first nor the last character is one that a word boundary or trimming would lose.
            _ => {
                let mut made: Vec<char> = (0..length).map(|_| pick()).collect();
                for edge in [0, length - 1] {
                    while !made[edge].is_ascii_alphanumeric() {
                        made[edge] = pick();
                    }
                }
                made.into_iter().collect()
            }
        }
    }
}
