//! Which words may come next, and what speaks for each: the evidence of the file, the workspace and its dependencies, side by side.

pub(crate) mod features;
pub(crate) mod scene;
pub(crate) mod types;

use std::ops::Range;

use rustc_hash::FxHashMap;

use crate::{
    evidence::{
        history::{CONTEXTS, History},
        lines::{Lines, as_target},
        source::Source,
    },
    index::NO_FILE,
    lexer::space,
    predict::{
        scene::Scene,
        types::{Asked, Declarations, PROPOSED_MEMBERS},
    },
    vocabulary::{BOUNDARY, INDENT, Kind, LINE_END, ROLES, Role, TokenId, Vocabulary},
};

/// Candidates that are given to the mixer.
pub(crate) const MAX_CANDIDATES: usize = 32;
/// The longest run of words that is matched.
const MAX_MATCH: usize = 22;
/// Lower bounds of the classes of match length.
const DEPTHS: [usize; DEPTH_CLASSES] = [1, 2, 3, 4, 5, 6, 8, 11, 15, 20];
pub(crate) const DEPTH_CLASSES: usize = 10;
/// Where evidence comes from: the open files, the workspace, its dependencies.
pub(crate) const SOURCES: usize = 3;
/// How much one occurrence in each source weighs in the blended estimate.
const SOURCE_WEIGHTS: [f32; SOURCES] = [4.0, 1.0, 0.25];
/// How much of the blended estimate each class of match length leaves to the shorter ones.
const BACKOFF: f32 = 0.6;
/// The blended estimate of a word for which no match speaks.
const FLOOR: f32 = 1e-5;
/// Occurrences taken from one interval of an index.
const SAMPLES: usize = 48;
/// The same when only words with a known beginning count.
const SAMPLES_WITH_PARTIAL: usize = 160;
/// A word in more lines than this is looked for only in the lines around the cursor.
const COMMON_WORD_LINES: usize = 500;
/// How many lines up and down that is.
const COMMON_WORD_SPAN: usize = 700;
/// How many of the last words may lead to lines farther away.
const ANCHOR_WORDS: usize = 4;
/// Words of the index that are proposed because they begin as the unfinished word does.
const MAX_COMPLETIONS: usize = 400;
const KEPT_COMPLETIONS: usize = 24;

/// Names of the line whose company is looked at, the last ones.
const COMPANY: usize = 3;
/// Lines looked at for one of them; a name that stands in more lines of the file says little.
const COMPANY_LINES: usize = 24;
/// Names of that company that become candidates.
const PROPOSED_COMPANY: usize = 4;
/// Lines beyond which distance no longer matters for white space.
const NEAREST_TRUST: usize = 1000;

/// The white space before a candidate for which no occurrence speaks.
pub(crate) const UNKNOWN_SPACE: u8 = u8::MAX;

/// One word that may come next.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    pub(crate) token: TokenId,
    pub(crate) space: u8,
    space_trust: usize,
    /// Occurrences by source and class of match length; a class counts all longer matches too.
    counts: [[f32; DEPTH_CLASSES]; SOURCES],
    /// Interpolated over match lengths and blended over sources.
    pub(crate) blended: f32,
    /// Weight and longest match of occurrences in the cursor's folder.
    folder: [f32; 2],
    /// The longest match in the file, and how many lines away the nearest of those is.
    best_match: (usize, usize),
    /// The longest match in what was written elsewhere or deleted lately, and how many of those there are.
    session_match: (usize, usize),
    /// How often it stood on a line with the names that this line is about: in the file, in the workspace.
    company: [f32; 2],
    /// What declarations say for it.
    called_for: CalledFor,
}

