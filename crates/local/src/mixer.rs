//! The learned mixer: a small network that turns the evidence for each candidate into a probability, and knows when none of them fits.

use crate::predict::features::{CANDIDATE_FEATURES, Features, POINT_FEATURES};

const MAGIC: [u8; 4] = *b"fsmx";
/// Raised whenever the features change their meaning.
const VERSION: u32 = 1;
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
        let second_bias = second_at + first * second;
        let last = second_bias + second;
        let last_bias = last + second;
        Layout {
            point,
            candidate,
            first_bias,
            none_bias,
            second: second_at,
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
    hidden: Vec<f32>,
    upper: Vec<f32>,
}

impl Mixer {
    /// The weights that come with the engine.
    pub(crate) fn built_in() -> Option<Mixer> {
        None
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
    #[cfg(test)]
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
    pub(crate) fn mix(&self, features: &Features, scratch: &mut Scratch) -> Mixed {
        let layout = Layout::new(self.first, self.second);
        let count = features.candidates.len() / CANDIDATE_FEATURES;
        scratch.shared.clear();
        scratch
            .shared
            .extend_from_slice(&self.weights[layout.first_bias..layout.none_bias]);
        add_product(
            &features.point,
            &self.weights[layout.point..layout.candidate],
            &mut scratch.shared,
        );
        let mut scores: Vec<f32> = (0..count)
            .map(|index| {
                scratch.hidden.clone_from(&scratch.shared);
                add_product(
                    features.candidate(index),
                    &self.weights[layout.candidate..layout.first_bias],
                    &mut scratch.hidden,
                );
                self.score(&layout, &scratch.hidden, &mut scratch.upper)
            })
            .collect();
        scratch.hidden.clone_from(&scratch.shared);
        let none_bias = &self.weights[layout.none_bias..layout.second];
        scratch
            .hidden
            .iter_mut()
            .zip(none_bias)
            .for_each(|(value, bias)| *value += bias);
        scores.push(self.score(&layout, &scratch.hidden, &mut scratch.upper));
        softmax(&mut scores);
        let none = scores.pop().unwrap_or(1.0);
        Mixed {
            probabilities: scores,
            none,
        }
    }

    fn score(&self, layout: &Layout, hidden: &[f32], upper: &mut Vec<f32>) -> f32 {
        upper.clear();
        upper.extend_from_slice(&self.weights[layout.second_bias..layout.last]);
        let second = &self.weights[layout.second..layout.second_bias];
        for (&value, row) in hidden.iter().zip(second.chunks_exact(self.second)) {
            if value > 0.0 {
                upper
                    .iter_mut()
                    .zip(row)
                    .for_each(|(sum, weight)| *sum += value * weight);
            }
        }
        let last = &self.weights[layout.last..layout.last_bias];
        let score: f32 = upper
            .iter()
            .zip(last)
            .map(|(value, weight)| value.max(0.0) * weight)
            .sum();
        score + self.weights[layout.last_bias]
    }
}

/// Adds to `out` the product of a row of inputs, many of them zero, and a matrix with a row of weights for each input.
fn add_product(inputs: &[f32], weights: &[f32], out: &mut [f32]) {
    for (&input, row) in inputs.iter().zip(weights.chunks_exact(out.len())) {
        if input != 0.0 {
            out.iter_mut()
                .zip(row)
                .for_each(|(sum, weight)| *sum += input * weight);
        }
    }
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
        let mixed = mixer().mix(&features(5), &mut Scratch::default());
        assert_eq!(mixed.probabilities.len(), 5);
        assert!((mixed.probabilities.iter().sum::<f32>() + mixed.none - 1.0).abs() < 1e-5);
        assert_eq!(mixer().mix(&features(0), &mut Scratch::default()).none, 1.0);
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
