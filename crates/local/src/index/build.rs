//! Makes an index from the texts of files.

use libsais::SuffixArrayConstruction;

use crate::{
    evidence::{
        declared::Reader,
        history::{CONTEXTS, History},
        lines::as_target,
    },
    index::{
        FileId, NO_FILE,
        format::{Section, Writer},
        skips::{CONTEXT_WORDS, DECLARED_WORDS, Sketch, SkipBuilder},
        walk,
    },
    lexer::{self, space},
    vocabulary::{BOUNDARY, INDENT, LINE_END, OUTDENT, ROLES, TokenId, Vocabulary, hash_text},
};

/// More files than this are not numbered and so not indexed.
pub(crate) const MAX_FILES: usize = NO_FILE as usize;
/// Longer lines are data; only their beginning is indexed.
const MAX_LINE_WORDS: usize = 400;
/// Different words that an index can number; it is the same limit that the tables of contexts have.
const MAX_WORDS: usize = 1 << 24;

/// Whether an index has tables of skip contexts; those of dependencies have none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tables {
    SuffixesOnly,
    WithContexts,
}

/// Collects files and makes their index.
pub(crate) struct Builder {
    vocabulary: Vocabulary,
    tokens: Vec<TokenId>,
    spaces: Vec<u8>,
    files: Vec<FileId>,
    paths: Vec<String>,
    declared: SkipBuilder,
    max_tokens: usize,
}

impl Builder {
    pub(crate) fn new(max_tokens: usize) -> Builder {
        let mut builder = Builder {
            vocabulary: Vocabulary::new(),
            tokens: Vec::new(),
            spaces: Vec::new(),
            files: Vec::new(),
            paths: Vec::new(),
            declared: SkipBuilder::new(DECLARED_WORDS),
            max_tokens,
        };
        builder.push(BOUNDARY, 0, NO_FILE);
        builder
    }

    /// How many tokens there are so far.
    pub(crate) fn tokens(&self) -> usize {
        self.tokens.len()
    }

    /// Whether no more files fit in.
    pub(crate) fn is_full(&self) -> bool {
        self.tokens.len() >= self.max_tokens
            || self.paths.len() >= MAX_FILES
            || self.vocabulary.len() >= MAX_WORDS
    }

    pub(crate) fn add(&mut self, path: &str, text: &str) {
        if self.is_full() {
            return;
        }
        let file = self.paths.len() as FileId;
        self.paths.push(path.to_owned());
        let mut above = 0;
        let mut reader = Reader::default();
        for line in text.lines() {
            let mut words = lexer::words(line).take(MAX_LINE_WORDS).peekable();
            if words.peek().is_none() {
                continue;
            }
            let columns = lexer::indent_columns(line);
            self.push(
                step_token(above, columns),
                space::encode_step(columns as isize - above as isize),
                file,
            );
            above = columns;
            let start = self.tokens.len();
            for word in words {
                let token = self.vocabulary.intern(word.text);
                self.push(token, space::encode(word.space), file);
            }
            let words = &self.tokens[start..];
            reader.line(columns, words, &self.vocabulary, |key, word| {
                self.declared.add(key, word);
            });
        }
        self.push(BOUNDARY, 0, file);
    }

    fn push(&mut self, token: TokenId, space: u8, file: FileId) {
        self.tokens.push(token);
        self.spaces.push(space);
        self.files.push(file);
    }

    /// The bytes of the index, or nothing where a suffix array could not be made.
    pub(crate) fn finish(self, key: u64, tables: Tables) -> Option<Vec<u8>> {
        let mut writer = Writer::new();
        write_words(&self.vocabulary, &mut writer);
        write_facts(&self.vocabulary, &self.tokens, &mut writer);
        write_paths(&self.paths, &mut writer);
        if tables == Tables::WithContexts {
            write_skips(&self.vocabulary, &self.tokens, &mut writer);
        }
        writer.put_u32(Section::Declared, self.declared.finish());
        let words = self.vocabulary.len();
        let Builder {
            vocabulary,
            tokens,
            spaces,
            files,
            ..
        } = self;
        drop(vocabulary);
        write_suffixes(tokens, &spaces, &files, words, &mut writer)?;
        Some(writer.finish(key))
    }
}

/// The line end that stands between lines of these indentations.
fn step_token(above: usize, columns: usize) -> TokenId {
    match columns.cmp(&above) {
        std::cmp::Ordering::Less => OUTDENT,
        std::cmp::Ordering::Equal => LINE_END,
        std::cmp::Ordering::Greater => INDENT,
    }
}

