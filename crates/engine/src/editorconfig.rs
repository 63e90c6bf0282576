//! What `.editorconfig` files say of a file. They are read again after a while, and never on a task that others wait for.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex};
use std::time::{Duration, Instant};

use ec4rs::property::{
    Charset, EndOfLine, FinalNewline, IndentSize, IndentStyle, TabWidth, TrimTrailingWs,
};
use ec4rs::{ConfigParser, Properties, PropertiesSource as _};
use firesteel_privacy::read_regular_text;
use firesteel_prompt::{Preferences, Style, Unit};
use firesteel_syntax::Snapshot;
use firesteel_text::{Document, LineEnding};

use crate::lock;

/// The name of the files.
const NAME: &str = ".editorconfig";
/// The largest one that is read, in bytes.
const FILE_CAP: u64 = 64 * 1024;
/// How long what was read counts.
const FRESH: Duration = Duration::from_secs(5);
/// How long a request for ghost text waits for files that were never read.
const WAIT: Duration = Duration::from_millis(100);
/// Files of which the preferences are remembered.
const CAP: usize = 1_000;

/// What was read, for the whole process: it is the same disk whatever the settings are.
static KNOWN: LazyLock<Mutex<HashMap<PathBuf, (Instant, Preferences)>>> =
    LazyLock::new(Mutex::default);

/// The style of a document, with what was read lately or is read now.
pub(crate) fn style(snapshot: &Snapshot, path: &Path) -> Style {
    Style::new(snapshot.language, snapshot.lexicon, preferences(path))
}

/// The same where nothing may be waited for.
pub(crate) fn known_style(snapshot: &Snapshot, path: &Path) -> Style {
    Style::new(snapshot.language, snapshot.lexicon, known(path))
}

/// What ends a line that is written at an offset of a document: what ends the lines there, or else what is preferred.
pub(crate) fn line_ending(document: &Document, offset: usize) -> LineEnding {
    let preferred = || known(&document.id.path()).line_ending.unwrap_or_default();
    document
        .text
        .line_ending_at(offset)
        .unwrap_or_else(preferred)
}

/// What was read of the preferences for a file.
pub(crate) fn known(path: &Path) -> Preferences {
    let known = lock(&KNOWN).get(path).map(|(_, known)| *known);
    known.unwrap_or_default()
}

/// Has the files read that matter to a document; what was read before counts until they are.
pub(crate) async fn prepare(path: &Path) {
    let read = lock(&KNOWN).get(path).map(|(at, _)| *at);
    if read.is_some_and(|at| at.elapsed() < FRESH) || !path.is_absolute() {
        return;
    }
    let path = path.to_owned();
    let reading = tokio::task::spawn_blocking(move || preferences(&path));
    if read.is_none() {
        // Without them there is a suggestion all the same.
        let _ = tokio::time::timeout(WAIT, reading).await;
    }
}

/// What the files say of the file at `path`. It reads them.
pub(crate) fn preferences(path: &Path) -> Preferences {
    if !path.is_absolute() {
        return Preferences::default();
    }
    if let Some((at, known)) = lock(&KNOWN).get(path)
        && at.elapsed() < FRESH
    {
        return *known;
    }
    let read = read(path);
    let mut known = lock(&KNOWN);
    if known.len() >= CAP {
        known.clear();
    }
    known.insert(path.to_owned(), (Instant::now(), read));
    read
}

fn read(path: &Path) -> Preferences {
    let mut files = Vec::new();
    for folder in path.ancestors().skip(1) {
        let Ok(text) = read_regular_text(&folder.join(NAME), FILE_CAP) else {
            continue;
        };
        let text = text.trim_start_matches('\u{feff}').to_owned();
        let is_root = ConfigParser::new(text.as_bytes()).is_ok_and(|parser| parser.is_root);
        files.push((folder, text));
        if is_root {
            break;
        }
    }
    let mut properties = Properties::new();
    // The nearest file has the last word.
    for (folder, text) in files.iter().rev() {
        let relative = path.strip_prefix(folder).unwrap_or(path);
        if let Ok(mut parser) = ConfigParser::new(text.as_bytes()) {
            // A line that cannot be read ends the file there.
            let _ = (&mut parser).apply_to(&mut properties, relative);
        }
    }
    properties.use_fallbacks();
    of(&properties)
}

