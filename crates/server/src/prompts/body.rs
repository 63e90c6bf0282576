//! The body of a request as it was sent: its texts, and how much of a piece stands in them.

use firesteel_model::{Part, PartSource};
use serde_json::Value;

/// A text as long as this is shown by itself, in bytes; a shorter one in its place, unless it has several lines.
const LONG: usize = 80;
/// What breaks a token of a model's format that stands in the user's text.
const BREAK: char = '\u{200b}';

/// The body of a request.
pub(super) struct SentBody {
    json: Value,
    /// Its strings, each with where it stands.
    texts: Vec<(String, String)>,
}

impl SentBody {
    /// Reads a body; one that is no JSON is one text.
    pub(super) fn of(body: &str) -> Self {
        let json = match body {
            "" => Value::Null,
            body => serde_json::from_str(body).unwrap_or_else(|_| Value::String(body.to_owned())),
        };
        let mut texts = Vec::new();
        collect(&json, String::new(), &mut texts);
        Self { json, texts }
    }

    /// The size of its strings in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.texts.iter().map(|(_, text)| text.len()).sum()
    }

    /// As it was sent; null where it was not kept.
    pub(super) fn json(&self) -> &Value {
        &self.json
    }

    /// The body with its long texts replaced by where they stand, and these texts.
    pub(super) fn taken_apart(&self) -> (Value, Vec<&(String, String)>) {
        let texts = self.texts.iter().filter(|(_, text)| is_long(text));
        (outline(&self.json, String::new()), texts.collect())
    }

    /// How many bytes of a piece it has. What stands around a cursor is cut where it is far away; another piece is there or
    /// it is not.
    pub(super) fn has_of(&self, part: &Part) -> usize {
        let whole = |text: &str| match text.contains(BREAK) {
            true => text.replace(BREAK, ""),
            false => text.to_owned(),
        };
        let texts: Vec<String> = self.texts.iter().map(|(_, text)| whole(text)).collect();
        let text = whole(&part.text);
        let has = |piece: &str| texts.iter().any(|text| text.contains(piece));
        if has(&text) {
            return text.len();
        }
        // The shorter a part of a text is, the sooner it is found, so a half leads to the longest that is.
        let bounds: Vec<usize> = text.char_indices().map(|(at, _)| at).skip(1).collect();
        match part.from {
            PartSource::BeforeCursor => {
                let cut = bounds.partition_point(|at| !has(&text[*at..]));
                bounds.get(cut).map_or(0, |at| text.len() - at)
            }
            PartSource::AfterCursor => {
                let kept = bounds.partition_point(|at| has(&text[..*at]));
                kept.checked_sub(1).map_or(0, |last| bounds[last])
            }
            _ => 0,
        }
    }
}

fn is_long(text: &str) -> bool {
    text.len() > LONG || text.trim_end().contains('\n')
}

fn collect(value: &Value, place: String, texts: &mut Vec<(String, String)>) {
    match value {
        Value::String(text) => texts.push((place, text.clone())),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                collect(item, format!("{place}[{index}]"), texts);
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                collect(field, inner(&place, name), texts);
            }
        }
        _ => {}
    }
}

fn outline(value: &Value, place: String) -> Value {
    match value {
        Value::String(text) if is_long(text) => format!("(below: {place})").into(),
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items
                .map(|(index, item)| outline(item, format!("{place}[{index}]")))
                .collect()
        }
        Value::Object(fields) => {
            let fields = fields.iter();
            fields
                .map(|(name, field)| (name.clone(), outline(field, inner(&place, name))))
                .collect()
        }
        value => value.clone(),
    }
}

fn inner(place: &str, name: &str) -> String {
    match place {
        "" => name.to_owned(),
        place => format!("{place}.{name}"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn part(from: PartSource, text: &str) -> Part {
        Part {
            from,
            path: None,
            lines: None,
            text: text.to_owned(),
            replaced: Vec::new(),
        }
    }

    #[test]
    fn what_was_cut_off_a_piece_does_not_count() {
        let body = json!({
            "input_prefix": "fn near() {\n    <\u{200b}|fim|>",
            "input_suffix": "}\n",
            "input_extra": [{"text": "struct Pool;"}],
        });
        let body = SentBody::of(&body.to_string());
        let before = part(
            PartSource::BeforeCursor,
            "fn far() {}\nfn near() {\n    <|fim|>",
        );
        assert_eq!(body.has_of(&before), "fn near() {\n    <|fim|>".len());
        assert_eq!(
            body.has_of(&part(PartSource::AfterCursor, "}\nfn far() {}\n")),
            2
        );
        assert_eq!(
            body.has_of(&part(PartSource::SameWords, "struct Pool;")),
            12
        );
        assert_eq!(
            body.has_of(&part(PartSource::SameWords, "struct Pool {")),
            0
        );
        let (outline, texts) = body.taken_apart();
        assert_eq!(outline["input_prefix"], "(below: input_prefix)");
        assert_eq!(outline["input_extra"][0]["text"], "struct Pool;");
        assert_eq!(texts.len(), 1);
    }
}
