//! Which files are private by their name or their language, so that no model learns from them and none is shown them.

use std::path::Path;
use std::sync::LazyLock;

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use serde::Deserialize;

/// The names as data, with where each comes from.
const DATA: &str = include_str!("../data/private_files.toml");
/// Spellings of one name that are tried; a name with more suffixes of backups than that is no user's.
const MAX_SPELLINGS: usize = 32;

#[derive(Deserialize)]
struct Data {
    source: Vec<String>,
    languages: Vec<String>,
    folders: Vec<String>,
    backups: Backups,
    kind: Vec<KindData>,
}

#[derive(Deserialize)]
struct Backups {
    suffixes: Vec<String>,
    prefixes: Vec<String>,
}

#[derive(Deserialize)]
struct KindData {
    what: String,
    patterns: Vec<String>,
    #[serde(default)]
    except: Vec<String>,
    #[serde(default)]
    even_source: Vec<String>,
}

/// The data, ready to be asked.
struct Names {
    data: Data,
    kinds: Vec<Kind>,
}

struct Kind {
    what: String,
    /// The patterns, and behind them the exceptions.
    names: Gitignore,
    even_source: Gitignore,
}

/// Without the data nothing is known to be public; a test holds that it can be read.
static NAMES: LazyLock<Option<Names>> = LazyLock::new(Names::read);

/// Whether a file must stay private whatever its content: environment files, keys, certificates, password files.
///
/// ```
/// # use std::path::Path;
/// use firesteel_privacy::is_private;
/// assert!(is_private(Path::new("deploy/.env.production")));
/// assert!(!is_private(Path::new("src/environment.rs")));
/// ```
pub fn is_private(path: &Path) -> bool {
    private_kind(path).is_some()
}

/// What a file is that must stay private by its name: "an environment file".
pub fn private_kind(path: &Path) -> Option<&'static str> {
    let Some(names) = NAMES.as_ref() else {
        return Some("unknown");
    };
    names.kind(path)
}

/// Whether a client's id of a language is one of private files, such as `dotenv`.
pub fn is_private_language(id: &str) -> bool {
    let is_same = |known: &String| known.eq_ignore_ascii_case(id.trim());
    NAMES
        .as_ref()
        .is_none_or(|names| names.data.languages.iter().any(is_same))
}

impl Names {
    fn read() -> Option<Self> {
        let data: Data = toml::from_str(DATA).ok()?;
        let kind = |kind: &KindData| {
            Some(Kind {
                what: kind.what.clone(),
                names: compile(&kind.patterns, &kind.except)?,
                even_source: compile(&kind.even_source, &[])?,
            })
        };
        let kinds = data.kind.iter().map(kind).collect::<Option<_>>()?;
        Some(Self { data, kinds })
    }

    fn kind(&self, path: &Path) -> Option<&str> {
        let path = normalize(path);
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", &path));
        let within = format!("/{folder}/");
        let is_in = |known: &String| within.contains(&format!("/{known}/"));
        if !name.is_empty() && self.data.folders.iter().any(is_in) {
            return Some("in a folder of credentials");
        }
        let spellings = self.spellings(name);
        spellings.iter().find_map(|name| {
            let path = format!("{}/{name}", folder.trim_start_matches('/'));
            let path = path.trim_start_matches('/');
            let is_source = self.is_source(name);
            let is_of = |kind: &&Kind| {
                let names = match is_source {
                    true => &kind.even_source,
                    false => &kind.names,
                };
                names.matched(path, false).is_ignore()
            };
            self.kinds.iter().find(is_of).map(|kind| kind.what.as_str())
        })
    }