/// What declarations say for a candidate.
#[derive(Clone, Copy, Debug, Default)]
struct CalledFor {
    /// A member of the type that is asked, by the file, by the indexes: 1 for the first of them, one half for the last.
    member: [f32; 2],
    /// It has the name of the parameter that is filled.
    parameter: bool,
    /// It is the wanted type itself.
    wanted: bool,
    /// It is known to have the wanted type.
    of_wanted: bool,
    /// It is known to have some other.
    of_another: bool,
}

/// A context's words in one source and how often it was seen.
#[derive(Clone, Debug, Default)]
struct Seen {
    words: Vec<(TokenId, f32)>,
    total: f32,
}

impl Seen {
    fn add(&mut self, token: TokenId, count: u32) {
        self.total += count as f32;
        match self.words.iter_mut().find(|word| word.0 == token) {
            Some(word) => word.1 += count as f32,
            None => self.words.push((token, count as f32)),
        }
    }

    fn count(&self, token: TokenId) -> f32 {
        self.words
            .iter()
            .find(|word| word.0 == token)
            .map_or(0.0, |word| word.1)
    }
}

/// All that speaks for the candidates of one point.
pub(crate) struct Evidence {
    pub(crate) candidates: Vec<Candidate>,
    by_token: FxHashMap<TokenId, usize>,
    totals: [[f32; DEPTH_CLASSES]; SOURCES],
    longest: [usize; SOURCES],
    contexts: [[Seen; CONTEXTS]; 2],
    asked: Asked,
    /// Lines with the names that this line is about: in the file, in the workspace.
    company: [f32; 2],
}

/// What is looked for in open text.
struct Search<'a> {
    /// As which source it counts.
    source: usize,
    lines: &'a Lines,
    cursor: Option<usize>,
    recent: &'a [TokenId],
    partial: &'a str,
}

/// Where the predictor looks.
pub(crate) struct Predictor<'a> {
    pub(crate) vocabulary: &'a mut Vocabulary,
    pub(crate) file: &'a Lines,
    pub(crate) session: &'a Lines,
    /// Files of the workspace that are newer than its index.
    pub(crate) overlay: Vec<&'a Lines>,
    pub(crate) workspace: Option<&'a mut Source>,
    pub(crate) dependencies: Option<&'a mut Source>,
}

