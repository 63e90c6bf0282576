//! The numbers that the mixer sees. None of them depends on which words they are, so that weights carry nobody's code.

use crate::{
    evidence::history::{CONTEXTS, History},
    lexer,
    predict::{
        Predictor,
        candidates::{
            Candidate, DEPTH_CLASSES, Evidence, SOURCES, UNKNOWN_SPACE, depth_class, is_line_end,
        },
        scene::{NextLine, Scene, Visibility},
    },
    vocabulary::{BOUNDARY, Kind, ROLES, Role, Shape, TokenId},
};

/// Numbers about the point, the same for all its candidates.
pub(crate) const POINT_FEATURES: usize = 53;
/// Numbers about one candidate.
pub(crate) const CANDIDATE_FEATURES: usize = 117;

/// The number that tells the blended estimate of a candidate.
const BLENDED: usize = 50;

/// Classes of match length whose counts are shown to the mixer.
const SHOWN_DEPTHS: [usize; 7] = [0, 1, 2, 3, 5, 7, 8];

/// The features of one point: those of the point, then those of each candidate in turn.
#[derive(Clone, Debug, Default)]
pub(crate) struct Features {
    pub(crate) point: Vec<f32>,
    pub(crate) candidates: Vec<f32>,
}

impl Features {
    /// The blended estimate of candidate `index`, from its features.
    pub(crate) fn blended(&self, index: usize) -> f32 {
        ((self.candidates[index * CANDIDATE_FEATURES + BLENDED] - 1.0) * 3.0).exp()
    }
}

/// Works out the features of all candidates.
pub(crate) fn of(
    predictor: &Predictor<'_>,
    history: &History,
    scene: &Scene,
    partial: &str,
    evidence: &Evidence,
) -> Features {
    let view = View::new(predictor, history, scene, evidence);
    let mut features = Features {
        point: Vec::with_capacity(POINT_FEATURES),
        candidates: Vec::new(),
    };
    view.point(partial, &mut features.point);
    debug_assert_eq!(features.point.len(), POINT_FEATURES);
    features
        .candidates
        .reserve(evidence.candidates.len() * CANDIDATE_FEATURES);
    for (index, candidate) in evidence.candidates.iter().enumerate() {
        view.candidate(index, candidate, &mut features.candidates);
        debug_assert!((features.blended(index) - candidate.blended).abs() < 1e-3);
        debug_assert_eq!(features.candidates.len(), (index + 1) * CANDIDATE_FEATURES);
    }
    features
}

/// What is looked at again for every candidate.
struct View<'a> {
    predictor: &'a Predictor<'a>,
    history: &'a History,
    scene: &'a Scene,
    evidence: &'a Evidence,
    role: Role,
    best: f32,
    second: f32,
    /// The largest count of any candidate at the longest match of each source.
    most: [f32; SOURCES],
    /// Shares of the counts at each shown match length, by source, and in each skip context.
    matches: [[Shares; SHOWN_DEPTHS.len()]; SOURCES],
    contexts: [[Shares; CONTEXTS]; 2],
    head: TokenId,
    first_name: TokenId,
    last_name: TokenId,
}

