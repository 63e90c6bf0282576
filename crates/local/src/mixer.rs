//! The learned mixer: a small network that turns the evidence for each candidate into a probability, and knows when none of them fits.

use crate::{
    adapt::Adaptation,
    kernel::{add_product, add_products},
    predict::features::{CANDIDATE_FEATURES, Features, POINT_FEATURES},
};

/// Made by `firesteel tune`; `weights/README.md` says of what.
const BUILT_IN: &[u8] = include_bytes!("../weights/mixer.bin");
const MAGIC: [u8; 4] = *b"fsmx";
/// Raised whenever the features change their meaning.
const VERSION: u32 = 2;
/// Widest layer that a weights file may ask for.
const MAX_WIDTH: usize = 1024;

/// Why bytes are not weights.
#[derive(Debug, thiserror::Error)]
pub enum WeightsError {
    /// They are something else, or cut short.
    #[error("not a weights file")]
    Format,
    /// They were made for other features.
    #[error("weights of another version")]
    Version,
}

/// The weights: two hidden layers, shared by all candidates; the first is split so that the part of the point is worked out once.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Mixer {
    pub(crate) first: usize,
    pub(crate) second: usize,
    /// All numbers, in the order of [`Layout`].
    pub(crate) weights: Vec<f32>,
}

/// Where each layer lies in the weights.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout {
    pub(crate) point: usize,
    pub(crate) candidate: usize,
    pub(crate) first_bias: usize,
    pub(crate) none_bias: usize,
    pub(crate) second: usize,
    /// From what the likely candidates have in common to the second layer.
    pub(crate) pool: usize,
    pub(crate) second_bias: usize,
    pub(crate) last: usize,
    pub(crate) last_bias: usize,
    pub(crate) len: usize,
}

impl Layout {
    pub(crate) fn new(first: usize, second: usize) -> Layout {
        let point = 0;
        let candidate = point + POINT_FEATURES * first;
        let first_bias = candidate + CANDIDATE_FEATURES * first;
        let none_bias = first_bias + first;
        let second_at = none_bias + first;
        let pool = second_at + first * second;
        let second_bias = pool + first * second;
        let last = second_bias + second;
        let last_bias = last + second;
        Layout {
            point,
            candidate,
            first_bias,
            none_bias,
            second: second_at,
            pool,
            second_bias,
            last,
            last_bias,
            len: last_bias + 1,
        }
    }
}

/// What the mixer says: a probability for each candidate and for "none of these".
#[derive(Clone, Debug, Default)]
pub(crate) struct Mixed {
    pub(crate) probabilities: Vec<f32>,
    pub(crate) none: f32,
}

/// Room for the mixer's arithmetic, kept between calls.
#[derive(Default)]
pub(crate) struct Scratch {
    shared: Vec<f32>,
    /// The first layer of every candidate of the last call, one after the other.
    pub(crate) hidden: Vec<f32>,
    pub(crate) pooled: Vec<f32>,
    top_bias: Vec<f32>,
    /// The second layer, likewise.
    pub(crate) top: Vec<f32>,
}

impl Mixer {
    /// The weights that come with the engine.
    pub(crate) fn built_in() -> Option<Mixer> {
        Mixer::read(BUILT_IN).ok()
    }

