//! Which words may come next, and what speaks for each: the evidence of the file, the workspace and its dependencies, side by side.

pub(crate) mod candidates;
pub(crate) mod features;
mod matches;
pub(crate) mod scene;
pub(crate) mod types;

use rustc_hash::FxHashMap;

use crate::{
    evidence::{history::History, lines::Lines, source::Sources},
    predict::{
        candidates::{CalledFor, Candidate, Evidence, FLOOR, Seen},
        scene::Scene,
        types::{Declarations, PROPOSED_MEMBERS},
    },
    vocabulary::{BOUNDARY, Kind, Role, TokenId, Vocabulary},
};

pub(crate) const MAX_CANDIDATES: usize = 32;
/// The longest run of words that is matched.
const MAX_MATCH: usize = 22;
/// Words of the index that are proposed because they begin as the unfinished word does.
const MAX_COMPLETIONS: usize = 400;
const KEPT_COMPLETIONS: usize = 24;
/// Names of newer files that are looked through for those.
const OVERLAY_NAMES: usize = 8_000;
/// Names of the line whose company is looked at, the last ones.
const COMPANY: usize = 3;
/// Lines looked at for one of them; a name that stands in more lines of the file says little.
const COMPANY_LINES: usize = 24;
/// Names of that company that become candidates.
const PROPOSED_COMPANY: usize = 4;

/// Where the predictor looks.
pub(crate) struct Predictor<'a> {
    pub(crate) vocabulary: &'a mut Vocabulary,
    pub(crate) file: &'a Lines,
    pub(crate) session: &'a Lines,
    /// Open files and others that are newer than the workspace's index, latest first.
    pub(crate) overlay: Vec<&'a Lines>,
    pub(crate) workspace: &'a mut Sources,
    pub(crate) dependencies: &'a mut Sources,
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
        self.search_overlay(&recent, partial, &mut evidence);
        self.search_index(1, &recent, partial, &mut evidence);
        self.search_index(2, &recent, partial, &mut evidence);
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
            let mut left = COMPANY_LINES;
            let mut workspace = std::mem::take(self.workspace);
            for source in workspace.iter_mut() {
                let index = source.index.clone();
                let mut intervals = Vec::new();
                if let Some(local) = source.local(name, self.vocabulary) {
                    index.intervals(&[local], &mut intervals);
                }
                for rank in intervals.into_iter().flatten() {
                    if left == 0 {
                        break;
                    }
                    if !source.shows(index.sample(rank)) {
                        continue;
                    }
                    left -= 1;
                    evidence.company[1] += 1.0;
                    index.line_around(rank, |local| {
                        let token = source.session(local, self.vocabulary);
                        if self.fits(token, partial) {
                            seen[1].add(token, 1);
                        }
                    });
                }
            }
            *self.workspace = workspace;
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
            workspace: &mut *self.workspace,
            dependencies: &mut *self.dependencies,
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
                    workspace: &mut *self.workspace,
                    dependencies: &mut *self.dependencies,
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
            let mut workspace = std::mem::take(self.workspace);
            for source in workspace.iter_mut() {
                let index = source.index.clone();
                index.seen_in(context, |local, count| {
                    let token = source.session(local, self.vocabulary);
                    self.add_seen(token, count, partial, &mut seen);
                });
            }
            *self.workspace = workspace;
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
        let newer = self.overlay.iter().flat_map(|lines| lines.names());
        for (token, facts) in newer.take(OVERLAY_NAMES) {
            if self.fits(token, partial) {
                named.push((facts.count, self.vocabulary.hash(token), token));
            }
        }
        let mut indexed: FxHashMap<TokenId, u32> = FxHashMap::default();
        for source in self.workspace.iter_mut() {
            let index = source.index.clone();
            for local in index.names_from(partial).take(MAX_COMPLETIONS) {
                let counts = index.facts(local).map(u32::from);
                let token = source.session(local, self.vocabulary);
                *indexed.entry(token).or_default() += counts.iter().sum::<u32>();
            }
        }
        named.extend(
            indexed
                .into_iter()
                .map(|(token, count)| (count, self.vocabulary.hash(token), token)),
        );
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
        evidence.share_contexts();
        let role = self.vocabulary.role(history.back(1));
        for source in self.workspace.iter_mut() {
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
        evidence.keep(order.iter().map(|&(_, _, index)| index));
    }

    fn quick_estimate(
        &self,
        candidate: &Candidate,
        role: Role,
        scene: &Scene,
        evidence: &Evidence,
    ) -> f32 {
        let mut estimate = candidate.blended;
        let counts = candidate.contexts.iter().flatten();
        for (count, seen) in counts.zip(evidence.contexts.iter().flatten()) {
            if *count > 0.0 {
                estimate += 0.15 * count / (seen.total + 2.0);
            }
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
        let Some(facts) = self.workspace.facts(token) else {
            return 0.0;
        };
        let total: u32 = facts.iter().map(|&count| u32::from(count)).sum();
        (f32::from(facts[role as usize]) + 0.1) / (total as f32 + 0.5) * (1.0 + total as f32).ln()
            / 10.0
    }
}
