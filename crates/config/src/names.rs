//! Names of settings as users write them: found in the tree of settings, or told what they were likely to mean.

use crate::alias::{self, Became};
use crate::schema::{self, Node, Setting, settings};

/// The most characters of a name that a message shows.
const SHOWN: usize = 80;
/// One mistake for so many characters of a name is taken for a misspelling.
const CHARACTERS_FOR_A_MISTAKE: usize = 3;
/// The most parts of a name; those of a model's name count, for it may hold dots.
const MAX_PARTS: usize = 32;
/// What other programs call some settings of a model.
const SYNONYMS: &[(&str, &str)] = &[
    ("api_base", "url"),
    ("api_key", "key"),
    ("base_url", "url"),
    ("endpoint", "url"),
    ("host", "url"),
    ("model", "name"),
    ("provider", "preset"),
    ("uri", "url"),
];

/// What a name means.
#[derive(Clone, Debug)]
pub(crate) enum Meaning {
    Setting {
        setting: &'static Setting,
        /// Where its value belongs in a configuration.
        path: Vec<String>,
        /// Its new name, where the old one was used.
        renamed: Option<&'static str>,
    },
    /// A field of the model of the role `review`, by its old name.
    Review(&'static str),
    /// A setting that is no more.
    Dropped(&'static str),
    Section,
    Unknown,
}

/// What a path of names means.
pub(crate) fn meaning(path: &[String]) -> Meaning {
    if path.len() > MAX_PARTS {
        return Meaning::Unknown;
    }
    let path = without_prefix(path);
    match alias::of(&path.join(".")) {
        Some(Became::Renamed(new)) => return found(&split(new), Some(new)),
        Some(Became::Review(field)) => return Meaning::Review(field),
        Some(Became::Dropped(why)) => return Meaning::Dropped(why),
        None => {}
    }
    match path {
        [models, rest @ ..] if models == "models" && !rest.is_empty() => named(rest),
        path => found(path, None),
    }
}

/// Editors put everything under the server's name.
pub(crate) fn without_prefix(path: &[String]) -> &[String] {
    match path {
        [first, rest @ ..] if first == "firesteel" => rest,
        path => path,
    }
}

/// `here.url`, `qwen2.5.url`: names may hold dots, so a setting of a model is looked for behind each of them.
fn named(rest: &[String]) -> Meaning {
    if rest.len() == 1 {
        return Meaning::Section;
    }
    for at in 1..rest.len() {
        let (name, field) = rest.split_at(at);
        let in_model = |field: &[String]| [vec!["model".to_owned()], field.to_vec()].concat();
        let meaning = match alias::of(&in_model(field).join(".")) {
            Some(Became::Renamed(new)) => found(&split(new), Some(new)),
            _ => found(&in_model(field), None),
        };
        match meaning {
            Meaning::Setting {
                setting,
                path,
                renamed,
            } => {
                let own = vec!["models".to_owned(), name.join(".")];
                let path = [own, path[1..].to_vec()].concat();
                return Meaning::Setting {
                    setting,
                    path,
                    renamed,
                };
            }
            Meaning::Section => return Meaning::Section,
            _ => {}
        }
    }
    Meaning::Unknown
}

fn found(path: &[String], renamed: Option<&'static str>) -> Meaning {
    let mut node = schema::tree();
    for name in path {
        node = match node {
            Node::Section { children, .. } => match children.get(name) {
                Some(child) => child,
                None => return Meaning::Unknown,
            },
            _ => return Meaning::Unknown,
        };
    }
    match node {
        Node::Leaf(setting) => Meaning::Setting {
            setting,
            path: path.to_vec(),
            renamed,
        },
        _ => Meaning::Section,
    }
}

/// A dotted name as a path.
pub(crate) fn split(name: &str) -> Vec<String> {
    name.split('.').map(str::to_owned).collect()
}

/// The path of the setting that an unknown name was likely to mean.
pub(crate) fn nearest(path: &[String]) -> Option<Vec<String>> {
    match without_prefix(path) {
        [models, names @ .., field] if models == "models" && !names.is_empty() => {
            let known = nearest_setting(&["model".to_owned(), field.clone()])?;
            let own = vec![models.clone(), names.join(".")];
            Some([own, split(known.strip_prefix("model.")?)].concat())
        }
        path => nearest_setting(path).map(|known| split(&known)),
    }
}

fn nearest_setting(path: &[String]) -> Option<String> {
    let written = plain(&path.join("."));
    let known = settings().map(|setting| setting.name.as_str());
    synonym(&written).or_else(|| nearest_of(&written, known))
}

fn synonym(written: &str) -> Option<String> {
    let field = written.strip_prefix("model.")?;
    let (_, known) = SYNONYMS.iter().find(|(other, _)| *other == field)?;
    Some(format!("model.{known}"))
}

/// The known name that is nearest to a written one: misspelt, or without its section.
pub(crate) fn nearest_of<'a>(
    written: &str,
    known: impl Iterator<Item = &'a str> + Clone,
) -> Option<String> {
    // Nobody misspells a name into one of so many characters, and comparing takes time.
    if written.is_empty() || written.len() > SHOWN {
        return None;
    }
    let is_last = |name: &&str| name.rsplit('.').next() == Some(written);
    if let Some(name) = known.clone().find(is_last) {
        return Some(name.to_owned());
    }
    let distance = |name: &str| strsim::damerau_levenshtein(written, name);
    let nearest = known.map(|name| (distance(name), name)).min()?;
    let shorter = written.chars().count().min(nearest.1.chars().count());
    let is_near = nearest.0 <= (shorter / CHARACTERS_FOR_A_MISTAKE).clamp(1, 3);
    is_near.then(|| nearest.1.to_owned())
}

/// `maxLines` and `max-lines` as `max_lines`.
fn plain(name: &str) -> String {
    let mut plain = String::new();
    for c in name.chars().take(2 * SHOWN) {
        if c.is_ascii_uppercase() && !plain.is_empty() && !plain.ends_with(['.', '_']) {
            plain.push('_');
        }
        plain.push(if c == '-' {
            '_'
        } else {
            c.to_ascii_lowercase()
        });
    }
    plain
}

/// A name as a message may show it: of bounded length, and without characters that deceive.
pub(crate) fn shown(name: &str) -> String {
    let is_plain = |c: &char| c.is_alphanumeric() || c.is_ascii_graphic() || *c == ' ';
    let mut shown: String = name
        .chars()
        .take(SHOWN)
        .map(|c| if is_plain(&c) { c } else { '\u{fffd}' })
        .collect();
    if name.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    shown
}