    /// Reads a weights file.
    pub(crate) fn read(bytes: &[u8]) -> Result<Mixer, WeightsError> {
        let word = |index: usize| -> Option<u32> {
            Some(u32::from_le_bytes(
                bytes.get(index * 4..index * 4 + 4)?.try_into().ok()?,
            ))
        };
        if bytes.get(..4) != Some(&MAGIC) {
            return Err(WeightsError::Format);
        }
        let header = [1, 2, 3, 4, 5].map(word);
        let [
            Some(version),
            Some(point),
            Some(candidate),
            Some(first),
            Some(second),
        ] = header
        else {
            return Err(WeightsError::Format);
        };
        if (version, point as usize, candidate as usize)
            != (VERSION, POINT_FEATURES, CANDIDATE_FEATURES)
        {
            return Err(WeightsError::Version);
        }
        let (first, second) = (first as usize, second as usize);
        if first == 0 || second == 0 || first > MAX_WIDTH || second > MAX_WIDTH {
            return Err(WeightsError::Format);
        }
        let len = Layout::new(first, second).len;
        let body = bytes
            .get(24..)
            .filter(|body| body.len() == len * 4)
            .ok_or(WeightsError::Format)?;
        let weights: Vec<f32> = body
            .chunks_exact(4)
            .map(|word| f32::from_le_bytes([word[0], word[1], word[2], word[3]]))
            .collect();
        if weights.iter().any(|weight| !weight.is_finite()) {
            return Err(WeightsError::Format);
        }
        Ok(Mixer {
            first,
            second,
            weights,
        })
    }

    /// The bytes of a weights file.
    pub(crate) fn write(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        for word in [
            VERSION,
            POINT_FEATURES as u32,
            CANDIDATE_FEATURES as u32,
            self.first as u32,
            self.second as u32,
        ] {
            out.extend_from_slice(&word.to_le_bytes());
        }
        self.weights
            .iter()
            .for_each(|weight| out.extend_from_slice(&weight.to_le_bytes()));
        out
    }

    /// The probabilities of the candidates of one point.
    pub(crate) fn mix(
        &self,
        features: &Features,
        adaptation: Option<&Adaptation>,
        scratch: &mut Scratch,
    ) -> Mixed {
        let layout = Layout::new(self.first, self.second);
        let mut last = self.weights[layout.last..layout.last_bias].to_vec();
        if let Some(adaptation) = adaptation {
            last.iter_mut()
                .zip(&adaptation.last)
                .for_each(|(weight, more)| *weight += more);
        }
        let mut scores = self.scores(features, &last, scratch);
        if let (Some(none), Some(adaptation)) = (scores.last_mut(), adaptation) {
            *none += adaptation.none;
        }
        softmax(&mut scores);
        let none = scores.pop().unwrap_or(1.0);
        Mixed {
            probabilities: scores,
            none,
        }
    }

    /// Scores of all candidates by these weights of the last layer; the last is "none of these". What each layer comes to stays in `scratch`.
    pub(crate) fn scores(
        &self,
        features: &Features,
        last: &[f32],
        scratch: &mut Scratch,
    ) -> Vec<f32> {
        let layout = Layout::new(self.first, self.second);
        let count = features.candidates.len() / CANDIDATE_FEATURES + 1;
        self.first_layer(&layout, features, count, scratch);
        pool(features, self.first, &scratch.hidden, &mut scratch.pooled);
        scratch.top_bias.clear();
        scratch
            .top_bias
            .extend_from_slice(&self.weights[layout.second_bias..layout.last]);
        add_product(
            &scratch.pooled,
            &self.weights[layout.pool..layout.second_bias],
            &mut scratch.top_bias,
        );
        repeat(&scratch.top_bias, count, &mut scratch.top);
        add_products(
            &scratch.hidden,
            self.first,
            &self.weights[layout.second..layout.pool],
            &mut scratch.top,
        );
        rectify(&mut scratch.top);
        let rows = scratch.top.chunks_exact(self.second);
        rows.map(|top| {
            top.iter()
                .zip(last)
                .map(|(value, weight)| value * weight)
                .sum()
        })
        .collect()
    }

