//! What one request sees around the cursor, worked out once and asked for every word that is predicted.

use rustc_hash::FxHashMap;

use crate::{
    evidence::{history::History, lines::Lines},
    predict::types::Declared,
    vocabulary::{TokenId, Vocabulary},
};

/// Words before the cursor whose distance is known exactly.
const NEAR_BEFORE: usize = 3000;
/// Words after the cursor, likewise.
const NEAR_AFTER: usize = 600;
/// Names proposed because they were used last.
const RECENT_NAMES: usize = 16;
/// Words in which those are looked for.
const RECENT_SPAN: usize = 600;
/// Names proposed because they are used next.
const NEXT_NAMES: usize = 8;
const NEXT_SPAN: usize = 60;
/// Lines of the same depth above the cursor that form a list with it.
const SIBLINGS: usize = 6;
/// Lines above the near ones in which the heads of the blocks around them are looked for.
const HEADER_SPAN: usize = 2000;
/// Lines searched for siblings.
const SIBLING_SPAN: usize = 60;

/// How a name can be seen from the cursor, by indentation alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Visibility {
    /// Not in the near part of the file.
    #[default]
    Unknown,
    /// In a block that is closed again.
    Hidden,
    /// In the blocks around the cursor.
    Block,
    /// In a line that opens one of those blocks: a parameter, a loop variable.
    Header,
}

/// What is near the cursor about one word.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Near {
    /// Words back to its last use; 0 when there is none.
    pub(crate) back: u32,
    pub(crate) count: u32,
    /// Words on to its next use; 0 when there is none.
    pub(crate) ahead: u32,
    pub(crate) visibility: Visibility,
    /// It was declared within the blocks around the cursor.
    pub(crate) declared_in_view: bool,
}

/// How the next line is indented against the cursor's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NextLine {
    None,
    Deeper,
    Same,
    LessDeep,
}

/// The surroundings of the cursor.
pub(crate) struct Scene {
    /// The line of the cursor, which is blank in the evidence while it is being written.
    pub(crate) rank: usize,
    pub(crate) columns: usize,
    pub(crate) next_line: NextLine,
    /// The words after the cursor on its own line.
    pub(crate) rest: Vec<TokenId>,
    pub(crate) partial: String,
    pub(crate) proposals: Vec<TokenId>,
    /// Words of each of the last lines at the cursor's depth, nearest first, without their line end.
    pub(crate) siblings: Vec<Vec<TokenId>>,
    /// Words of the next line, without its line end.
    pub(crate) below: Vec<TokenId>,
    pub(crate) in_comment: bool,
    pub(crate) declared: Declared,
    near: FxHashMap<TokenId, Near>,
}

impl Scene {
    /// Looks around the line `rank` of `file`, whose text before the cursor is indented by `columns`.
    pub(crate) fn new(file: &Lines, rank: usize, columns: usize, vocabulary: &Vocabulary) -> Scene {
        let mut scene = Scene {
            rank,
            columns,
            next_line: next_line(file, rank, columns),
            rest: Vec::new(),
            partial: String::new(),
            proposals: Vec::new(),
            siblings: siblings(file, rank, columns),
            below: below(file, rank),
            in_comment: false,
            declared: Declared::default(),
            near: FxHashMap::default(),
        };
        let first = scene.look_back(file, vocabulary);
        let last = scene.look_ahead(file, vocabulary);
        scene.declared = Declared::read(
            file,
            first..last + 1,
            &headers(file, first),
            (rank, columns),
            vocabulary,
        );
        scene
    }

    pub(crate) fn near(&self, token: TokenId) -> Near {
        self.near.get(&token).copied().unwrap_or_default()
    }

    /// In how many siblings the word stands at place `index` of the line.
    pub(crate) fn siblings_with(&self, index: usize, token: TokenId) -> usize {
        self.siblings
            .iter()
            .filter(|line| line.get(index) == Some(&token))
            .count()
    }

