//! Frames of the LSP base protocol off a byte stream: whatever a header claims, the next message is found.
//!
//! A message is JSON, in which no line break stands in a string. So a line that ends in `Content-Length: N`, wherever it
//! begins, is a header, and what was thought to be a message before it was none.

use memchr::{memchr, memchr_iter, memrchr};
use tokio::io::{AsyncBufRead, AsyncBufReadExt};

/// The longest message that is read; a longer one is passed over and answered with an error.
const MESSAGE_CAP: usize = 256 * 1024 * 1024;
/// Of a line only so many bytes at its end are kept, for a header may stand behind the rest of a message.
const LINE_CAP: usize = 8 * 1024;
/// The longest header; one that goes on has no end.
const HEADER_CAP: usize = 64 * 1024;
/// Lines of a header that are looked at in a message that is shorter than it claims.
const HEADER_LINES: usize = 4;
/// The name of the one header that counts.
const LENGTH: &[u8] = b"content-length:";

/// A frame, or what is none.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Frame {
    /// The bytes of a message.
    Message(Vec<u8>),
    /// Something is wrong with a header, and what. What belongs to it is passed over.
    Broken(&'static str),
}

/// Reads frames.
pub(crate) struct Frames<R> {
    io: R,
    /// The length of the next message, whose header was read already.
    length: Option<usize>,
    /// The beginning of the next line, which was read already.
    begun: Vec<u8>,
    /// Whether a header was broken, and none was found since: its rest is not told of once more.
    is_lost: bool,
}

impl<R: AsyncBufRead + Unpin> Frames<R> {
    pub(crate) fn new(io: R) -> Self {
        Self {
            io,
            length: None,
            begun: Vec::new(),
            is_lost: false,
        }
    }

    /// The next frame; none when the stream ends, also in the middle of one.
    pub(crate) async fn next(&mut self) -> Option<Frame> {
        let length = match self.length.take() {
            Some(length) => Ok(length),
            None => self.header().await?,
        };
        match length {
            Ok(length) => {
                self.is_lost = false;
                self.body(length).await
            }
            Err(why) => {
                self.is_lost = true;
                Some(Frame::Broken(why))
            }
        }
    }

    /// The length of the next message, or why its header tells none; lines that are no header are passed over.
    async fn header(&mut self) -> Option<Result<usize, &'static str>> {
        let (mut length, mut is_header, mut bytes) = (None, false, 0);
        loop {
            let (line, n_read) = self.line().await?;
            let line = line.trim_ascii();
            if line.is_empty() {
                match length {
                    Some(length) => return Some(Ok(length)),
                    None if is_header && !self.is_lost => {
                        return Some(Err("a header without Content-Length"));
                    }
                    None => (is_header, bytes) = (false, 0),
                }
                continue;
            }
            match content_length(line) {
                Some(Ok(found)) if length.is_some_and(|length| length != found) => {
                    return Some(Err("a header with two lengths"));
                }
                Some(Ok(found)) => length = Some(found),
                Some(Err(why)) => return Some(Err(why)),
                None => {}
            }
            is_header |= length.is_some() || is_field(line);
            bytes += n_read;
            if is_header && bytes > HEADER_CAP && !(self.is_lost && length.is_none()) {
                return Some(Err("a header without an end"));
            }
        }
    }

    /// The end of the next line, and how long the whole is; none where the stream ends before.
    async fn line(&mut self) -> Option<(Vec<u8>, usize)> {
        let mut line = std::mem::take(&mut self.begun);
        let mut length = line.len();
        loop {
            let chunk = self.io.fill_buf().await.ok()?;
            if chunk.is_empty() {
                return None;
            }
            let end = memchr(b'\n', chunk);
            let n_taken = end.map_or(chunk.len(), |end| end + 1);
            line.extend_from_slice(&chunk[..n_taken]);
            self.io.consume(n_taken);
            length += n_taken;
            let excess = line.len().saturating_sub(LINE_CAP);
            line.drain(..excess);
            if end.is_some() {
                return Some((line, length));
            }
        }
    }

    async fn body(&mut self, length: usize) -> Option<Frame> {
        // Read by growing, not by allocating what a header claims.
        let mut body = Vec::new();
        while body.len() < length {
            let chunk = self.io.fill_buf().await.ok()?;
            if chunk.is_empty() {
                return None;
            }
            let from = body.len();
            let n_taken = chunk.len().min(length - from);
            body.extend_from_slice(&chunk[..n_taken]);
            if let Some((end, next)) = header_within(&body, from) {
                self.io.consume(end - from);
                self.length = Some(next);
                return Some(Frame::Broken("a message shorter than its Content-Length"));
            }
            self.io.consume(n_taken);
        }
        self.give_back(&mut body);
        Some(Frame::Message(body))
    }

    /// What stands behind the end of a message that is a little shorter than it claims is the beginning of a header.
    fn give_back(&mut self, body: &mut Vec<u8>) {
        let Some(end) = memrchr(b'}', body) else {
            return;
        };
        let rest = body[end + 1..].trim_ascii_start();
        let n_same = rest.len().min(LENGTH.len());
        if !rest.is_empty() && rest[..n_same].eq_ignore_ascii_case(&LENGTH[..n_same]) {
            self.begun = rest.to_vec();
            body.truncate(end + 1);
        }
    }
}

