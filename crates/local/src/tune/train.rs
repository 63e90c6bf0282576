//! Trains the mixer: plain gradient descent with momentum (Adam) over packed samples, on one thread, the same in every run.

use crate::{
    eval::random::Random,
    kernel::{add_outer, add_scaled},
    mixer::{Layout, Mixer, Scratch, pool_shares},
    predict::features::{CANDIDATE_FEATURES, Features, POINT_FEATURES},
    tune::samples::Samples,
};

/// Points whose gradients are added up before a step.
const BATCH: usize = 128;
/// What a candidate must weigh in the pool, or be wrong by, for its gradient to be worth its time.
const NEGLIGIBLE_SHARE: f32 = 2e-3;
const NEGLIGIBLE_ERROR: f32 = 2e-4;
const MOMENTUM: f32 = 0.9;
const VARIANCE: f32 = 0.999;
const WEIGHT_DECAY: f32 = 1e-4;

/// How to train.
#[derive(Clone, Debug)]
pub(crate) struct Recipe {
    pub(crate) first: usize,
    pub(crate) second: usize,
    pub(crate) epochs: usize,
    pub(crate) rate: f32,
    pub(crate) seed: u64,
}

/// Fresh weights.
pub(crate) fn start(recipe: &Recipe) -> Mixer {
    let layout = Layout::new(recipe.first, recipe.second);
    let mut random = Random::new(recipe.seed);
    let mut weights = vec![0.0; layout.len];
    let inputs = (POINT_FEATURES + CANDIDATE_FEATURES) as f32;
    fill(
        &mut weights[layout.point..layout.first_bias],
        (2.0 / inputs).sqrt(),
        &mut random,
    );
    fill(
        &mut weights[layout.second..layout.pool],
        (2.0 / recipe.first as f32).sqrt(),
        &mut random,
    );
    fill(
        &mut weights[layout.pool..layout.second_bias],
        (0.5 / recipe.first as f32).sqrt(),
        &mut random,
    );
    fill(
        &mut weights[layout.last..layout.last_bias],
        (1.0 / recipe.second as f32).sqrt(),
        &mut random,
    );
    Mixer {
        first: recipe.first,
        second: recipe.second,
        weights,
    }
}

/// About normal: the sum of four uniform numbers.
fn fill(weights: &mut [f32], deviation: f32, random: &mut Random) {
    for weight in weights {
        let sum: f32 = (0..4).map(|_| random.unit() - 0.5).sum();
        *weight = sum * deviation * 3.0f32.sqrt();
    }
}

/// Trains `mixer` on `samples`; `report` hears the mean loss of each epoch.
pub(crate) fn train(
    mixer: &mut Mixer,
    samples: &Samples,
    recipe: &Recipe,
    mut report: impl FnMut(usize, f64, &Mixer),
) {
    let mut random = Random::new(recipe.seed ^ 0x77);
    let mut order: Vec<usize> = (0..samples.len()).collect();
    let mut trainer = Trainer::new(mixer);
    let total = (recipe.epochs * samples.len().div_ceil(BATCH)).max(1);
    let mut step = 0;
    for epoch in 0..recipe.epochs {
        random.shuffle(&mut order);
        let mut loss = 0.0;
        for batch in order.chunks(BATCH) {
            for &index in batch {
                loss += f64::from(trainer.add(mixer, samples, index));
            }
            step += 1;
            let progress = step as f32 / total as f32;
            let warmth = (step as f32 / 200.0).min(1.0);
            let rate = recipe.rate * warmth * 0.5 * (1.0 + (std::f32::consts::PI * progress).cos());
            trainer.step(mixer, rate, batch.len());
        }
        if epoch + 1 == recipe.epochs {
            trainer.clear_unused(mixer);
        }
        report(epoch + 1, loss / samples.len().max(1) as f64, mixer);
    }
}

struct Trainer {
    layout: Layout,
    gradient: Vec<f32>,
    momentum: Vec<f32>,
    variance: Vec<f32>,
    steps: i32,
    features: Features,
    scratch: Scratch,
    scores: Vec<f32>,
    pool_errors: Vec<f32>,
    top_errors: Vec<f32>,
    back: Vec<f32>,
    back_shared: Vec<f32>,
}

impl Trainer {
    fn new(mixer: &Mixer) -> Trainer {
        let layout = Layout::new(mixer.first, mixer.second);
        let zeros = || vec![0.0; layout.len];
        Trainer {
            layout,
            gradient: zeros(),
            momentum: zeros(),
            variance: zeros(),
            steps: 0,
            features: Features::default(),
            scratch: Scratch::default(),
            scores: Vec::new(),
            pool_errors: Vec::new(),
            top_errors: Vec::new(),
            back: vec![0.0; mixer.first],
            back_shared: vec![0.0; mixer.first],
        }
    }

