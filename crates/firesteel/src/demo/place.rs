//! `firesteel demo FILE`: finds the place of a file where the engine has something to say, and plays there.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::acts::{File, Player};

/// How long places are looked for, and how many at most.
const SEARCH: Duration = Duration::from_secs(4);
const PLACES: usize = 200;
/// Lines that are typed anew at a place, at most.
const LINES: usize = 4;
/// A place is good when so much of its text is offered at once; the search ends there.
const GOOD: usize = 24;
/// Less than that is not worth showing.
const WORTH: usize = 6;

/// A user's file as it is on disk.
pub(super) struct Source {
    pub(super) path: PathBuf,
    pub(super) text: String,
}

/// Reads a file.
pub(super) fn read(path: &Path) -> Result<Source> {
    let path = path
        .canonicalize()
        .with_context(|| format!("no file {}", path.display()))?;
    let text = std::fs::read_to_string(&path);
    let text = text.with_context(|| format!("{} is not a text file", path.display()))?;
    Ok(Source { path, text })
}

impl Source {
    /// The folder that the server learns from: the file's repository, else its folder.
    pub(super) fn root(&self) -> PathBuf {
        let folder = self.path.parent().unwrap_or(Path::new("/"));
        let repository = folder
            .ancestors()
            .find(|folder| folder.join(".git").exists());
        repository.unwrap_or(folder).to_owned()
    }

    fn language(&self) -> &'static str {
        firesteel_syntax::Language::from_path(&self.path)
            .map_or("plaintext", |language| language.id())
    }
}

/// A place: the byte range of the lines that are typed anew there.
struct Place {
    start: usize,
    end: usize,
    offered: usize,
}

/// Plays what the engine can do in the file.
pub(super) async fn play(player: &mut Player<'_>, source: &Source) -> Result<()> {
    let name = source
        .path
        .strip_prefix(&player.root)
        .unwrap_or(&source.path)
        .to_string_lossy()
        .into_owned();
    let file = player.open(&name, source.language(), &source.text);
    player.stage.act(
        "Your file",
        "Some of its own lines are typed anew; what is grey is offered, and Tab takes it.",
    );
    match find(player, &file).await? {
        Some(place) => {
            let target = source.text[place.start..place.end].to_owned();
            player.editor.edit(&file.uri, place.start..place.end, "");
            player.type_there(&file, place.start, &target).await?;
        }
        None => player.stage.figure(
            "of no line the engine is sure before it is typed: nothing in the project is like it",
        ),
    }
    let text = player.text(&file);
    player.stage.act("Document this", "What the signature does not say is written above an item of your file, in the editor only.");
    for at in items(&text) {
        if player
            .edit_while_typing(&file, at, "Document", None)
            .await?
        {
            player
                .stage
                .act("What is this?", "A hover over the same item.");
            let text = player.text(&file);
            let name = items(&text).find(|item| *item >= at).unwrap_or(at);
            if !player.hover(&file, name).await? {
                player
                    .stage
                    .figure("nothing is known of it that the line does not say");
            }
            return Ok(());
        }
    }
    player
        .stage
        .figure("there is no item without documentation here");
    Ok(())
}

/// The place where most is offered and right, of those that can be looked at in time.
async fn find(player: &Player<'_>, file: &File) -> Result<Option<Place>> {
    let text = player.text(file);
    let began = Instant::now();
    let mut best: Option<Place> = None;
    for (start, end) in candidates(&text) {
        if began.elapsed() > SEARCH {
            break;
        }
        let target = &text[start..end];
        player.editor.edit(&file.uri, start..end, "");
        // After the first word of the line, and after the second.
        let mut offered = 0;
        for typed in prefixes(target) {
            let ghost = player.probe(file, start, &target[..typed]).await?;
            let is_right = |ghost: &String| target[typed..].starts_with(ghost.as_str());
            offered = ghost
                .filter(is_right)
                .map_or(0, |ghost| ghost.trim().chars().count())
                .max(offered);
        }
        player.editor.edit(&file.uri, start..start, target);
        if offered >= WORTH && best.as_ref().is_none_or(|best| offered > best.offered) {
            best = Some(Place {
                start,
                end,
                offered,
            });
        }
        if offered >= GOOD {
            break;
        }
    }
    Ok(best)
}

/// Lines with several words, spread over the file, each up to the end of its paragraph.
fn candidates(text: &str) -> Vec<(usize, usize)> {
    let mut starts = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let words = line
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty());
        if words.count() >= 3 {
            starts.push(at);
        }
        at += line.len();
    }
    let step = starts.len().div_ceil(PLACES).max(1);
    // From the middle on, where there is more to repeat, and then the first half.
    let middle = starts.len() / 2;
    let order = starts[middle..]
        .iter()
        .chain(&starts[..middle])
        .step_by(step);
    order
        .map(|start| (*start, paragraph(text, *start)))
        .collect()
}

/// The end of the lines from `start` to an empty one, without the last line break.
fn paragraph(text: &str, start: usize) -> usize {
    let mut end = start;
    for (n, line) in text[start..].split_inclusive('\n').enumerate() {
        if n >= LINES || n > 0 && line.trim().is_empty() {
            break;
        }
        end += line.len();
    }
    text[start..end].trim_end_matches(['\n', '\r']).len() + start
}

/// The lengths of a text up to the ends of its first words.
fn prefixes(target: &str) -> Vec<usize> {
    let indent = target.len() - target.trim_start().len();
    let first = target[indent..].lines().next().unwrap_or_default();
    let ends = first
        .match_indices([' ', '(', '.', ':', '"'])
        .map(|(at, found)| indent + at + found.len());
    ends.take(3).collect()
}

/// Where the names of functions stand.
fn items(text: &str) -> impl Iterator<Item = usize> {
    const WORDS: [&str; 6] = ["fn ", "def ", "func ", "function ", "class ", "struct "];
    let mut found: Vec<usize> = WORDS
        .iter()
        .flat_map(|word| text.match_indices(word).map(|(at, word)| at + word.len()))
        .collect();
    found.sort_unstable();
    found.into_iter()
}
