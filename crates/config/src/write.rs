//! A model added to the text of the user's file: whatever is there already stays, comments and all.

use toml_edit::{Array, DocumentMut, Item, Table, TableLike, value};

use crate::model::{EMBEDDED, Model, Role, SHORT_FORM};
use crate::settings::Config;

/// What a new file begins with.
const HEAD: &str = "# Settings of Firesteel; docs/configuration.md has all of them.\n\n";

/// A model as `setup` has found it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewModel {
    /// The preset.
    pub preset: String,
    /// Where it is, where that is not the preset's own address.
    pub url: Option<String>,
    /// Its name, where the server is not simply asked for what it has.
    pub name: Option<String>,
    /// Whether it only completes, and holds no conversations.
    pub only_completes: bool,
}

/// What becomes of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Added {
    /// The model is there already, and is the first to complete.
    Already,
    /// A new text.
    Changed {
        /// The whole of it.
        text: String,
        /// What was added, alone.
        added: String,
        /// What the user has that is now asked second for completions.
        behind: Vec<String>,
    },
}

/// Why a text cannot be added to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// It is no TOML.
    #[error("it cannot be read as TOML: {0}")]
    NotToml(String),
    /// Something stands where a table has to be.
    #[error("`{0}` is no table there")]
    NotTable(String),
}

/// Adds a model to the text of a file that means `own`. No model that is there is touched: the new one is asked first for
/// completions, and the others after it.
///
/// # Errors
/// When the text cannot be added to; then nothing is changed.
pub fn add_model(text: &str, own: &Config, new: &NewModel) -> Result<Added, WriteError> {
    let plan = Plan::of(own, new);
    if plan == Plan::Nothing {
        return Ok(Added::Already);
    }
    let head = if text.trim().is_empty() { HEAD } else { "" };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut document: DocumentMut = text
        .parse()
        .map_err(|error: toml_edit::TomlError| WriteError::NotToml(first_line(&error)))?;
    let is_bare = document.as_table().is_empty();
    plan.carry_out(document.as_table_mut(), new)?;
    let mut alone = DocumentMut::new();
    plan.carry_out(alone.as_table_mut(), new)?;
    // Comments alone belong to no setting, and would end up below the new ones.
    let text = match is_bare && !text.trim().is_empty() {
        true => format!("{}\n\n{alone}", text.trim_end()),
        false => format!("{head}{document}"),
    };
    Ok(Added::Changed {
        text,
        added: alone.to_string(),
        behind: plan.behind(),
    })
}

/// What has to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Plan {
    Nothing,
    /// The first model of all goes into `[model]`.
    Short,
    /// Another gets a table of its own, and `roles.complete` names it before what it named.
    Named {
        name: String,
        is_there: bool,
        behind: Vec<String>,
    },
}

impl Plan {
    fn of(own: &Config, new: &NewModel) -> Self {
        let completes: Vec<String> = own
            .player_names(Role::Complete)
            .into_iter()
            .filter(|name| *name != EMBEDDED)
            .map(str::to_owned)
            .collect();
        let all = own
            .models
            .iter()
            .map(|(name, model)| (name.as_str(), model));
        let mut all = all.chain([(SHORT_FORM, &own.model)]);
        let is_new = !all.clone().any(|(_, model)| *model != Model::default());
        let same = all.find(|(_, model)| is_same(model, new));
        if let Some((name, _)) = same {
            return match completes.first().is_some_and(|first| first == name) {
                true => Plan::Nothing,
                false => Plan::Named {
                    name: name.to_owned(),
                    is_there: true,
                    behind: completes
                        .into_iter()
                        .filter(|other| other != name)
                        .collect(),
                },
            };
        }
        if is_new && completes.is_empty() && !new.only_completes {
            return Plan::Short;
        }
        Plan::Named {
            name: free_name(own, new),
            is_there: false,
            behind: completes,
        }
    }

    fn behind(&self) -> Vec<String> {
        match self {
            Plan::Named { behind, .. } => behind.clone(),
            Plan::Nothing | Plan::Short => Vec::new(),
        }
    }

    fn carry_out(&self, root: &mut Table, new: &NewModel) -> Result<(), WriteError> {
        match self {
            Plan::Nothing => Ok(()),
            Plan::Short => describe(table(root, SHORT_FORM, false)?, new),
            Plan::Named {
                name,
                is_there,
                behind,
            } => {
                if !is_there {
                    let models = table(root, "models", true)?;
                    let own = models
                        .entry(name)
                        .or_insert_with(|| Item::Table(Table::new()));
                    let own = own.as_table_like_mut();
                    describe(own.ok_or_else(|| not_table(name))?, new)?;
                }
                let names: Array = std::iter::once(name).chain(behind).collect();
                table(root, "roles", false)?.insert("complete", value(names));
                Ok(())
            }
        }
    }
}

/// The table of that name, made where it is not there; `implicit` for one that only holds tables.
fn table<'a>(
    root: &'a mut Table,
    name: &str,
    implicit: bool,
) -> Result<&'a mut dyn TableLike, WriteError> {
    let entry = root.entry(name).or_insert_with(|| {
        let mut table = Table::new();
        table.set_implicit(implicit);
        Item::Table(table)
    });
    entry.as_table_like_mut().ok_or_else(|| not_table(name))
}

fn not_table(name: &str) -> WriteError {
    WriteError::NotTable(name.to_owned())
}

fn describe(table: &mut dyn TableLike, new: &NewModel) -> Result<(), WriteError> {
    table.insert("preset", value(&new.preset));
    for (field, own) in [("url", &new.url), ("name", &new.name)] {
        if let Some(own) = own {
            table.insert(field, value(own));
        }
    }
    Ok(())
}

fn is_same(model: &Model, new: &NewModel) -> bool {
    let url = model
        .url
        .as_ref()
        .map(|url| url.as_str().trim_end_matches('/'));
    let name = model.name.as_ref().map(|name| name.as_str());
    let preset = model.preset.as_ref().map(|preset| preset.as_str());
    preset == Some(new.preset.as_str()) && url == new.url.as_deref() && name == new.name.as_deref()
}

/// A name in `[models]` that is free: the preset's, such as `ollama`, with a number where that is taken.
fn free_name(own: &Config, new: &NewModel) -> String {
    let plain: String = new
        .preset
        .chars()
        .map(|char| {
            if char.is_ascii_alphanumeric() {
                char
            } else {
                '_'
            }
        })
        .collect();
    let is_free = |name: &String| name != SHORT_FORM && !own.models.contains_key(name);
    let numbered = (2..).map(|number| format!("{plain}_{number}"));
    let mut names = std::iter::once(plain.clone()).chain(numbered);
    names.find(is_free).unwrap_or(plain)
}

fn first_line(error: &toml_edit::TomlError) -> String {
    error.message().replace('\n', " ")
}