fn write_words(vocabulary: &Vocabulary, writer: &mut Writer) {
    let ids = 0..vocabulary.len() as TokenId;
    let mut slots = vec![0u32; vocabulary.len() * 2];
    let mut end = 0;
    for id in ids.clone() {
        let word = vocabulary.text(id);
        end += word.len() as u32;
        writer.put_u32(Section::WordEnds, [end]);
        let mut at = hash_text(word) as usize % slots.len();
        while slots[at] != 0 {
            at = (at + 1) % slots.len();
        }
        slots[at] = id + 1;
    }
    let mut sorted: Vec<TokenId> = ids.clone().filter(|&id| vocabulary.is_name(id)).collect();
    sorted.sort_unstable_by_key(|&id| vocabulary.text(id));
    writer.put_u32(Section::SortedWords, sorted);
    for id in ids {
        writer
            .bytes(Section::Words)
            .extend_from_slice(vocabulary.text(id).as_bytes());
    }
    writer.put_u32(Section::WordSlots, slots);
}

fn write_facts(vocabulary: &Vocabulary, tokens: &[TokenId], writer: &mut Writer) {
    let mut facts = vec![[0u16; ROLES]; vocabulary.len()];
    for pair in tokens.windows(2) {
        if vocabulary.is_name(pair[1]) {
            let count = &mut facts[pair[1] as usize][vocabulary.role(pair[0]) as usize];
            *count = count.saturating_add(1);
        }
    }
    writer.put_u16(Section::Facts, facts.into_iter().flatten());
}

fn write_paths(paths: &[String], writer: &mut Writer) {
    let mut folders: Vec<&str> = Vec::new();
    let mut numbers = rustc_hash::FxHashMap::default();
    for path in paths {
        writer
            .bytes(Section::Paths)
            .extend_from_slice(path.as_bytes());
        writer.bytes(Section::Paths).push(0);
        let parent = walk::parent(path);
        let number = *numbers.entry(parent).or_insert_with(|| {
            folders.push(parent);
            (folders.len() - 1).min(usize::from(u16::MAX)) as u16
        });
        writer.put_u16(Section::Folders, [number]);
    }
}

/// Twice over the text: once to see which contexts repeat, once to count what follows those.
fn write_skips(vocabulary: &Vocabulary, tokens: &[TokenId], writer: &mut Writer) {
    let mut sketch = Sketch::new(tokens.len() * CONTEXTS);
    each_context(vocabulary, tokens, |contexts, _| {
        contexts.iter().for_each(|&context| sketch.add(context))
    });
    let mut builder = SkipBuilder::new(CONTEXT_WORDS);
    each_context(vocabulary, tokens, |contexts, target| {
        // All are looked up before any is added, so that the processor waits for them together.
        let repeats = contexts.map(|context| sketch.repeats(context));
        let repeated = contexts.into_iter().zip(repeats).filter(|both| both.1);
        repeated.for_each(|(context, _)| builder.add(context, target));
    });
    writer.put_u32(Section::Skips, builder.finish());
}

fn each_context(
    vocabulary: &Vocabulary,
    tokens: &[TokenId],
    mut visit: impl FnMut([u32; CONTEXTS], TokenId),
) {
    let mut history = History::new();
    let mut line_starts = tokens
        .iter()
        .enumerate()
        .filter(|(_, token)| **token <= BOUNDARY)
        .map(|(at, _)| at)
        .peekable();
    let word = |at: usize| {
        tokens
            .get(at)
            .copied()
            .filter(|&token| token > BOUNDARY)
            .unwrap_or(BOUNDARY)
    };
    for (at, &token) in tokens.iter().enumerate() {
        if token == BOUNDARY {
            history.push(token, vocabulary);
            continue;
        }
        while line_starts
            .next_if(|&start| start <= at && (start < at || token > BOUNDARY))
            .is_some()
        {}
        history.below = match line_starts.peek() {
            Some(&start) if tokens[start] != BOUNDARY => [word(start + 1), word(start + 2)],
            _ => [BOUNDARY; 2],
        };
        visit(history.contexts(vocabulary), as_target(token));
        history.push(token, vocabulary);
    }
}