    fn is_source(&self, name: &str) -> bool {
        let extension = name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty());
        extension.is_some_and(|(_, extension)| self.data.source.iter().any(|it| it == extension))
    }

    /// The name, and what it is without the marks of backups and without what only some systems read in it.
    fn spellings(&self, name: &str) -> Vec<String> {
        let mut all = vec![name.to_owned()];
        let mut at = 0;
        while at < all.len() && all.len() < MAX_SPELLINGS {
            let name = all[at].clone();
            at += 1;
            for simpler in self.simpler(&name) {
                let simpler = trim(&simpler).to_owned();
                if !simpler.is_empty() && !all.contains(&simpler) {
                    all.push(simpler);
                }
            }
        }
        all
    }

    /// The name with one mark less, in each way that there is.
    fn simpler(&self, name: &str) -> Vec<String> {
        let mut simpler = Vec::new();
        // A stream of NTFS, and what may have been left of a URI.
        for mark in [':', '?', '#'] {
            simpler.extend(name.split_once(mark).map(|(name, _)| name.to_owned()));
        }
        simpler.extend(name.contains('%').then(|| decode_percent(name)));
        let Backups { suffixes, prefixes } = &self.data.backups;
        for prefix in prefixes {
            simpler.extend(name.strip_prefix(prefix.as_str()).map(str::to_owned));
        }
        let mut bases = Vec::new();
        for suffix in suffixes {
            bases.extend(name.strip_suffix(suffix.as_str()).map(str::to_owned));
        }
        bases.extend(without_number(name).map(str::to_owned));
        // An editor that keeps `name` in `.name.swp`.
        let undotted: Vec<String> = bases
            .iter()
            .filter_map(|base| base.strip_prefix('.'))
            .map(str::to_owned)
            .collect();
        simpler.extend(bases);
        simpler.extend(undotted);
        // A copy whose mark stands before the extension.
        if let Some((stem, extension)) = name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty())
        {
            let marked = suffixes
                .iter()
                .filter_map(|suffix| stem.strip_suffix(suffix.as_str()))
                .chain(without_number(stem));
            simpler.extend(marked.map(|stem| format!("{stem}.{extension}")));
        }
        simpler
    }
}

/// A matcher of patterns in the syntax of `.gitignore`, which may match below any folder.
fn compile(patterns: &[String], except: &[String]) -> Option<Gitignore> {
    let mut builder = GitignoreBuilder::new("");
    let anywhere = |pattern: &str| match pattern.contains('/') && !pattern.starts_with("**/") {
        true => format!("**/{pattern}"),
        false => pattern.to_owned(),
    };
    for pattern in patterns {
        builder.add_line(None, &anywhere(pattern)).ok()?;
    }
    for pattern in except {
        builder
            .add_line(None, &format!("!{}", anywhere(pattern)))
            .ok()?;
    }
    builder.build().ok()
}

/// In lower case, with `/` between its parts, each without the dots and spaces at its end that Windows does not see.
fn normalize(path: &Path) -> String {
    let lower = path.to_string_lossy().to_lowercase().replace('\\', "/");
    let parts: Vec<&str> = lower.split('/').map(trim).collect();
    parts.join("/")
}

fn trim(part: &str) -> &str {
    let trimmed = part.trim_end_matches(['.', ' ', '\t']).trim_start();
    match trimmed {
        // `.` and `..`.
        "" => part,
        trimmed => trimmed,
    }
}

/// The name without a number at its end that a separator sets off: `.1`, ` (2)`, `-20240131`, `.2024-01-31`.
fn without_number(name: &str) -> Option<&str> {
    let open = name.strip_suffix(')').unwrap_or(name);
    let rest = open.trim_end_matches(|character: char| {
        character.is_ascii_digit() || matches!(character, '-' | '_' | ':' | 't')
    });
    let digits = &open[rest.len()..];
    if !digits.contains(|character: char| character.is_ascii_digit()) {
        return None;
    }
    let rest = match open.len() < name.len() {
        true => rest.strip_suffix('(')?,
        false => rest,
    };
    let separated = rest.strip_suffix(['.', ' ', '-', '_']);
    let is_separated = separated.is_some() || digits.starts_with(['-', '_']);
    (is_separated || open.len() < name.len()).then(|| separated.unwrap_or(rest).trim_end())
}

/// `%2E` as `.`; what is no such escape stays.
fn decode_percent(name: &str) -> String {
    let bytes = name.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escape = name.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        match escape.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                decoded.push(byte.to_ascii_lowercase());
                at += 3;
            }
            None => {
                decoded.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests;
