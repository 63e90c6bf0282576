//! Learns a little from what is typed and taken: small, bounded steps of the mixer's last layer. Only `eval` does, to measure it.

use crate::vocabulary::TokenId;

/// Size of a step.
const RATE: f32 = 0.0003;
/// How far a weight may move from where training left it.
const BOUND: f32 = 0.1;

/// What has been added to the last layer.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Adaptation {
    pub(crate) last: Vec<f32>,
    /// How much likelier "none of these" has become.
    pub(crate) none: f32,
}

/// A prediction whose truth is not known yet.
#[derive(Clone, Debug)]
pub(crate) struct Pending {
    pub(crate) document: String,
    pub(crate) line: usize,
    /// The words of the line that were there.
    pub(crate) words: Vec<TokenId>,
    pub(crate) candidates: Vec<TokenId>,
    /// The probability of each candidate and, last, of "none of these".
    pub(crate) probabilities: Vec<f32>,
    /// The second layer of each of them, one after the other.
    pub(crate) top: Vec<f32>,
}

impl Adaptation {
    pub(crate) fn new(width: usize) -> Adaptation {
        Adaptation {
            last: vec![0.0; width],
            none: 0.0,
        }
    }

    /// Takes one step towards the truth.
    pub(crate) fn learn(&mut self, pending: &Pending, truth: TokenId) {
        let width = self.last.len();
        let count = pending.probabilities.len();
        if width == 0 || pending.top.len() != count * width || pending.candidates.len() + 1 != count
        {
            return;
        }
        let label = pending
            .candidates
            .iter()
            .position(|&token| token == truth)
            .unwrap_or(count - 1);
        for (index, top) in pending.top.chunks_exact(width).enumerate() {
            let error = pending.probabilities[index] - f32::from(u8::from(index == label));
            self.last
                .iter_mut()
                .zip(top)
                .for_each(|(weight, value)| *weight = bounded(*weight - RATE * error * value));
        }
        let error = pending.probabilities[count - 1] - f32::from(u8::from(label == count - 1));
        self.none = bounded(self.none - RATE * error);
    }
}

fn bounded(weight: f32) -> f32 {
    weight.clamp(-BOUND, BOUND)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pending() -> Pending {
        Pending {
            document: "a".into(),
            line: 0,
            words: Vec::new(),
            candidates: vec![10, 11],
            probabilities: vec![0.6, 0.3, 0.1],
            top: vec![1.0, 0.0, 0.0, 1.0, 0.5, 0.5],
        }
    }

    #[test]
    fn the_truth_becomes_likelier_within_bounds() {
        let mut adaptation = Adaptation::new(2);
        for _ in 0..10_000 {
            adaptation.learn(&pending(), 11);
        }
        assert!(adaptation.last[0] < 0.0 && adaptation.last[1] > 0.0);
        assert!(adaptation.last.iter().all(|weight| weight.abs() <= BOUND));
    }
}