    /// Adds the gradient of one point; gives its loss.
    fn add(&mut self, mixer: &Mixer, samples: &Samples, index: usize) -> f32 {
        let label = samples.unpack(index, &mut self.features);
        let count = self.features.candidates.len() / CANDIDATE_FEATURES + 1;
        let last = &mixer.weights[self.layout.last..self.layout.last_bias];
        self.scores = mixer.scores(&self.features, last, &mut self.scratch);
        let loss = self.softmax(label);
        self.back_shared.fill(0.0);
        let sum = self.backward_top(mixer, count);
        self.backward_pool(mixer, &sum);
        let shares = pool_shares(&self.features);
        for candidate in 0..count {
            self.backward(
                mixer,
                candidate,
                count,
                shares.get(candidate).copied().unwrap_or(0.0),
            );
        }
        self.backward_shared(mixer);
        loss
    }

    /// Turns the scores into the gradient of the loss by each of them; gives the loss.
    fn softmax(&mut self, label: usize) -> f32 {
        let most = self.scores.iter().copied().fold(f32::MIN, f32::max);
        let mut sum = 0.0;
        for score in &mut self.scores {
            *score = (*score - most).exp();
            sum += *score;
        }
        self.scores.iter_mut().for_each(|score| *score /= sum);
        let loss = -self.scores[label].max(1e-9).ln();
        self.scores[label] -= 1.0;
        loss
    }

    /// From the scores down to the second layer; gives the sum of its errors, which the pool shares.
    fn backward_top(&mut self, mixer: &Mixer, count: usize) -> Vec<f32> {
        let (layout, upper) = (self.layout, mixer.second);
        self.top_errors.clear();
        self.top_errors.resize(count * upper, 0.0);
        let mut sum = vec![0.0; upper];
        for candidate in 0..count {
            let error = self.scores[candidate];
            let top = &self.scratch.top[candidate * upper..(candidate + 1) * upper];
            let errors = &mut self.top_errors[candidate * upper..(candidate + 1) * upper];
            self.gradient[layout.last_bias] += error;
            for unit in 0..upper {
                if top[unit] > 0.0 {
                    self.gradient[layout.last + unit] += error * top[unit];
                    errors[unit] = error * mixer.weights[layout.last + unit];
                }
            }
            add_scaled(1.0, errors, &mut sum);
        }
        add_scaled(
            1.0,
            &sum,
            &mut self.gradient[layout.second_bias..layout.last],
        );
        add_outer(
            &self.scratch.pooled,
            &sum,
            &mut self.gradient[layout.pool..layout.second_bias],
        );
        sum
    }

    /// The error that reaches the first layer through the pool, before it is shared out.
    fn backward_pool(&mut self, mixer: &Mixer, sum: &[f32]) {
        let rows =
            mixer.weights[self.layout.pool..self.layout.second_bias].chunks_exact(mixer.second);
        self.pool_errors.clear();
        self.pool_errors.extend(rows.map(|row| {
            row.iter()
                .zip(sum)
                .map(|(weight, error)| weight * error)
                .sum::<f32>()
        }));
    }

    fn backward(&mut self, mixer: &Mixer, candidate: usize, count: usize, share: f32) {
        let (layout, width, upper) = (self.layout, mixer.first, mixer.second);
        let hidden = &self.scratch.hidden[candidate * width..(candidate + 1) * width];
        let top_errors = &self.top_errors[candidate * upper..(candidate + 1) * upper];
        if share < NEGLIGIBLE_SHARE && self.scores[candidate].abs() < NEGLIGIBLE_ERROR {
            return;
        }
        let second = layout.second..layout.pool;
        let rows = mixer.weights[second.clone()]
            .chunks_exact(upper)
            .zip(self.gradient[second].chunks_exact_mut(upper));
        let units = self.back.iter_mut().zip(hidden).zip(&self.pool_errors);
        for (((back, &value), pooled), (row, gradient)) in units.zip(rows) {
            *back = 0.0;
            if value > 0.0 {
                let direct: f32 = row
                    .iter()
                    .zip(top_errors)
                    .map(|(weight, error)| weight * error)
                    .sum();
                *back = direct + share * pooled;
                add_scaled(value, top_errors, gradient);
            }
        }
        add_scaled(1.0, &self.back, &mut self.back_shared);
        if candidate + 1 == count {
            add_scaled(
                1.0,
                &self.back,
                &mut self.gradient[layout.none_bias..layout.second],
            );
        } else {
            let inputs = &self.features.candidates
                [candidate * CANDIDATE_FEATURES..(candidate + 1) * CANDIDATE_FEATURES];
            add_outer(
                inputs,
                &self.back,
                &mut self.gradient[layout.candidate..layout.first_bias],
            );
        }
    }