impl<'a> View<'a> {
    fn new(
        predictor: &'a Predictor<'a>,
        history: &'a History,
        scene: &'a Scene,
        evidence: &'a Evidence,
    ) -> View<'a> {
        let vocabulary = &*predictor.vocabulary;
        let is_name = |token: &TokenId| vocabulary.is_name(*token);
        let (mut best, mut second) = (0.0f32, 0.0f32);
        for candidate in &evidence.candidates {
            second = second.max(candidate.blended.min(best));
            best = best.max(candidate.blended);
        }
        View {
            predictor,
            history,
            scene,
            evidence,
            role: vocabulary.role(history.back(1)),
            best,
            second,
            most: std::array::from_fn(|source| {
                let class = depth_class(evidence.longest[source].max(1));
                let counts = evidence.candidates.iter();
                counts
                    .map(|candidate| candidate.counts[source][class])
                    .fold(0.0, f32::max)
            }),
            matches: evidence
                .totals
                .map(|totals| SHOWN_DEPTHS.map(|class| Shares::of(totals[class]))),
            contexts: evidence
                .contexts
                .each_ref()
                .map(|contexts| contexts.each_ref().map(|seen| Shares::of(seen.total))),
            head: history
                .brackets()
                .last()
                .map_or(BOUNDARY, |bracket| bracket.head),
            first_name: history
                .line()
                .iter()
                .copied()
                .find(is_name)
                .unwrap_or(BOUNDARY),
            last_name: history.recent().find(is_name).unwrap_or(BOUNDARY),
        }
    }

    fn point(&self, partial: &str, out: &mut Vec<f32>) {
        let (history, scene, evidence) = (self.history, self.scene, self.evidence);
        out.push(log(history.line().len(), 3.0));
        out.extend([self.best, self.second]);
        for source in 0..SOURCES {
            let longest = evidence.longest[source];
            out.push(longest as f32 / 10.0);
            out.push((1.0 + evidence.totals[source][depth_class(longest.max(1))]).ln() / 3.0);
        }
        out.push(history.brackets().len().min(8) as f32 / 8.0);
        let closer = history
            .brackets()
            .last()
            .map_or(0, |bracket| bracket.closer);
        out.extend([b')', b']', b'}'].map(|wanted| flag(closer == wanted)));
        out.push(
            history
                .brackets()
                .last()
                .map_or(0.0, |bracket| f32::from(bracket.commas.min(6)) / 6.0),
        );
        out.extend((0..ROLES).map(|role| flag(role == self.role as usize)));
        let last = self.predictor.vocabulary.kind(history.back(1));
        out.extend([Kind::Name, Kind::Number].map(|kind| flag(last == kind)));
        out.extend(
            [
                NextLine::None,
                NextLine::Deeper,
                NextLine::Same,
                NextLine::LessDeep,
            ]
            .map(|next| flag(scene.next_line == next)),
        );
        out.push(flag(scene.rest.is_empty()));
        let rest = scene
            .rest
            .first()
            .map_or("", |&token| self.predictor.vocabulary.text(token));
        out.push(flag(matches!(rest, ")" | "]" | "}" | ";" | ",")));
        out.push(partial.len().min(6) as f32 / 3.0);
        out.push(flag(!partial.is_empty()));
        out.push(history.opened_here().min(4) as f32 / 2.0);
        let shape = self.predictor.vocabulary.shape(history.back(1));
        out.extend(
            [Shape::Lower, Shape::Capital, Shape::AllCaps].map(|other| flag(shape == other)),
        );
        out.push(flag(self.in_string()));
        out.push(flag(scene.in_comment));
        out.push(flag(history.back(1) == crate::vocabulary::INDENT));
        out.push(flag(history.back(1) == crate::vocabulary::OUTDENT));
        out.push(log(evidence.candidates.len(), 4.0));
        out.push(log(scene.siblings.len(), 2.0));
        out.push(flag(history.line().first().is_some_and(|&first| {
            self.predictor.vocabulary.kind(first) == Kind::Keyword
        })));
        let asked = &evidence.asked;
        out.extend(
            asked
                .members
                .each_ref()
                .map(|members| log(members.len(), 3.0)),
        );
        out.push(flag(asked.own));
        out.push(flag(asked.parameter.is_some()));
        out.push(flag(asked.wanted.is_some()));
        out.extend(evidence.company.map(|lines| (1.0 + lines).ln() / 3.0));
        out.push(flag(scene.declared.own.is_some()));
    }

    /// Whether a quote is open on this line.
    fn in_string(&self) -> bool {
        let is_quote =
            |token: &&TokenId| matches!(self.predictor.vocabulary.text(**token), "\"" | "`" | "'");
        self.history.line().iter().filter(is_quote).count() % 2 == 1
    }

    fn candidate(&self, index: usize, candidate: &Candidate, out: &mut Vec<f32>) {
        self.matches(candidate, out);
        self.contexts(candidate, out);
        self.estimate(index, candidate, out);
        self.word(candidate.token, out);
        self.place(candidate, out);
        self.name(candidate.token, out);
        self.called_for(candidate, out);
        self.against_others(candidate, out);
    }

    /// What declarations and company say for it: 6 + 2 + 2.
    fn called_for(&self, candidate: &Candidate, out: &mut Vec<f32>) {
        let called = candidate.called_for;
        out.extend(called.member);
        out.extend(
            [
                called.parameter,
                called.wanted,
                called.of_wanted,
                called.of_another,
            ]
            .map(flag),
        );
        let asked = &self.evidence.asked;
        let like = |other: Option<TokenId>| {
            other.map_or(0.0, |other| {
                self.predictor.vocabulary.likeness(candidate.token, other)
            })
        };
        out.extend([like(asked.parameter), like(asked.wanted)]);
        for (count, lines) in candidate.company.iter().zip(self.evidence.company) {
            out.push(if lines > 0.0 {
                share(*count, lines)
            } else {
                0.0
            });
        }
    }

    /// How it stands against the best of the others: 3.
    fn against_others(&self, candidate: &Candidate, out: &mut Vec<f32>) {
        for source in 0..SOURCES {
            let class = depth_class(self.evidence.longest[source].max(1));
            let count = candidate.counts[source][class];
            out.push(if count > 0.0 {
                count / self.most[source]
            } else {
                0.0
            });
        }
    }

    /// How often it followed matches of each length in each source: 21 + 9 + 2.
    fn matches(&self, candidate: &Candidate, out: &mut Vec<f32>) {
        for (counts, shares) in candidate.counts.iter().zip(&self.matches) {
            let shown = SHOWN_DEPTHS.iter().zip(shares);
            out.extend(shown.map(|(&class, shares)| shares.share(counts[class])));
        }
        for counts in &candidate.counts {
            let deepest = (0..DEPTH_CLASSES).rev().find(|&class| counts[class] > 0.0);
            out.push(deepest.map_or(0.0, |class| (class + 1) as f32 / 5.0));
            out.push(deepest.map_or(0.0, |class| counts[class].max(0.1).ln() / 3.0));
        }
        for source in 0..SOURCES {
            let class = depth_class(self.evidence.longest[source].max(1));
            let total = self.evidence.totals[source][class];
            out.push(if total > 0.0 {
                share(candidate.counts[source][class], total)
            } else {
                0.0
            });
        }
        out.push(candidate.session_match.0 as f32 / 10.0);
        out.push(log(candidate.session_match.1, 2.0));
    }

    /// How often it stood in the skip contexts of the files and the workspace: 18.
    fn contexts(&self, candidate: &Candidate, out: &mut Vec<f32>) {
        for (counts, shares) in candidate.contexts.iter().zip(&self.contexts) {
            let both = counts.iter().zip(shares);
            out.extend(both.map(|(&count, shares)| {
                if shares.total > 0.0 {
                    shares.share(count)
                } else {
                    0.0
                }
            }));
        }
    }

    /// The blended estimate and what comes with it: 7.
    fn estimate(&self, index: usize, candidate: &Candidate, out: &mut Vec<f32>) {
        out.push(candidate.blended.max(1e-6).ln() / 3.0 + 1.0);
        out.push(flag(candidate.blended >= self.best));
        out.push(log(index, 3.0));
        out.extend([
            (1.0 + candidate.folder[0]).ln() / 2.0,
            candidate.folder[1] / 10.0,
        ]);
        out.push(flag(candidate.space == UNKNOWN_SPACE));
        let (depth, away) = candidate.best_match;
        out.push(if depth == 0 { 2.0 } else { log(away, 5.0) });
    }

    /// What sort of word it is: 5 + 3 + 2 + 3.
    fn word(&self, token: TokenId, out: &mut Vec<f32>) {
        let vocabulary = &*self.predictor.vocabulary;
        let kind = vocabulary.kind(token);
        out.extend(
            [
                Kind::LineEnd,
                Kind::Name,
                Kind::Keyword,
                Kind::Number,
                Kind::Operator,
            ]
            .map(|other| flag(kind == other)),
        );
        out.extend(
            [Shape::Lower, Shape::Capital, Shape::AllCaps]
                .map(|shape| flag(vocabulary.shape(token) == shape)),
        );
        let text = vocabulary.text(token);
        out.push(text.len().min(20) as f32 / 10.0);
        out.push(flag(matches!(text, "{" | ":" | "(" | "[" | "=>")));
        let closes = matches!(text, ")" | "]" | "}");
        let wanted = self.history.brackets().last().map(|bracket| bracket.closer);
        let matching = closes && wanted == text.bytes().next();
        out.extend([
            flag(matching),
            flag(closes && !matching),
            flag(is_line_end(token) && wanted.is_some_and(|closer| closer != b'}')),
        ]);
    }

    /// Where it was used around the cursor: 21.
    fn place(&self, candidate: &Candidate, out: &mut Vec<f32>) {
        let (token, scene, history) = (candidate.token, self.scene, self.history);
        let near = if is_line_end(token) {
            super::scene::Near::default()
        } else {
            scene.near(token)
        };
        out.push(if near.back == 0 {
            2.0
        } else {
            log(near.back as usize, 5.0)
        });
        out.push(log(near.count as usize, 4.0));
        out.push(if near.ahead == 0 {
            2.0
        } else {
            log(near.ahead as usize, 5.0)
        });
        out.extend(
            [Visibility::Hidden, Visibility::Block, Visibility::Header]
                .map(|visibility| flag(near.visibility == visibility)),
        );
        out.push(flag(near.declared_in_view));
        out.push(count_in(history.line(), token).min(3) as f32 / 2.0);
        out.push(count_in(history.above(), token).min(3) as f32 / 2.0);
        out.push(flag(history.below[0] == token));
        out.push(flag(
            scene.rest.first() == Some(&token) || (scene.rest.is_empty() && is_line_end(token)),
        ));
        out.push(flag(scene.rest.len() > 1 && scene.rest.contains(&token)));
        let at = history.line().len();
        out.push(scene.siblings_with(at, token).min(4) as f32 / 2.0);
        out.push(flag(
            scene
                .siblings
                .first()
                .is_some_and(|line| line.get(at) == Some(&token)),
        ));
        out.push(flag(history.above().get(at) == Some(&token)));
        out.push(flag(
            scene.siblings.iter().any(|line| line.contains(&token)),
        ));
        out.push(flag(scene.below.get(at) == Some(&token)));
        out.push(flag(scene.below.contains(&token)));
        out.extend([1, 2, 3].map(|back| flag(history.back(back) == token)));
    }

    /// What is known of it as a name, and how alike it is to others: 6 + 2 + 5.
    fn name(&self, token: TokenId, out: &mut Vec<f32>) {
        let vocabulary = &*self.predictor.vocabulary;
        if !vocabulary.is_name(token) {
            out.extend([0.0; 13]);
            return;
        }
        match self.predictor.file.facts(token) {
            Some(facts) => {
                let after = facts.after[self.role as usize] as f32;
                out.push(fit(after, facts.count as f32));
                out.push((facts.count as f32).ln() / 4.0 + 0.2);
                out.push(flag(facts.count == 1));
                out.push(flag(facts.declared > 0));
                out.push(flag(facts.after[Role::Member as usize] > 0));
                out.push(flag(after > 0.0));
            }
            None => out.extend([0.0; 6]),
        }
        match self.predictor.workspace.facts(token) {
            Some(facts) => {
                let total: f32 = facts.iter().map(|&count| f32::from(count)).sum();
                out.push(fit(f32::from(facts[self.role as usize]), total));
                out.push((1.0 + total).ln() / 8.0);
            }
            None => out.extend([0.0; 2]),
        }
        out.extend(
            [
                self.head,
                self.first_name,
                self.history.back(1),
                self.last_name,
            ]
            .map(|other| vocabulary.likeness(token, other)),
        );
        let below = self
            .history
            .below
            .iter()
            .map(|&other| vocabulary.likeness(token, other))
            .fold(0.0, f32::max);
        out.push(below);
    }
}