    /// Notes the words before the cursor; gives the first line that was looked at.
    fn look_back(&mut self, file: &Lines, vocabulary: &Vocabulary) -> usize {
        let mut first = self.rank;
        let mut limit = self.columns;
        let mut distance = 0u32;
        let mut next = file.above(self.rank);
        while let Some(rank) = next {
            if distance as usize > NEAR_BEFORE {
                break;
            }
            first = rank;
            let columns = file.columns(rank).unwrap_or(0);
            let visibility = match columns.cmp(&limit) {
                std::cmp::Ordering::Less => Visibility::Header,
                std::cmp::Ordering::Equal => Visibility::Block,
                std::cmp::Ordering::Greater => Visibility::Hidden,
            };
            limit = limit.min(columns);
            let tokens = file.tokens(rank);
            for (index, token) in tokens.iter().enumerate().skip(1).rev() {
                distance += 1;
                let near = self.near.entry(token.id).or_default();
                if near.back == 0 {
                    near.back = distance;
                    let recent =
                        (distance as usize) < RECENT_SPAN && self.proposals.len() < RECENT_NAMES;
                    if recent && vocabulary.is_name(token.id) {
                        self.proposals.push(token.id);
                    }
                }
                near.count += 1;
                near.visibility = near.visibility.max(visibility);
                let declared = visibility > Visibility::Hidden
                    && index > 0
                    && vocabulary.declares(tokens[index - 1].id);
                near.declared_in_view |= declared;
            }
            next = file.above(rank);
        }
        first
    }

    /// Notes the words after the cursor; gives the last line that was looked at.
    fn look_ahead(&mut self, file: &Lines, vocabulary: &Vocabulary) -> usize {
        let mut last = self.rank;
        let mut distance = 0u32;
        let mut added = 0;
        let mut next = file.at_or_below(self.rank);
        while let Some(rank) = next {
            if distance as usize > NEAR_AFTER {
                break;
            }
            last = rank;
            for token in file.tokens(rank).iter().skip(1) {
                distance += 1;
                let near = self.near.entry(token.id).or_default();
                if near.ahead == 0 {
                    near.ahead = distance;
                    let fresh = added < NEXT_NAMES && (distance as usize) < NEXT_SPAN;
                    if fresh && vocabulary.is_name(token.id) && !self.proposals.contains(&token.id)
                    {
                        self.proposals.push(token.id);
                        added += 1;
                    }
                }
            }
            next = file.at_or_below(rank + 1);
        }
        last
    }
}

/// The lines above `rank` that open the blocks around it, outermost first.
fn headers(file: &Lines, rank: usize) -> Vec<usize> {
    let mut found = Vec::new();
    let mut limit = file.columns(rank).unwrap_or(0);
    let mut next = file.above(rank);
    while let Some(at) = next.filter(|&at| limit > 0 && rank - at < HEADER_SPAN) {
        let columns = file.columns(at).unwrap_or(0);
        if columns < limit {
            limit = columns;
            found.push(at);
        }
        next = file.above(at);
    }
    found.reverse();
    found
}

fn next_line(file: &Lines, rank: usize, columns: usize) -> NextLine {
    let Some(below) = file.at_or_below(rank).and_then(|at| file.columns(at)) else {
        return NextLine::None;
    };
    match below.cmp(&columns) {
        std::cmp::Ordering::Less => NextLine::LessDeep,
        std::cmp::Ordering::Equal => NextLine::Same,
        std::cmp::Ordering::Greater => NextLine::Deeper,
    }
}

fn below(file: &Lines, rank: usize) -> Vec<TokenId> {
    let tokens = file.at_or_below(rank).map_or(&[][..], |at| file.tokens(at));
    tokens.iter().skip(1).map(|token| token.id).collect()
}

fn siblings(file: &Lines, rank: usize, columns: usize) -> Vec<Vec<TokenId>> {
    let mut found = Vec::new();
    let mut next = file.above(rank);
    while let Some(at) = next {
        let depth = file.columns(at).unwrap_or(0);
        if depth < columns || found.len() == SIBLINGS || rank - at > SIBLING_SPAN {
            break;
        }
        if depth == columns {
            found.push(
                file.tokens(at)
                    .iter()
                    .skip(1)
                    .map(|token| token.id)
                    .collect(),
            );
        }
        next = file.above(at);
    }
    found
}

/// The history of the words before the cursor: the lines above, then the line so far.
pub(crate) fn history_at(
    file: &Lines,
    scene: &Scene,
    line: &[TokenId],
    vocabulary: &Vocabulary,
) -> History {
    let mut history = file.history_before(scene.rank, vocabulary);
    let above = file
        .above(scene.rank)
        .and_then(|at| file.columns(at))
        .unwrap_or(0);
    let step = match scene.columns.cmp(&above) {
        std::cmp::Ordering::Less => crate::vocabulary::OUTDENT,
        std::cmp::Ordering::Equal => crate::vocabulary::LINE_END,
        std::cmp::Ordering::Greater => crate::vocabulary::INDENT,
    };
    history.push(step, vocabulary);
    history.below = file.first_words(scene.rank);
    line.iter()
        .for_each(|&token| history.push(token, vocabulary));
    history
}
