//! What a file's bytes say, in the encodings that people still have: UTF-8, UTF-16 and Latin-1.

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// How much of a file tells its encoding.
const HEAD: usize = 4096;
/// A text in Latin-1 has at most this share of letters beyond ASCII; another encoding has more.
const MAX_BEYOND_ASCII: usize = 30;

/// The text without a byte order mark; none where the bytes are no text, or of an encoding that nothing tells.
pub(crate) fn decode(bytes: Vec<u8>) -> Option<String> {
    if let Some((encoding, mark)) = Encoding::for_bom(&bytes) {
        return decode_as(encoding, &bytes[mark..]).filter(|text| !text.is_empty());
    }
    let bytes = match String::from_utf8(bytes) {
        Ok(text) if !text.contains('\0') => return Some(text),
        Ok(text) => text.into_bytes(),
        Err(error) => error.into_bytes(),
    };
    decode_as(guess(&bytes)?, &bytes)
}

fn decode_as(encoding: &'static Encoding, bytes: &[u8]) -> Option<String> {
    let text = encoding.decode_without_bom_handling_and_without_replacement(bytes)?;
    (!text.contains('\0')).then(|| text.into_owned())
}

/// The encoding of bytes that are no UTF-8 and have no mark.
fn guess(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = &bytes[..bytes.len().min(HEAD)];
    let zeros = |from: usize| {
        head.iter()
            .skip(from)
            .step_by(2)
            .filter(|byte| **byte == 0)
            .count()
    };
    let (even, odd) = (zeros(0), zeros(1));
    if even + odd > 0 {
        let most = head.len() / 2 * 9 / 10;
        return match (even, odd) {
            _ if bytes.len() % 2 == 1 || most == 0 => None,
            (0, odd) if odd >= most => Some(UTF_16LE),
            (even, 0) if even >= most => Some(UTF_16BE),
            _ => None,
        };
    }
    let is_control = |byte: &&u8| **byte < b' ' && !b"\t\n\r\x0c\x1b".contains(byte);
    let beyond = head.iter().filter(|byte| !byte.is_ascii()).count();
    let is_latin =
        head.iter().find(is_control).is_none() && beyond * 100 <= head.len() * MAX_BEYOND_ASCII;
    is_latin.then_some(WINDOWS_1252)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_decoded_and_other_bytes_are_not() {
        let little =
            |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
        let big =
            |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_be_bytes).collect() };
        let text = "let \u{e4} = \"\u{fc}\";\n";
        for bytes in [
            text.as_bytes().to_vec(),
            format!("\u{feff}{text}").into_bytes(),
            little(&format!("\u{feff}{text}")),
            big(&format!("\u{feff}{text}")),
            little(text),
            big(text),
            text.chars().map(|c| c as u8).collect(),
        ] {
            assert_eq!(decode(bytes.clone()).as_deref(), Some(text), "{bytes:x?}");
        }
        assert_eq!(decode(Vec::new()).as_deref(), Some(""));
        let shift_jis = "\u{3042}\u{3044}\u{3046}".repeat(20);
        for bytes in [
            b"\xff\xfe".to_vec(),
            b"\xff\xfea".to_vec(),
            b"PK\x03\x04\0\0".to_vec(),
            b"let \0 = 1\n".to_vec(),
            b"\x89PNG\r\n\x1a\n".to_vec(),
            encoding_rs::SHIFT_JIS.encode(&shift_jis).0.into_owned(),
        ] {
            assert_eq!(decode(bytes.clone()), None, "{bytes:x?}");
        }
    }
}