    /// The first hidden layer of every candidate, one after the other; the last is "none of these".
    fn first_layer(
        &self,
        layout: &Layout,
        features: &Features,
        count: usize,
        scratch: &mut Scratch,
    ) {
        scratch.shared.clear();
        scratch
            .shared
            .extend_from_slice(&self.weights[layout.first_bias..layout.none_bias]);
        add_product(
            &features.point,
            &self.weights[layout.point..layout.candidate],
            &mut scratch.shared,
        );
        repeat(&scratch.shared, count, &mut scratch.hidden);
        let (candidates, none) = scratch.hidden.split_at_mut((count - 1) * self.first);
        add_products(
            &features.candidates,
            CANDIDATE_FEATURES,
            &self.weights[layout.candidate..layout.first_bias],
            candidates,
        );
        none.iter_mut()
            .zip(&self.weights[layout.none_bias..layout.second])
            .for_each(|(value, bias)| *value += bias);
        rectify(&mut scratch.hidden);
    }
}

/// What the likely candidates have in common: the mean of their first layers, weighed by the blended estimate.
fn pool(features: &Features, width: usize, hidden: &[f32], out: &mut Vec<f32>) {
    out.clear();
    out.resize(width, 0.0);
    for (index, share) in pool_shares(features).into_iter().enumerate() {
        let row = &hidden[index * width..(index + 1) * width];
        out.iter_mut()
            .zip(row)
            .for_each(|(sum, value)| *sum += share * value);
    }
}

/// How much each candidate counts in the pool.
pub(crate) fn pool_shares(features: &Features) -> Vec<f32> {
    let count = features.candidates.len() / CANDIDATE_FEATURES;
    let mut shares: Vec<f32> = (0..count).map(|index| features.blended(index)).collect();
    let sum: f32 = shares.iter().sum();
    shares.iter_mut().for_each(|share| *share /= sum.max(1e-6));
    shares
}

fn repeat(row: &[f32], count: usize, out: &mut Vec<f32>) {
    out.clear();
    (0..count).for_each(|_| out.extend_from_slice(row));
}

fn rectify(values: &mut [f32]) {
    values.iter_mut().for_each(|value| *value = value.max(0.0));
}

fn softmax(scores: &mut [f32]) {
    let most = scores.iter().copied().fold(f32::MIN, f32::max);
    scores
        .iter_mut()
        .for_each(|score| *score = (*score - most).exp());
    let sum: f32 = scores.iter().sum();
    scores.iter_mut().for_each(|score| *score /= sum);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mixer() -> Mixer {
        let len = Layout::new(8, 4).len;
        let weights = (0..len)
            .map(|index| ((index * 7919 % 101) as f32 - 50.0) / 200.0)
            .collect();
        Mixer {
            first: 8,
            second: 4,
            weights,
        }
    }

    fn features(candidates: usize) -> Features {
        let number = |index: usize| ((index * 31 % 17) as f32 - 8.0) / 8.0;
        Features {
            point: (0..POINT_FEATURES).map(number).collect(),
            candidates: (0..candidates * CANDIDATE_FEATURES).map(number).collect(),
        }
    }

    #[test]
    fn probabilities_sum_to_one() {
        let mixed = mixer().mix(&features(5), None, &mut Scratch::default());
        assert_eq!(mixed.probabilities.len(), 5);
        assert!((mixed.probabilities.iter().sum::<f32>() + mixed.none - 1.0).abs() < 1e-5);
        assert_eq!(
            mixer()
                .mix(&features(0), None, &mut Scratch::default())
                .none,
            1.0
        );
    }

    #[test]
    fn the_built_in_weights_fit_the_features() {
        assert!(Mixer::built_in().is_some());
        assert!(BUILT_IN.len() < 200_000);
    }

    #[test]
    fn weights_survive_a_file() {
        let bytes = mixer().write();
        assert_eq!(Mixer::read(&bytes).expect("it was just written"), mixer());
        assert!(Mixer::read(&bytes[..bytes.len() - 1]).is_err());
        assert!(Mixer::read(b"").is_err());
        let mut other = bytes.clone();
        other[4] = 99;
        assert!(matches!(Mixer::read(&other), Err(WeightsError::Version)));
    }
}
