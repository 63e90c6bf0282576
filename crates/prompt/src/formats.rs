//! Fill-in-the-middle formats as data: how each family of models wants a hole to be written.
//!
//! A [`Format`] is taken by the model's name or set by the user; a name that none knows has none, for tokens that are
//! guessed cost quality without an error. [`Format::render`] writes the prompt, in which tokens of the family that
//! occur in the user's own text are broken; [`Output`] undoes that in the answer and applies the stops.

mod apart;
mod output;
mod tokens;
pub mod window;

use std::borrow::Cow;
use std::sync::LazyLock;

use firesteel_syntax::Language;
use serde::Deserialize;

pub use apart::wants_region;
pub use output::Output;

use crate::question::Fim;
use tokens::Tokens;

/// The formats that come with Firesteel.
const BUILT_IN: &str = include_str!("formats.toml");
/// Tokens of an answer where the question sets no limit.
const MAX_TOKENS: u32 = 128;
/// Bytes of a prompt that the tokens and paths around the code may take.
const FRAME: usize = 256;

static FORMATS: LazyLock<Formats> = LazyLock::new(|| {
    // A test reads the file, so it is never unreadable here.
    let mut formats: Formats = toml::from_str(BUILT_IN).unwrap_or_default();
    formats.format.iter_mut().for_each(Format::prepare);
    formats
});

/// All formats.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Formats {
    format: Vec<Format>,
}

/// Which comes first: the text before the hole or the text after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    /// Prefix, suffix, middle.
    Psm,
    /// Suffix, prefix, middle.
    Spm,
}

/// The format of one family of models; the fields are told in `formats.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Format {
    name: String,
    about: String,
    models: Vec<String>,
    #[serde(default)]
    not: Vec<String>,
    order: Order,
    prefix: String,
    suffix: String,
    middle: String,
    #[serde(default)]
    repo: String,
    file: String,
    #[serde(default)]
    current: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    within: bool,
    stops: Vec<String>,
    #[serde(default)]
    breaks: Vec<String>,
    #[serde(default)]
    bos: bool,
    /// All tokens that must not occur in the user's own text.
    #[serde(skip)]
    tokens: Tokens,
}

/// A prompt in a model's format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The whole text, to be sent to an endpoint that parses special tokens and applies no template.
    pub prompt: String,
    /// What ends the answer; a server that takes only some is given the first.
    pub stops: Vec<String>,
    /// Tokens wanted at most.
    pub max_tokens: u32,
}

impl Formats {
    /// The formats that come with Firesteel.
    pub fn built_in() -> &'static Formats {
        &FORMATS
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Format> {
        self.format.iter()
    }

    /// The format of a model.
    pub fn for_model(&self, name: &str) -> Option<&Format> {
        let name = name.to_lowercase();
        let name = name.trim_end_matches('/').rsplit(['/', '\\']).next()?;
        self.iter().find(|format| format.is_of(name))
    }

    /// A format by its own name.
    pub fn named(&self, name: &str) -> Option<&Format> {
        self.iter().find(|format| format.name == name)
    }
}

