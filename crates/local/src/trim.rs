//! What of a prediction may be shown: nothing that the text after the cursor says already, and nothing that leaves a line broken.

/// One predicted word with the white space before it and how sure everything up to it is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Piece {
    pub(crate) space: String,
    pub(crate) text: String,
    /// The probability that this word and all before it are right.
    pub(crate) confidence: f32,
    pub(crate) is_value: bool,
}

/// What stands around the hole on its line.
pub(crate) struct Around<'a> {
    /// Words before the cursor on this line, without the unfinished one.
    pub(crate) line: &'a [&'a str],
    /// Words after the cursor on this line.
    pub(crate) rest: &'a [&'a str],
    /// The bytes that close the brackets that are open at the cursor, innermost last.
    pub(crate) open: &'a [u8],
}

/// How many pieces may be shown. `ended` says that the prediction reached the end of the line.
pub(crate) fn keep(pieces: &[Piece], around: &Around<'_>, ended: bool) -> usize {
    let fresh = before_rest(pieces, around.rest);
    let ended = ended && fresh == pieces.len() && around.rest.is_empty();
    let (balanced, depths) = balance(&pieces[..fresh], around.open);
    if ended && balanced == fresh && quotes_close(around.line, pieces) {
        return fresh;
    }
    let meets_rest = fresh < pieces.len() && !around.rest.is_empty();
    (1..=balanced)
        .rev()
        .find(|&count| {
            let last = &pieces[count - 1];
            let finished = last.is_value || (meets_rest && count == fresh);
            depths[count - 1] == 0 && finished && quotes_close(around.line, &pieces[..count])
        })
        .unwrap_or(0)
}

/// How many pieces stand before the point where the prediction goes on with what follows the cursor anyway.
fn before_rest(pieces: &[Piece], rest: &[&str]) -> usize {
    let Some(first) = rest.first() else {
        return pieces.len();
    };
    let mut depth = 0i32;
    for (at, piece) in pieces.iter().enumerate() {
        let meets = depth == 0
            && piece.text == *first
            && pieces[at..]
                .iter()
                .zip(rest)
                .all(|(piece, word)| piece.text == *word);
        if meets {
            return at;
        }
        match piece.text.as_str() {
            "(" | "[" | "{" | "#[" | "${" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
    }
    pieces.len()
}

/// How many pieces come before a closing bracket that closes nothing, and how many brackets each leaves open.
fn balance(pieces: &[Piece], outer: &[u8]) -> (usize, Vec<usize>) {
    let mut inner = Vec::new();
    let mut outer = outer.to_vec();
    let mut depths = Vec::with_capacity(pieces.len());
    for (index, piece) in pieces.iter().enumerate() {
        match piece.text.as_str() {
            "(" => inner.push(b')'),
            "[" | "#[" => inner.push(b']'),
            "{" | "${" => inner.push(b'}'),
            closer @ (")" | "]" | "}") => {
                let expected = inner.pop().or_else(|| outer.pop());
                if expected != closer.bytes().next() {
                    return (index, depths);
                }
            }
            _ => {}
        }
        depths.push(inner.len());
    }
    (pieces.len(), depths)
}

fn quotes_close(line: &[&str], pieces: &[Piece]) -> bool {
    let even = |quote: &str| {
        let before = line.iter().filter(|word| **word == quote).count();
        let added = pieces.iter().filter(|piece| piece.text == quote).count();
        // An open string may stay open, but what is added must not open another.
        added % 2 == 0 || before % 2 == 1
    };
    even("\"") && even("`")
}

/// Whether a word may stand last in a line that is cut there.
pub(crate) fn is_value(text: &str, is_word: bool, is_keyword: bool) -> bool {
    const VALUES: [&str; 16] = [
        "self",
        "Self",
        "this",
        "super",
        "None",
        "True",
        "False",
        "true",
        "false",
        "null",
        "nil",
        "undefined",
        "break",
        "continue",
        "pass",
        "return",
    ];
    match text {
        ")" | "]" | "}" | ";" | "?" | "\"" | "'" | "`" | "\"\"\"" | "++" | "--" => true,
        _ if is_keyword => VALUES.contains(&text),
        _ => is_word,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(pieces: &str, rest: &str, open: &str, ended: bool) -> String {
        let split = |text: &str| {
            text.split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        let word = |text: &str| {
            text.starts_with(|character: char| character.is_alphanumeric() || character == '_')
        };
        let pieces: Vec<Piece> = split(pieces)
            .into_iter()
            .map(|text| Piece {
                space: String::new(),
                confidence: 1.0,
                is_value: is_value(&text, word(&text), text == "in"),
                text,
            })
            .collect();
        let rest = split(rest);
        let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
        let count = keep(
            &pieces,
            &Around {
                line: &[],
                rest: &rest,
                open: open.as_bytes(),
            },
            ended,
        );
        pieces[..count]
            .iter()
            .map(|piece| piece.text.as_str())
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn a_finished_line_is_kept_whole() {
        assert_eq!(kept("for x in y {", "", "", true), "for x in y {");
        assert_eq!(kept("foo ( a , b ) ;", "", "", true), "foo ( a , b ) ;");
    }

    #[test]
    fn an_unfinished_one_is_cut_at_a_value() {
        assert_eq!(kept("foo ( a , b", "", "", false), "foo");
        assert_eq!(kept("a . b + c . d (", "", "", false), "a . b + c . d");
        assert_eq!(kept("x in", "", "", false), "x");
        assert_eq!(kept("( a", "", "", false), "");
    }

    #[test]
    fn what_follows_the_cursor_is_not_repeated() {
        assert_eq!(kept("a , b )", ")", ")", true), "a , b");
        assert_eq!(kept("a , b ) ;", ") ;", ")", true), "a , b");
        assert_eq!(kept("b ) ; c", ") ;", ")", false), "b");
        assert_eq!(kept("foo ( x ) )", ")", ")", true), "foo ( x )");
    }

    #[test]
    fn a_bracket_that_closes_nothing_ends_it() {
        assert_eq!(kept("a ) ;", "", "", true), "a");
        assert_eq!(kept("a ] ;", "", ")", true), "a");
        assert_eq!(kept("a ) ;", "", ")", true), "a ) ;");
    }

    #[test]
    fn strings_are_closed() {
        assert_eq!(kept("x + \" abc", "", "", false), "x");
        assert_eq!(kept("\" abc \" ;", "", "", true), "\" abc \" ;");
    }
}