/// Whether a line is (the beginning of) a comment, in any language.
pub(crate) fn is_comment(line: &str) -> bool {
    let body = line.trim_start();
    ["//", "#", "/*", "*", "--", "\"\"\""]
        .iter()
        .any(|mark| body.starts_with(mark))
        && !body.starts_with("#[")
        && !body.starts_with("#!")
        || lexer::words(body).any(|word| word.text == "//")
}

fn flag(on: bool) -> f32 {
    if on { 1.0 } else { 0.0 }
}

fn log(count: usize, scale: f32) -> f32 {
    (1.0 + count as f32).ln() / scale
}

/// Shares of one total. Most counts are zero, so that what those come to is worked out once.
#[derive(Clone, Copy)]
struct Shares {
    total: f32,
    of_nothing: f32,
}

impl Shares {
    fn of(total: f32) -> Shares {
        Shares {
            total,
            of_nothing: share(0.0, total),
        }
    }

    fn share(&self, count: f32) -> f32 {
        if count == 0.0 {
            self.of_nothing
        } else {
            share(count, self.total)
        }
    }
}

/// The logarithm of a share, moved so that it is about zero for one tenth.
fn share(count: f32, total: f32) -> f32 {
    (((count + 0.05) / (total + 0.5)).ln() + 2.3).max(-4.0)
}

fn fit(count: f32, total: f32) -> f32 {
    ((count + 0.1) / (total + 0.5)).ln() / 3.0 + 0.5
}

fn count_in(tokens: &[TokenId], token: TokenId) -> usize {
    tokens.iter().filter(|&&other| other == token).count()
}