/// Where a header ends in what should be one message, behind `from`, and the length that it tells.
fn header_within(body: &[u8], from: usize) -> Option<(usize, usize)> {
    memchr_iter(b'\n', &body[from..]).find_map(|at| {
        let end = from + at + 1;
        let line = |end: usize| {
            let start = memrchr(b'\n', &body[..end.checked_sub(1)?]).map_or(0, |at| at + 1);
            Some((
                start,
                body[start.max(end.saturating_sub(LINE_CAP))..end].trim_ascii(),
            ))
        };
        let (mut start, last) = line(end)?;
        if !last.is_empty() {
            return None;
        }
        for _ in 0..HEADER_LINES {
            let (above, text) = line(start)?;
            if let Some(Ok(length)) = content_length(text) {
                return Some((end, length));
            }
            start = above;
        }
        None
    })
}

/// The length that a line tells, also behind the rest of a message whose own length was too short; or why it is none.
fn content_length(line: &[u8]) -> Option<Result<usize, &'static str>> {
    let mut places = line.windows(LENGTH.len());
    let at = places.rposition(|part| part.eq_ignore_ascii_case(LENGTH))?;
    let value = line[at + LENGTH.len()..].trim_ascii();
    let is_number = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
    if !is_number {
        // In the middle of other text it is no header.
        let begins = at == 0 || line[at - 1] == b'}';
        return begins.then_some(Err("a Content-Length that is no length"));
    }
    let length = std::str::from_utf8(value).ok()?.parse::<usize>();
    match length {
        Ok(length) if length <= MESSAGE_CAP => Some(Ok(length)),
        _ => Some(Err("message too large")),
    }
}

