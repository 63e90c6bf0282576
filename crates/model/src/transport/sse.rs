//! Server-sent events out of a stream of bytes that is cut anywhere.

/// Takes bytes, gives the data of whole events.
#[derive(Debug, Default)]
pub(crate) struct Events {
    bytes: Vec<u8>,
    /// Where the next line begins.
    at: usize,
    data: String,
}

impl Events {
    /// Adds bytes; gives how many wait for their event's end.
    pub(crate) fn add(&mut self, bytes: &[u8]) -> usize {
        self.bytes.drain(..self.at);
        self.at = 0;
        self.bytes.extend_from_slice(bytes);
        self.bytes.len() + self.data.len()
    }

    /// The event at the end of the stream whose last empty line is missing.
    pub(crate) fn rest(&mut self) -> Option<String> {
        self.bytes.extend_from_slice(b"\n\n");
        self.next()
    }

    /// The data of the next event that is whole, if it has any.
    pub(crate) fn next(&mut self) -> Option<String> {
        loop {
            let rest = &self.bytes[self.at..];
            let end = rest.iter().position(|byte| *byte == b'\n')?;
            let line =
                String::from_utf8_lossy(rest[..end].strip_suffix(b"\r").unwrap_or(&rest[..end]));
            self.at += end + 1;
            if line.is_empty() && !self.data.is_empty() {
                return Some(std::mem::take(&mut self.data));
            }
            // Names, comments and retry hints say nothing that the data does not.
            let Some(data) = line.strip_prefix("data:") else {
                continue;
            };
            if !self.data.is_empty() {
                self.data.push('\n');
            }
            self.data.push_str(data.strip_prefix(' ').unwrap_or(data));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_come_whole_however_the_bytes_are_cut() {
        let stream =
            "event: a\r\ndata: {\"x\":\r\ndata: \"é\"}\r\n\r\n: comment\n\ndata:[DONE]\n\n"
                .as_bytes();
        for cut in 1..stream.len() {
            let mut events = Events::default();
            let mut found = Vec::new();
            for piece in stream.chunks(cut) {
                events.add(piece);
                found.extend(std::iter::from_fn(|| events.next()));
            }
            assert_eq!(found, ["{\"x\":\n\"é\"}", "[DONE]"], "cut at {cut}");
        }
    }
}
