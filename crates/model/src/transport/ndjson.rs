//! Lines of JSON out of a stream of bytes that is cut anywhere.

/// Takes bytes, gives whole lines.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    bytes: Vec<u8>,
    /// Where the next line begins.
    at: usize,
}

impl Lines {
    /// Adds bytes; gives how many wait for their line's end.
    pub(crate) fn add(&mut self, bytes: &[u8]) -> usize {
        self.bytes.drain(..self.at);
        self.at = 0;
        self.bytes.extend_from_slice(bytes);
        self.bytes.len()
    }

    /// The next line that is whole and not empty.
    pub(crate) fn next(&mut self) -> Option<String> {
        loop {
            let rest = &self.bytes[self.at..];
            let end = rest.iter().position(|byte| *byte == b'\n')?;
            let line = String::from_utf8_lossy(&rest[..end]).trim().to_owned();
            self.at += end + 1;
            if !line.is_empty() {
                return Some(line);
            }
        }
    }

    /// What is left when nothing more comes.
    pub(crate) fn rest(&mut self) -> Option<String> {
        let rest = String::from_utf8_lossy(&self.bytes[self.at..])
            .trim()
            .to_owned();
        self.at = self.bytes.len();
        (!rest.is_empty()).then_some(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_whole_however_the_bytes_are_cut() {
        let stream = "{\"response\":\"é🦀\"}\r\n\n{\"done\":true}".as_bytes();
        for cut in 1..stream.len() {
            let mut lines = Lines::default();
            let mut found = Vec::new();
            for piece in stream.chunks(cut) {
                lines.add(piece);
                found.extend(std::iter::from_fn(|| lines.next()));
            }
            found.extend(lines.rest());
            assert_eq!(
                found,
                ["{\"response\":\"é🦀\"}", "{\"done\":true}"],
                "cut at {cut}"
            );
        }
    }
}