impl Predictor<'_> {
    /// The candidates after `history`, best blended estimate first. With `partial` only words that begin so.
    pub(crate) fn gather(&mut self, history: &History, scene: &Scene, partial: &str) -> Evidence {
        let mut evidence = Evidence::new();
        let recent: Vec<TokenId> = history.recent().take(MAX_MATCH).collect();
        self.search_lines(
            0,
            self.file,
            Some(scene.rank),
            &recent,
            partial,
            &mut evidence,
        );
        self.search_lines(0, self.session, None, &recent, partial, &mut evidence);
        for lines in &self.overlay {
            self.search_lines(1, lines, None, &recent, partial, &mut evidence);
        }
        self.search_index(1, &recent, scene, partial, &mut evidence);
        self.search_index(2, &recent, scene, partial, &mut evidence);
        evidence.blend();
        self.look_up_contexts(history, partial, &mut evidence);
        self.propose(history, scene, partial, &mut evidence);
        self.keep_company(history, scene, partial, &mut evidence);
        self.ask_declarations(history, scene, partial, &mut evidence);
        self.keep_best(history, scene, &mut evidence);
        evidence
    }

    /// Counts what stands on other lines with the names that this line is about.
    fn keep_company(
        &mut self,
        history: &History,
        scene: &Scene,
        partial: &str,
        evidence: &mut Evidence,
    ) {
        let mut seen = [Seen::default(), Seen::default()];
        let mut names: Vec<TokenId> = Vec::new();
        for &word in history.line().iter().rev() {
            if self.vocabulary.is_name(word) && !names.contains(&word) && names.len() < COMPANY {
                names.push(word);
            }
        }
        for name in names {
            if self.file.line_count(name) <= COMPANY_LINES {
                for rank in self
                    .file
                    .lines_with(name)
                    .filter(|&rank| rank != scene.rank)
                {
                    evidence.company[0] += 1.0;
                    for token in self.file.tokens(rank).iter().skip(1) {
                        self.add_seen(token.id, 1, partial, &mut seen[0]);
                    }
                }
            }
            let Some(source) = self.workspace.take() else {
                continue;
            };
            let index = source.index.clone();
            let mut intervals = Vec::new();
            if let Some(local) = source.local(name, self.vocabulary) {
                index.intervals(&[local], &mut intervals);
            }
            let lines = intervals.into_iter().flatten();
            for rank in lines
                .filter(|&rank| !scene.masked.contains(&index.sample(rank).file))
                .take(COMPANY_LINES)
            {
                evidence.company[1] += 1.0;
                index.line_around(rank, |local| {
                    let token = source.session(local, self.vocabulary);
                    if self.fits(token, partial) {
                        seen[1].add(token, 1);
                    }
                });
            }
            self.workspace = Some(source);
        }
        for (source, seen) in seen.iter().enumerate() {
            let mut words: Vec<(f32, u32, TokenId)> = seen
                .words
                .iter()
                .filter(|word| self.vocabulary.is_name(word.0))
                .map(|&(token, count)| (count, self.vocabulary.hash(token), token))
                .collect();
            words.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            for &(_, _, token) in words.iter().take(PROPOSED_COMPANY) {
                evidence.candidate(token);
            }
            for candidate in &mut evidence.candidates {
                candidate.company[source] = seen.count(candidate.token);
            }
        }
    }

    /// Makes candidates of what declarations call for, and notes what they say for each.
    fn ask_declarations(
        &mut self,
        history: &History,
        scene: &Scene,
        partial: &str,
        evidence: &mut Evidence,
    ) {
        let mut declarations = Declarations {
            vocabulary: self.vocabulary,
            scene,
            workspace: &mut self.workspace,
            dependencies: &mut self.dependencies,
        };
        let asked = declarations.asked(history);
        for members in &asked.members {
            for &member in members.iter().take(PROPOSED_MEMBERS) {
                if self.fits(member, partial) {
                    evidence.candidate(member);
                }
            }
        }
        if let Some(parameter) = asked.parameter.filter(|&name| self.fits(name, partial)) {
            evidence.candidate(parameter);
        }
        for candidate in &mut evidence.candidates {
            let token = candidate.token;
            if !self.vocabulary.is_name(token) {
                continue;
            }
            let known = if asked.wanted.is_some() {
                Declarations {
                    vocabulary: self.vocabulary,
                    scene,
                    workspace: &mut self.workspace,
                    dependencies: &mut self.dependencies,
                }
                .type_of(token)
            } else {
                None
            };
            candidate.called_for = CalledFor {
                member: asked.members.each_ref().map(|members| {
                    let at = members.iter().position(|&member| member == token);
                    at.map_or(0.0, |at| 1.0 - 0.5 * at as f32 / members.len() as f32)
                }),
                parameter: asked.parameter == Some(token),
                wanted: asked.wanted == Some(token),
                of_wanted: known.is_some() && known == asked.wanted,
                of_another: known.is_some() && known != asked.wanted,
            };
        }
        evidence.asked = asked;
    }

    fn fits(&self, token: TokenId, partial: &str) -> bool {
        token != BOUNDARY
            && (partial.is_empty()
                || (token > BOUNDARY && self.vocabulary.text(token).starts_with(partial)))
    }

    /// Counts what follows the last words wherever they stand in open text.
    fn search_lines(
        &self,
        source: usize,
        lines: &Lines,
        cursor: Option<usize>,
        recent: &[TokenId],
        partial: &str,
        evidence: &mut Evidence,
    ) {
        let Some(&last) = recent.first() else { return };
        let search = Search {
            source,
            lines,
            cursor,
            recent,
            partial,
        };
        if lines.line_count(last) <= COMMON_WORD_LINES {
            for rank in lines.lines_with(last) {
                self.search_line(&search, rank, evidence);
            }
            return;
        }
        let around = cursor.unwrap_or(lines.len());
        let span =
            around.saturating_sub(COMMON_WORD_SPAN)..(around + COMMON_WORD_SPAN).min(lines.len());
        for rank in span.clone() {
            self.search_line(&search, rank, evidence);
        }
        // Farther away only lines that also hold a rarer one of the last words can be worth much.
        let anchors = recent[1..]
            .iter()
            .take(ANCHOR_WORDS)
            .filter(|&&word| word > BOUNDARY);
        let anchor = anchors.copied().min_by_key(|&word| lines.line_count(word));
        let Some(anchor) = anchor.filter(|&word| lines.line_count(word) <= COMMON_WORD_LINES)
        else {
            return;
        };
        for rank in lines.lines_with(anchor).filter(|rank| !span.contains(rank)) {
            self.search_line(&search, rank, evidence);
        }
    }

    fn search_line(&self, search: &Search<'_>, rank: usize, evidence: &mut Evidence) {
        let lines = search.lines;
        let tokens = lines.tokens(rank);
        for (index, token) in tokens.iter().enumerate() {
            if token.id != search.recent[0] {
                continue;
            }
            let (target, space) = match tokens.get(index + 1) {
                Some(next) => (as_target(next.id), next.space),
                None => (
                    LINE_END,
                    lines
                        .at_or_below(rank + 1)
                        .map_or(space::encode_step(0), |next| lines.tokens(next)[0].space),
                ),
            };
            if !self.fits(target, search.partial) {
                continue;
            }
            let depth = match_depth(lines, rank, index, search.recent);
            let candidate = evidence.candidate(target);
            candidate.counts[search.source][depth_class(depth)] += 1.0;
            let away = search
                .cursor
                .map_or(usize::from(u16::MAX), |cursor| cursor.abs_diff(rank));
            candidate.trust_space(
                space,
                trust(depth, 2 * NEAREST_TRUST - away.min(NEAREST_TRUST)),
            );
            if search.cursor.is_some() {
                candidate.note_match(depth, away);
            } else if search.source == 0 {
                candidate.note_session_match(depth);
            }
            let longest = &mut evidence.longest[search.source];
            *longest = depth.max(*longest);
        }
    }

    /// Counts what follows the last words in an index, longest match first, a sample of each.
    fn search_index(
        &mut self,
        number: usize,
        recent: &[TokenId],
        scene: &Scene,
        partial: &str,
        evidence: &mut Evidence,
    ) {
        let source = if number == 1 {
            &mut self.workspace
        } else {
            &mut self.dependencies
        };
        let Some(source) = source.take() else { return };
        let known: Vec<TokenId> = recent
            .iter()
            .map_while(|&token| source.local(token, self.vocabulary))
            .collect();
        let mut intervals = Vec::new();
        source.index.intervals(&known, &mut intervals);
        let mut done = 0..0;
        for (index, interval) in intervals.iter().enumerate().rev() {
            let parts = if done.is_empty() {
                [interval.clone(), 0..0]
            } else {
                [interval.start..done.start, done.end..interval.end]
            };
            for part in parts {
                self.sample(number, source, part, index + 1, scene, partial, evidence);
            }
            done = interval.clone();
        }
        *(if number == 1 {
            &mut self.workspace
        } else {
            &mut self.dependencies
        }) = Some(source);
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "the state of one search, used in one place"
    )]
    fn sample(
        &mut self,
        number: usize,
        source: &mut Source,
        part: Range<u32>,
        depth: usize,
        scene: &Scene,
        partial: &str,
        evidence: &mut Evidence,
    ) {
        let len = part.len();
        let taken = len.min(if partial.is_empty() {
            SAMPLES
        } else {
            SAMPLES_WITH_PARTIAL
        });
        let weight = if taken == 0 {
            0.0
        } else {
            len as f32 / taken as f32
        };
        for step in 0..taken {
            let sample = source
                .index
                .sample(part.start + (step * len / taken) as u32);
            if number == 1 && sample.file != NO_FILE && scene.masked.contains(&sample.file) {
                continue;
            }
            let target = as_target(source.session(sample.token, self.vocabulary));
            if !self.fits(target, partial) {
                continue;
            }
            evidence.longest[number] = evidence.longest[number].max(depth);
            let candidate = evidence.candidate(target);
            candidate.counts[number][depth_class(depth)] += weight;
            candidate.trust_space(sample.space, trust(depth, SOURCES - number));
            let beside = scene.folder_number.is_some()
                && source.index.folder(sample.file) == scene.folder_number;
            if number == 1 && beside {
                candidate.folder[0] += weight / (len as f32 + 1.0) * depth as f32;
                candidate.folder[1] = candidate.folder[1].max(depth as f32);
            }
        }
    }

    /// Looks up the skip contexts and makes candidates of their most frequent words.
    fn look_up_contexts(&mut self, history: &History, partial: &str, evidence: &mut Evidence) {
        let contexts = history.contexts(self.vocabulary);
        for (number, context) in contexts.into_iter().enumerate() {
            let mut seen = Seen::default();
            for (token, count) in self
                .file
                .seen_in(context)
                .chain(self.session.seen_in(context))
            {
                self.add_seen(token, count, partial, &mut seen);
            }
            evidence.contexts[0][number] = seen;
            let mut seen = Seen::default();
            for (token, count) in self.overlay.iter().flat_map(|lines| lines.seen_in(context)) {
                self.add_seen(token, count, partial, &mut seen);
            }
            if let Some(source) = self.workspace.take() {
                let index = source.index.clone();
                for (local, count) in index.seen_in(context) {
                    let token = source.session(local, self.vocabulary);
                    self.add_seen(token, count, partial, &mut seen);
                }
                self.workspace = Some(source);
            }
            evidence.contexts[1][number] = seen;
        }
        evidence.propose_from_contexts(self.vocabulary);
    }

    fn add_seen(&self, token: TokenId, count: u32, partial: &str, seen: &mut Seen) {
        if self.fits(token, partial) {
            seen.add(token, count);
        }
    }

    /// Makes candidates of names that are near, and of all known words that begin as the unfinished one does.
    fn propose(
        &mut self,
        history: &History,
        scene: &Scene,
        partial: &str,
        evidence: &mut Evidence,
    ) {
        let last = self.vocabulary.kind(history.back(1));
        if !matches!(last, Kind::Name | Kind::Number) {
            for &token in scene.proposals.iter().chain(history.line()) {
                if self.vocabulary.is_name(token) && self.fits(token, partial) {
                    evidence.candidate(token);
                }
            }
        }
        if partial.is_empty() {
            return;
        }
        let mut named: Vec<(u32, u32, TokenId)> = self
            .file
            .names()
            .filter(|(token, _)| self.fits(*token, partial))
            .map(|(token, facts)| (facts.count, self.vocabulary.hash(token), token))
            .collect();
        if let Some(source) = self.workspace.take() {
            let index = source.index.clone();
            for local in index.names_from(partial).take(MAX_COMPLETIONS) {
                let count = index
                    .facts(local)
                    .iter()
                    .map(|&count| u32::from(count))
                    .sum();
                let token = source.session(local, self.vocabulary);
                named.push((count, self.vocabulary.hash(token), token));
            }
            self.workspace = Some(source);
        }
        named.sort_unstable_by(|a, b| b.cmp(a));
        named
            .iter()
            .take(KEPT_COMPLETIONS)
            .for_each(|&(_, _, token)| {
                evidence.candidate(token);
            });
    }

    /// Sorts the candidates by a quick estimate and keeps as many as the mixer looks at.
    fn keep_best(&mut self, history: &History, scene: &Scene, evidence: &mut Evidence) {
        let role = self.vocabulary.role(history.back(1));
        if let Some(source) = &mut self.workspace {
            evidence.candidates.iter().for_each(|candidate| {
                source.local(candidate.token, self.vocabulary);
            });
        }
        let mut order: Vec<(f32, u32, usize)> = evidence
            .candidates
            .iter()
            .enumerate()
            .map(|(index, candidate)| {
                let token = candidate.token;
                (
                    self.quick_estimate(candidate, role, scene, evidence),
                    self.vocabulary.hash(token),
                    index,
                )
            })
            .collect();
        order.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        order.truncate(MAX_CANDIDATES);
        evidence.candidates = order
            .iter()
            .map(|&(_, _, index)| evidence.candidates[index].clone())
            .collect();
        evidence.by_token = evidence
            .candidates
            .iter()
            .enumerate()
            .map(|(index, candidate)| (candidate.token, index))
            .collect();
    }

    fn quick_estimate(
        &self,
        candidate: &Candidate,
        role: Role,
        scene: &Scene,
        evidence: &Evidence,
    ) -> f32 {
        let mut estimate = candidate.blended;
        for seen in evidence
            .contexts
            .iter()
            .flatten()
            .filter(|seen| seen.total > 0.0)
        {
            estimate += 0.15 * seen.count(candidate.token) / (seen.total + 2.0);
        }
        let called = candidate.called_for;
        if called.parameter || called.of_wanted || called.member != [0.0; 2] {
            estimate += 0.01;
        }
        for (count, lines) in candidate.company.iter().zip(evidence.company) {
            estimate += 0.05 * count / (lines + 2.0);
        }
        if candidate.blended <= FLOOR * 1.1 {
            if let Some(facts) = self.file.facts(candidate.token) {
                let back = scene.near(candidate.token).back;
                let far = if back == 0 { 3000.0 } else { back as f32 };
                let fit = (facts.after[role as usize] as f32 + 0.1) / (facts.count as f32 + 0.5);
                estimate += 0.02 * fit / (1.0 + 0.01 * far);
            } else {
                estimate += 0.001 * self.workspace_fit(candidate.token, role);
            }
        }
        estimate
    }

    fn workspace_fit(&self, token: TokenId, role: Role) -> f32 {
        let Some(facts) = self.workspace_facts(token) else {
            return 0.0;
        };
        let total: u32 = facts.iter().map(|&count| u32::from(count)).sum();
        (f32::from(facts[role as usize]) + 0.1) / (total as f32 + 0.5) * (1.0 + total as f32).ln()
            / 10.0
    }

    /// How often the workspace has the name after each role.
    fn workspace_facts(&self, token: TokenId) -> Option<[u16; ROLES]> {
        let source = self.workspace.as_ref()?;
        Some(source.index.facts(source.known_local(token)?))
    }
}

