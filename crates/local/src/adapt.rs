//! Learns a little from what this user types and takes: small steps of the mixer's last layer, bounded, kept for each workspace, and easily forgotten.

use std::path::Path;

use crate::{index::cache::write_private, vocabulary::TokenId};

/// Size of a step.
const RATE: f32 = 0.0003;
/// How far a weight may move from where training left it.
const BOUND: f32 = 0.1;
/// Steps between two writes to disk.
const WRITE_EVERY: u64 = 256;
const MAGIC: [u8; 4] = *b"fsad";

/// What has been added to the last layer.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Adaptation {
    pub(crate) last: Vec<f32>,
    /// How much likelier "none of these" has become.
    pub(crate) none: f32,
    steps: u64,
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
            steps: 0,
        }
    }

    /// Takes one step towards the truth; gives whether it is time to write.
    pub(crate) fn learn(&mut self, pending: &Pending, truth: TokenId) -> bool {
        let width = self.last.len();
        let count = pending.probabilities.len();
        if width == 0 || pending.top.len() != count * width || pending.candidates.len() + 1 != count
        {
            return false;
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
        self.steps += 1;
        self.steps.is_multiple_of(WRITE_EVERY)
    }

    /// Whether there is anything to keep.
    pub(crate) fn has_learned(&self) -> bool {
        self.steps > 0
    }

    /// What an earlier run has learned, if it fits these weights.
    pub(crate) fn read(path: &Path, width: usize, weights: u64) -> Option<Adaptation> {
        let bytes = std::fs::read(path).ok()?;
        let body = bytes
            .strip_prefix(&MAGIC)?
            .strip_prefix(&weights.to_le_bytes())?;
        let mut numbers = body
            .chunks_exact(4)
            .map(|word| f32::from_le_bytes([word[0], word[1], word[2], word[3]]));
        let none = numbers.next()?;
        let last: Vec<f32> = numbers.collect();
        let sound = last.len() == width
            && last
                .iter()
                .chain([&none])
                .all(|weight| weight.is_finite() && weight.abs() <= BOUND);
        sound.then_some(Adaptation {
            last,
            none,
            steps: 0,
        })
    }

    /// Keeps what was learned for the next run; `weights` says on top of which weights.
    pub(crate) fn write(&self, path: &Path, weights: u64) -> std::io::Result<()> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend_from_slice(&weights.to_le_bytes());
        [&self.none]
            .into_iter()
            .chain(&self.last)
            .for_each(|weight| bytes.extend_from_slice(&weight.to_le_bytes()));
        let part = path.with_extension(format!("{}.part", std::process::id()));
        write_private(&part, path, &bytes)
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

    #[test]
    fn it_survives_a_file_and_fits_only_its_weights() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.adapt");
        let mut adaptation = Adaptation::new(2);
        adaptation.learn(&pending(), 99);
        assert!(adaptation.none > 0.0);
        adaptation.write(&path, 7).expect("written");
        let again = Adaptation::read(&path, 2, 7).expect("it was just written");
        assert_eq!((again.last, again.none), (adaptation.last, adaptation.none));
        assert!(Adaptation::read(&path, 2, 8).is_none());
        assert!(Adaptation::read(&path, 3, 7).is_none());
        std::fs::write(&path, "nonsense").expect("written");
        assert!(Adaptation::read(&path, 2, 7).is_none());
    }
}