impl Format {
    /// The built-in format of a model, by its name as a server lists it: a path, a tag and a file's ending do no harm.
    pub fn for_model(name: &str) -> Option<&'static Format> {
        Formats::built_in().for_model(name)
    }

    /// A built-in format by its own name, such as `qwen` or `star_coder`.
    pub fn named(name: &str) -> Option<&'static Format> {
        Formats::built_in().named(name)
    }

    /// Its name in settings.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The models it is for, in words.
    pub fn about(&self) -> &str {
        &self.about
    }

    /// In which order it has prefix and suffix.
    pub fn order(&self) -> Order {
        self.order
    }

    /// Whether the models need a begin-of-text token, which servers add to a raw prompt by themselves.
    pub fn needs_bos(&self) -> bool {
        self.bos
    }

    /// What ends an answer.
    pub fn stops(&self) -> &[String] {
        &self.stops
    }

    /// What undoes in an answer what [`Format::render`] did to the user's text, and applies the stops.
    pub fn output(&self) -> Output {
        Output::new(self.stops.clone(), self.tokens.clone())
    }

    /// The prompt for a hole, of at most about `budget` bytes.
    pub fn render(&self, fim: &Fim, budget: usize) -> Rendered {
        let cut = window::cut(fim, budget.saturating_sub(FRAME));
        let mut others = String::new();
        if !cut.extra.is_empty() {
            others.push_str(&self.repo);
            // Most relevant last: next to the code that it is for.
            for extra in cut.extra.iter().rev() {
                others.push_str(&self.fill(&self.file, fim, &extra.path, &extra.text));
            }
            others.push_str(&self.fill(&self.current, fim, &fim.path, ""));
        }
        let title = match fim.path.is_empty() {
            true => String::new(),
            false => self.fill(&self.title, fim, &fim.path, ""),
        };
        let (outside, inside) = if self.within {
            ("", others.as_str())
        } else {
            (others.as_str(), "")
        };
        let (before, after) = (
            self.tokens.broken(cut.before),
            self.tokens.broken(cut.after),
        );
        let before = [&self.prefix, inside, &title, &before].concat();
        let after = [self.suffix.as_str(), &after].concat();
        let prompt = match self.order {
            Order::Psm => [outside, &before, &after, &self.middle].concat(),
            Order::Spm => [outside, &after, &before, &self.middle].concat(),
        };
        Rendered {
            prompt,
            stops: self.stops.clone(),
            max_tokens: if fim.max_tokens == 0 {
                MAX_TOKENS
            } else {
                fim.max_tokens
            },
        }
    }

    fn fill(&self, pattern: &str, fim: &Fim, path: &str, text: &str) -> String {
        let path = path.replace(['\n', '\r'], " ");
        let mut filled = String::with_capacity(pattern.len() + path.len() + text.len());
        let mut rest = pattern;
        while let Some((plain, after)) = rest.split_once('{') {
            filled.push_str(plain);
            let (name, after) = after.split_once('}').unwrap_or((after, ""));
            let value: Cow<'_, str> = match name {
                "path" => self.tokens.broken(&path),
                "text" => self.tokens.broken(text.trim_end()),
                "comment" => Cow::Borrowed(comment(&fim.language)),
                _ => Cow::Borrowed(""),
            };
            filled.push_str(&value);
            rest = after;
        }
        filled.push_str(rest);
        filled
    }

    fn is_of(&self, name: &str) -> bool {
        let has = |pattern: &String| pattern.split('+').all(|piece| name.contains(piece));
        self.models.iter().any(has) && !self.not.iter().any(has)
    }

    fn prepare(&mut self) {
        let own = [&self.prefix, &self.suffix, &self.middle];
        let own = own.into_iter().map(|token| token.trim().to_owned());
        let stops = self
            .stops
            .iter()
            .filter(|stop| !stop.contains(char::is_whitespace));
        let all = own.chain(stops.cloned()).chain(self.breaks.iter().cloned());
        let written = [&self.repo, &self.file, &self.current].map(|pattern| leading_token(pattern));
        self.tokens = Tokens::new(all.chain(written.into_iter().flatten()));
    }
}

/// The token with which a file's syntax begins, such as `<filename>`.
fn leading_token(pattern: &str) -> Option<String> {
    let end = pattern.starts_with('<').then(|| pattern.find('>'))??;
    Some(pattern[..=end].to_owned())
}

/// What begins a comment in a language.
pub fn comment(language: &str) -> &'static str {
    let language = Language::from_id(language);
    language.and_then(Language::line_comment).unwrap_or("//")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_formats_can_be_read() {
        let read: Result<Formats, _> = toml::from_str(BUILT_IN);
        let formats = read.expect("formats");
        assert!(formats.format.len() >= 10);
        for format in Formats::built_in().iter() {
            assert!(
                Format::named(&format.name).is_some_and(|named| named.about == format.about),
                "{}",
                format.name
            );
            assert!(!format.stops.is_empty(), "{}", format.name);
        }
    }
}