/// Whether a line looks like one of a header.
fn is_field(line: &[u8]) -> bool {
    let name = memchr(b':', line).map(|at| &line[..at]);
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-';
    name.is_some_and(|name| !name.is_empty() && name.iter().all(is_name))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "{\"one\":1}";
    const TWO: &str = "{\"two\":2}";

    fn framed(body: &str) -> String {
        format!("Content-Length: {}\r\n\r\n{body}", body.len())
    }

    /// The frames, whatever the pieces in which the bytes come.
    async fn frames(bytes: &[u8]) -> Vec<String> {
        let mut all = Vec::new();
        for piece in [1, 2, 3, 7, 64, bytes.len().max(1)] {
            let io = tokio::io::BufReader::with_capacity(piece, bytes);
            let mut frames = Frames::new(io);
            let mut found = Vec::new();
            while let Some(frame) = frames.next().await {
                found.push(match frame {
                    Frame::Message(body) => String::from_utf8(body).unwrap(),
                    Frame::Broken(why) => format!("! {why}"),
                });
            }
            all.push(found);
        }
        assert!(all.windows(2).all(|pair| pair[0] == pair[1]), "{all:?}");
        all.pop().unwrap()
    }

    #[tokio::test]
    async fn an_absurd_length_is_told_and_the_next_message_found() {
        let length = "! a Content-Length that is no length";
        let large = "! message too large";
        let short = "! a message shorter than its Content-Length";
        for (header, told) in [
            ("Content-Length: -1", length),
            ("Content-Length: +9", length),
            ("Content-Length: 9.0", length),
            ("Content-Length: 0x9", length),
            ("Content-Length: nine", length),
            ("Content-Length:", length),
            ("content-length: 9 bytes", length),
            ("Content-Length: 268435457", large),
            ("Content-Length: 99999999999", large),
            ("Content-Length: 18446744073709551616", large),
            ("Content-Length: 999999999999999999999999999999", large),
            (
                "Content-Length: 9\r\nContent-Length: 8",
                "! a header with two lengths",
            ),
            (
                "Content-Type: application/json",
                "! a header without Content-Length",
            ),
            ("Content-Length: 200000000", short),
            ("Content-Length: 60", short),
            ("Content-Length: 9\r\nContent-Length: 9", ONE),
            ("CONTENT-LENGTH:9", ONE),
            ("Content-Type: x\r\nContent-Length: 9\r\nX-Other: y", ONE),
            // A little too long: the next header begins within.
            ("Content-Length: 10", ONE),
            ("Content-Length: 25", ONE),
        ] {
            let bytes = format!("{header}\r\n\r\n{ONE}{}{}", framed(TWO), framed(ONE));
            assert_eq!(frames(bytes.as_bytes()).await, [told, TWO, ONE], "{header}");
        }
    }

    #[tokio::test]
    async fn a_length_that_is_too_short_loses_its_own_message_only() {
        for length in 0..9 {
            let bytes = format!("Content-Length: {length}\r\n\r\n{ONE}{}", framed(TWO));
            let found = frames(bytes.as_bytes()).await;
            assert_eq!(found, [&ONE[..length], TWO], "{length}");
        }
    }

    #[tokio::test]
    async fn megabytes_of_anything_take_no_memory_and_hide_nothing() {
        let line = "x".repeat(3 << 20);
        let headers = "X-Other: y\r\n".repeat(1 << 18);
        for (noise, told) in [
            (line.clone(), None),
            (format!("{line}\r\n\r\n{{"), None),
            (headers.clone(), Some("! a header without an end")),
            (
                format!("Content-Length: 9\r\n{headers}"),
                Some("! a header without an end"),
            ),
            (
                format!("Content-Length: 999999999\r\n\r\n{line}"),
                Some("! message too large"),
            ),
        ] {
            let bytes = format!("{noise}\r\n\r\n{}", framed(TWO));
            let mut frames = Frames::new(bytes.as_bytes());
            if let Some(told) = told {
                assert_eq!(frames.next().await, Some(Frame::Broken(&told[2..])));
            }
            let message = frames.next().await;
            assert_eq!(message, Some(Frame::Message(TWO.into())));
            assert!(frames.begun.capacity() <= LINE_CAP);
        }
    }

    #[tokio::test]
    async fn text_about_headers_is_text() {
        let body = "{\"a\":\"Content-Length: 5\\r\\n\\r\\n{}\",\n\n\"b\":1}";
        let bytes = [framed(body), framed(TWO)].concat();
        assert_eq!(frames(bytes.as_bytes()).await, [body, TWO]);
    }

    #[tokio::test]
    async fn the_end_of_the_stream_ends_everything() {
        for cut in [
            "",
            "Content-Le",
            "Content-Length: 9\r\n",
            "Content-Length: 9\r\n\r\n{\"one",
        ] {
            assert!(frames(cut.as_bytes()).await.is_empty(), "{cut}");
        }
    }
}
