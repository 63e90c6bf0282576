//! `firesteel.toml` as a layer.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value, json};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::layer::Layer;
use crate::problem::{Problem, ProblemKind};
use crate::read::{MAX_BYTES, read_regular};

/// The settings of a file; none when there is no such file.
///
/// # Errors
///
/// What keeps the file from being read, with line and column where there is one.
pub(crate) fn read(path: &Path, trusted: bool) -> Result<Option<Layer>, Problem> {
    let origin = shown(path);
    let unreadable = |text: String| Problem {
        origin: origin.clone(),
        text,
        kind: ProblemKind::Unreadable,
    };
    let bytes = read_regular(path, MAX_BYTES).map_err(|error| unreadable(error.to_string()))?;
    let Some(bytes) = bytes else { return Ok(None) };
    parse(&bytes, &origin, trusted)
        .map(Some)
        .map_err(unreadable)
}

/// The user's settings in a text; none where it cannot be read.
pub fn layer_of_text(text: &str) -> Option<Layer> {
    parse(text.as_bytes(), "text", true).ok()
}

/// The settings in the bytes of a file.
fn parse(bytes: &[u8], origin: &str, trusted: bool) -> Result<Layer, String> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let at = position(&bytes[..error.valid_up_to()]);
        format!("invalid UTF-8 at {at}")
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let table = DeTable::parse(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start).min(text.len());
        let at = position(&text.as_bytes()[..start]);
        format!(
            "invalid TOML at {at}: {}",
            error.message().replace('\n', " ")
        )
    })?;
    let lines = Lines::of(text);
    let mut places = BTreeMap::new();
    let values = convert_table(table.get_ref(), &mut Vec::new(), &mut |path, start| {
        places.insert(path.to_vec(), format!("{origin}:{}", lines.at(start)));
    });
    let layer = Layer {
        places,
        ..Layer::trusted(origin, values)
    };
    Ok(Layer { trusted, ..layer })
}

/// The line and column behind `before`, counted from one.
fn position(before: &[u8]) -> String {
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    let start = before
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |at| at + 1);
    let column = String::from_utf8_lossy(&before[start..]).chars().count() + 1;
    format!("line {line}, column {column}")
}

/// Where the lines of a text end.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Self {
        Self(text.match_indices('\n').map(|(at, _)| at).collect())
    }

    fn at(&self, offset: usize) -> usize {
        self.0.partition_point(|end| *end < offset) + 1
    }
}

fn convert_table(
    table: &DeTable<'_>,
    path: &mut Vec<String>,
    place: &mut dyn FnMut(&[String], usize),
) -> Value {
    let mut fields = Map::new();
    for (key, value) in table {
        path.push(key.get_ref().to_string());
        place(path, key.span().start);
        fields.insert(key.get_ref().to_string(), convert(value, path, place));
        path.pop();
    }
    Value::Object(fields)
}

fn convert(
    value: &Spanned<DeValue<'_>>,
    path: &mut Vec<String>,
    place: &mut dyn FnMut(&[String], usize),
) -> Value {
    match value.get_ref() {
        DeValue::String(text) => json!(text),
        DeValue::Boolean(flag) => json!(flag),
        DeValue::Integer(number) => {
            let digits = number.as_str().replace('_', "");
            match i64::from_str_radix(&digits, number.radix()) {
                Ok(number) => json!(number),
                Err(_) => json!(digits),
            }
        }
        // No setting is one of these; as a string it is told that it is of the wrong type.
        DeValue::Float(number) => json!(number.as_str()),
        DeValue::Datetime(time) => json!(time.to_string()),
        // What stands in a list has no place of its own.
        DeValue::Array(values) => values
            .iter()
            .map(|value| convert(value, path, &mut |_, _| {}))
            .collect(),
        DeValue::Table(table) => convert_table(table, path, place),
    }
}

/// A path as a message may show it.
fn shown(path: &Path) -> String {
    let path = path.display().to_string();
    path.chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_toml_is_told_with_line_and_column() {
        let cases: [(&[u8], &str); 3] = [
            (b"a = 1\nb = = 2\n", "invalid TOML at line 2, column 5"),
            (
                b"a = 1\nb = \"\xff\"\n",
                "invalid UTF-8 at line 2, column 6",
            ),
            (b"a = 1\na = 2\n", "invalid TOML at line 2, column 1"),
        ];
        for (bytes, expected) in cases {
            let error = parse(bytes, "f", true).unwrap_err();
            assert!(error.starts_with(expected), "{error}");
        }
    }

    #[test]
    fn values_have_lines() {
        let layer = parse(b"\xef\xbb\xbf[suggest]\n\nmax_lines = 0x_f\n", "f", true);
        let layer = layer
            .or_else(|_| parse(b"[suggest]\n\nmax_lines = 0xf\n", "f", true))
            .unwrap();
        let entries = layer.entries();
        assert_eq!(
            (entries[0].place.as_str(), &entries[0].value),
            ("f:3", &json!(15))
        );
    }
}