fn of(properties: &Properties) -> Preferences {
    /// Wider steps are mistakes.
    const WIDEST: usize = 16;
    let is_sane = |width: &usize| (1..=WIDEST).contains(width);
    let tab_width = match properties.get::<TabWidth>() {
        Ok(TabWidth::Value(width)) => Some(width).filter(is_sane),
        Err(_) => None,
    };
    let size = match properties.get::<IndentSize>() {
        Ok(IndentSize::Value(width)) => Some(width).filter(is_sane),
        Ok(IndentSize::UseTabWidth) => tab_width,
        Err(_) => None,
    };
    let unit = match properties.get::<IndentStyle>() {
        Ok(IndentStyle::Tabs) => Some(Unit::Tab),
        Ok(IndentStyle::Spaces) => size.map(Unit::Spaces),
        Err(_) => None,
    };
    Preferences {
        unit,
        tab_width,
        line_ending: match properties.get::<EndOfLine>() {
            Ok(EndOfLine::Lf) => Some(LineEnding::Lf),
            Ok(EndOfLine::CrLf) => Some(LineEnding::CrLf),
            Ok(EndOfLine::Cr) => Some(LineEnding::Cr),
            Err(_) => None,
        },
        final_newline: match properties.get::<FinalNewline>() {
            Ok(FinalNewline::Value(wanted)) => Some(wanted),
            Err(_) => None,
        },
        trims_lines: match properties.get::<TrimTrailingWs>() {
            Ok(TrimTrailingWs::Value(wanted)) => Some(wanted),
            Err(_) => None,
        },
        byte_order_mark: matches!(properties.get::<Charset>(), Ok(Charset::Utf8Bom)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_file_has_the_last_word_and_a_root_the_first() {
        let folder = tempfile::tempdir().unwrap();
        let (inner, deep) = (folder.path().join("a"), folder.path().join("a/b"));
        std::fs::create_dir_all(&deep).unwrap();
        let write = |folder: &Path, text: &str| std::fs::write(folder.join(NAME), text).unwrap();
        write(
            folder.path(),
            "[*]\nindent_style = tab\ntrim_trailing_whitespace = true\n",
        );
        write(
            &inner,
            "root = true\n[*]\nend_of_line = crlf\n[*.{py,pyi}]\nindent_style = space\nindent_size = 3\n[b/*.go]\nindent_style = tab\ntab_width = 8\n",
        );
        write(
            &deep,
            "[*]\ninsert_final_newline = false\ncharset = utf-8-bom\n",
        );
        let python = read(&deep.join("x.py"));
        let expected = Preferences {
            unit: Some(Unit::Spaces(3)),
            tab_width: Some(3),
            line_ending: Some(LineEnding::CrLf),
            final_newline: Some(false),
            trims_lines: None,
            byte_order_mark: true,
        };
        assert_eq!(python, expected);
        let go = read(&deep.join("x.go"));
        assert_eq!((go.unit, go.tab_width), (Some(Unit::Tab), Some(8)));
        let outer = read(&folder.path().join("x.py"));
        assert_eq!(
            (outer.unit, outer.trims_lines),
            (Some(Unit::Tab), Some(true))
        );
    }

    #[test]
    fn what_is_no_such_file_says_nothing() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join(NAME)).unwrap();
        assert_eq!(read(&folder.path().join("a.py")).unit, None);
        assert_eq!(preferences(Path::new("Untitled-1")), Preferences::default());
    }
}
