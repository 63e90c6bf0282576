//! One source of settings, and the single settings in it.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::names::{self, Meaning};

/// How deep tables are looked into; no setting is that deep.
const MAX_DEPTH: usize = 8;

/// One source of settings.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// Where it comes from, for messages.
    pub origin: String,
    /// Its settings, nested or with dotted names.
    pub values: Value,
    /// Whether it is the user's own. A project's settings only tighten what the user's own layers decide.
    pub trusted: bool,
    /// Where single values stand, by their names as they are written there.
    pub(crate) places: BTreeMap<Vec<String>, String>,
    /// Environment variables that look like ours and are no settings.
    pub(crate) unknown_variables: Vec<String>,
}

impl Layer {
    /// Settings of the user.
    pub fn trusted(origin: impl Into<String>, values: Value) -> Self {
        Self {
            origin: origin.into(),
            values,
            trusted: true,
            places: BTreeMap::new(),
            unknown_variables: Vec::new(),
        }
    }

    /// Settings that came with a project.
    pub fn untrusted(origin: impl Into<String>, values: Value) -> Self {
        Self {
            trusted: false,
            ..Self::trusted(origin, values)
        }
    }

    /// What an editor sends: its own settings, or those of all its programs with ours among them.
    pub fn of_editor(origin: &str, values: Value) -> Self {
        match values {
            Value::Object(mut fields) if fields.contains_key("firesteel") => {
                let own = fields.remove("firesteel").unwrap_or_default();
                Self::trusted(origin, own)
            }
            values => Self::trusted(origin, values),
        }
    }

    /// Its settings one by one, old names first: where both an old and a new name are set, the new one counts.
    pub(crate) fn entries(&self) -> Vec<Entry> {
        let mut entries = Vec::new();
        self.walk(&self.values, &mut Vec::new(), &mut Vec::new(), &mut entries);
        entries.sort_by_key(|entry| !entry.is_old());
        entries
    }

    fn walk(
        &self,
        value: &Value,
        written: &mut Vec<String>,
        path: &mut Vec<String>,
        out: &mut Vec<Entry>,
    ) {
        let meaning = names::meaning(path);
        match (&meaning, value) {
            // Editors send null for what their user did not set.
            (_, Value::Null) => return,
            (Meaning::Section, Value::Object(fields)) => {
                return self.walk_fields(fields, written, path, out);
            }
            (Meaning::Unknown, Value::Object(fields))
                if !fields.is_empty() && path.len() < MAX_DEPTH =>
            {
                return self.walk_fields(fields, written, path, out);
            }
            _ => {}
        }
        if names::without_prefix(path) != ["$schema"] {
            let place = self.places.get(written).unwrap_or(&self.origin);
            out.push(Entry {
                name: path.clone(),
                meaning,
                value: value.clone(),
                place: place.clone(),
            });
        }
    }

    fn walk_fields(
        &self,
        fields: &serde_json::Map<String, Value>,
        written: &mut Vec<String>,
        path: &mut Vec<String>,
        out: &mut Vec<Entry>,
    ) {
        for (name, value) in fields {
            let before = path.len();
            // The name of a model may hold dots.
            match names::without_prefix(path) == ["models"] && value.is_object() {
                true => path.push(name.clone()),
                false => path.extend(names::split(name)),
            }
            written.push(name.clone());
            self.walk(value, written, path, out);
            written.pop();
            path.truncate(before);
        }
    }
}

/// One setting of a layer.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) name: Vec<String>,
    pub(crate) meaning: Meaning,
    pub(crate) value: Value,
    pub(crate) place: String,
}

impl Entry {
    fn is_old(&self) -> bool {
        match &self.meaning {
            Meaning::Setting { renamed, .. } => renamed.is_some(),
            Meaning::Review(_) | Meaning::Dropped(_) => true,
            Meaning::Section | Meaning::Unknown => false,
        }
    }

    /// Its name, as messages show it.
    pub(crate) fn shown(&self) -> String {
        names::shown(&names::without_prefix(&self.name).join("."))
    }
}