impl Evidence {
    fn new() -> Evidence {
        Evidence {
            candidates: Vec::with_capacity(64),
            by_token: FxHashMap::default(),
            totals: [[0.0; DEPTH_CLASSES]; SOURCES],
            longest: [0; SOURCES],
            contexts: Default::default(),
            asked: Asked::default(),
            company: [0.0; 2],
        }
    }

    /// The longest run of words before this point that any source repeats.
    pub(crate) fn longest_match(&self) -> usize {
        self.longest.into_iter().max().unwrap_or(0)
    }

    fn candidate(&mut self, token: TokenId) -> &mut Candidate {
        let next = self.candidates.len();
        let at = *self.by_token.entry(token).or_insert(next);
        if at == next {
            self.candidates.push(Candidate {
                token,
                space: UNKNOWN_SPACE,
                space_trust: 0,
                counts: [[0.0; DEPTH_CLASSES]; SOURCES],
                blended: FLOOR,
                folder: [0.0; 2],
                best_match: (0, usize::from(u16::MAX)),
                session_match: (0, 0),
                company: [0.0; 2],
                called_for: CalledFor::default(),
            });
        }
        &mut self.candidates[at]
    }

    /// Witten–Bell interpolation from short matches to long ones, over the counts of all sources.
    fn blend(&mut self) {
        for candidate in &mut self.candidates {
            for (counts, totals) in candidate.counts.iter_mut().zip(&mut self.totals) {
                for class in (0..DEPTH_CLASSES - 1).rev() {
                    counts[class] += counts[class + 1];
                }
                counts
                    .iter()
                    .zip(totals)
                    .for_each(|(count, total)| *total += count);
            }
        }
        for class in 0..DEPTH_CLASSES {
            let weighted = |counts: &[[f32; DEPTH_CLASSES]; SOURCES]| -> f32 {
                counts
                    .iter()
                    .zip(SOURCE_WEIGHTS)
                    .map(|(counts, weight)| counts[class] * weight)
                    .sum()
            };
            let total = weighted(&self.totals);
            if total <= 0.0 {
                break;
            }
            let different = self
                .candidates
                .iter()
                .filter(|candidate| weighted(&candidate.counts) > 0.0)
                .count();
            let kept = BACKOFF * different as f32;
            for candidate in &mut self.candidates {
                candidate.blended =
                    (weighted(&candidate.counts) + kept * candidate.blended) / (total + kept);
            }
        }
    }

