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
        files::{BLOCK, Stamp},
        format::{MAX_U24, Section, Writer, pack},
        skips::{CONTEXT_WORDS, DECLARED_WORDS, Sketch, SkipBuilder},
        walk::{self, Skipped},
    },
    lexer::{self, space},
    vocabulary::{BOUNDARY, INDENT, LINE_END, OUTDENT, ROLES, TokenId, Vocabulary, hash_text},
};

/// More files than this are not numbered and so not indexed.
pub(crate) const MAX_FILES: usize = NO_FILE as usize;
/// Longer lines are data; only their beginning is indexed.
const MAX_LINE_WORDS: usize = 400;
/// Different words that an index can number; it is the same limit that the tables of contexts have.
const MAX_WORDS: usize = MAX_U24;
/// Tokens that an index can number, and still take the largest file that is read.
const MAX_TOKENS: usize = MAX_U24 - 2 * walk::MAX_FILE_BYTES as usize;

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
    /// The learned files, and where each ends in the tokens.
    files: Vec<(String, Stamp)>,
    ends: Vec<u32>,
    /// The files that are not learned.
    skipped: Vec<(String, Stamp, Skipped)>,
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
            ends: Vec::new(),
            skipped: Vec::new(),
            declared: SkipBuilder::new(DECLARED_WORDS),
            max_tokens: max_tokens.min(MAX_TOKENS),
        };
        builder.push(BOUNDARY, 0);
        builder
    }

    /// How many tokens there are so far.
    pub(crate) fn tokens(&self) -> usize {
        self.tokens.len()
    }

    /// Whether no more files fit in.
    pub(crate) fn is_full(&self) -> bool {
        self.tokens.len() >= self.max_tokens
            || self.files.len() >= MAX_FILES
            || self.vocabulary.len() >= MAX_WORDS
    }

    /// Notes that a file is not learned, so that it need not be read again as long as it stays the same.
    pub(crate) fn skip(&mut self, path: &str, stamp: Stamp, reason: Skipped) {
        self.skipped.push((path.to_owned(), stamp, reason));
    }

    /// Adds a file with its text, unless the index is full.
    pub(crate) fn add(&mut self, path: &str, stamp: Stamp, text: &str) {
        if self.is_full() {
            return;
        }
        self.files.push((path.to_owned(), stamp));
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
            );
            above = columns;
            let start = self.tokens.len();
            for word in words {
                let token = self.vocabulary.intern(word.text);
                self.push(token, space::encode(word.space));
            }
            let words = &self.tokens[start..];
            reader.line(columns, words, &self.vocabulary, |key, word| {
                self.declared.add(key, word);
            });
        }
        self.push(BOUNDARY, 0);
        self.ends.push(self.tokens.len() as u32);
    }

    fn push(&mut self, token: TokenId, space: u8) {
        self.tokens.push(token);
        self.spaces.push(space);
    }

    /// The bytes of the index, or nothing where a suffix array could not be made.
    pub(crate) fn finish(self, key: u64, tables: Tables) -> Option<Vec<u8>> {
        let mut writer = Writer::new();
        write_words(&self.vocabulary, &mut writer);
        write_facts(&self.vocabulary, &self.tokens, &mut writer);
        write_files(&self.files, &self.skipped, &mut writer);
        write_ends(self.ends, &mut writer);
        if tables == Tables::WithContexts {
            write_skips(&self.vocabulary, &self.tokens, &mut writer);
        }
        writer.put_u32(Section::Declared, self.declared.finish());
        let words = self.vocabulary.len();
        let Builder {
            vocabulary,
            tokens,
            spaces,
            ..
        } = self;
        drop(vocabulary);
        write_suffixes(tokens, &spaces, words, &mut writer)?;
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

fn write_files(
    files: &[(String, Stamp)],
    skipped: &[(String, Stamp, Skipped)],
    writer: &mut Writer,
) {
    let mut numbers = rustc_hash::FxHashMap::default();
    for (path, _) in files {
        let next = numbers.len().min(usize::from(u16::MAX)) as u16;
        let number = *numbers.entry(walk::parent(path)).or_insert(next);
        writer.put_u16(Section::Folders, [number]);
    }
    let skipped_files = skipped.iter().map(|(path, stamp, _)| (path, stamp));
    for (path, stamp) in files
        .iter()
        .map(|(path, stamp)| (path, stamp))
        .chain(skipped_files)
    {
        writer
            .bytes(Section::Paths)
            .extend_from_slice(path.as_bytes());
        writer.bytes(Section::Paths).push(0);
        writer.put_u64(Section::Stamps, [stamp.bytes, stamp.modified]);
    }
    let reasons = skipped.iter().map(|(_, _, reason)| reason.to_byte());
    writer.bytes(Section::Reasons).extend(reasons);
}

/// Where files end, and in which file each block of the text begins.
fn write_ends(ends: Vec<u32>, writer: &mut Writer) {
    let count = ends.last().map_or(0, |&end| end as usize);
    let mut file = 0;
    for start in (0..count).step_by(BLOCK) {
        while ends.get(file).is_some_and(|&end| end as usize <= start) {
            file += 1;
        }
        writer.put_u16(Section::FileBlocks, [file as FileId]);
    }
    writer.put_u32(Section::FileEnds, ends);
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
    words: usize,
    writer: &mut Writer,
) -> Option<()> {
    let mut starts = vec![0u32; words + 1];
    tokens
        .iter()
        .for_each(|&token| starts[token as usize + 1] += 1);
    for word in 0..words {
        starts[word + 1] += starts[word];
    }
    writer.put_u32(Section::Starts, starts);
    let both = tokens.iter().zip(spaces).rev();
    writer.put_u32(
        Section::Reversed,
        both.map(|(&token, &space)| pack(token, space)),
    );
    let mut text: Vec<i32> = tokens.iter().rev().map(|&token| token as i32).collect();
    drop(tokens);
    let suffixes: Vec<i32> = SuffixArrayConstruction::for_text_mut(&mut text)
        .in_owned_buffer32()
        .single_threaded()
        .run()
        .ok()?
        .into_vec();
    drop(text);
    writer.put_u24(Section::Suffixes, suffixes.iter().map(|&at| at as u32));
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
            .for_each(|(path, text)| builder.add(path, Stamp::default(), text));
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
    fn every_token_belongs_to_its_file() {
        let long = "x = y\n".repeat(3 * BLOCK);
        let index = index(&[
            ("a.rs", "x"),
            ("empty.rs", ""),
            ("b.rs", &long),
            ("c.rs", "z"),
        ]);
        let file = |words: &[&str]| {
            let recent: Vec<TokenId> = words.iter().filter_map(|word| index.find(word)).collect();
            let mut intervals = Vec::new();
            index.intervals(&recent, &mut intervals);
            let last = intervals.last().cloned().unwrap_or_default();
            let mut files: Vec<FileId> = last.map(|rank| index.sample(rank).file).collect();
            files.sort_unstable();
            files.dedup();
            files
        };
        assert_eq!(
            [file(&["x"]), file(&["y"]), file(&["z"])],
            [vec![0, 2], vec![2], vec![3]]
        );
        let tokens: Vec<usize> = (0..4).map(|file| index.tokens_of(file)).collect();
        assert_eq!(tokens, [3, 1, 3 * BLOCK * 4 + 1, 3]);
    }

    #[test]
    fn files_are_known_again_by_their_stamps() {
        let mut builder = Builder::new(1_000);
        let stamp = |bytes| Stamp { bytes, modified: 7 };
        builder.add("a.rs", stamp(1), "x");
        builder.skip("b.rs", stamp(2), Skipped::Minified);
        builder.add("c.rs", stamp(3), "y");
        let bytes = builder
            .finish(1, Tables::SuffixesOnly)
            .expect("a small one");
        let index = Index::open(Storage::Heap(bytes), 1).expect("it was just made");
        let files: Vec<_> = index.files().collect();
        assert_eq!(files, [("a.rs", stamp(1)), ("c.rs", stamp(3))]);
        let skipped: Vec<_> = index.skipped().collect();
        assert_eq!(skipped, [("b.rs", stamp(2), Skipped::Minified)]);
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
                .filter(|&&context| {
                    let mut seen = 0;
                    index.seen_in(context, |_, _| seen += 1);
                    seen > 0
                })
                .count()
        });
        assert!(hits > 100, "{hits}");
    }
}