    fn backward_shared(&mut self, mixer: &Mixer) {
        let layout = self.layout;
        debug_assert_eq!(self.back_shared.len(), mixer.first);
        add_outer(
            &self.features.point,
            &self.back_shared,
            &mut self.gradient[layout.point..layout.candidate],
        );
        add_scaled(
            1.0,
            &self.back_shared,
            &mut self.gradient[layout.first_bias..layout.none_bias],
        );
    }

    /// Inputs that were zero in every sample have learned nothing; without this their random weights would speak one day.
    fn clear_unused(&self, mixer: &mut Mixer) {
        let inputs = self.layout.point..self.layout.first_bias;
        let rows = mixer.weights[inputs.clone()]
            .chunks_exact_mut(mixer.first)
            .zip(self.variance[inputs].chunks_exact(mixer.first));
        for (weights, _) in rows.filter(|(_, variance)| variance.iter().all(|&value| value == 0.0))
        {
            weights.fill(0.0);
        }
    }

    fn step(&mut self, mixer: &mut Mixer, rate: f32, count: usize) {
        self.steps += 1;
        let scale = 1.0 / count as f32;
        let (first, second) = (
            1.0 - MOMENTUM.powi(self.steps),
            1.0 - VARIANCE.powi(self.steps),
        );
        for (((weight, gradient), momentum), variance) in mixer
            .weights
            .iter_mut()
            .zip(&mut self.gradient)
            .zip(&mut self.momentum)
            .zip(&mut self.variance)
        {
            let slope = *gradient * scale;
            *gradient = 0.0;
            *momentum = MOMENTUM * *momentum + (1.0 - MOMENTUM) * slope;
            *variance = VARIANCE * *variance + (1.0 - VARIANCE) * slope * slope;
            *weight -= rate
                * ((*momentum / first) / ((*variance / second).sqrt() + 1e-8)
                    + WEIGHT_DECAY * *weight);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Candidates of which the one with the largest first feature is right, or none when all are small.
    fn samples(count: usize) -> Samples {
        let mut random = Random::new(5);
        let mut samples = Samples::default();
        for _ in 0..count {
            let candidates = 2 + random.below(5);
            let mut features = Features {
                point: vec![0.5; POINT_FEATURES],
                candidates: vec![0.0; candidates * CANDIDATE_FEATURES],
            };
            let mut best = (None, 0.3);
            for index in 0..candidates {
                let value = random.unit();
                features.candidates[index * CANDIDATE_FEATURES] = value;
                if value > best.1 {
                    best = (Some(index), value);
                }
            }
            samples.push(&features, best.0);
        }
        samples
    }

    #[test]
    fn gradients_are_those_of_the_loss() {
        let recipe = Recipe {
            first: 6,
            second: 4,
            epochs: 1,
            rate: 1e-3,
            seed: 3,
        };
        let mut random = Random::new(9);
        let mut samples = Samples::default();
        let mut number = || random.unit() - 0.3;
        let features = Features {
            point: (0..POINT_FEATURES).map(|_| number()).collect(),
            candidates: (0..4 * CANDIDATE_FEATURES).map(|_| number()).collect(),
        };
        samples.push(&features, Some(2));
        let mut mixer = start(&recipe);
        let mut trainer = Trainer::new(&mixer);
        trainer.add(&mixer, &samples, 0);
        let gradient = trainer.gradient.clone();
        for at in (0..mixer.weights.len()).step_by(7) {
            let step = 1e-2;
            let kept = mixer.weights[at];
            let mut loss = |value| {
                mixer.weights[at] = value;
                Trainer::new(&mixer).add(&mixer, &samples, 0)
            };
            let slope = (loss(kept + step) - loss(kept - step)) / (2.0 * step);
            mixer.weights[at] = kept;
            assert!(
                (slope - gradient[at]).abs() < 0.02 + 0.1 * slope.abs(),
                "weight {at}: {slope} {}",
                gradient[at]
            );
        }
    }

    #[test]
    fn it_learns_what_is_there_and_is_the_same_each_time() {
        let recipe = Recipe {
            first: 16,
            second: 8,
            epochs: 30,
            rate: 5e-3,
            seed: 1,
        };
        let (training, held_out) = (samples(3000), samples(500));
        let trained = || {
            let mut mixer = start(&recipe);
            train(&mut mixer, &training, &recipe, |_, _, _| {});
            mixer
        };
        let mixer = trained();
        let (loss, right) = crate::tune::samples::judge(&mixer, &held_out);
        assert!(right > 0.9 && loss < 0.4, "{right} {loss}");
        assert_eq!(mixer, trained());
    }
}