fn write_suffixes(
    tokens: Vec<TokenId>,
    spaces: &[u8],
    files: &[FileId],
    words: usize,
    writer: &mut Writer,
) -> Option<()> {
    let count = tokens.len();
    let mut text: Vec<i32> = tokens.iter().rev().map(|&token| token as i32).collect();
    let suffixes: Vec<i32> = SuffixArrayConstruction::for_text_mut(&mut text)
        .in_owned_buffer32()
        .single_threaded()
        .run()
        .ok()?
        .into_vec();
    let mut starts = vec![0u32; words + 1];
    tokens
        .iter()
        .for_each(|&token| starts[token as usize + 1] += 1);
    for word in 0..words {
        starts[word + 1] += starts[word];
    }
    writer.put_u32(Section::Starts, starts);
    writer.put_u32(Section::Reversed, tokens.iter().rev().copied());
    // The suffix that starts at `at` in the reversed text ends at token `count - 1 - at` of the text; the token after it follows.
    let next = |at: i32| count - at as usize;
    writer.put_u32(
        Section::Next,
        suffixes
            .iter()
            .map(|&at| tokens.get(next(at)).copied().unwrap_or(BOUNDARY)),
    );
    writer.bytes(Section::Spaces).extend(
        suffixes
            .iter()
            .map(|&at| spaces.get(next(at)).copied().unwrap_or(0)),
    );
    writer.put_u16(
        Section::Files,
        suffixes
            .iter()
            .map(|&at| files.get(next(at)).copied().unwrap_or(NO_FILE)),
    );
    writer.put_u32(Section::Suffixes, suffixes.iter().map(|&at| at as u32));
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::{Index, Storage};

    fn index(files: &[(&str, &str)]) -> Index {
        let mut builder = Builder::new(1_000_000);
        files
            .iter()
            .for_each(|(path, text)| builder.add(path, text));
        let bytes = builder
            .finish(1, Tables::WithContexts)
            .expect("a small suffix array");
        Index::open(Storage::Heap(bytes), 1).expect("it was just made")
    }

    fn followers(index: &Index, words: &[&str]) -> Vec<String> {
        let recent: Vec<TokenId> = words
            .iter()
            .rev()
            .map(|word| index.find(word).expect("an indexed word"))
            .collect();
        let mut intervals = Vec::new();
        index.intervals(&recent, &mut intervals);
        let longest = intervals.get(words.len() - 1).cloned().unwrap_or(0..0);
        let mut found: Vec<String> = longest
            .map(|rank| index.word(index.sample(rank).token).to_owned())
            .collect();
        found.sort();
        found
    }

    #[test]
    fn what_follows_a_run_of_words_is_found() {
        let index = index(&[
            ("a.rs", "let x = foo(a);\nlet y = foo(b);\n"),
            ("src/b.rs", "    foo(c)\nbar(d)\n"),
        ]);
        assert_eq!(followers(&index, &["foo", "("]), ["a", "b", "c"]);
        assert_eq!(followers(&index, &["x", "=", "foo", "("]), ["a"]);
        assert_eq!(followers(&index, &["bar", "foo"]), Vec::<String>::new());
        assert_eq!(index.find("nowhere"), None);
    }

    #[test]
    fn files_and_folders_are_numbered() {
        let index = index(&[("a.rs", "x y"), ("src/b.rs", "x z"), ("src/c.rs", "x w")]);
        assert_eq!(
            index.paths().collect::<Vec<_>>(),
            ["a.rs", "src/b.rs", "src/c.rs"]
        );
        assert_eq!(index.file("src/c.rs"), 2);
        assert_eq!(index.file("none"), NO_FILE);
        assert_eq!(index.folder(1), index.folder(2));
        assert_eq!(index.folder_of("src/new.rs"), index.folder(1));
    }

    #[test]
    fn an_empty_index_answers() {
        let index = index(&[]);
        let mut intervals = Vec::new();
        index.intervals(&[77], &mut intervals);
        assert!(intervals.is_empty());
        assert_eq!(index.find("x"), None);
    }

    #[test]
    fn repeated_contexts_are_counted() {
        let text = "match x {\n    A => one(),\n    B => two(),\n    C => two(),\n}\n".repeat(3);
        let index = index(&[("a.rs", &text)]);
        let mut vocabulary = Vocabulary::new();
        let tokens: Vec<TokenId> = {
            let mut all = vec![BOUNDARY];
            for line in text.lines() {
                all.push(LINE_END);
                all.extend(lexer::words(line).map(|word| vocabulary.intern(word.text)));
            }
            all
        };
        let mut hits = 0;
        each_context(&vocabulary, &tokens, |contexts, _| {
            hits += contexts
                .iter()
                .filter(|&&context| index.seen_in(context).count() > 0)
                .count()
        });
        assert!(hits > 100, "{hits}");
    }
}