    fn propose_from_contexts(&mut self, vocabulary: &Vocabulary) {
        const PROPOSED: usize = 3;
        for source in 0..2 {
            for context in 0..CONTEXTS {
                let mut words = self.contexts[source][context].words.clone();
                words.sort_by(|a, b| {
                    b.1.total_cmp(&a.1)
                        .then(vocabulary.hash(a.0).cmp(&vocabulary.hash(b.0)))
                });
                words.iter().take(PROPOSED).for_each(|word| {
                    self.candidate(word.0);
                });
            }
        }
    }
}

impl Candidate {
    fn note_match(&mut self, depth: usize, away: usize) {
        if depth > self.best_match.0 || (depth == self.best_match.0 && away < self.best_match.1) {
            self.best_match = (depth, away);
        }
    }

    fn note_session_match(&mut self, depth: usize) {
        match depth.cmp(&self.session_match.0) {
            std::cmp::Ordering::Less => {}
            std::cmp::Ordering::Equal => self.session_match.1 += 1,
            std::cmp::Ordering::Greater => self.session_match = (depth, 1),
        }
    }

    fn trust_space(&mut self, space: u8, trust: usize) {
        if (trust, space) > (self.space_trust, self.space) || self.space_trust == 0 {
            self.space = space;
            self.space_trust = trust;
        }
    }
}

/// How many of the last words stand before this occurrence of the last one.
fn match_depth(lines: &Lines, rank: usize, index: usize, recent: &[TokenId]) -> usize {
    let (mut rank, mut index, mut depth) = (rank, index, 1);
    while depth < recent.len() {
        if index == 0 {
            let Some(above) = lines.above(rank) else {
                break;
            };
            (rank, index) = (above, lines.tokens(above).len());
        }
        index -= 1;
        if lines.tokens(rank)[index].id != recent[depth] {
            break;
        }
        depth += 1;
    }
    depth
}

/// How far white space is trusted: by the length of the match, then by the source and nearness.
fn trust(depth: usize, nearness: usize) -> usize {
    depth * 4 * NEAREST_TRUST + nearness
}

fn depth_class(depth: usize) -> usize {
    DEPTHS
        .iter()
        .rposition(|&bound| bound <= depth)
        .unwrap_or(0)
}

/// Whether the token is any of the line ends.
pub(crate) fn is_line_end(token: TokenId) -> bool {
    token <= INDENT
}
